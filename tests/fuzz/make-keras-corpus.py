#!/usr/bin/env python3
"""Write the corpus of fuzz-keras: answers of the process that reads HDF5 (src/formats/keras/wire.h), valid and
damaged.  usage: make-keras-corpus.py"""
import os
import struct

here = os.path.dirname(os.path.abspath(__file__))
WIRE = 0x354b4c01
BEGIN, TENSOR, END, REFUSAL = 1, 2, 3, 4


def record(kind, what, text=b'', dims=(), n_dims=None, n_text=None):
    dims = list(dims) + [0] * (8 - len(dims))
    return struct.pack('<4I8Q', kind, what, 0 if n_dims is None else n_dims, len(text) if n_text is None else n_text, *dims) + text


def tensor(name, shape, values, kind=2, **lies):
    return record(TENSOR, kind, name, shape, **dict(dict(n_dims=len(shape)), **lies)) + struct.pack('<%df' % len(values), *values)


begin = record(BEGIN, WIRE)
end = record(END, 1, b'2.2.5 on tensorflow', (3, 1))
one = tensor(b'conv2d/kernel', (1, 1, 2, 2), [1, 2, 3, 4])
few = (one + tensor(b'batch_normalization/beta', (2,), [0, 1], 0) + tensor(b'scalar', (), [5], 3) +
       tensor(b'none', (0, 4), [], 1) + tensor(b'predictions/kernel', (2, 3), range(6)) + tensor(b'predictions/bias', (3,), range(3)))
corpus = {
    'sound': begin + few + end, 'keras3': begin + few + record(END, 2), 'empty': b'', 'nothing': begin + end,
    'no-begin': few + end, 'version': record(BEGIN, WIRE + 1) + end, 'no-end': begin + few, 'other-end': begin + one + record(END, 9),
    'refusal': begin + record(REFUSAL, 1, b'damaged\nin two lines'), 'late-refusal': begin + few + record(REFUSAL, 2, b'other'),
    'bytes-refusal': begin + record(REFUSAL, 3, bytes(range(128, 256))), 'kind': begin + record(77, 0),
    'nul-name': begin + tensor(b'a\0b', (1,), [1]) + end, 'not-utf8': begin + tensor(b'\xff\xfe', (1,), [1]) + end,
    'no-name': begin + tensor(b'', (1,), [1]) + end, 'twice': begin + one + one + end,
    'line-in-name': begin + tensor(b'a\nb', (1,), [1]) + end, 'line-in-writer': begin + one + record(END, 1, b'a\nb' * 300),
    'nine-dims': begin + tensor(b'w', (1,), [1], n_dims=9) + end, 'many-dims': begin + tensor(b'w', (1,), [1], n_dims=1 << 31) + end,
    'overflow': begin + tensor(b'w', (1 << 33, 1 << 33), [1]) + end, 'minus': begin + tensor(b'w', (2 ** 64 - 1,), [1]) + end,
    'large': begin + tensor(b'w', (1 << 24,), [1]) + end, 'type': begin + tensor(b'w', (1,), [1], 4) + end,
    'long-text': begin + record(REFUSAL, 1, b'x', n_text=1 << 31), 'long-name': begin + tensor(b'n' * 1025, (1,), [1]) + end,
    'short-values': begin + tensor(b'w', (5,), [1, 2]),
}
for name, data in corpus.items():
    folder = os.path.join(here, 'corpus', 'keras')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), 'wb') as f:
        f.write(data)

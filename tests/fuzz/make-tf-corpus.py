#!/usr/bin/env python3
"""Write the corpus of fuzz-tf-checkpoint: checkpoints made by tests/cli/tffile.py, valid and damaged.
usage: make-tf-corpus.py"""
import os
import struct
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, '..', 'cli'))
import tffile as tf  # noqa: E402
from tffile import BFLOAT16, DOUBLE, FLOAT, HALF, INT32, Part, Tensor  # noqa: E402


def put(name, letter, index, data=b''):
    folder = os.path.join(here, 'corpus', 'tf-checkpoint')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), 'wb') as f:
        f.write(letter + struct.pack('<I', len(index)) + index + data)


def pairs_of(table):
    """The entries of an uncompressed table, as the contents of one block."""
    pairs = []

    def number(at):
        n = shift = 0
        while True:
            n |= (table[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if table[at - 1] < 128:
                return n, at

    def each(start, size, take):
        n = struct.unpack('<I', table[start + size - 4:start + size])[0]
        at, end, key = start, start + size - 4 - 4 * n, b''
        while at < end:
            shared, at = number(at)
            unshared, at = number(at)
            length, at = number(at)
            key = key[:shared] + table[at:at + unshared]
            take(key, at + unshared, length)
            at += unshared + length
    at = len(table) - 48
    for _ in range(2):
        _, at = number(at)
    offset, at = number(at)
    size, at = number(at)

    def block(_, at, length):
        start, at = number(at)
        size, at = number(at)
        each(start, size, lambda key, at, length: pairs.append((key, table[at:at + length])))
    each(offset, size, block)
    return tf.entries(pairs)


cut = Tensor((3, 2), parts=[Part([0, 1, 2, 3], [(0, 2), (0, 2)]), Part([4, 5], [(2, 1), (0, None)])])
tensors = {'scalar': Tensor((), [2.5]), 'Conv/weights': Tensor((1, 1, 3, 2)), 'half': Tensor((2,), [1, -2], HALF),
           'double': Tensor((2,), [1e-3, 4], DOUBLE), 'int': Tensor((2,), [7, 8], INT32), 'cut': cut, 'none': Tensor((0, 4))}
for name, some in (('all', tensors), ('cut', {'cut': cut}), ('one', {'a': Tensor((2,))}),
                   ('overlap', {'a': Tensor((2, 2), parts=[Part(range(4), [(0, 2), (0, 2)]), Part([9], [(1, 1), (1, 1)])])}),
                   ('hole', {'a': Tensor((2, 2), parts=[Part([9], [(1, 1), (1, 1)])])}),
                   ('far', {'a': Tensor((1 << 40, 2), parts=[Part([9, 8], [((1 << 40) - 1, 1), (0, 2)])])}),
                   ('outside', {'a': Tensor((2, 2), parts=[Part([9, 8], [(2, 1), (0, 2)])])})):
    v1 = tf.v1(some)[0]
    index, data = tf.v2(dict(some, bfloat=Tensor((2,), [1, 2], BFLOAT16)))
    put('v1-' + name, b'b', pairs_of(v1))
    put('v2-' + name, b'b', pairs_of(index), data[0])
    if name == 'all':
        put('v1-raw', b'r', v1)
        put('v2-raw', b'r', index, data[0])
        put('v1-snappy', b'r', tf.v1(some, kind=1)[0])
        put('v2-snappy', b'r', tf.v2(some, kind=1, per_block=2)[0], tf.v2(some)[1][0])
        put('v2-bit', b'r', index[:40] + bytes([index[40] ^ 1]) + index[41:], data[0])
GOOD = bytes(8)
HEAD = (b'', tf.field(1, 1))
for name, entry in (('shard', tf.v2_entry(FLOAT, (2,), 7, 0, GOOD)), ('size', tf.v2_entry(FLOAT, (2,), 0, 0, GOOD, 1 << 62)),
                    ('offset', tf.v2_entry(FLOAT, (2,), 0, (1 << 63) - 1, GOOD)), ('minus', tf.v2_entry(FLOAT, (-2,), 0, 0, GOOD)),
                    ('dims', tf.v2_entry(FLOAT, (1,) * 9, 0, 0, GOOD)), ('crc', tf.v2_entry(FLOAT, (2,), 0, 0, GOOD, sums=0)),
                    ('type', tf.v2_entry(99, (2,), 0, 0, GOOD)), ('message', b'\x0a\xff\xff')):
    put('entry-' + name, b'b', tf.entries([HEAD, (b'a', entry)]), GOOD)
put('big-endian', b'b', tf.entries([(b'', tf.field(1, 1) + tf.field(2, 1))]))
put('many-shards', b'b', tf.entries([(b'', tf.field(1, 99999))]))
put('no-header', b'b', tf.entries([(b'key', b'value')]))
put('shared', b'b', b'\0\0\2\x08\1\5\1\1aa' + bytes(4) + b'\1\0\0\0')
put('restarts', b'b', b'\0\0\2\x08\1\xff\xff\xff\x7f')
bomb = tf.varint(1 << 40) + b'\0a' + b'\1'
put('bomb', b'r', bomb + struct.pack('<I', tf.masked_crc32c(bomb)) + tf.block(tf.entries([])) +
    tf.block(tf.entries([(b'a', tf.varint(0) + tf.varint(len(bomb) - 1))])) +
    tf.footer((len(bomb) + 4, 8), (len(bomb) + 17, len(tf.entries([(b'a', b'..')])))))
put('footer', b'r', tf.footer((1 << 60, 1), (1 << 63, 1 << 63)))
put('empty', b'r', b'')

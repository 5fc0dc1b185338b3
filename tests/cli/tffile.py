"""TensorFlow's checkpoints without TensorFlow: tables, protobufs and keys written by hand, for tests."""
import math
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'support'))
from protowire import field, masked_crc32c, varint  # noqa: E402

FLOAT, DOUBLE, INT32, STRING, INT64, BFLOAT16, HALF = 1, 2, 3, 7, 9, 14, 19
PACK = {FLOAT: 'f', DOUBLE: 'd', INT32: 'i', INT64: 'q', HALF: 'e'}


def snappy(data):
    """Literals of up to 60 bytes, and a copy where 8 bytes come again: sound, if not small."""
    out, at, literal = varint(len(data)), 0, b''

    def flush():
        return bytes([(len(literal) - 1) << 2]) + literal if literal else b''
    while at < len(data):
        back = data.rfind(data[at:at + 8], max(0, at - 60000), at) if at + 8 <= len(data) else -1
        if back >= 0:
            out += flush() + bytes([7 << 2 | 2]) + struct.pack('<H', at - back)
            literal, at = b'', at + 8
        else:
            literal, at = literal + data[at:at + 1], at + 1
            if len(literal) == 60:
                out, literal = out + flush(), b''
    return out + flush()


def block(contents, kind=0):
    data = (snappy(contents) if kind == 1 else contents) + bytes([kind])
    return data + struct.pack('<I', masked_crc32c(data))


def entries(pairs, restart=16):
    out, last, restarts = b'', b'', [0]
    for i, (key, value) in enumerate(pairs):
        shared = 0
        if i and i % restart == 0:
            restarts.append(len(out))
        else:
            while shared < min(len(key), len(last)) and key[shared] == last[shared]:
                shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    return out + struct.pack('<%dI' % len(restarts), *restarts) + struct.pack('<I', len(restarts))


def footer(meta, index):
    handles = b''.join(varint(x) for x in meta + index)
    return handles + bytes(40 - len(handles)) + struct.pack('<Q', 0xdb4775248b80fb57)


def table(pairs, kind=0, per_block=8, sort=True):
    pairs = sorted(pairs) if sort else pairs
    out, handles = b'', []
    for i in range(0, len(pairs), per_block):
        b = block(entries(pairs[i:i + per_block]), kind)
        handles.append((pairs[min(i + per_block, len(pairs)) - 1][0], varint(len(out)) + varint(len(b) - 5)))
        out += b
    meta = block(entries([]))
    index = block(entries(handles), kind)
    return out + meta + index + footer((len(out), len(meta) - 5), (len(out) + len(meta), len(index) - 5))


def shape(dims):
    return b''.join(field(2, field(1, d) if d else b'') for d in dims)


def slice_of(extents):
    """[(start, length)], length None: all of the dimension."""
    return b''.join(field(1, (field(1, s) if s else b'') + (field(2, n) if n is not None else b''))
                    for s, n in extents)


def signed(n):
    size = 1
    while not -(1 << (7 * size - 1)) <= n < 1 << (7 * size - 1):
        size += 1
    mask = ((1 << size) - 1) << (8 * size - size)
    return ((n & (1 << 8 * size) - 1) ^ mask).to_bytes(size, 'big')


def slice_key(name, extents):
    rank = len(extents)
    return (b'\0' + name.encode() + b'\0\1' + (bytes([1, rank]) if rank else b'\0') +
            b''.join(signed(s) + signed(-1 if n is None else n) for s, n in extents))


def raw(dtype, values):
    if dtype == BFLOAT16:
        return b''.join(struct.pack('<f', v)[2:] for v in values)
    return struct.pack('<%d%s' % (len(values), PACK[dtype]), *values)


class Part:
    """Some values of a tensor: whole if extents is None."""
    def __init__(self, values, extents=None, shard=0):
        self.values, self.extents, self.shard = list(values), extents, shard


class Tensor:
    def __init__(self, dims, values=None, dtype=FLOAT, parts=None):
        self.dims, self.dtype = tuple(dims), dtype
        self.parts = parts or [Part(range(math.prod(dims)) if values is None else values)]

    def extents(self, part):
        return part.extents if part.extents is not None else [(0, None)] * len(self.dims)


def v1(tensors, shards=1, kind=0, **change):
    """name -> Tensor; the files of all shards in order."""
    files = []
    for k in range(shards):
        metas, pairs = b'', []
        for name, t in tensors.items():
            mine = [p for p in t.parts if p.shard == k]
            if not mine:
                continue
            metas += field(1, field(1, name.encode()) + field(2, shape(t.dims)) + field(3, t.dtype) +
                             b''.join(field(4, slice_of(t.extents(p))) for p in mine))
            for p in mine:
                if t.dtype in (FLOAT, DOUBLE):
                    data = field(5 if t.dtype == FLOAT else 6, raw(t.dtype, p.values))
                elif t.dtype == HALF:
                    data = field(13, b''.join(varint(struct.unpack('<H', struct.pack('<e', v))[0]) for v in p.values))
                else:
                    data = field(7, b''.join(varint(v) for v in p.values))
                pairs.append((slice_key(name, t.extents(p)),
                              field(2, field(1, name.encode()) + field(2, slice_of(t.extents(p))) +
                                      field(3, data))))
        header = change.get('header', field(1, metas + field(2, field(1, 1))))
        files.append(table([(b'', header)] + pairs, kind))
    return files


def v2_entry(dtype, dims, shard, offset, data, size=None, sums=None):
    return (field(1, dtype) + field(2, shape(dims)) + (field(3, shard) if shard else b'') +
            (field(4, offset) if offset else b'') + field(5, len(data) if size is None else size) +
            varint(6 << 3 | 5) + struct.pack('<I', masked_crc32c(data) if sums is None else sums))


def v2(tensors, shards=1, kind=0, header=None, more=(), per_block=8):
    """name -> Tensor; (index, [data of each shard]). more: further pairs of the index."""
    data = [b''] * shards
    pairs = [(b'', header if header is not None else field(1, shards) + field(3, field(1, 1)))] + list(more)
    for name, t in tensors.items():
        for p in t.parts:
            bytes_ = raw(t.dtype, p.values) if t.dtype != STRING else b''.join(p.values)
            dims = t.dims if p.extents is None else [t.dims[i] - s if n is None else n
                                                     for i, (s, n) in enumerate(p.extents)]
            key = name.encode() if p.extents is None else slice_key(name, p.extents)
            pairs.append((key, v2_entry(t.dtype, dims, p.shard, len(data[p.shard]), bytes_)))
            data[p.shard] += bytes_
        if t.parts[0].extents is not None:
            pairs.append((name.encode(), field(1, t.dtype) + field(2, shape(t.dims)) +
                          b''.join(field(7, slice_of(p.extents)) for p in t.parts)))
    return table(pairs, kind, per_block), data

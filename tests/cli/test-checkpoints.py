#!/usr/bin/env python3
"""TensorFlow's checkpoints: every rank, type, shard and slice reads to its values; what is wrong is refused in one
line that says what and where; a model frozen as .ckpt is the model it was."""
import itertools
import json
import math
import os
import shutil
import struct
import subprocess
import sys

import tffile as tf
from harness import ENV, QUICK, WORK, check, digest, done, path, run, write
from tffile import BFLOAT16, DOUBLE, FLOAT, HALF, INT32, INT64, STRING, Part, Tensor

DUMP, SNAPPY = sys.argv[1], sys.argv[2] == 'snappy'


def put_v1(name, tensors, shards=1, kind=0, **change):
    for k, data in enumerate(tf.v1(tensors, shards, kind, **change)):
        write(name if shards == 1 else '%s-%05d-of-%05d' % (name, k, shards), data)


def put_v2(name, tensors, shards=1, kind=0, **change):
    index, data = tf.v2(tensors, shards, kind, **change)
    write(name + '.index', index)
    for k, d in enumerate(data):
        write('%s.data-%05d-of-%05d' % (name, k, shards), d)


def dump(name):
    """name -> (shape, values), or the message."""
    r = subprocess.run([DUMP, name, 'dump.safetensors'], cwd=WORK, env=ENV, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True, timeout=60)
    if r.returncode != 0:
        return r.stderr
    data = open(path('dump.safetensors'), 'rb').read()
    n = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + n])
    header.pop('__metadata__', None)
    found = {}
    for k, v in header.items():
        begin, end = v['data_offsets']
        found[k] = (tuple(v['shape']), struct.unpack('<%df' % ((end - begin) // 4), data[8 + n + begin:8 + n + end]))
    return found


def single(values):
    return struct.unpack('<%df' % len(values), struct.pack('<%df' % len(values), *values))


def whole_values(t):
    """A tensor's values in C order, put together value by value."""
    out = [None] * math.prod(t.dims)
    for p in t.parts:
        ranges = [range(s, d if n is None else s + n) for (s, n), d in zip(t.extents(p), t.dims)]
        for value, place in zip(p.values, itertools.product(*ranges)):
            out[sum(i * math.prod(t.dims[d + 1:]) for d, i in enumerate(place))] = value
    return out


def cut(dims, axis, sizes, shards=1, dtype=FLOAT):
    """A tensor in slices along an axis, spread over the shards."""
    parts, at = [], 0
    for k, n in enumerate(sizes):
        extents = [(at, n) if d == axis else (0, size) for d, size in enumerate(dims)]
        parts.append(Part([at + 0.5 * i for i in range(math.prod(n for _, n in extents))], extents, k % shards))
        at += n
    return Tensor(dims, dtype=dtype, parts=parts)


# --- every rank, type, shard, slice ---------------------------------------------------------------
DIMS = (2, 3, 1, 4, 2)
TENSORS = {'rank%d' % r: Tensor(DIMS[:r], [i / 8 - 1 for i in range(math.prod(DIMS[:r]))]) for r in range(6)}
TENSORS.update({'empty': Tensor((0, 3)), 'double': Tensor((3,), [1 / 3, -1e-40, 2e38], DOUBLE),
                'half': Tensor((5,), [0.5, -2.25, 65504, 2 ** -24, 0], HALF), 'int': Tensor((2,), [1, 2], INT32),
                'int64': Tensor((2,), [1, 1 << 40], INT64)})
V2_ONLY = {'text': Tensor((2,), [b'\2a', b'\1b'], STRING), 'bfloat': Tensor((3,), [1.5, -2.5, 384], BFLOAT16)}
CUT = {'one': cut((7,), 0, [3, 3, 1], 2), 'rows': cut((5, 4, 3), 0, [2, 2, 1], 2), 'columns': cut((2, 9), 1, [4, 5], 2),
       'middle': cut((2, 3, 1, 4, 2), 3, [1, 1, 2], 2), 'half-rows': cut((4, 3), 0, [1, 3], 2, HALF),
       'many': cut((100, 2), 0, [1] * 100, 2),
       'open': Tensor((4, 3), parts=[Part(range(6), [(0, 2), (0, None)]), Part(range(6, 12), [(2, 2), (0, None)], 1)]),
       'quarters': Tensor((2, 2), parts=[Part([k], [(k // 2, 1), (k % 2, 1)], k % 2) for k in range(4)])}


def expected(tensors):
    return {k: (t.dims, single(whole_values(t))) for k, t in tensors.items() if t.dtype not in (INT32, INT64, STRING)}


def same_values(what, name, tensors):
    found, wanted = dump(name), expected(tensors)
    check(found == wanted, what + ': every value', found if isinstance(found, str) else
          [k for k in set(found) | set(wanted) if found.get(k) != wanted.get(k)])


for kind, name in ((0, 'plain'), (1, 'snappy'))[:1 + SNAPPY]:
    for label, tensors, shards in (('', TENSORS, 1), ('-cut', dict(TENSORS, **CUT), 2)):
        put_v1('v1-' + name + label, tensors, shards, kind)
        same_values('V1, ' + name + label, 'v1-' + name + label, tensors)
        put_v2('v2-' + name + label, dict(tensors, **V2_ONLY), shards, kind)
        same_values('V2, ' + name + label, 'v2-' + name + label, dict(tensors, **V2_ONLY))
for name in ('v1-plain-cut-00001-of-00002', 'v1-plain-cut-?????-of-00002'):
    same_values(name, name, dict(TENSORS, **CUT))
for name in ('v2-plain-cut.index', 'v2-plain-cut.data-00001-of-00002'):
    same_values(name, name, dict(TENSORS, **CUT, **V2_ONLY))
r = run('weights', 'inspect', 'v2-plain', '--json', '-')
rows = {t['name']: t for t in json.loads(r.stdout)['tensors']}
check([rows[k]['type'] for k in ('rank3', 'double', 'half', 'bfloat', 'int', 'int64', 'text')] ==
      ['F32', 'F64', 'F16', 'BF16', 'I32', 'I64', 'STRING'] and rows['int64']['shape'] == [2] and
      rows['int64']['mean'] is None and abs(rows['rank2']['mean'] + 0.6875) < 1e-6,
      'inspect names every tensor, whatever its type', r)
r = run('info', 'v1-plain-cut')
check('V1, 2 shards' in r.stdout and '19, 460 values (F32 14, F64 1, F16 2, I32 1, I64 1)' in r.stdout, 'info says version, shards, tensors', r)

# --- what is wrong --------------------------------------------------------------------------------
A = Tensor((2, 3))


def refused(what, said, name):
    for args in (['weights', 'convert', name, 'out.safetensors'], ['info', name]):
        r = run(*args)
        check(r.returncode == 1 and r.stderr == 'leuko: ' + said + '\n', '%s: %s' % (args[0], what), r)


def wrong_v2(what, said, entry=None, header=None, more=(), tensors=None, shards=1, where='bad.index'):
    for f in os.listdir(WORK):
        if f.startswith('bad.'):
            os.remove(path(f))
    pairs = list(more) + ([(b'a', entry)] if entry is not None else [])
    put_v2('bad', tensors or {}, shards, header=header, more=pairs)
    if not tensors:
        write('bad.data-00000-of-00001', bytes(24))
    refused('V2, ' + what, where + ': ' + said, 'bad')


GOOD = bytes(24)
for what, said, entry in (
        ('a checksum', 'tensor "a": wrong checksum', tf.v2_entry(FLOAT, (2, 3), 0, 0, GOOD, sums=1)),
        ('too few bytes', 'tensor "a": 20 bytes for 6 values of F32', tf.v2_entry(FLOAT, (2, 3), 0, 0, GOOD, 20)),
        ('a shard that is not', 'tensor "a": in shard 1 of 1', tf.v2_entry(FLOAT, (2, 3), 1, 0, GOOD)),
        ('a shard below 0', 'tensor "a": in shard -1 of 1', tf.v2_entry(FLOAT, (2, 3), -1, 0, GOOD)),
        ('a size below 0', 'tensor "a": its shape is invalid or has more than 8 dimensions',
         tf.v2_entry(FLOAT, (-1, 3), 0, 0, GOOD)),
        ('a shape that overflows', 'tensor "a": its shape is invalid or has more than 8 dimensions',
         tf.v2_entry(FLOAT, (1 << 40, 1 << 40), 0, 0, GOOD)),
        ('nine dimensions', 'tensor "a": its shape is invalid or has more than 8 dimensions',
         tf.v2_entry(FLOAT, (1,) * 9, 0, 0, GOOD)),
        ('a large shape of few bytes', 'tensor "a": 24 bytes for 1099511627776 values of F32',
         tf.v2_entry(FLOAT, (1 << 40,), 0, 0, GOOD)),
        ('no message', 'tensor "a": its entry is not a BundleEntry message', b'\x0a\xff'),
        ('a slice that is not there', 'tensor "a": a slice is missing',
         tf.field(1, FLOAT) + tf.field(2, tf.shape((2, 3))) + tf.field(7, tf.slice_of([(0, 1), (0, 3)]))),
        ('a slice outside', 'tensor "a": a slice lies outside its shape',
         tf.field(1, FLOAT) + tf.field(2, tf.shape((2, 3))) + tf.field(7, tf.slice_of([(1, 2), (0, 3)])))):
    wrong_v2(what, said, entry)
for what, offset, size in (('an offset behind the end', 1 << 40, 24), ('a size behind the end', 4, 24),
                           ('an offset below 0', -4, 24)):
    wrong_v2(what, 'tensor "a": its data (%d bytes at %d) lies outside the file\'s 24' % (size, offset),
             tf.v2_entry(FLOAT, (2, 3), 0, offset, GOOD, size), where='bad.data-00000-of-00001')
wrong_v2('an offset that overflows', 'tensor "a": its data (%d bytes at %d) lies outside the file\'s 24' % ((1 << 63) - 8, 16),
         tf.v2_entry(INT32, (2, 3), 0, 16, GOOD, (1 << 63) - 8), where='bad.data-00000-of-00001')
wrong_v2('big endian', 'written on a big-endian machine', header=tf.field(1, 1) + tf.field(2, 1))
wrong_v2('a later version', 'a V2 checkpoint of version 9, newer than the supported version 1',
         header=tf.field(1, 1) + tf.field(3, tf.field(1, 9) + tf.field(2, 9)))
wrong_v2('no shards', 'the header does not give the number of shards', header=b'\x08\x00')
wrong_v2('a zero byte in a name', 'a tensor\'s name holds a zero byte', more=[(b'a\0b', tf.v2_entry(FLOAT, (2, 3), 0, 0, GOOD))])
wrong_v2('a name that is no text', 'a tensor\'s name is empty or not UTF-8',
         more=[(b'\xc3(', tf.v2_entry(FLOAT, (2, 3), 0, 0, GOOD))])
wrong_v2('slices that overlap', 'tensor "a": two slices overlap',
         tensors={'a': Tensor((2, 3), parts=[Part(range(6), [(0, 2), (0, 3)]), Part(range(3), [(1, 1), (0, 3)])])})
wrong_v2('slices that leave a hole', 'tensor "a": the file holds only 3 of its 6 values', where='bad',
         tensors={'a': Tensor((2, 3), parts=[Part(range(3), [(1, 1), (0, 3)])])})
wrong_v2('slices of far more than the files', 'tensor "a": the tensors are many times larger than the file',
         tensors={'a': Tensor((1 << 30, 3), parts=[Part(range(3), [(1, 1), (0, 3)])])})
put_v2('bad', {'a': A}, 2)
os.remove(path('bad.data-00001-of-00002'))
refused('V2 without one of its shards', 'bad.data-00001-of-00002: No such file or directory', 'bad')
os.mkfifo(path('bad.data-00001-of-00002'))
refused('V2 with a pipe for a shard', 'bad.data-00001-of-00002: not a regular file', 'bad')
put_v2('good', {'a': A})
shutil.copy(path('good.index'), path('renamed'))
refused('an index under another name', 'renamed: the index of a V2 checkpoint: its name must end in .index, because the name '
        'leads to its data', 'renamed')

A_META = tf.field(1, tf.field(1, tf.field(1, b'a') + tf.field(2, tf.shape((2, 3))) + tf.field(3, FLOAT)))
A_VALUES = tf.field(2, tf.field(1, b'a') + tf.field(2, tf.slice_of([(0, None)] * 2)) +
                      tf.field(3, tf.field(5, bytes(24))))
for what, said, files in (
        ('a part of its values', 'bad1: tensor "a": the file holds only 3 of its 6 values',
         tf.v1({'a': Tensor((2, 3), parts=[Part(range(3), [(0, 1), (0, 3)])])})),
        ('too few values', 'bad1: tensor "a": 5 values for a slice of 6', tf.v1({'a': Tensor((2, 3), range(5))})),
        ('slices that overlap', 'bad1: tensor "a": two slices overlap',
         tf.v1({'a': Tensor((2, 3), parts=[Part(range(6), [(0, 2), (0, 3)]), Part(range(3), [(1, 1), (0, 3)])])})),
        ('a slice outside', 'bad1: tensor "a": a slice lies outside its shape',
         tf.v1({'a': Tensor((2, 3), parts=[Part(range(6), [(1, 2), (0, 3)])])})),
        ('values without a header', 'bad1: values of a tensor that its header does not name',
         tf.v1({'a': A}, header=tf.field(1, b''))),
        ('a later version', 'bad1: a V1 checkpoint of version 9, newer than the supported version 1',
         tf.v1({'a': A}, header=tf.field(1, tf.field(2, tf.field(2, 9))))),
        ('a slice under another key', 'bad1: tensor "a": a slice has the key of another slice',
         [tf.table([(b'', A_META), (tf.slice_key('b', [(0, None)] * 2), A_VALUES)])]),
        ('far more than the file', 'bad1: tensor "a": the tensors are many times larger than the file',
         tf.v1({'a': Tensor((1 << 30, 3), parts=[Part(range(3), [(1, 1), (0, 3)])])})),
        ('a header that is none', 'bad1: an entry is not a SavedTensorSlices message', [tf.table([(b'', b'\x0a\xff')])]),
        ('another table', 'bad1: a sorted table, but not a TensorFlow checkpoint: it has no header',
         [tf.table([(b'key', b'value')])])):
    write('bad1', files[0])
    refused('V1, ' + what, said, 'bad1')
put_v1('bad1', {'a': A}, 2)
os.remove(path('bad1'))
os.remove(path('bad1-00001-of-00002'))
refused('V1 without one of its shards', 'bad1-00001-of-00002: No such file or directory', 'bad1')
put_v1('bad1', {'a': A, 'b': Tensor((2,), parts=[Part([1], [(0, 1)]), Part([2], [(1, 1)], 1)])}, 2)
write('bad1-00001-of-00002', tf.v1({'b': Tensor((3,), parts=[Part([2], [(1, 1)])])})[0])
refused('V1 shards that disagree', 'bad1-00001-of-00002: tensor "b": its shape or type differs between shards', 'bad1')
whole = tf.v1(TENSORS)[0]
write('cut1', whole[:-1])
r = run('info', 'cut1')
check(r.returncode == 0 and 'a file of an unknown kind' in r.stdout, 'cut short, it is no table any more', r)
write('flipped', whole[:100] + bytes([whole[100] ^ 4]) + whole[101:])
refused('a wrong bit', 'flipped: block at byte 0: wrong checksum', 'flipped')
bomb = tf.varint(1 << 30) + b'\0a' * 4 + b'\1'
write('bomb', bomb + struct.pack('<I', tf.masked_crc32c(bomb)) + tf.block(tf.entries([])) +
      tf.block(tf.entries([(b'a', tf.varint(0) + tf.varint(len(bomb) - 1))])) +
      tf.footer((len(bomb) + 4, 8), (len(bomb) + 17, len(tf.entries([(b'a', b'..')])))))
refused('Snappy that claims a gigabyte', 'bomb: block at byte 0: 13 bytes of Snappy data claim to hold 1073741824 bytes'
        if SNAPPY else 'bomb: compressed with Snappy, which this build of Leuko does not read', 'bomb')
check(digest('out.safetensors') is None, 'nothing was written')

# --- a model as a checkpoint ------------------------------------------------------------------------
for args in (['synth', 'cells', '--per-class', '6', '--groups', '3', '--size', '75'],
             ['sort', 'cells', '--out', 'shards', '--validation', '0', '--shards', '1', '--group-by', '(P[0-9]+)'],
             ['train', 'shards', '--model', 'm.safetensors', *QUICK]):
    r = run(*args)
    check(r.returncode == 0, 'leuko ' + args[0], r)
r = run('freeze', 'm.safetensors', '-o', 'x.ckpt')
names = ['x.ckpt.data-00000-of-00001', 'x.ckpt.index', 'x.ckpt.json']
check(r.returncode == 0 and sorted(f for f in os.listdir(WORK) if f.startswith('x.ckpt')) == names,
      'freeze writes index, data and description, and nothing else', r)
r = run('verify', 'm.safetensors', 'x.ckpt', '--max-dp', '0')
check(r.returncode == 0, 'verify: the checkpoint answers as the model', r)
a, b = (json.loads(run('classify', m, 'cells', '--json', '-').stdout)['answers'] for m in ('m.safetensors', 'x.ckpt.index'))
check(len(a) == 12 and [x['probabilities'] for x in a] == [x['probabilities'] for x in b], 'classify, to the bit')
r = run('weights', 'convert', 'x.ckpt', 'back.safetensors')
check(r.returncode == 0 and 'complete classifier' in r.stdout, 'convert takes it back', r)
r = run('features', '--weights', 'x.ckpt', 'cells', '-o', 'f.npy')
check(r.returncode == 0, 'as weights, the side is the description\'s', r)
before = [digest(n) for n in names]
os.rename(path('x.ckpt.json'), path('away'))
r = run('classify', 'x.ckpt', 'cells/blast')
check(r.returncode == 0 and 'classes are named 0 to 1' in r.stderr and '299 px' in r.stderr,
      'without the description classes are numbered, said aloud', r)
os.rename(path('away'), path('x.ckpt.json'))
for args, said in ((['--half'], 'a .ckpt holds float32'), (['--names', 'slim'], "a .ckpt has slim's")):
    r = run('freeze', 'm.safetensors', '-o', 'y.ckpt', *args)
    check(r.returncode == 2 and said in r.stderr, 'wrong usage: ' + args[0], r)
r = run('freeze', 'm.safetensors', '-o', 'x.ckpt')
check(r.returncode == 0 and [digest(n) for n in names[:2]] == before[:2], 'the same bytes again', r)
write('z.ckpt', whole)
r = run('freeze', 'm.safetensors', '-o', 'z.ckpt')
check(r.returncode == 1 and r.stderr.count('\n') == 1 and 'z.ckpt: this file exists' in r.stderr and
      digest('z.ckpt.index') is None, 'a file under the prefix\'s own name is left alone', r)
done()

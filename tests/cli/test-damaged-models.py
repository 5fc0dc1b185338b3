#!/usr/bin/env python3
"""A model file with a changed bit is refused by every command, or answers as before: each format, bits drawn with a
fixed seed. The same for the checkpoint of a training, the caches and the shards. Numbers that are not finite are
refused in files without checksums too. LEUKO_FLIPS (default 6): bits of each kind, for each file; `make soak` sets 50."""
import json
import os
import random
import shutil
import struct

import torchfile
from harness import ENV, TINY, check, digest, done, path, run, write

SEED = int(os.environ.get('LEUKO_SEED', '1'))
N_FLIPS = int(os.environ.get('LEUKO_FLIPS', '6'))  # of each kind, for each file

write('tiny.pth', torchfile.zip_file(torchfile.tiny_network(classes=2)))
run('synth', 'cells', '--per-class', '16', '--groups', '8', '--size', '75')
for args in (['weights', 'convert', 'tiny.pth', 'm.safetensors', '--classes', 'lymphocyte,blast', '--crop', '1'],
             ['sort', 'cells', '--out', 'shards', '--group-by', '(P[0-9]+)', '--validation', '0.25'],
             ['freeze', 'm.safetensors', '-o', 'half.safetensors', '--half'],
             ['freeze', 'm.safetensors', '-o', 'm.onnx'], ['freeze', 'm.safetensors', '-o', 'm.pb'],
             ['freeze', 'm.safetensors', '-o', 'm.ckpt'],
             ['compile', 'm.safetensors', '-o', 'float.graph', '--precision', 'fp32']):
    r = run(*args)
    check(r.returncode == 0, ' '.join(args), r)
r = run('compile', 'm.safetensors', '-o', 'int8.graph', '--calibrate', 'shards', '--images', '16', timeout=1500)
check(r.returncode == 0 or (r.returncode == 3 and not os.path.exists(path('int8.graph'))), 'compile int8', r)
GRAPHS = ['float.graph', 'int8.graph']
if r.returncode == 3:  # the weights are random, and the accuracy check can refuse them
    print('# skipped: int8.graph, whose accuracy check did not pass')
    GRAPHS.remove('int8.graph')
IMAGE = sorted(os.listdir(path('cells', 'blast')))[0]


def answer(model):
    """What classify says of one image, and the exit status."""
    precision = [] if model.endswith('.graph') else ['--precision', 'fp32']
    r = run('classify', model, 'cells/blast/' + IMAGE, '--json', '-', *precision)
    try:
        return json.loads(r.stdout)['answers'][0]['probabilities'], r
    except (ValueError, KeyError, IndexError):
        return None, r


def header_end(data):
    return 8 + struct.unpack('<Q', data[:8])[0]


def flips(rng, data, lowest, exponents):
    """Bits to change, as (byte, bit): in the exponent of a float after `lowest`, or anywhere in the file."""
    for _ in range(N_FLIPS):
        if exponents:
            yield lowest + 4 * rng.randrange((len(data) - lowest) // 4) + 3, rng.randrange(7)
        else:
            yield rng.randrange(len(data)), rng.randrange(8)


def damaged(name, loads, lowest, only_exponents=False):
    """Change bits of file `name`; `loads` is the model to open."""
    data = open(path(name), 'rb').read()
    before, r = answer(loads)
    check(before is not None, '%s answers' % loads, r)
    rng, wrong, refused = random.Random('%d %s' % (SEED, name)), [], 0
    kinds = [True] if only_exponents else [True, False] if lowest is not None else [False]
    for exponents in kinds:
        for at, bit in flips(rng, data, lowest or 0, exponents):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            write(name, bytes(changed))
            after, r = answer(loads)
            one_line = r.returncode == 1 and r.stderr.count('\n') == 1 and r.stderr.startswith('leuko: ')
            refused += one_line
            if not one_line and (exponents or r.returncode != 0 or after != before):
                wrong.append((at, bit, r.returncode, after, r.stderr))
    write(name, data)
    check(not wrong, '%s: %d of %d changed bits refused, no other answer' % (name, refused, N_FLIPS * len(kinds)),
          (SEED, wrong[:3]))


for name in ('m.safetensors', 'half.safetensors', *GRAPHS):
    damaged(name, name, header_end(open(path(name), 'rb').read()))
damaged('m.onnx', 'm.onnx', len(open(path('m.onnx'), 'rb').read()) // 4)
damaged('m.pb', 'm.pb', len(open(path('m.pb'), 'rb').read()) // 4)
damaged('m.pb.json', 'm.pb', None)
damaged('m.ckpt.data-00000-of-00001', 'm.ckpt', 0)
damaged('m.ckpt.index', 'm.ckpt', None)
damaged('m.ckpt.json', 'm.ckpt', None)


# --- files that commands keep for themselves --------------------------------------------------
def damaged_state(name, args, result, fresh=(), warns=False, cache='cache'):
    """Change bits of a file of the state that `args` reads: the command is refused with one line, or gives the same
    `result`. fresh: files and folders to restore before each run. warns: the state is measured or computed again."""
    kept = {f: snapshot(f) for f in fresh}
    env = dict(ENV, LEUKO_CACHE=path(cache))
    r = run(*args, env=env)
    expected = result(r)
    check(r.returncode == 0 and expected is not None, 'leuko %s runs' % ' '.join(args[:3]), r)
    data = open(path(name), 'rb').read() if name not in fresh else kept[name]
    rng, wrong, refused = random.Random('%d %s' % (SEED, name)), [], 0
    for at, bit in flips(rng, data, 0, False):
        for f in fresh:
            restore(f, kept[f])
        changed = bytearray(data)
        changed[at] ^= 1 << bit
        write(name, bytes(changed))
        r = run(*args, env=env)
        one_line = r.returncode == 1 and [x for x in r.stderr.splitlines() if 'WARNING' not in x and 'precision' not in x
                                          and 'epoch' not in x][1:] == [] and not warns
        refused += one_line
        if not one_line and (r.returncode != 0 or result(r) != expected):
            wrong.append((at, bit, r.returncode, r.stderr[-400:]))
    write(name, data)
    check(not wrong, '%s: %d of %d changed bits refused, no other result' % (name, refused, N_FLIPS), (SEED, wrong[:3]))


def snapshot(name):
    if os.path.isdir(path(name)):
        return {f: open(path(name, f), 'rb').read() for f in os.listdir(path(name))}
    return open(path(name), 'rb').read() if os.path.exists(path(name)) else None


def restore(name, data):
    if os.path.isdir(path(name)):
        shutil.rmtree(path(name))
    elif os.path.exists(path(name)):
        os.remove(path(name))
    for f, text in data.items() if isinstance(data, dict) else [('', data)] if data is not None else []:
        write(os.path.join(name, f) if f else name, text)


TUNE = ['train', 'shards', '--model', 't.safetensors', *TINY, '--tune', 'all', '--epochs', '2', '--batch', '8', '--precision',
        'fp32', '--no-cache', '--positive', 'blast', '--resume']
r = run(*TUNE, '--until', '1')
check(r.returncode == 0, 'one of two epochs', r)
damaged_state('t.run/last.checkpoint', TUNE, lambda r: digest('t.safetensors'), fresh=['t.run', 't.safetensors'])
FEATURES = ['features', 'cells', '-o', 'f.npy', *TINY, '--precision', 'fp32']
r = run(*FEATURES, env=dict(ENV, LEUKO_CACHE=path('own')))
cached = [f for f in os.listdir(path('own')) if f.endswith('.features')]
check(r.returncode == 0 and len(cached) == 1, 'a feature cache', (r, cached))
damaged_state('own/' + cached[0], FEATURES, lambda r: digest('f.npy'), warns=True, cache='own')
r = run('classify', 'm.safetensors', 'cells/blast/' + IMAGE, env=dict(ENV, LEUKO_CACHE=path('own')))
speeds = [f for f in os.listdir(path('own')) if f.startswith('speed-')]
for f in speeds or [None]:  # none: a processor that has nothing to choose from
    if f:
        damaged_state('own/' + f, ['classify', 'm.safetensors', 'cells/blast/' + IMAGE],
                      lambda r: r.stdout if 'unsteady' not in r.stderr else None, warns=True, cache='own')
shard = sorted(f for f in os.listdir(path('shards')) if '_validation_' in f and f.endswith('.tfrecord'))[0]
damaged_state('shards/' + shard, ['eval', 'm.safetensors', 'shards', '--split', 'validation', '--precision', 'fp32', '--json', '-'],
              lambda r: r.stdout)

# --- numbers that are not finite, in files without checksums --------------------------------------
def split(name):
    data = open(path(name), 'rb').read()
    end = header_end(data)
    return json.loads(data[8:end]), bytearray(data[end:])


def join(header, data):
    head = json.dumps(header).encode()
    return struct.pack('<Q', len(head)) + head + bytes(data)


header, data = split('m.safetensors')
old = json.loads(json.dumps(header))
del old['__metadata__']['leuko_crc32c']
write('old.safetensors', join(old, data))
check(answer('old.safetensors')[0] == answer('m.safetensors')[0] is not None,
      'a file without checksums answers as one with them')
header, graph = split('float.graph')
old_graph = json.loads(json.dumps(header))
del old_graph['__metadata__']['leuko_crc32c']
write('old.graph', join(old_graph, graph))
check(answer('old.graph')[0] is not None, 'a graph without checksums answers')

HEAD = 'InceptionV3/Logits/Conv2d_1c_1x1/weights'
for what, tensor, value in (('NaN', HEAD, float('nan')), ('infinity', HEAD, float('inf')),
                            ('NaN', 'InceptionV3/Mixed_5b/Branch_0/Conv2d_0a_1x1/BatchNorm/moving_mean', float('nan')),
                            ('-1', 'InceptionV3/Conv2d_1a_3x3/BatchNorm/moving_variance', -1.0)):
    bad = bytearray(data)
    at = old[tensor]['data_offsets'][0]
    bad[at:at + 4] = struct.pack('<f', value)
    write('bad.safetensors', join(old, bad))
    for args in (['classify', 'bad.safetensors', 'cells/blast'], ['freeze', 'bad.safetensors', '-o', 'x.onnx'],
                 ['compile', 'bad.safetensors', '-o', 'x.graph', '--precision', 'fp32'],
                 ['train', 'shards', '--weights', 'bad.safetensors', '--model', 'x.safetensors'],
                 ['eval', 'bad.safetensors', 'shards']):
        r = run(*args)
        check(r.returncode == 1 and tensor in r.stderr and ('not finite' in r.stderr or 'negative' in r.stderr),
              '%s in %s is refused by %s' % (what, tensor.split('/', 1)[1], args[0]), r)
bad = bytearray(graph)
at = old_graph[HEAD]['data_offsets'][0]
bad[at:at + 4] = struct.pack('<f', float('nan'))
write('bad.graph', join(old_graph, bad))
r = run('classify', 'bad.graph', 'cells/blast')
check(r.returncode == 1 and 'not finite' in r.stderr and HEAD in r.stderr, 'NaN in a graph is refused', r)
network = torchfile.tiny_network(classes=2)
network['fc.weight'].values[0] = float('nan')
write('nan.pth', torchfile.zip_file(network))
r = run('weights', 'convert', 'nan.pth', 'x.safetensors')
check(r.returncode == 1 and 'not finite' in r.stderr, 'NaN in PyTorch weights is refused', r)

# weights that are finite, and whose classifier overflows: the image's error, never a class
huge = bytearray(data)
begin, end = old[HEAD]['data_offsets']
huge[begin:end] = struct.pack('<f', 3e38) * ((end - begin) // 4)
write('huge.safetensors', join(old, huge))
r = run('classify', 'huge.safetensors', 'cells/blast', '--csv', 'huge.csv')
rows = open(path('huge.csv')).read().split('\n') if os.path.exists(path('huge.csv')) else []
check(r.returncode == 1 and 'not finite' in r.stderr + r.stdout and 'nan' not in ''.join(rows[1:]) and
      all(row.split(',')[2] == '' for row in rows[1:] if row),
      'outputs that are not finite are the error of each image', (r, rows))
r = run('eval', 'huge.safetensors', 'shards')
check(r.returncode == 1 and 'not finite' in r.stderr and 'blast/' in r.stderr,
      'eval stops at such an image and names it', r)
for args in (['eval', 'huge.safetensors', 'cells'], ['verify', 'm.safetensors', 'huge.safetensors', '--data', 'shards'],
             ['verify', 'huge.safetensors', 'm.safetensors'],
             ['compile', 'huge.safetensors', '-o', 'x.graph', '--calibrate', 'shards', '--precision', 'int8']):
    r = run(*args)
    check(r.returncode == 1 and 'not finite' in r.stderr and not os.path.exists(path('x.graph')),
          'outputs that are not finite: an error of ' + ' '.join(args), r)
for form in 'huge.onnx', 'huge.pb', 'huge.ckpt', 'huge.graph':
    r = run('compile' if form == 'huge.graph' else 'freeze', 'huge.safetensors', '-o', form)
    r = run('classify', form, 'cells/blast')
    check(r.returncode == 1 and 'not finite' in r.stderr + r.stdout, 'and of classify with ' + form, r)
# parameters that are finite, and whose batch norm makes weights that are not, behind a ReLU
FIRST = 'InceptionV3/Conv2d_1a_3x3/'
fold = bytearray(data)
begin, end = old[FIRST + 'weights']['data_offsets']
fold[begin:end] = struct.pack('<f', 3e38) * ((end - begin) // 4)
begin, end = old[FIRST + 'BatchNorm/moving_variance']['data_offsets']
fold[begin:end] = struct.pack('<f', 0) * ((end - begin) // 4)
write('fold.safetensors', join(old, fold))
for args in (['classify', 'fold.safetensors', 'cells/blast'], ['eval', 'fold.safetensors', 'cells'],
             ['verify', 'fold.safetensors', 'm.safetensors'], ['features', '--weights', 'fold.safetensors', 'cells', '-o', 'x.npy'],
             ['train', 'shards', '--weights', 'fold.safetensors', '--model', 'x.safetensors'],
             ['compile', 'fold.safetensors', '-o', 'x.graph', '--precision', 'fp32']):
    r = run(*args)
    check(r.returncode == 1 and 'fold.safetensors: ' + FIRST[:-1] + ': the batch norm makes weights that are not finite' in r.stderr and 'not finite' in r.stderr and r.stderr.count('\n') <= 2 and
          not any(os.path.exists(path(x)) for x in ('x.npy', 'x.safetensors', 'x.graph')),
          'a batch norm that makes infinite weights is refused by ' + args[0], r)
done()

#!/usr/bin/env python3
"""Frozen graphs that TensorFlow wrote (tests/golden/graphs, by tests/interop/foreign-graph.py) answer here as there:
batch norm fused, unfused, with gamma, folded; `/read` identities kept or folded away; padding counted or not; the
1001-class background, the pooling and the form of the batch norm are found out and recorded in the model."""
import gzip
import json
import os
import struct
import subprocess
import sys

import torchfile
from harness import ENV, WORK, check, done, path, run, write

LOGITS = sys.argv[1]
GRAPHS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../golden/graphs')
SIDE = 75


def images():
    """Three by formula, (3, 3, SIDE, SIDE)."""
    size = 3 * SIDE * SIDE
    x = [(n * 2654435761 % 4294967296 // 65536 % 256) / 127.5 - 1 for n in range(3 * size)]
    x = list(struct.unpack('<%df' % len(x), struct.pack('<%df' % len(x), *x)))
    return x[:size] + [v * 0.25 for v in x[size:2 * size]] + [abs(v) for v in x[2 * size:]]


def logits(name):
    r = subprocess.run([LOGITS, name, 'x.safetensors', 'out.safetensors'], cwd=WORK, env=ENV, capture_output=True, text=True)
    if r.returncode != 0:
        return r
    data = open(path('out.safetensors'), 'rb').read()
    n = struct.unpack('<Q', data[:8])[0]
    shape = json.loads(data[8:8 + n])['logits']['shape']
    flat = struct.unpack('<%df' % (shape[0] * shape[1]), data[8 + n:])
    return [flat[i * shape[1]:(i + 1) * shape[1]] for i in range(shape[0])]


def worst(found, wanted):
    most = max(abs(v) for row in wanted for v in row)
    return max(abs(a - b) for f, w in zip(found, wanted) for a, b in zip(f, w)) / most


write('x.safetensors', torchfile.safetensors({'x': ([3, 3, SIDE, SIDE], images())}))
known = json.load(open(os.path.join(GRAPHS, 'answers.json')))
known.pop('written_by')
for name, row in sorted(known.items()):
    style, classes = row['style'], row['classes']
    write(name + '.pb', gzip.open(os.path.join(GRAPHS, name + '.pb.gz')).read())
    found = logits(name + '.pb')
    check(isinstance(found, list) and len(found) == 3 and len(found[0]) == classes and worst(found, row['logits']) < 1e-4,
          '%s (%s): the logits are TensorFlow\'s' % (name, ', '.join(style)), found)
    r = run('weights', 'convert', name + '.pb', name + '.safetensors')
    told = json.loads(run('info', name + '.safetensors', '--json', '-').stdout)
    source = json.loads(told['source'])
    check(r.returncode == 0 and worst(logits(name + '.safetensors'), row['logits']) < 1e-4, '... and the converted model\'s', r)
    form = 'folded' if 'folded' in style else 'unfused' if 'unfused' in style else 'fused'
    check(source['batch_norm'] == form and source['softmax'] == ('logits' not in style), '... its batch norm was %s' % form, told)
    check(('count padding' in told['network']) == ('padded' in style), '... its pooling is recorded', told)
    check(source['background_class'] == (classes == 1001) and told['classes'].startswith('1001: background, 0') ==
          (classes == 1001), '... and its classes', told)
    # back to a graph: the pooling goes along
    r = run('freeze', name + '.safetensors', '-o', 'again.pb')
    again = open(path('again.pb'), 'rb').read()
    check((b'AvgPool_0a_3x3/Pad' in again) == ('padded' in style) and worst(logits('again.pb'), row['logits']) < 1e-4,
          '... frozen again it answers alike', r)
    r = run('verify', name + '.pb', 'again.pb', '--max-dp', '1e-5')
    check(r.returncode == 0 or 'different classes' in r.stderr, '... and verify says so', r)
done()

#!/usr/bin/env python3
"""leuko explain, as a user runs it: figures of images and of a data set, and what it refuses."""
import csv
import json
import os
import struct
from harness import TINY, check, digest, done, messages, path, run, small_model, write

small_model(TINY)
CELL = 'cells/blast/P01_0000.jpg'


def size(name):
    """Width and height of a PNG, or None."""
    data = open(path(name), 'rb').read(24)
    return struct.unpack('>II', data[16:]) if data[:8] == b'\x89PNG\r\n\x1a\n' else None


r = run('explain', 'm.safetensors', CELL, '-o', 'one.png', '--json', 'one.json')
j = json.load(open(path('one.json')))
x = j['images'][0]
check(r.returncode == 0 and 'evidence for' in r.stdout and 'Research use only' in r.stdout and size('one.png'),
      'one image gives one figure', r)
mean = sum(map(sum, x['map'])) / sum(map(len, x['map']))
check(abs(mean - x['score']) < 1e-5 * (1 + abs(x['score'])) and x['method'] == 'class activation' and
      x['figure'] == 'one.png' and x['answer'] in ('blast', 'lymphocyte'), 'the map adds up to the score', x)
weak = x['cell'] and x['cell']['ratio'] is not None and x['cell']['ratio'] < 3
check(bool(weak) == ('does not show where the evidence lies' in r.stderr) == (j['doubt'] is not None), 'a weak map is told', (r, j))
check(len(x['map']) >= 5 and 'positions' not in r.stderr, 'a fine map needs no note', r)
r = run('train', 'shards', '--weights', 'random', '--size', '75', '--depth-multiplier', '0.125', '--model', 'coarse.safetensors')
for target, out in ((CELL, 'coarse.png'), ('shards', 'coarse')):
    r = run('explain', 'coarse.safetensors', target, '-o', out)
    check(r.returncode == 0 and 'the map of Mixed_7c has 1 x 1 positions' in r.stderr, 'a coarse map is told', r)

answers = {}
for name in ('blast', 'lymphocyte'):
    r = run('explain', 'm.safetensors', CELL, '-o', 'class.png', '--class', name, '--json', '-')
    answers[name] = json.loads(r.stdout)['images'][0]
check(answers['blast']['class'] == 'blast' and abs(answers['blast']['score'] + answers['lymphocyte']['score']) < 1e-5,
      'the evidence for one of two classes is that against the other', answers)

r = run('explain', 'm.safetensors', CELL, '-o', 'early.png', '--endpoint', 'MaxPool_5a_3x3', '--json', '-')
early = json.loads(r.stdout)['images'][0]
check(r.returncode == 0 and early['method'] == 'gradient-weighted' and len(early['map']) >= len(x['map']),
      'an earlier endpoint', r)

r = run('explain', 'm.safetensors', CELL, 'cells/lymphocyte/P01_0000.jpg', '-o', 'two', '--views', '4')
check(r.returncode == 0 and sorted(os.listdir(path('two'))) == ['P01_0000-2.png', 'P01_0000.png'],
      'several images give a folder; equal names are numbered', r)

for name in ('m.graph', 'm.pb', 'm.onnx'):
    run(*(['compile', 'm.safetensors', '-o', name, '--precision', 'fp32'] if name == 'm.graph' else
          ['freeze', 'm.safetensors', '-o', name]))
    r = run('explain', name, CELL, '-o', 'other.png', '--json', '-')
    y = json.loads(r.stdout)['images'][0] if r.returncode == 0 else dict(x, probability=2)
    scale = y['score'] / x['score']  # of the temperature, which other programs' files hold in the weights
    worst = max(abs(a - b * scale) for rows in zip(y['map'], x['map']) for a, b in zip(*rows)) if name != 'm.graph' else 0
    check(abs(y['probability'] - x['probability']) < 1e-4 and abs(sum(map(sum, y['map'])) / sum(map(len, y['map'])) -
          y['score']) < 1e-4 and worst < 0.01, 'the same from ' + name, (worst, scale, r))

r = run('explain', 'm.safetensors', 'shards', '-o', 'set', '--split', 'validation', '--sheet', '4', '--json', 'set.json')
names = ['doubtful.png', 'explain.csv', 'mean-blast.png', 'mean-lymphocyte.png', 'mistakes.png']
j = json.load(open(path('set.json')))
rows = list(csv.DictReader(open(path('set/explain.csv'))))
wrong = sum(row['truth'] != row['answer'] for row in rows)
check(r.returncode == 0 and sorted(os.listdir(path('set'))) == names and len(rows) == j['images'] == j['all']['images'] and
      wrong == j['all']['wrong'] and all(size('set/' + n) for n in names if n.endswith('.png')), 'a data set', r)
ledger = path('shards/ledger.jsonl')
before = os.path.exists(ledger) and open(ledger).read()
check(not before or 'explain' not in before, 'the validation split is not in the ledger', before)
r = run('explain', 'm.safetensors', 'shards', '-o', 'tested', '--split', 'test')
check(r.returncode == 0 and 'leuko explain' in open(path('shards/ledger.jsonl')).read(), 'the test split is recorded', r)
r = run('explain', 'm.safetensors', 'cells', '-o', 'folder')
check(r.returncode == 0 and len(list(csv.DictReader(open(path('folder/explain.csv'))))) == 48, 'a folder of classes', r)

write('broken.jpg', b'\xff\xd8\xff\xe0 no image')
before = digest('cells')
refused = [(1, 'broken.jpg', ['m.safetensors', 'broken.jpg', '-o', 'x.png']),
           (1, 'missing.jpg', ['m.safetensors', 'missing.jpg', '-o', 'x.png']),
           (1, 'not a model', [CELL, 'm.safetensors', '-o', 'x.png']),
           (1, 'broken.jpg', ['m.safetensors', CELL, 'broken.jpg', '-o', 'x']),
           (2, 'nonsense', ['m.safetensors', CELL, '-o', 'x.png', '--class', 'nonsense']),
           (2, 'Mixed_7c', ['m.safetensors', CELL, '-o', 'x.png', '--endpoint', 'Mixed_7c']),
           (2, 'Mixed_9', ['m.safetensors', CELL, '-o', 'x.png', '--endpoint', 'Mixed_9']),
           (2, '--alpha', ['m.safetensors', CELL, '-o', 'x.png', '--alpha', '2']),
           (2, '--views', ['m.safetensors', CELL, '-o', 'x.png', '--views', '3']),
           (2, '--sheet', ['m.safetensors', 'cells', '-o', 'x', '--sheet', '0']),
           (2, '--class', ['m.safetensors', 'cells', '-o', 'x', '--class', 'blast']),
           (2, '-o', ['m.safetensors', CELL]),
           (2, 'folder', ['m.safetensors', CELL, '-o', 'x.jpg']),
           (2, 'one PNG file', ['m.safetensors', CELL, CELL, '-o', 'x.png']),
           (2, 'folder', ['m.safetensors', CELL, 'cells', '-o', 'x']),
           (2, 'two', ['m.safetensors', CELL, CELL, '-o', 'two']),
           (1, 'cells', ['m.safetensors', 'cells', '-o', 'cells/x']),
           (2, 'm.safetensors', ['m.safetensors', CELL, '-o', 'm.safetensors'])]
for status, word, args in refused:
    r = run('explain', *args)
    check(r.returncode == status and len(messages(r)) == 1 and word in messages(r)[0] and not os.path.exists(path('x.png')) and
          not os.path.exists(path('x')), 'refused: ' + ' '.join(args), r)
check(digest('cells') == before, 'no input was changed')
done()

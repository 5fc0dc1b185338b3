#!/usr/bin/env python3
"""leuko adapt, as a user runs it: a model of one laboratory, and cells of another whose images are darker and redder.
The held-out figures are computed again here from the table of answers."""
import csv
import json
import math
import os
import random
import shutil
import signal
import struct
import subprocess
import time
import zlib
from harness import ENV, LEUKO, WORK, check, digest, done, messages, path, run, write

NET = ['--weights', 'random', '--size', '75', '--depth-multiplier', '0.125', '--endpoint', 'Mixed_5d']
SIDE = 40


def png(rows):
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    body = zlib.compress(b''.join(b'\0' + bytes(r) for r in rows), 1)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', SIDE, SIDE, 8, 2, 0, 0, 0)) +
            chunk(b'IDAT', body) + chunk(b'IEND', b''))


def cell(kind, seed, red, dark):
    """A cell on a light ground, large or small, with platelets; red and dark are of the laboratory's stain and light."""
    r = random.Random(seed)
    size, cx, cy = (r.uniform(7, 9) if kind else r.uniform(11, 14)), r.uniform(15, 24), r.uniform(15, 24)
    angle, flat, slope = r.uniform(0, math.pi), r.uniform(1, 1.6), [r.uniform(-1, 1) for _ in range(2)]
    dots = [(r.uniform(0, SIDE), r.uniform(0, SIDE), r.uniform(1.5, 4)) for _ in range(5)]
    rows = []
    for y in range(SIDE):
        row = []
        for x in range(SIDE):
            u = (x - cx) * math.cos(angle) + (y - cy) * math.sin(angle)
            v = (y - cy) * math.cos(angle) - (x - cx) * math.sin(angle)
            light = slope[0] * (x - 20) + slope[1] * (y - 20) + r.uniform(-15, 15)
            base = (120, 70, 150) if u * u + v * v * flat < size * size else (205, 195, 200)
            if any((x - a) ** 2 + (y - b) ** 2 < c * c for a, b, c in dots):
                base = (160, 110, 170)
            row += [max(9, min(255, int(w + light))) for w in
                    (base[0] * dark + red, base[1] * dark, base[2] * dark - red)]
        rows.append(row)
    return png(rows)


def laboratory(folder, n, red, dark, first):
    for kind, name in enumerate(('blast', 'lymphocyte')):
        for i in range(n):
            write('%s/%s/P%02d-%d.png' % (folder, name, i % 12, i), cell(kind, first + 7 * i + kind, red, dark))


def answers(name):
    return list(csv.DictReader(open(path(name))))


def accuracy(rows, side):
    return sum(r['class'] == r[side + ' decided'] for r in rows) / len(rows)


laboratory('first', 36, 0, 1.0, 1000)
laboratory('second', 24, 34, 0.6, 5000)
laboratory('fresh', 24, 34, 0.6, 9000)
for args in (['sort', 'first', '--out', 'shards', '--group-by', '(P[0-9]+)'], ['train', 'shards', '--model', 'm.safetensors', *NET]):
    r = run(*args)
    assert r.returncode == 0, r

# --- a gain ----------------------------------------------------------------------------------------------------------
shutil.copy(path('second/blast/P00-0.png'), path('second/blast/copy.png'))
r = run('adapt', 'm.safetensors', 'second', '-o', 'ours.safetensors', '--csv', 'a.csv', '--json', 'a.json')
check(r.returncode == 0 and os.path.exists(path('ours.safetensors')) and 'the adaptation is a gain' in r.stdout and
      'ours.safetensors is written' in r.stderr and 'Research use only' in r.stdout, 'a gain is shown, the model is written', r)
rows, j = answers('a.csv'), json.load(open(path('a.json')))
f = j['figures']['accuracy']
check(len(rows) == 49 and abs(accuracy(rows, 'before') - f['first']) < 1e-8 and
      abs(accuracy(rows, 'after') - f['second']) < 1e-8 and f['low'] > 0, 'accuracies are those of the answers', f)
check(j['gain']['shown'] and j['written'] and j['steps'] and len(j['folds']) == 5 and
      sum(x['n_held'] for x in j['folds']) == 49 and all(x['n_held'] + x['n_training'] == 49 for x in j['folds']),
      'every cell is held out once, the others train', j['folds'])
twins = {x['fold'] for x in rows if x['file'] in ('blast/P00-0.png', 'blast/copy.png')}
check(len(twins) == 1 and '1 image is a copy' in r.stderr, 'a copy is on the side of its cell', twins)
check(all(abs(sum(float(x[s + ' p(%s)' % c]) for c in ('blast', 'lymphocyte')) - 1) < 1e-6 for x in rows
          for s in ('before', 'after')), 'probabilities sum to 1')

e = run('eval', 'm.safetensors', 'fresh', '--json', 'before.json')
g = run('eval', 'ours.safetensors', 'fresh', '--json', 'after.json')
before, after = (json.load(open(path(n)))['accuracy']['value'] for n in ('before.json', 'after.json'))
check(e.returncode == 0 and g.returncode == 0 and abs(before - f['first']) < 0.2 and after > 0.85 and after > before,
      'cells that took no part confirm it', (before, after, f))
e = run('eval', 'm.safetensors', 'second', '--json', 'e.json')
check(abs(json.load(open(path('e.json')))['accuracy']['value'] - f['first']) < 1e-8, 'before is what eval gives', e)
e = run('eval', 'ours.safetensors', 'second')
check('was trained on 49 of these 49 images' in e.stderr, 'the adapted model knows the cells', e)
e = run('eval', 'ours.safetensors', 'shards', '--split', 'train')
check('WARNING: the model was trained on' in e.stderr, 'and the first laboratory', e)
again = digest('ours.safetensors'), digest('a.csv')
r = run('adapt', 'm.safetensors', 'second', '-o', 'ours.safetensors', '--csv', 'a.csv', '--json', 'a.json')
check(r.returncode == 0 and (digest('ours.safetensors'), digest('a.csv')) == again, 'the same command writes the same bytes', r)

# --- the adapted model is an ordinary model --------------------------------------------------------------------------
r = run('adapt', 'm.safetensors', 'second', '-o', 'color.safetensors', '--steps', 'color', '--write-anyway', '--json', 'c.json')
c = json.load(open(path('c.json')))
check(r.returncode in (0, 3) and set(c['steps']) <= {'color'} and c['tried'] == ['color'], 'only the named step', r)
if c['steps']:
    info = run('info', 'color.safetensors')
    check('colors of one laboratory changed' in info.stdout, 'info names the change of colors', info)
    r = run('freeze', 'color.safetensors', '-o', 'p.onnx', '--with-preprocessing')
    check(r.returncode == 1 and 'changes the colors' in messages(r)[-1], 'the change is not lost silently in ONNX', r)
    r = run('compile', 'color.safetensors', '-o', 'c.graph', '--precision', 'fp32')
    v = run('verify', 'color.safetensors', 'c.graph', '--data', 'fresh')
    check(r.returncode == 0 and v.returncode == 0, 'a compiled graph answers the same', (r, v))
for out in ('f.pb', 'f.onnx'):
    r = run('freeze', 'ours.safetensors', '-o', out)
    v = run('verify', 'ours.safetensors', out, '--data', 'fresh')
    check(r.returncode == 0 and v.returncode == 0, out + ' answers the same', (r, v))

# --- no gain ---------------------------------------------------------------------------------------------------------
for i, name in enumerate(sorted(os.listdir(path('fresh/blast')) + os.listdir(path('fresh/lymphocyte')))[:24]):
    for k in ('blast', 'lymphocyte'):
        if os.path.exists(path('fresh', k, name)):
            to = ('blast', 'lymphocyte')[(i * 7 // 3 + (k == 'blast')) % 2]
            os.makedirs(path('noise', to), exist_ok=True)
            shutil.copy(path('fresh', k, name), path('noise', to, k + name))
r = run('adapt', 'm.safetensors', 'noise', '-o', 'none.safetensors')
check(r.returncode == 3 and not os.path.exists(path('none.safetensors')) and 'not written' in messages(r)[-1] and
      ('no gain is shown' in r.stdout or 'is worse' in r.stdout), 'labels by chance: no gain, no model, status 3', r)
r = run('adapt', 'm.safetensors', 'second', '-o', 'g.safetensors', '--group-by', '(P0?[0-3])', '--steps', 'center')
check(r.returncode != 0 and not os.path.exists(path('g.safetensors')), 'an expression that misses images is refused', r)
for n, status, text in ((6, 3, 'not estimable'), (2, 1, 'adaptation needs at least 3')):
    write('groups.csv', 'file,group\n' + ''.join('%s/%s,G%d\n' % (k, x, i % n) for k in ('blast', 'lymphocyte')
                                                for i, x in enumerate(sorted(os.listdir(path('fresh', k))))))
    r = run('adapt', 'm.safetensors', 'fresh', '-o', 'g.safetensors', '--groups', 'groups.csv', '--steps', 'center,head')
    check(r.returncode == status and text in r.stdout + r.stderr and not os.path.exists(path('g.safetensors')),
          '%d groups: %s' % (n, text), r)

# --- a model that does not know its colors ---------------------------------------------------------------------------
OLD = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../data/compat-0.1/head.safetensors')
r = run('adapt', OLD, 'second', '-o', 'o.safetensors', '--json', 'o.json')
check('colors are not standardized' in r.stderr and 'features are not centered' in r.stderr and
      json.load(open(path('o.json')))['tried'] == ['head'], 'an earlier model: only the head, and it says so', r)
r = run('adapt', OLD, 'second', '-o', 'o.safetensors', '--reference', 'shards', '--json', 'o.json')
check(json.load(open(path('o.json')))['tried'] == ['color', 'center', 'head'], 'its training images help', r)

# --- what is refused -------------------------------------------------------------------------------------------------
r = run('adapt', 'm.safetensors', 'first', '-o', 'x.safetensors')
check(r.returncode == 3 and 'the model was trained on' in messages(r)[-1], 'training cells are refused', r)
os.rename(path('second/blast'), path('second/myeloblast'))
r = run('adapt', 'm.safetensors', 'second', '-o', 'x.safetensors')
check(r.returncode == 1 and 'has no class "myeloblast"' in messages(r)[-1] and '--classes' in messages(r)[-1],
      'another class name', r)
r = run('adapt', 'm.safetensors', 'second', '-o', 'x.safetensors', '--classes', 'blast=myeloblast', '--steps', 'head')
check(r.returncode in (0, 3) and 'blast' in r.stdout, '--classes gives the model\'s names', r)
for args, what in ((['adapt', 'm.safetensors', 'second'], '-o'),
                   (['adapt', 'm.safetensors', 'second', '-o', 'y.safetensors', '--steps', 'colour'], '--steps colour'),
                   (['adapt', 'm.safetensors', 'second', '-o', 'y.onnx'], '.safetensors'),
                   (['adapt', 'm.safetensors', 'second', '-o', 'y.safetensors', '--folds', '1'], '--folds')):
    r = run(*args)
    check(r.returncode == 2 and what in messages(r)[-1], 'wrong usage: ' + what, r)
before = digest('m.safetensors')
r = run('adapt', 'm.safetensors', 'second', '-o', 'm.safetensors')
check(r.returncode == 1 and 'would destroy the input' in messages(r)[-1] and digest('m.safetensors') == before,
      'the model is not overwritten', r)
r = run('adapt', 'c.graph', 'fresh', '-o', 'y.safetensors')
check(r.returncode == 1 and 'c.graph' in messages(r)[-1], 'a compiled graph is refused', r)
write('few/blast/a.png', cell(0, 1, 0, 1.0))
write('few/lymphocyte/b.png', cell(1, 2, 0, 1.0))
r = run('adapt', 'm.safetensors', 'few', '-o', 'y.safetensors')
check(r.returncode == 1 and 'at least 3' in messages(r)[-1], 'too few cells', r)

# of two adaptations into one model, the second is refused
lock = path('.one.safetensors.lock')
child = subprocess.Popen([LEUKO, 'adapt', 'm.safetensors', 'fresh', '-o', 'one.safetensors'], env=ENV, cwd=WORK,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
while child.poll() is None and not (os.path.exists(lock) and os.path.getsize(lock)):
    time.sleep(0.001)
child.send_signal(signal.SIGSTOP)
r = run('adapt', 'm.safetensors', 'fresh', '-o', 'one.safetensors')
check(r.returncode == 1 and 'one.safetensors: in use by process %d on host ' % child.pid in messages(r)[-1],
      'a second adaptation into one model is refused', r)
child.send_signal(signal.SIGCONT)
check(child.wait() in (0, 3) and not os.path.exists(lock), 'the first one ends and removes its lock', child.returncode)
done()

#!/usr/bin/env python3
"""leuko augment as a person runs it: files, names, table, bad input, interruption."""
import csv
import hashlib
import os
import re
import signal
import struct
import subprocess
import time
import zlib

from harness import ENV, LEUKO, WORK, check, done, run


def augment(*args):
    return run('augment', *args)


def png(w, h, kind=0):
    """A cell-like disc, uneven, on a light ground."""
    rows = b''
    for y in range(h):
        rows += b'\0'
        for x in range(w):
            inside = (x - w / 2) ** 2 + (y - h / 2) ** 2 < (w / 3) ** 2
            rows += bytes((90 + x, 40 + y, 150 + 20 * kind) if inside else (230, 220, 215))
    chunk = lambda k, b: struct.pack('>I', len(b)) + k + b + struct.pack('>I', zlib.crc32(k + b))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 2, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def tree(path):
    return {os.path.relpath(os.path.join(d, f), path): hashlib.sha256(open(os.path.join(d, f), 'rb').read()).hexdigest()
            for d, _, fs in os.walk(path) for f in fs}


work = os.path.join(WORK, 'work')
os.mkdir(work)
cells = os.path.join(work, 'cells')
for kind, name in enumerate(('blast/Im001_1.png', 'blast/Im002_1.png', 'normal/Im003_0.png')):
    os.makedirs(os.path.join(cells, os.path.dirname(name)), exist_ok=True)
    open(os.path.join(cells, name), 'wb').write(png(60, 50, kind))
before = tree(cells)
out = os.path.join(work, 'more')

r = augment(cells, out)
check(r.returncode == 0 and not r.stderr and ': 84 files made from 3 images (' in r.stdout and r.stdout.count('\n') == 1, 'one line of result, exit 0', r)
made = tree(out)
rows = list(csv.DictReader(open(os.path.join(out, 'augment.csv'))))
check(list(rows[0]) == ['file', 'source', 'operation', 'parameters', 'seed'] and len(rows) == 84, 'augment.csv has its columns and a row a file', rows[0])
check({x['file'] for x in rows} | {'augment.csv'} == set(made), 'the table names every file and no other')
check({x['source'] for x in rows} == set(before), 'sources are the images')
for p in ('', 'Gray-', 'Hist-', 'Hor-', 'Ver-', 'Gaus-', 'Trans-', 'Shear-'):
    check('blast/%sIm001_1.jpg' % p in made, 'blast/%sIm001_1.jpg is there' % p, sorted(made))
angles = [int(m.group(1)) for m in (re.fullmatch(r'blast/(-?\d+)-\d+-Im001_1\.jpg', f) for f in made) if m]
check(len(angles) == len(set(angles)) == 20, 'twenty different angles of one image', angles)
check(len(set(made.values())) > 75, 'the copies differ from one another', len(set(made.values())))
check('border=230/220/215' in [x for x in rows if x['operation'] == 'rotate'][0]['parameters'], 'the border is the background')
check(tree(cells) == before, 'the input is as it was')

r = augment(cells, os.path.join(work, 'again'), '--threads', '1')
check(tree(os.path.join(work, 'again')) == made, 'one thread writes the same bytes')
r = augment(cells, os.path.join(work, 'few'), '--ops', 'gray,rotate', '--rotations', '3', '--border', '1,2,3', '--seed', '9')
few = list(csv.DictReader(open(os.path.join(work, 'few', 'augment.csv'))))
check(len(few) == 15 and few[0]['seed'] == '9' and few[2]['parameters'].endswith('border=1/2/3'), 'operations, rotations, border and seed are obeyed', few)

for args, code, text in (
        ((cells, out), 1, 'exists and is not an empty folder'),
        ((cells, os.path.join(cells, 'blast', 'new')), 1, 'lies inside'),
        ((cells, cells), 1, 'lies inside'),
        ((out, os.path.join(work, 'twice')), 1, 'augmented already'),
        ((os.path.join(work, 'none'), os.path.join(work, 'x')), 1, 'No such file'),
        ((cells,), 2, 'too few arguments'),
        ((cells, os.path.join(work, 'x'), '--ops', 'gray,spin'), 2, '--ops spin'),
        ((cells, os.path.join(work, 'x'), '--border', '1,2'), 2, 'R,G,B'),
        ((cells, os.path.join(work, 'x'), '--border', '1,2,256'), 2, 'R,G,B'),
        ((cells, os.path.join(work, 'x'), '--rotations', '361'), 2, '1 to 360'),
        ((cells, os.path.join(work, 'x'), '--size', '8'), 2, '16 to 4096')):
    r = augment(*args)
    check(r.returncode == code and text in r.stderr and r.stderr.count('\n') == 1 and not r.stdout, 'refused: ' + text, r)
check(sorted(os.listdir(work)) == ['again', 'cells', 'few', 'more'], 'refusals leave nothing behind', os.listdir(work))

open(os.path.join(cells, 'blast', 'Im009_1.jpg'), 'w').write('not an image\n')
r = augment(cells, os.path.join(work, 'x'))
check(r.returncode == 1 and 'blast/Im009_1.jpg: not an image' in r.stderr and r.stderr.count('\n') == 1, 'a bad image is named', r)
check(sorted(os.listdir(work)) == ['again', 'cells', 'few', 'more'], 'and nothing is left behind', os.listdir(work))
r = augment(cells, os.path.join(work, 'x'), '--skip-unreadable')
check(r.returncode == 0 and 'Im009_1.jpg' in r.stderr and '1 unreadable' in r.stderr, 'asked to, it is left out and said so', r)
check(set(tree(os.path.join(work, 'x'))) == set(made), 'the others are all there')

many = os.path.join(work, 'many', 'a')
os.makedirs(many)
for i in range(60):
    open(os.path.join(many, '%d.png' % i), 'wb').write(png(30, 30))
target = os.path.join(work, 'stopped')
p = subprocess.Popen([LEUKO, 'augment', os.path.join(work, 'many'), target, '--rotations', '300'], env=ENV, stderr=subprocess.PIPE,
                     text=True)
for _ in range(2000):  # until the stage is there and work goes on in it
    if os.path.isdir(os.path.join(work, '.stopped.partial', 'a')):
        break
    time.sleep(0.005)
p.send_signal(signal.SIGINT)
err = p.communicate()[1]
check(p.returncode == 130 and err == 'leuko: interrupted\n', 'Ctrl-C: one line, exit 130', (p.returncode, err))
check(not os.path.exists(target) and not os.path.exists(os.path.join(work, '.stopped.partial')), 'Ctrl-C leaves nothing', os.listdir(work))
done()

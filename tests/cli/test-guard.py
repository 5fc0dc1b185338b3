#!/usr/bin/env python3
"""leuko eval recognizes images that the model was trained on, under new names, in other formats and changed;
and no name of a patient, path or expression is in any file that a model is written to."""
import base64
import csv
import json
import os
import re
import cv2
from harness import TINY, WORK, check, done, path, run

SECRET = 'Ivanova'
cells = path(SECRET + '-folder', 'cells')
for args in (['synth', 'plain', '--per-class', '24', '--groups', '6', '--size', '96', '--classes', 'blast,lymphocyte'],):
    check(run(*args).returncode == 0, ' '.join(args[:1]))
for label in os.listdir(path('plain')):
    os.makedirs(os.path.join(cells, label), exist_ok=True)
    for f in os.listdir(path('plain', label)):
        os.rename(path('plain', label, f), os.path.join(cells, label, f.replace('P0', SECRET + '0')))
shards = path(SECRET + '-folder', 'shards')
r = run('sort', cells, '--out', shards, '--group-by', '(%s[0-9]+)' % SECRET, '--validation', '0.25', '--test', '0.25', '--shards', '1')
check(r.returncode == 0, 'sort', r)
model = path(SECRET + '-folder', 'start.safetensors')
r = run('train', shards, '--model', model, '--positive', 'blast', *TINY)
check(r.returncode == 0, 'train', r)
r = run('train', shards, '--model=m.safetensors', '--weights', model, '--positive', 'blast', '--seed', '7')
check(r.returncode == 0, 'train from a model', r)

# --- copies -----------------------------------------------------------------------------------------
train = [x for x in csv.DictReader(open(shards + '/split.csv')) if x['split'] == 'train']


def equalized(image):
    return cv2.merge([cv2.equalizeHist(c) for c in cv2.split(image)])


KINDS = {'bmp': ('.bmp', lambda i: i), 'png': ('.png', lambda i: i), 'tif': ('.tif', lambda i: i), 'jpeg': ('.jpg', lambda i: i),
         'half': ('.png', lambda i: cv2.resize(i, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)),
         'double': ('.png', lambda i: cv2.resize(i, None, fx=2, fy=2)), 'flip': ('.png', lambda i: cv2.flip(i, 1)),
         'turn': ('.png', lambda i: cv2.rotate(i, cv2.ROTATE_90_CLOCKWISE)), 'gray': ('.png', lambda i: cv2.cvtColor(i, cv2.COLOR_BGR2GRAY)),
         'equalized': ('.png', equalized)}
for kind, (ending, change) in KINDS.items():
    for n, x in enumerate(train):
        os.makedirs(path(kind, x['class']), exist_ok=True)
        image = change(cv2.imread(os.path.join(cells, x['file'])))
        cv2.imwrite(path(kind, x['class'], 'new%03d%s' % (n, ending)), image, [cv2.IMWRITE_JPEG_QUALITY, 60])
    r = run('eval', 'm.safetensors', kind, '--json', 'e.json')
    warnings = json.load(open(path('e.json')))['warnings']
    check(len(warnings) == 1 and 'trained on %d of these %d images (its head on %d, its backbone on %d' %
          (4 * (len(train),)) in warnings[0], '%s copies under new names: head and backbone were trained on them' % kind, r)

# --- augmented copies -------------------------------------------------------------------------------
LIMIT = 'otherwise turned copies only if another copy of the same source is recognized'
os.makedirs(path('aug-from'))
for n, x in enumerate(train):
    os.makedirs(path('aug-from', x['class']), exist_ok=True)
    cv2.imwrite(path('aug-from', x['class'], 'new%03d.png' % n), cv2.imread(os.path.join(cells, x['file'])))
for name, ops in ('aug', 'reflect,shear,blur,rotate'), ('turned', 'rotate'):
    r = run('augment', 'aug-from', name, '--ops', ops, '--rotations', '3', '--seed', '3')
    check(r.returncode == 0, 'augment', r)
r = run('sort', 'aug', '--out', 'aug-shards', '--validation', '0', '--shards', '1')
check(r.returncode == 0, 'sort', r)
for args in ['aug'], ['aug-shards', '--split', 'train']:  # a folder with augment.csv; shards with image/source
    r = run('eval', 'm.safetensors', *args, '--json', 'e.json')
    e = json.load(open(path('e.json')))
    found = re.match(r'the model was trained on (\d+) of these (\d+) images \(its head on \d+, its backbone on \d+; (\d+) as changed '
                     r'copies; (\d+) as augmented copies, by their source\)', '\n'.join(e['warnings']))
    all_, of, changed, by_source = map(int, found.groups()) if found else (0, 0, 0, 0)
    check(all_ == of == changed + by_source == 8 * len(train) and changed >= 3 * len(train) <= by_source,
          'turned and sheared copies beside a flipped one are recognized by their source: ' + args[0], str(e['warnings']) + str(r))
    check(LIMIT in ' '.join(r.stdout.split()) and LIMIT in e['guard'], 'eval says which copies it recognizes: ' + args[0], r)
for x in set(x['class'] for x in train):
    for f in os.listdir(path('turned', x)):
        if f.startswith('new') or abs(int(re.match(r'-?\d+', f).group()) % 90 - 45) > 35:
            os.remove(path('turned', x, f))
r = run('eval', 'm.safetensors', 'turned', '--json', 'e.json')
check(r.returncode == 0 and 'WARNING' not in r.stderr and LIMIT in ' '.join(r.stdout.split()), 'turned copies alone: not recognized, as eval says', r)

run('synth', 'others', '--per-class', '24', '--groups', '6', '--size', '96', '--classes', 'blast,lymphocyte', '--seed', '9')
r = run('eval', 'm.safetensors', 'others')
check(r.returncode == 0 and 'WARNING' not in r.stderr, 'other cells: no warning', r)
r = run('eval', 'm.safetensors', shards, '--split', 'test')
check(r.returncode == 0 and 'WARNING' not in r.stderr, 'the test split: no warning', r)
r = run('eval', 'm.safetensors', cells, '--group-by', '(%s[0-9]+)' % SECRET)
check('of these groups (matched by name) (its head on ' in r.stderr, 'groups are recognized by name', r)

# --- what a model tells -----------------------------------------------------------------------------
OUT = ['AMLGraph.pb', 'm.onnx', 'm.ckpt', 'half.safetensors', 'vision.safetensors']
for name in OUT:
    extra = {'half.safetensors': ['--half'], 'vision.safetensors': ['--names', 'torchvision', '--half']}.get(name, [])
    r = run('freeze', 'm.safetensors', '-o', name, *extra)
    if name == 'vision.safetensors' and r.returncode != 0:
        continue  # this network is not torchvision's
    check(r.returncode == 0, 'freeze to ' + name, r)
    s = run('eval', name, 'bmp') if os.path.exists(path(name)) else r
    if os.path.exists(path(name)):
        check('trained on %d of these %d images' % (len(train), len(train)) in s.stderr, name + ' recognizes them too', s)
check(run('compile', 'm.safetensors', '-o', 'm.graph').returncode == 0, 'compile')
s = run('eval', 'm.graph', 'bmp')
check('trained on %d of these %d images' % (len(train), len(train)) in s.stderr, 'm.graph recognizes them too', s)
check(len(open(path('AMLGraph.pb.json')).readlines()) < 200, 'AMLGraph.pb.json is short')


def forms(text):
    raw = text.encode()
    yield from (raw, raw.lower(), text.encode('utf-16-le'), raw.hex().encode())
    for shift in range(3):  # base64 at each of its three phases, without the characters that neighbors change
        yield base64.b64encode(b'\0' * shift + raw)[(0, 2, 3)[shift]:-4]


files = [os.path.join(WORK, f) for f in os.listdir(WORK) if f.split('.')[-1] in
         ('safetensors', 'pb', 'json', 'onnx', 'graph', 'index', 'data-00000-of-00001') and f != 'e.json'] + [model]
for secret in (SECRET, '-folder', '[0-9]+)', WORK):
    for f in files:
        data = open(f, 'rb').read()
        found = [x for x in forms(secret) if len(x) > 5 and x in data]
        check(not found, '"%s" is not in %s' % (secret.replace(WORK, 'the folder'), os.path.basename(f)), found)

# --- without provenance -----------------------------------------------------------------------------
for command, name in ('freeze', 's.safetensors'), ('freeze', 's.onnx'), ('freeze', 's.pb'), ('compile', 's.graph'):
    r = run(command, 'm.safetensors', '-o', name, '--strip-provenance')
    check(r.returncode == 0 and 'cannot recognize' in r.stderr, '%s --strip-provenance to %s' % (command, name), r)
    data = open(path(name), 'rb').read() + (open(path('s.pb.json'), 'rb').read() if name == 's.pb' else b'')
    check(b'training_images' not in data and b'weights_digest' not in data and b'salt' not in data, name + ' holds no list', r)
    r = run('eval', name, 'bmp')
    check(r.returncode == 0 and 'WARNING' not in r.stderr and 'provenance of the model was removed' in r.stderr and LIMIT not in r.stderr,
          'eval says that it cannot recognize training images', r)
done()

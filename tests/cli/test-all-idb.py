#!/usr/bin/env python3
"""A made-up ALL-IDB, as a user would take it through the pipeline: ALL_IDB1 holds photographs of fields with the centers
of the blasts (.xyc), ALL_IDB2 holds TIFF crops of the cells of such fields; the last digit of each name is the class."""
import csv
import json
import os

import cv2
from harness import TINY, check, done, path, run

N_FIELDS, SIDE = 6, 257
WORDS = ['--classes', 'leukemic=1', '--classes', 'healthy=0']


def crop(photo, x, y):
    """(SIDE, SIDE, 3) around a cell; the border of the photograph is mirrored."""
    half = SIDE // 2
    wide = cv2.copyMakeBorder(photo, half, half, half, half, cv2.BORDER_REFLECT_101)
    return wide[y:y + SIDE, x:x + SIDE]


def make():
    """ALL_IDB1/{im,xyc} and ALL_IDB2/img from synthetic fields; the number of crops."""
    r = run('synth', 'smear', '--per-class', '1', '--groups', '2', '--fields', str(N_FIELDS), '--seed', '3')
    check(r.returncode == 0, 'synthetic fields', r)
    for folder in ('ALL_IDB1/im', 'ALL_IDB1/xyc', 'ALL_IDB2/img'):
        os.makedirs(path(folder))
    cells = []
    for i, name in enumerate(sorted(f[:-4] for f in os.listdir(path('smear/fields')) if f.endswith('.jpg'))):
        photo = cv2.imread(path('smear/fields', name + '.jpg'))
        rows = list(csv.DictReader(open(path('smear/fields', name + '.csv'))))
        blasts = [(int(r['x']), int(r['y'])) for r in rows if r['class'] == 'blast']
        others = [(int(r['x']), int(r['y'])) for r in rows if r['class'] != 'blast']
        cells += [(1, crop(photo, x, y)) for x, y in blasts] + [(0, crop(photo, x, y)) for x, y in others]
        leukemic = i % 2
        if not leukemic:  # a healthy field: its blasts are painted over with the background's color
            for x, y in blasts:
                cv2.circle(photo, (x, y), 70, photo[2, 2].tolist(), -1)
        stem = 'Im%03d_%d' % (i + 1, leukemic)
        cv2.imwrite(path('ALL_IDB1/im', stem + '.jpg'), photo)
        with open(path('ALL_IDB1/xyc', stem + '.xyc'), 'w') as f:
            f.writelines('%d\t%d\n' % at for at in blasts if leukemic)
    for i, (label, image) in enumerate(sorted(cells, key=lambda c: -c[0])):
        cv2.imwrite(path('ALL_IDB2/img', 'Im%03d_%d.tif' % (i + 1, label)), image)
    return [label for label, _ in cells]


def look(folder, *args):
    r = run('check', folder, *args, '--json', 'check.json')
    found = json.load(open(path('check.json'))) if r.returncode == 0 else {}
    if found:
        os.unlink(path('check.json'))
    return r, found


labels = make()
for folder, n, classes in (('ALL_IDB2/img', len(labels), {'0': labels.count(0), '1': labels.count(1)}),
                           ('ALL_IDB1/im', N_FIELDS, {'0': N_FIELDS // 2, '1': N_FIELDS // 2})):
    r, found = look(folder)
    check(found.get('classes') == classes and found['files'] == n and 'digit at the end' in r.stdout,
          'check %s: the classes are in the names' % folder, r)
for folder, name in (('ALL_IDB2', 'img'), ('ALL_IDB1', 'im')):
    r, _ = look(folder)
    check(r.returncode == 1 and '"class" (one class "%s")' % name in r.stderr and '"**"' in r.stderr and
          '--layout' in r.stderr, 'check %s: one folder is no class without a word' % folder, r)
    r, found = look(folder, '--layout', '**')
    check(set(found.get('classes', ())) == {'0', '1'}, '... and the option decides', r)
r, found = look('ALL_IDB1', '--labels-from-names')
check(found.get('files') == 2 * N_FIELDS and len(found['skipped']) == N_FIELDS and
      all(s['why'] == 'companion file' and s['file'].endswith('.xyc') for s in found['skipped']),
      'the .xyc files are accounted for', r)

r = run('sort', 'ALL_IDB2/img', '--out', 'shards', '--shards', '2', '--validation', '0.25', '--test', '0.25', *WORDS)
rows = list(csv.DictReader(open(path('shards/split.csv')))) if r.returncode == 0 else []
check(len(rows) == len(labels) and {x['class'] for x in rows} == {'leukemic', 'healthy'} and
      all((x['class'] == 'leukemic') == x['file'].endswith('_1.tif') for x in rows) and
      {x['split'] for x in rows} == {'train', 'validation', 'test'}, 'sort: other names for the digits', r)
r = run('train', 'shards', '--model', 'idb.safetensors', '--positive', 'leukemic', *TINY)
check(r.returncode == 0, 'train', r)
r = run('eval', 'idb.safetensors', 'shards', '--json', 'test.json')
figures = json.load(open(path('test.json'))) if r.returncode == 0 else {}
n_test = sum(x['split'] == 'test' for x in rows)
check(figures.get('n') == n_test and 'WARNING' not in r.stderr, 'eval on the test split warns of nothing', (r, figures))
r = run('eval', 'idb.safetensors', 'ALL_IDB2/img', *WORDS)
n_train = sum(x['split'] == 'train' for x in rows)
check(r.returncode == 0 and 'WARNING' in r.stderr and str(n_train) in r.stderr and 'trained on' in r.stderr,
      'eval on the original TIFF files: %d were used in training' % n_train, r)
r = run('eval', 'idb.safetensors', 'ALL_IDB1/im', *WORDS)
check(r.returncode == 0 and 'trained on' not in r.stderr,
      'fields: the same names as crops, but not the same images', r)
r = run('classify', 'idb.safetensors', *[path('ALL_IDB2/img', f) for f in sorted(os.listdir(path('ALL_IDB2/img')))],
        '--json', 'answers.json')
answers = json.load(open(path('answers.json'))) if r.returncode == 0 else {}
answers = answers.get('answers', [])
check(len(answers) == len(labels) and all(a.get('truth') == ('leukemic' if a['file'].endswith('_1.tif') else 'healthy')
                                          for a in answers),
      'classify: the digit is the truth', (r, answers[:2] if answers else None))
done()

#!/usr/bin/env python3
"""Planted leaks on a synthetic smear: `leuko check --audit`, `leuko sort` and `leuko train` name them and exit with
status 3; an override by name is recorded in the model and shown wherever it is used. On the images of pbc_dev too, where
they are there."""
import json
import os
import random
import shutil

from harness import WORK, TINY, check, done, path, run

try:
    import cv2
    import numpy
except ImportError:
    cv2 = None


def shifted(dx, dy, border):
    def change(im):
        if border == 'wrapped':
            return numpy.roll(im, (dy, dx), (0, 1))
        mode = cv2.BORDER_REPLICATE if border == 'repeated' else cv2.BORDER_CONSTANT
        return cv2.warpAffine(im, numpy.float32([[1, 0, dx], [0, 1, dy]]), (im.shape[1], im.shape[0]), borderMode=mode)
    return change


def kinds():
    """name: (change, ending, JPEG quality)"""
    found = {'copied': (lambda im: im, 'png', 0), 'mirrored': (lambda im: im[:, ::-1], 'png', 0),
             'turned by a quarter': (numpy.rot90, 'jpg', 90), 'encoded at quality 50': (lambda im: im, 'jpg', 50),
             'made half as large': (lambda im: cv2.resize(im, None, fx=.5, fy=.5, interpolation=cv2.INTER_AREA), 'png', 0)}
    for border in 'repeated', 'black', 'wrapped':
        for dx, dy in (5, 0), (0, -5), (-5, 5):
            found['shifted by (%d, %d) px, border %s' % (dx, dy, border)] = (shifted(dx, dy, border), 'jpg', 90)
    return found


def plant(tree, originals, per_kind):
    """Write changed copies of training images under random names into the test split: name of the copy: its original"""
    draw, planted = random.Random(3), {}
    for kind, (change, ending, quality) in kinds().items():
        for k, f in draw.sample(originals, per_kind):
            name = 'test/%s/%012x.%s' % (k, draw.getrandbits(48), ending)
            im = change(cv2.imread(path(tree, 'train', k, f)))
            cv2.imwrite(path(tree, name), im, [cv2.IMWRITE_JPEG_QUALITY, quality] if quality else [])
            planted[name] = (kind, 'train/%s/%s' % (k, f))
    return planted


def tree_of(name, folder, per_class):
    """train/CLASS and test/CLASS of images of a folder of classes; the training images."""
    originals = []
    for k in sorted(os.listdir(folder)):
        if not os.path.isdir(os.path.join(folder, k)):
            continue
        for i, f in enumerate(sorted(os.listdir(os.path.join(folder, k)))[:per_class]):
            split = 'test' if i % 4 == 0 else 'train'
            os.makedirs(path(name, split, k), exist_ok=True)
            shutil.copy(os.path.join(folder, k, f), path(name, split, k, f))
            if split == 'train':
                originals.append((k, f))
    return originals


def copies(name, folder, per_class, per_kind):
    originals = tree_of(name, folder, per_class)
    r = run('check', name, '--audit', '--json', 'clean.json')
    clean = json.load(open(path('clean.json')))
    check(r.returncode == 0 and clean['leaks'] == [] and '; 0 in two splits' in r.stdout, name + ': no false alarm', r)
    planted = plant(name, originals, per_kind)
    r = run('check', name, '--audit', '--json', 'leaks.json')
    leaks = json.load(open(path('leaks.json')))['leaks']
    pairs = {tuple(sorted(x['files'])) for x in leaks}
    missed = {f: x for f, x in planted.items() if tuple(sorted((f, x[1]))) not in pairs}
    check(r.returncode == 3 and not missed, name + ': every copy is found', missed)
    check({tuple(sorted((f, x[1]))) for f, x in planted.items()} == pairs, '... and nothing else', pairs)
    check('and %d more in two splits' % (len(pairs) - 10) in r.stdout, '... ten are named, and their number', r.stdout)
    r = run('sort', name, '--out', 'never')
    check(r.returncode == 3 and '%d groups or pairs' % len(pairs) in r.stderr and r.stderr.count('test/') >= 10 and
          not os.path.exists(path('never')), '... and sort refuses them', r)


def names():
    """The original system's augmented copies, by their names."""
    originals = tree_of('named', path('cells'), 12)
    wanted = set()
    for prefix, (k, f) in zip(('Gray-', 'Hist-', 'Hor-', 'Ver-', 'Gaus-', 'Trans-', '125-3-', '-40-19-'), originals):
        shutil.copy(path('fields', 'x.png'), path('named', 'test', k, prefix + f))
        with open(path('named', 'test', k, prefix + f), 'ab') as out:
            out.write(prefix.encode()) # other bytes of another image
        wanted.add(('test/%s/%s%s' % (k, prefix, f), 'train/%s/%s' % (k, f)))
    r = run('check', 'named', '--audit', '--json', 'named.json')
    found = {tuple(sorted(x['files'])) for x in json.load(open(path('named.json')))['leaks'] if x['kind'] == 'source'}
    check(r.returncode == 3 and found == wanted, 'augmented copies are recognized by their names', (r, found ^ wanted))


def override():
    r = run('sort', 'cells', '--out', 'shards', '--group-by', '(P[0-9]+)', '--validation', '0.3', '--shards', '2')
    check(r.returncode == 0, 'sort', r)
    r = run('check', 'shards', '--audit')
    check(r.returncode in (0, 3) and '; 0 in two splits' in r.stdout and 'and group' in r.stdout, 'check reads shards', r)
    table = open(path('shards/split.csv')).read()
    rows = [x.split(',') for x in table.splitlines()[1:]]
    group = {s: next(x[2] for x in rows if x[4] == s) for s in ('train', 'validation')}
    open(path('shards/split.csv'), 'w').write(table.replace(',%s,' % group['validation'], ',%s,' % group['train']))
    r = run('check', 'shards', '--audit')
    check(r.returncode == 3 and 'the same group %s: ' % group['train'] in r.stdout, 'a group in two splits of shards', r)
    r = run('train', 'shards', '--model', 'm.safetensors', '--json', 'refused.json', *TINY)
    check(r.returncode == 3 and 'the same group %s: ' % group['train'] in r.stderr and '--allow-leak' in r.stderr and
          not os.path.exists(path('m.safetensors')), '... train refuses it', r)
    refused = json.load(open(path('refused.json')))
    check(refused['model'] is None and refused['shards'] == 'shards' and
          [(x['kind'], x['name'], x['splits']) for x in refused['leaks']] ==
          [('group', group['train'], ['train', 'validation'])], '... and lists it as JSON', refused)
    r = run('train', 'shards', '--model', 'm.safetensors', '--json', '-', *TINY)
    check(r.returncode == 3 and json.loads(r.stdout) == refused, '... also on standard output', r)
    r = run('train', 'shards', '--model', 'm.safetensors', '--allow-leak', 'P99', *TINY)
    check(r.returncode == 2 and 'P99' in r.stderr, 'a name that is no leak is refused', r)
    r = run('train', 'shards', '--model', 'm.safetensors', '--allow-leak', group['train'], '--json', 'm.json', *TINY)
    told = 'splits share 1 group and 0 pairs of copies, which were allowed by name'
    counts = {'group': 1, 'source': 0, 'same_bytes': 0, 'copy': 0}
    check(r.returncode == 0 and told in r.stderr, '... and the group is allowed by name', r)
    check(json.load(open(path('m.json')))['allowed_leaks'] == counts, '... which the JSON of train has', open(path('m.json')).read())
    for command in (['info', 'm.safetensors'], ['eval', 'm.safetensors', 'shards'], ['classify', 'm.safetensors', 'cells'],
                    ['compare', 'm.safetensors', 'm.safetensors', 'shards'],
                    ['freeze', 'm.safetensors', '-o', 'm.onnx'], ['info', 'm.onnx'], ['classify', 'm.onnx', 'cells']):
        r = run(*command)
        check(r.returncode == 0 and told in r.stderr + r.stdout, ' '.join(command[:2]) + ' says so', r)
    reports(told, counts, group['train'])


def reports(told, counts, group):
    """Every report of a model with allowed leaks has them, as text and as JSON; what the split shares with training is
    named, for any model."""
    r = run('eval', 'm.safetensors', 'shards', '--json', 'eval.json')
    figures = json.load(open(path('eval.json')))
    text = ' '.join(r.stdout.split())
    check(figures['allowed_leaks'] == counts and told in figures['warnings'][0] and told in text, 'eval: allowed leaks', r)
    check([(x['kind'], x['name']) for x in figures['leaks']] == [('group', group)] and
          'the same group %s: ' % group in text and 'WARNING: 1 group or pair' in r.stderr and r.returncode == 0,
          '... and what the validation split shares with training', (r, figures['leaks']))
    r = run('freeze', 'm.safetensors', '-o', 'bare.safetensors', '--strip-provenance')
    r = run('eval', 'bare.safetensors', 'shards', '--json', 'bare.json')
    bare = json.load(open(path('bare.json')))
    check(bare['allowed_leaks'] == counts and bare['leaks'] == figures['leaks'], '... without provenance too', bare)
    r = run('eval', 'm.safetensors', 'shards', '--split', 'train', '--json', 'train.json')
    check(json.load(open(path('train.json')))['leaks'] is None, '... but no split is before training', r)
    r = run('compare', 'm.safetensors', 'bare.safetensors', 'shards', '--json', 'compare.json')
    both = json.load(open(path('compare.json')))
    text = ' '.join(r.stdout.split())
    check(all(both[k]['allowed_leaks'] == counts and both[k]['leaks'] == figures['leaks'] for k in ('first', 'second')) and
          text.count(told) == 2 and text.count('the same group %s: ' % group) == 2, 'compare: both models', r)
    r = run('crossval', 'shards', '--folds', '2', '--weights', 'm.safetensors', '--json', 'crossval.json')
    folds = json.load(open(path('crossval.json')))
    check(folds['allowed_leaks'] == counts and any(told in x for x in folds['notes']) and
          told in ' '.join(r.stdout.split()), 'crossval: of the initial weights', r)
    r = run('crossval', 'shards', '--folds', '2', '--json', '-', *TINY)
    check(json.loads(r.stdout)['allowed_leaks'] is None, '... none of random weights', r)


def given_split():
    """A folder whose splits share an image: eval warns and names it, for a model that knows nothing of it."""
    for split, part in (('train', slice(0, 6)), ('test', slice(6, 9))):
        for k in ('blast', 'lymphocyte'):
            os.makedirs(path('given', split, k))
            for f in sorted(os.listdir(path('cells', k)))[part]:
                shutil.copy(path('cells', k, f), path('given', split, k, f))
    r = run('eval', 'm.safetensors', 'given', '--json', 'given.json')
    check(r.returncode == 0 and json.load(open(path('given.json')))['leaks'] == [], 'a folder without leaks', r)
    f = sorted(os.listdir(path('cells', 'blast')))[0]
    shutil.copy(path('cells', 'blast', f), path('given/test/blast/other-name.png'))
    r = run('eval', 'm.safetensors', 'given', '--json', 'given.json')
    leaks = json.load(open(path('given.json')))['leaks']
    pair = ['train/blast/' + f, 'test/blast/other-name.png']
    check(r.returncode == 0 and [(x['kind'], x['files']) for x in leaks] == [('same_bytes', pair)] and
          'the same content: %s (train) and %s (test)' % tuple(pair) in r.stderr, '... with a copy', (r, leaks))
    r = run('eval', 'm.safetensors', 'cells', '--json', 'plain.json')
    check(json.load(open(path('plain.json')))['leaks'] is None, 'a folder without splits has none', r)


def main():
    run('synth', 'cells', '--per-class', '24', '--groups', '8', '--size', '128', '--classes', 'blast,lymphocyte')
    os.makedirs(path('fields'))
    shutil.copy(path('cells', 'blast', sorted(os.listdir(path('cells', 'blast')))[-1]), path('fields/x.png'))
    names()
    override()
    given_split()
    if not cv2:
        print('# OpenCV is absent: no images are changed')
        return done()
    copies('smear', path('cells'), 24, 1)
    shared = os.environ.get('LEUKO_SHARED', '../shared')
    real = os.path.join(shared, 'data', 'pbc_dev')
    if os.path.isdir(real):
        copies('pbc', real, 24, 3)
    else:
        print('# no pbc_dev')
    done()


main()

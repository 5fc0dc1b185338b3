#!/usr/bin/env python3
"""All commands use the same images of a folder, with the same classes: on ten untidy trees check, sort, augment, eval,
verify, features and classify agree on every image and every skipped file, and used + skipped = files on disk. classify knows the true
classes that eval knows, and no others."""
import csv
import json
import os

from harness import TINY, check, done, path, run, write
from trees import image

KINDS = ('blast', 'lymphocyte')
JUNK = ('Thumbs.db', '.DS_Store', 'notes.txt', 'desktop.ini', '._c0.png', '__MACOSX/._c1.png', '.cache/c2.png', 'slide.svs')


def tree(root, used, unused=(), junk=JUNK):
    """used: {file: class}; unused: images that the layout leaves out."""
    for f in (*used, *unused):
        write(root + '/' + f, image(root + f, 80))
    for f in junk:
        write(root + '/' + f, 'x')
    os.symlink('nowhere', path(root, 'lost.png'))
    return root, dict(used)


def table(name, rows, head='file,class'):
    write(name, head + '\n' + ''.join(','.join(row) + '\n' for row in rows))
    return name


def by_class(form, n=8):
    return {form % (k, i): k for k in KINDS for i in range(n)}


def rows_of(name):
    return list(csv.DictReader(open(path(name), newline='')))


def good(*args):
    r = run(*args)
    check(r.returncode == 0, '... ' + args[0], r)
    return r


def account(what, made, folder=(), names=(), classes=True, test=None):
    """folder: options that say which images there are; names: other names of classes; test: the images of the test split."""
    root, used = made
    judged = used if test is None else {f: k for f, k in used.items() if f in test}
    on_disk = {os.path.relpath(os.path.join(d, f), path(root)) for d, _, files in os.walk(path(root)) for f in files}
    print('# %s: %d files, %d images' % (what, len(on_disk), len(used)))
    good('check', root, *folder, *names, '--json', root + '.json')
    found = json.load(open(path(root + '.json')))
    skipped = {s['file'] for s in found['skipped']}
    counts = {k: sum(x == k for x in used.values()) for k in set(used.values())}
    check(found['files'] == len(on_disk) == found['images'] + len(skipped) and on_disk - skipped == set(used) and
          found['classes'] == counts, '... used + skipped = files on disk', (on_disk ^ skipped ^ set(used), found))

    good('sort', root, *folder, *names, '--out', root + '-s', '--shards', '1')
    check({x['file']: x['class'] for x in rows_of(root + '-s/split.csv')} == used, '... sort: the same images and classes')
    check({x['file'] for x in rows_of(root + '-s/excluded.csv')} == skipped, '... sort: the same files skipped')

    good('augment', root, root + '-a', '--ops', 'gray', *folder)
    check({x['source'] for x in rows_of(root + '-a/augment.csv')} == set(used), '... augment: the same images')

    good('features', root, *TINY, '-o', root + '-f.npy', *folder, *names)
    check({x['file']: x['class'] for x in rows_of(root + '-f.csv')} == used, '... features: the same images and classes')

    good('eval', 'm.safetensors', root, *folder, *names, '--csv', root + '-e.csv', '--json', root + '-e.json')
    truths = {x['file']: x.get('class', x.get('truth')) for x in rows_of(root + '-e.csv')}
    check(truths == judged, '... eval: the same images and classes', (truths, judged))
    r = good('verify', 'm.safetensors', 'm.safetensors', '--data', root, *folder, *names)
    check('%d images' % len(judged) in r.stdout, '... verify: the same images', r)

    os.unlink(path(root, 'lost.png')) # classify reports it as unreadable
    r = good('classify', 'm.safetensors', root, *folder, *names, '--json', root + '-c.json')
    answers = {os.path.relpath(a['file'], root): a for a in json.load(open(path(root + '-c.json')))['answers']}
    check({f: a['truth'] for f, a in answers.items() if a['truth']} == used, '... classify: the same classes', r)
    n = sum(answers[f]['class'] == k for f, k in judged.items())
    figures = json.load(open(path(root + '-e.json')))
    check(abs(figures['accuracy']['value'] - n / len(judged)) < 1e-9 and ('%d correct, %d incorrect' % (n, len(judged) - n)) in r.stdout,
          '... classify prints the accuracy of eval', (figures['accuracy'], n, r.stdout[-400:]))


good('synth', 'cells', '--per-class', '24', '--groups', '6', '--size', '96')
good('sort', 'cells', '--out', 'shards', '--group-by', '(P[0-9]+)', '--validation', '0.25')
good('train', 'shards', '--model', 'm.safetensors', *TINY)

account('a folder per class, with deeper and stray images', tree(
    'plain', by_class('%s/c%d.png'), ['stray.png', 'blast/deep/c9.png', 'blast/deep/er/c8.png'], (*JUNK, 'blast/c0.txt', 'blast/c0.xml')))
account('endings in capitals and without', tree(
    'endings', {**by_class('%s/C%d.PNG'), **by_class('%s/d%d')}, ['README']))
account('patients and slides inside classes', tree(
    'patients', by_class('%s/P%02d/slide 1/image_0.png'), ['overview.png', 'blast/map.png'], (*JUNK, 'blast/P00/Thumbs.db')))
account('train and test', tree('divided', {'%s/%s/%s%d.png' % (s, k, s, i): k for s in ('Train', 'TEST') for k in KINDS for i in range(5)},
                               ['montage.png', 'Train/montage.png']),
        test={'TEST/%s/TEST%d.png' % (k, i) for k in KINDS for i in range(5)})
account('folds as published, in the folder of the archive', tree(
    'folds', {'C-NMC/fold_%d/%s/UID_%d_%d.bmp.png' % (f, k, f, i): {'all': 'blast', 'hem': 'lymphocyte'}[k]
              for f in range(3) for k in ('all', 'hem') for i in range(3)}, ['C-NMC/all.png']),
        names=['--classes', 'blast=all', '--classes', 'lymphocyte=hem'])
flat = {'%d.png' % i: KINDS[i % 2] for i in range(12)}
account('a table inside the folder, with other names', tree('flat', flat, [], ('T.csv', *JUNK)),
        ['--labels', table('flat/T.csv', [('UID_%d' % i, f, '10'[KINDS.index(k)]) for i, (f, k) in enumerate(flat.items())],
                           'Patient_ID,new_names,labels')], ['--classes', 'blast=1;lymphocyte=0'])
anywhere = {'a/b/c/x%d.png' % i if i % 3 else 'y%d.png' % i: KINDS[i % 2] for i in range(12)}
account('a table and images at any depth', tree('anywhere', anywhere),
        ['--labels', table('anywhere.csv', [('D:\\data\\' + f.replace('/', '\\'), k) for f, k in anywhere.items()])])
named = {'Im%03d_%d.png' % (i, i % 2): KINDS[1 - i % 2] for i in range(12)}
account('labels in some names', tree('named', named, ['overview.png', 'Im013.png']), ['--labels-from-names'],
        ['--classes', 'blast=1', '--classes', 'lymphocyte=0'])
account('images at any depth of the classes', tree('deep', {**by_class('%s/c%d.png', 6), 'blast/x/y/z.png': 'blast'}, ['stray.png']),
        ['--layout', 'class/**'])
account('classes inside patients', tree('inside', {'P%d/%s/%d.png' % (p, k, p): k for p in range(6) for k in KINDS}, ['P0/all.png']),
        ['--layout', 'group/class'])


def truths(*args):
    r = run('classify', 'm.safetensors', *args, '--json', path('truth.json'))
    if r.returncode:
        return r
    return {os.path.basename(a['file']): a['truth'] for a in json.load(open(path('truth.json')))['answers']}, r.stderr


def says(what, want, words, *args):
    got = truths(*args)
    check(isinstance(got, tuple) and got[0] == want and all(w in got[1] for w in words), 'classify: ' + what, got)


for f in ('Im1_0.png', 'Im2_1.png', 'Im3_1.png'):
    write('idb/' + f, image(f, 80))
says('the digits of a folder', {'Im1_0.png': 'lymphocyte', 'Im2_1.png': 'blast', 'Im3_1.png': 'blast'}, [], 'idb')
says('the digits of images', {'Im1_0.png': 'lymphocyte', 'Im2_1.png': 'blast'}, [], 'idb/Im1_0.png', 'idb/Im2_1.png')
says('one digit', {'Im2_1.png': 'blast'}, [], 'idb/Im2_1.png')
write('idb/Im3_0.png', image('both', 80))
none = {f: None for f in os.listdir(path('idb'))}
says('a number with both digits in a folder', none, ['true classes are not known', 'both _0 and _1'], 'idb')
says('a number with both digits among images', none, [], *['idb/' + f for f in none])
os.unlink(path('idb/Im3_0.png'))
write('idb/x.png', image('x', 80))
says('a name without a digit in a folder', {f: None for f in os.listdir(path('idb'))}, ['x.png'], 'idb')
says('a name without a digit among images', {'Im1_0.png': None, 'x.png': None}, [], 'idb/Im1_0.png', 'idb/x.png')
says('images of two folders', {'c0.png': 'blast', 'c1.png': 'lymphocyte'}, [], 'plain/blast/c0.png', 'plain/lymphocyte/c1.png')
for f in ('a', 'b'):
    write('flat-blast/blast/%s.png' % f, image(f, 80))
says('a folder with the name of a class', {'a.png': 'blast', 'b.png': 'blast'}, [], 'flat-blast/blast')
for k in ('batch1', 'batch2'):
    write('batches/%s/%s.png' % (k, k), image(k, 80))
says('classes that the model lacks', {'batch1.png': None, 'batch2.png': None}, ['no class "batch1"', 'blast, lymphocyte'], 'batches')
r = truths('batches', '--layout', 'class')
check(r.returncode == 1 and 'no class "batch1"' in r.stderr, 'classify: asked for, they are an error', r)
for option in (['--labels', 'flat/T.csv'], ['--layout', 'class'], ['--classes', 'blast=all'], ['--labels-from-names']):
    r = truths('idb/x.png', *option)
    check(r.returncode == 2 and option[0] in r.stderr and 'folder' in r.stderr, 'classify: %s needs a folder' % option[0], r)
done()

#!/usr/bin/env python3
"""What people's folders hold, from one command to the next: incomplete shards, tiny classes, test groups that leave
nothing, class names in two Unicode forms, and an untidy tree of which all commands use the same images. The cases of
shared/cases/real-life are tried where they are; each kind has siblings made here."""
import csv
import json
import os
import shutil
import unicodedata

from harness import TINY, check, done, path, run, write
from trees import image


def cells(root, classes=('blast', 'lymphocyte'), patients=4, each=2):
    for k, name in enumerate(classes):
        for p in range(patients):
            for i in range(each):
                write('%s/%s/P%02d_%d.png' % (root, name, p, i), image((k, p, i), 80))
    return root


def good(*args):
    r = run(*args)
    check(r.returncode == 0, ' '.join(args[:2]), r)
    return r


def refused(what, words, *args, never=()):
    r = run(*args)
    lines = [x for x in r.stderr.split('\n') if x and 'WARNING' not in x]
    last = lines[-1] if lines else ''
    check(r.returncode == 1 and all(w in last for w in words) and not any(w in r.stderr for w in never), what, r)


def copy(name, *lost):
    """A copy of the shards without some files."""
    shutil.copytree(path('shards'), path(name))
    for f in lost:
        os.unlink(path(name, f))
    return name


def incomplete_shards():
    for split in ('train', 'validation', 'test'):
        for number in (0, 1, 2):
            lost = 'AML_%s_%05d-of-00003.tfrecord' % (split, number)
            folder = copy('no-%s-%d' % (split, number), lost)
            words = ['the %s shards' % split, '"%s" is missing' % lost, '2 of 3 shards']
            if split != 'test':
                refused('train without ' + lost, words, 'train', folder, '--model', 'never.safetensors', *TINY,
                        never=['leuko sort'])
                check(not os.path.exists(path('never.safetensors')), '... writes no model')
            if split != 'train':
                refused('eval without ' + lost, words, 'eval', 'm.safetensors', folder, '--split', split)
            if split == 'test':
                refused('eval does not judge by another split without ' + lost, words, 'eval', 'm.safetensors', folder)
            refused('features without ' + lost, words, 'features', *TINY, folder, '-o', 'never.npy')
            refused('info without ' + lost, words, 'info', folder)
    first = 'AML_train_00000-of-00003.tfrecord'
    for other, why in (('B_train_00000-of-00001.tfrecord', 'two prefixes'),
                       ('AML_train_00003-of-00004.tfrecord', 'two numbers of shards')):
        folder = copy('both-' + other[:3])
        shutil.copy(path('shards', first), path(folder, other))
        refused('train: ' + why, [why, '"%s"' % other], 'train', folder, '--model', 'never.safetensors', *TINY,
                never=['leuko sort'])


def splits_that_cannot_be():
    for classes, lone in ((('blast', 'lymphocyte'), 'blast'), (('0', '1'), '1'), (('a b', 'c', 'd'), 'c')):
        root = cells('lone-' + lone, classes)
        for f in sorted(os.listdir(path(root, lone)))[1:]:
            os.unlink(path(root, lone, f))
        refused('sort: one image of class ' + lone, ['class "%s" has 1 separate image for 2 splits' % lone], 'sort', root,
                '--out', 'never', never=['name the groups'])
    by = ['--group-by', '(P[0-9]+)', '--out', 'never']
    everyone = 'P00,P01,P02,P03'
    for validation in ('0', '0.3'):
        refused('sort: every group in the test split', ['every image of class "blast"', everyone, 'none is left'], 'sort',
                'cells', '--validation', validation, '--test-groups', everyone, *by)
    refused('sort: one group left for two splits', ['1 separate group (P03) outside the test split', 'name fewer groups'],
            'sort', 'cells', '--test-groups', 'P00,P01,P02', *by)


def images_instead_of_shards():
    for root in ('cells', 'cells/'):
        refused('train on images suggests sort into another folder', ['leuko sort cells --out cells-shards'], 'train',
                root, '--model', 'never.safetensors', *TINY)


def unicode_names():
    for name in ('Gänge', 'lymphocyte é', 'Ｌång'):
        forms = {f: unicodedata.normalize(f, name) for f in ('NFC', 'NFD')}
        root = {f: cells('%s %s' % (f, name), ('blast', forms[f])) for f in forms}
        shards = root['NFC'] + ' shards'
        good('sort', root['NFC'], '--group-by', '(P[0-9]+)', '--out', shards)
        good('train', shards, '--model', 'u.safetensors', *TINY)
        for f in forms:
            r = good('eval', 'u.safetensors', root[f], '--json', 'u.json')
            check(r.returncode == 0, 'eval: a class in %s, the model in NFC' % f, r)
    refused('eval: another letter is another class', ['no class'], 'eval', 'u.safetensors', cells('other', ('blast', 'Lang')))


def names_of_copies():
    for prefix in ('Hor-', 'Gray-', '-90-0-'):
        root = 'copies ' + prefix
        write(root + '/a/x.png', image(1, 80))
        write(root + '/a/%sx.png' % prefix, image(2, 80))
        write(root + '/b/y.png', image(3, 80))
        refused('augment: %sx.png beside x.png' % prefix, ['%sx.png' % prefix, 'is named like an augmented copy'], 'augment',
                root, 'never')
        check(not os.path.exists(path('never')), '... writes nothing')


def one_account():
    root = cells('untidy')
    for f, data in (('blast/deep/c.png', image('deep', 80)), ('stray.png', image('stray', 80)), ('blast/notes.txt', 'x'),
                    ('blast/.hidden', 'x'), ('Thumbs.db', 'x'), ('lymphocyte/table.ods', 'x')):
        write(root + '/' + f, data)
    os.symlink('nowhere', path(root, 'blast', 'dangling.png'))
    on_disk = sum(len(files) for _, _, files in os.walk(path(root)))
    good('check', root, '--json', 'untidy.json')
    found = json.load(open(path('untidy.json')))
    skipped = {(s['file'], s['why']) for s in found['skipped']}
    check(found['files'] == on_disk == found['images'] + len(skipped), 'check: used + skipped = files on disk', found)
    good('sort', root, '--out', 'untidy-shards')
    rows = {(x['file'], x['reason']) for x in csv.DictReader(open(path('untidy-shards', 'excluded.csv')))}
    check(rows == skipped, 'excluded.csv agrees with check --json', (rows, skipped))
    split = [x for x in csv.DictReader(open(path('untidy-shards', 'split.csv')))]
    check(len(split) == found['images'], 'sort uses the images that check counts', len(split))
    told = '%d files are skipped' % len(skipped)
    for what, args in (('eval', ['m.safetensors', root]), ('verify', ['m.safetensors', 'm.safetensors', '--data', root]),
                       ('features', [*TINY, root, '-o', 'untidy.npy'])):
        r = run(what, *args)
        check(r.returncode == 0 and told in r.stderr and '%d images' % found['images'] in r.stdout + r.stderr,
              what + ' uses the same images and tells of the same number skipped', r)


def given_cases():
    where = os.path.join(os.environ.get('LEUKO_SHARED', ''), 'cases', 'real-life')
    if not os.path.isdir(where):
        print('# skipped: no folder of real cases')
        return
    at = lambda name: os.path.join(where, name)
    table = ['--labels', at('labels_ok.csv')]
    r = good('sort', at('flat'), *table, '--test', '1', '--out', 'given-test')
    names = os.listdir(path('given-test'))
    check(any('_test_' in n for n in names) and not any('_train_' in n for n in names), 'sort --test 1: a test split only', names)
    r = good('eval', 'm.safetensors', at('flat'), *table)
    check('8 images' in r.stdout, 'eval of a flat folder with a table', r)
    for name, n, more in (('flat', 8, table), ('patient_folders', 18, [])):
        r = good('augment', at(name), 'given-' + name, '--rotations', '1')
        check('from %d images' % n in r.stdout + r.stderr, 'augment: ' + name, r)
        good('sort', 'given-' + name, *more, '--out', 'given-%s-shards' % name)
    r = good('classify', 'm.safetensors', at('patient_folders/blast/P1'))
    check('truth' not in r.stdout.lower() and 'correct' not in r.stdout.lower(), 'classify of one patient shows no truth', r)


cells('cells')
good('sort', 'cells', '--group-by', '(P[0-9]+)', '--validation', '0.25', '--test', '0.25', '--shards', '3', '--out', 'shards')
good('train', 'shards', '--model', 'm.safetensors', *TINY)
for part in (incomplete_shards, splits_that_cannot_be, images_instead_of_shards, unicode_names, names_of_copies, one_account,
             given_cases):
    print('# ' + part.__name__)
    part()
done()

#!/usr/bin/env python3
"""Data sets as people have them: every layout, table and stray file gives the right classes, groups and counts, or one
line that says why not. The cases of shared/cases/real-life are made anew here, each with siblings."""
import csv
import json
import os
import random
import re
import shutil

from harness import TINY, check, done, path, png, run, small_model, write
from trees import gives, image, looked, on_disk, refused, sorted_into, tree


def unlabeled(what, root, n, words, companion=None, data=b''):
    """Images without classes: check counts them and says so; augment takes them; sort and the others refuse."""
    if companion:
        write(root + '/' + companion, data)
    text = gives('check: ' + what, {}, root)
    check('%d images' % n in text and 'no classes' in text and 'the images have no classes; sorting and training need' in text and
          (not companion or companion in text), '... and that they have no classes', text)
    r = run('augment', root, root + '-more', '--ops', 'gray')
    check(r.returncode == 0 and 'from %d images' % n in r.stdout, '... augment takes them', r)
    for command in (['sort', root, '--out', 'never'], ['features', root, '-o', 'never.npy', *TINY]):
        r = run(*command)
        check(r.returncode == 1 and r.stderr.count('\n') == 1 and 'table of labels' in r.stderr and all(w in r.stderr for w in words) and
              not os.path.exists(path('never')), '... %s refuses' % command[0], r)


def tables():
    names = ['c%d.png' % i for i in range(8)]
    tree('flat', *names)
    want = {'blast': 4, 'lymphocyte': 4}
    kind = lambda i: 'blast' if i < 4 else 'lymphocyte'

    def table(name, separator=',', head='file,class', end='\n', mark=b'', row=lambda i: ('c%d.png' % i, kind(i)),
              encoding='utf-8'):
        lines = [head.replace(',', separator)] + [separator.join(row(i)) for i in range(8)]
        write(name, mark + (end.join(lines) + end).encode(encoding))
        return name
    forms = {'ok': {}, 'semicolons': dict(separator=';'), 'tabs': dict(separator='\t'), 'cr-lf': dict(end='\r\n'),
             'cr': dict(end='\r'), 'mark': dict(mark=b'\xef\xbb\xbf', end='\r\n'),
             'utf-16': dict(mark=b'\xff\xfe', separator='\t', encoding='utf-16-le'),
             'sep-line': dict(mark=b'sep=;\r\n', separator=';', end='\r\n'),
             'capitals': dict(head='File,Class'), 'all-capitals': dict(head='IMAGE,LABEL'),
             'image-name': dict(head='Image Name,Cell Type'), 'path': dict(head='path,category'),
             'blanks': dict(row=lambda i: (' c%d.png ' % i, '  %s' % kind(i))),
             'quotes': dict(row=lambda i: ('"c%d.png"' % i, '"%s"' % kind(i))),
             'no-endings': dict(row=lambda i: ('c%d' % i, kind(i))),
             'with-folders': dict(row=lambda i: ('C:\\cells\\flat\\c%d.png' % i, kind(i))),
             'three-columns': dict(head='nr,filename,diagnosis', row=lambda i: (str(i), 'c%d.png' % i, kind(i)))}
    for name, form in forms.items():
        gives('a table of labels: ' + name, want, 'flat', '--labels', table(name + '.csv', **form))
    gives('C-NMC\'s table', {'0': 4, '1': 4}, 'flat', '--labels',
          table('cnmc.csv', head='Patient_ID,new_names,labels',
                row=lambda i: ('UID_1_1_1_all.bmp', 'c%d.png' % i, '10'[i // 4])))
    table('uid.csv', head='Patient_ID,new_names,labels',
          row=lambda i: ('UID_%s%d_%d_1_%s.bmp' % ('' if i < 4 else 'H', i % 2 + 1, i, 'all'), 'c%d.png' % i, '10'[i // 4]))
    uid = ['flat', '--labels', 'uid.csv', '--groups', 'uid.csv']
    text = gives('a table whose groups are the images', {'0': 4, '1': 4}, *uid)
    check('WARNING: flat: every image is a group of its own' in text, '... is doubted', text)
    text = gives('an expression for the groups of a table', {'0': 4, '1': 4}, *uid, '--group-by', 'UID_(H?[0-9]+)_')
    check('groups: 4;' in text and 'of its own' not in text, '... finds the patients', text)
    refused('... that does not match', ['uid.csv', 'UID_1_0_1_all.bmp'], *uid, '--group-by', 'UID_(H[0-9]+)_')
    text = gives('more rows than images', want, 'flat', '--labels',
                 table('more.csv', end='\n', row=lambda i: ('c%d.png' % i, kind(i) + ('\nd.png,x' if i == 3 else ''))))
    check('rows without an image here: 1 of 9 (line 6: d.png)' in text, '... and it is told', text)
    bad = {'empty-cell': (dict(row=lambda i: ('c%d.png' % i, kind(i) if i > 1 else '')), ['line 2', 'empty cell']),
           'empty-file': (dict(row=lambda i: ('c%d.png' % i if i != 2 else ' ', kind(i))), ['line 4', 'empty cell']),
           'contradiction': (dict(row=lambda i: ('c%d.png' % (i % 7), kind(i))), ['lines 2 and 9', 'c0.png']),
           'header': (dict(head='id,kind'), ['"id", "kind"']), 'no-class': (dict(head='file,kind'), ['"kind"']),
           'two-classes': (dict(head='file,label,diagnosis', row=lambda i: ('c%d.png' % i, 'a', 'b')),
                           ['"label"', '"diagnosis"']),
           'latin-1': (dict(row=lambda i: ('c%d.png' % i, 'L\xfc' if i == 4 else 'b'), encoding='latin-1'),
                       ['line 6', 'UTF-8']),
           'incomplete': (dict(row=lambda i: ('c%d.png' % max(i, 5), kind(max(i, 5)))), ['images without a class: 5 of 8', 'c0.png, c1.png, c2.png']),
           'other-names': (dict(row=lambda i: ('x%d.png' % i, kind(i))), ['no row names an image', 'c0.png', 'x0.png'])}
    for name, (form, words) in bad.items():
        refused('a table of labels: ' + name, words, 'flat', '--labels', table(name + '.csv', **form))
    refused('no such table', ['none.csv'], 'flat', '--labels', 'none.csv')


def accounts(what, root, *args, used=None, skipped=()):
    """Every file on disk is an image or skipped; these are skipped with these reasons."""
    code, _, found, text = looked(root, *args)
    reasons = {s['file']: s['why'] for s in found.get('skipped', ())}
    check(code == 0 and found['images'] + len(reasons) == found['files'] == on_disk(root) and
          used in (None, found['images']) and all(word in reasons.get(f, '') for f, word in skipped),
          what, (code, on_disk(root), found, text))
    return text


def layouts():
    two = {'blast': 4, 'lymphocyte': 4}
    cells = ['%s/c%d.png' % (k, i) for k in two for i in range(4)]
    gives('a folder per class', two, tree('plain', *cells))
    text = gives('an image beside the class folders', two, tree('stray', 'overview.jpg', *cells))
    check('skipped: overview.jpg' in text and '9 files: 8 images, 1 skipped' in text, '... is named', text)
    text = gives('two images and a table beside them', two, tree('strays', 'a.png', 'b.png', 'notes.csv', *cells))
    check('11 files: 8 images, 3 skipped' in text, '... are counted', text)
    text = gives('a deeper folder in one class', two, tree('deeper', 'blast/week2/c9.png', 'blast/week2/c8.png', *cells))
    check('skipped: blast/week2/c9.png, deeper folder' in text and '2 deeper folder' in text, '... is named', text)
    gives('... or used', {'blast': 6, 'lymphocyte': 4}, 'deeper', '--layout', 'class/**')
    for name, pattern, files, classes in (
            ('patients', 'class/group', ['%s/P%d/image_%d.png' % (k, p, i) for k in two for p in range(4) for i in range(2)],
             {'blast': 8, 'lymphocyte': 8}),
            ('slides', 'class/group', ['%s/slide %s/%d.png' % (k, p, i) for k in two for p in 'abcd' for i in range(2)],
             {'blast': 8, 'lymphocyte': 8}),
            ('weeks', 'class/group/**', ['%s/S-0%d/week%d/x.png' % (k, p, w) for k in two for p in range(4) for w in (1, 2)],
             {'blast': 8, 'lymphocyte': 8}),
            ('folds', 'fold/class', ['fold_%d/%s/UID_%d_%d_%s.png' % (f, k, f, i, k) for f in range(3) for k in ('all', 'hem')
                                     for i in range(2)], {'all': 6, 'hem': 6}),
            ('unpacked', '*/fold/class', ['C-NMC/fold_%d/%s/%d%d.png' % (f, k, f, i) for f in range(3) for k in ('all', 'hem')
                                          for i in range(2)], {'all': 6, 'hem': 6}),
            ('inner-folds', 'class/fold', ['%s/Fold%d/%d.png' % (k, f, f) for f in range(3) for k in two],
             {'blast': 3, 'lymphocyte': 3}),
            ('split', 'split/class', ['%s/%s/%s.png' % (s, k, s + k + str(i)) for s in ('Train', 'VALID', 'test') for k in two
                                      for i in range(2)], {'blast': 6, 'lymphocyte': 6}),
            ('inner-split', 'class/split', ['%s/%s/%d.png' % (k, s, i) for s in ('training', 'testing') for k in two
                                            for i in range(2)], {'blast': 4, 'lymphocyte': 4}),
            ('all-idb', 'flat', ['Im%03d_%d.png' % (i, i % 2) for i in range(1, 9)], {'0': 4, '1': 4})):
        text = gives('layout %s: %s' % (pattern, name), classes, tree(name, *files))
        check('layout %s: ' % pattern in text, '... and it is named', text)
    for name in ('patients', 'slides', 'weeks'):
        r, rows, _ = sorted_into(name + '-shards', name, '--validation', '0.25')
        groups = {} if rows is None else {}
        for row in rows or ():
            groups.setdefault(row['group'], set()).add(row['split'])
        check(rows and len(groups) == 4 and all(len(s) == 1 for s in groups.values()),
              name + ': the folder is the group, and no group is in two splits', (r, groups))
    gives('labels in names: copies of one number', {'0': 2, '1': 2}, tree('idb-copies', 'Im1_0.png', 'Hor-Im1_0.png', 'Im2_1.png',
                                                                         'Hor-Im2_1.png'))
    tree('not-all', 'Im001_1.png', 'Im002_0.png', 'overview.png')
    refused('labels in names: one name without', ['overview.png', 'table of labels'], 'not-all')
    text = gives('... or asked for', {'0': 1, '1': 1}, 'not-all', '--labels-from-names')
    check('overview.png, no label in its name' in text, '... and it is named', text)
    unlabeled('image_0, image_1 are no labels', tree('numbered', 'image_0.png', 'image_1.png'), 2, ['image_0.png'])
    unlabeled('some numbers end like labels', tree('sometimes', *['P1_%d.png' % i for i in range(6)]), 6, ['P1_1.png'])
    unlabeled('fields with a table of cells', tree('fields', *['Image_%05d.png' % i for i in range(4)]), 4, ['boxes.csv'],
              'boxes.csv', b'file,x,y,class\nImage_00000.png,1,2,RBC\nImage_00000.png,9,9,WBC\n')
    unlabeled('splits without classes', tree('no-class', *['%s/%d.png' % (s, i) for s in ('train', 'test') for i in range(3)]), 6, [])
    refused('one number with both digits', ['P01_1.png', 'both'], tree('both', 'P01_0.png', 'P01_1.png', 'P02_0.png'))
    unlabeled('a table in the folder is named', tree('with-table', 'a.png', 'b.png'), 2, ['labels.csv'], 'labels.csv',
              b'file,class\na.png,x\nb.png,y\n')
    for name, words, files in (
            ('wrapped', ['"class/group"', '"*/class"', '--layout'], ['set/' + c for c in cells]),
            ('group-first', ['"class/group"', '"group/class"', '--layout'], ['P%d/%s/%d.png' % (p, k, p) for p in (1, 2) for k in two]),
            ('centers', ['"class/group"', '"group/class"'], ['%s/%s/%d.png' % (c, k, i) for c in ('Ulm', 'Bonn') for k in two
                                                            for i in range(2)]),
            ('masks', ['"group/class"'], ['%s/%s/%d.png' % (k, m, i) for k in two for m in ('images', 'masks') for i in range(2)]),
            ('half-deep', ['"class/group/**"'], ['blast/P1/a.png', 'blast/P2/b.png', 'lymphocyte/c.png']),
            ('split-and-more', ['"split/class"'], ['train/a/1.png', 'test/a/2.png', 'extra/a/3.png']),
            ('case', ['"Blast"', '"blast"'], ['train/Blast/1.png', 'test/blast/2.png', 'train/lymph/3.png']),
            ('only-img', ['"class"', '"img"', '"**"'], ['img/Im001_1.png', 'img/Im002_0.png']),
            ('only-copies', ['"class"', '"cells"', '"**"'], ['cells/Hor-Im7_1.png', 'cells/Im7_1.png', 'cells/Im8_0.png']),
            ('only-deep', ['"**"'], ['test/img/Im001_1.png', 'test/img/Im002_0.png']),
            ('flat-or-not', ['"flat"'], ['a.png', 'b.png', 'c.png', 'more/d.png'])):
        refused('two readings: ' + name, words, tree(name, *files))
    one = tree('one-label', 'blast/Im001_1.png', 'blast/Im002_1.png')
    check('only one class' not in gives('one class whose names have one label', {'blast': 2}, one), '... without a warning')
    write('beside/labels.csv', 'file,class\n')
    text = gives('one class and a table beside it', {'images': 2}, tree('beside', 'images/a.png', 'images/b.png'))
    check('WARNING: beside: has only one class, "images"; labels.csv' in text, '... is doubted', text)
    gives('the layout decides: */class', two, 'wrapped', '--layout', '*/class')
    gives('the layout decides: group/class', {'blast': 2, 'lymphocyte': 2}, 'group-first', '--layout', 'group/class')
    refused('a layout that no image has', ['no images', '8 not in a folder'], 'plain', '--layout', 'class/group/*')
    r = run('check', 'plain', '--layout', 'class/clas')
    check(r.returncode == 2 and '--layout' in r.stderr, 'a wrong layout is wrong usage', r)


def files_accounted():
    tree('junk', *['%s/c%d.png' % (k, i) for k in ('blast', 'lymphocyte') for i in range(4)])
    for name in ('Thumbs.db', '.DS_Store', 'blast/desktop.ini', 'blast/.hidden.png', '.git/objects/ab', '__MACOSX/blast/c0.png',
                 'blast/notes.txt', 'blast/table.xlsx', 'LICENSE', 'blast/x.xyz', 'blast/photo.jp2', 'c.svs', 'blast/c0.xyc',
                 'lymphocyte/@eaDir/c0.png/SYNO.jpg', 'blast/c0.png~'):
        write('junk/' + name, b'x')
    os.symlink('nowhere.png', path('junk/blast/lost.png'))
    os.symlink('c0.png', path('junk/blast/linked.png'))
    accounts('every file is used or skipped', 'junk', used=9, skipped=(
        ('Thumbs.db', 'system'), ('.DS_Store', 'hidden'), ('.git/objects/ab', 'hidden'), ('__MACOSX/blast/c0.png', 'system'),
        ('blast/notes.txt', 'companion'), ('LICENSE', 'not an image'), ('blast/x.xyz', 'not an image'),
        ('blast/photo.jp2', 'not read'), ('c.svs', 'not read'), ('blast/lost.png', 'nowhere'), ('blast/c0.xyc', 'companion'),
        ('lymphocyte/@eaDir/c0.png/SYNO.jpg', 'system'), ('blast/c0.png~', 'not an image')))
    r, rows, excluded = sorted_into('junk-shards', 'junk')
    check(r.returncode == 0 and len(rows) + len(excluded) == on_disk('junk') and
          {'blast/lost.png', 'LICENSE'} <= {e['file'] for e in excluded}, 'sort: split.csv and excluded.csv hold every file', r)
    tree('endings', 'blast/a.jfif', 'blast/b.JPE', 'blast/c', 'blast/Im.5', 'lymphocyte/a.png', 'lymphocyte/b.png')
    gives('.jfif, .jpe and no ending are told by their content', {'blast': 4, 'lymphocyte': 2}, 'endings')
    corpus = os.path.join(os.environ['LEUKO_TEST_DATA'], 'fuzz', 'corpus', 'image', 'cmyk-profile.jpg')
    write('endings/blast/inks.jpg', open(corpus, 'rb').read())
    text = gives('an image with a color profile', {'blast': 5, 'lymphocyte': 2}, 'endings')
    check(re.search(r'profile.*: 1 image: blast/inks.jpg', text), '... is told', text)
    write('jp2/monocyte/a.jp2', b'x')
    text = gives('a class of images that cannot be read', {'a': 1, 'b': 1}, tree('jp2', 'a/1.png', 'b/2.png'))
    check('WARNING: jp2/monocyte: no image' in text, '... is a warning', text)
    tree('broken', *['%s/c%d.png' % (k, i) for k in 'ab' for i in range(4)])
    for name in ('a/cut.jpg', 'b/text.png', 'b/empty.tif'):
        write('broken/' + name, b'' if 'empty' in name else b'no image\n')
    r = run('sort', 'broken', '--out', 'never')
    check(r.returncode == 1 and '3 of 11' in r.stderr and '--skip-unreadable' in r.stderr, 'unreadable images stop sort', r)
    r, rows, excluded = sorted_into('broken-shards', 'broken', '--skip-unreadable')
    check(r.returncode == 0 and len(rows) == 8 and [e['file'] for e in excluded] == ['a/cut.jpg', 'b/empty.tif', 'b/text.png'] and
          '3 unreadable images were left out' in r.stdout and r.stderr.count('skipped: ') == 3, '... or are left out by name', r)


def kept_splits():
    files = lambda: ['%s/%s/%s_%d.png' % (s, k, s + k, i) for s in ('train', 'val', 'test') for k in 'ab' for i in range(3)]
    tree('kept', *files())
    r, rows, _ = sorted_into('kept-shards', 'kept')
    check(rows and all(x['split'] == {'train': 'train', 'val': 'validation', 'test': 'test'}[x['file'].split('/')[0]] for x in rows)
          and 'the splits are those of the folders' in r.stdout, 'the splits of the folders are kept', r)
    r, rows, _ = sorted_into('anew-shards', 'kept', '--resplit', '--validation', '0.5')
    check(rows and {x['split'] for x in rows} == {'train', 'validation'}, '--resplit divides anew', r)
    r = run('sort', 'kept', '--out', 'never', '--test', '0.2')
    check(r.returncode == 2 and '--resplit' in r.stderr, 'shares need --resplit', r)
    shutil.copytree(path('kept'), path('leak'))
    shutil.copy(path('kept/train/a/traina_0.png'), path('leak/test/a/other.png'))
    refused_sort('one image in two splits', ['1 group or pair', 'the same content: ', 'traina_0.png', 'other.png', '--resplit'], 'leak')
    refused_sort('one group in two splits', ['the same group 0: ', 'the same group 1: ', 'the same group 2: '], 'kept', '--group-by', '_([0-9])')
    tree('patient-leak', *['%s/%s/P%d/%d.png' % (s, k, p, i) for s, ps in (('train', (1, 2)), ('test', (2, 3))) for k in 'ab'
                           for p in ps for i in range(2)])
    refused_sort('one patient folder in two splits', ['1 group or pair of images is in two splits: the same group P2: '], 'patient-leak')
    r, rows, _ = sorted_into('patient-anew', 'patient-leak', '--resplit')
    check(rows and len({(x['group'], x['split']) for x in rows}) == 3, '... and divided anew', r)


def refused_sort(what, words, *args):
    r = run('sort', *args, '--out', 'never')
    lines = [x for x in r.stderr.split('\n') if x]
    check(r.returncode == 3 and len(lines) == 1 and all(w in lines[0] for w in words) and not os.path.exists(path('never')),
          'sort: ' + what, r)


def tables_in_layouts():
    tree('batches', *['batch%d/c%02d.png' % (1 + i % 2, i) for i in range(12)])
    write('batches.csv', 'file,class\n' + ''.join('c%02d.png,%s\n' % (i, 'ab'[i // 6]) for i in range(12)))
    gives('a table counts more than folders', {'a': 6, 'b': 6}, 'batches', '--labels', 'batches.csv')
    write('patients-of.csv', 'patient;image\n' + ''.join('P%d;c%02d\n' % (i % 4, i) for i in range(12)))
    r, rows, _ = sorted_into('batches-shards', 'batches', '--labels', 'batches.csv', '--groups', 'patients-of.csv',
                             '--validation', '0.25')
    check(rows and {x['group'] for x in rows} == {'P0', 'P1', 'P2', 'P3'} and len({(x['group'], x['split']) for x in rows}) == 4,
          '... and so does a table of groups', r)
    tree('labeled-split', *['%s/c%02d.png' % ('train' if i % 2 else 'test', i) for i in range(12)])
    r, rows, _ = sorted_into('labeled-split-shards', 'labeled-split', '--labels', 'batches.csv')
    check(rows and all(x['split'] == x['file'].split('/')[0] for x in rows), 'a table of labels and folders of splits', r)
    tree('flat12', *['c%02d.png' % i for i in range(12)])
    r = run('augment', 'flat12', 'flat12-more', '--ops', 'reflect', '--size', '32')
    r, rows, _ = sorted_into('flat12-shards', 'flat12-more', '--labels', 'batches.csv')
    check(rows and all(x['class'] == 'ab'[int(x['source'][1:3]) // 6] for x in rows), 'augment, then sort with the table', r)
    r, rows, _ = sorted_into('flat12-test', 'flat12', '--labels', 'batches.csv', '--test', '1')
    check(rows and {x['split'] for x in rows} == {'test'} and len(rows) == 12, 'a test split only', r)
    refused_augment = run('augment', tree('hor', 'a/Hor-x.png', 'a/x.jpg', 'a/y.png'), 'never')
    check(refused_augment.returncode == 1 and 'a/Hor-x.png: is named like an augmented copy' in refused_augment.stderr,
          'augment: an image named like a copy of another is refused', refused_augment)
    for name in ('patients', 'folds', 'split', 'all-idb', 'endings'):
        a = run('augment', name, name + '-more', '--ops', 'gray', '--size', '32')
        one, two = looked(name)[1], looked(name + '-more')[1]
        check(a.returncode == 0 and two == {k: 2 * n for k, n in one.items()}, 'augment and check agree: ' + name, (a, one, two))


def groups():
    tree('grouped', *['%s/P%02d_%d.png' % (k, p, i) for k in ('blast', 'lymphocyte') for p in range(1, 5) for i in range(2)])
    for expression in ('([^_]+)_', '^([^_]+)_', '(.*)_[0-9]+', '(P[0-9]+)'):
        r, rows, _ = sorted_into('grouped-' + expression.replace('/', ''), 'grouped', '--group-by', expression, '--validation', '0.25')
        check(rows and {x['group'] for x in rows} == {'P01', 'P02', 'P03', 'P04'} and
              len({(x['group'], x['split']) for x in rows}) == 4, 'the group is in the name: ' + expression, r)
    for expression in ('(.*)_[0-9]+', '^([^_]+)_', '^(.*)/', '([a-z]+/P[0-9]+)'):
        refused('the class folder is no group: ' + expression, ['class folder', expression], 'grouped', '--group-by-path', expression)
    gives('the path behind the class folder', {'blast': 8, 'lymphocyte': 8}, 'grouped', '--group-by-path', '/(P[0-9]+)_')
    refused('a name without a group', ['does not match'], 'grouped', '--group-by', '(P01)')
    refused('an expression for paths', ['without folders'], 'grouped', '--group-by', '/(P[0-9]+)')
    tree('named', *['%s/UID_%d_%s.png' % (k, i, k) for k in ('all', 'hem') for i in range(4)])
    refused('groups that are the classes', ['the classes'], 'named', '--group-by', '_([a-z]+)')


def other_names():
    tree('renamed', *['%s/%d.png' % (k, i) for k in ('all', 'blast', 'hem') for i in range(3)])
    gives('--classes joins and renames classes', {'leukemic': 6, 'healthy': 3}, 'renamed', '--classes', 'leukemic=all,blast,1',
          '--classes', 'healthy=hem,0')
    gives('--classes leaves the others', {'leukemic': 3, 'blast': 3, 'hem': 3}, 'renamed', '--classes', 'leukemic=all,1')
    r = run('check', 'renamed', '--classes', 'leukemic=aml')
    check(r.returncode == 1 and 'leukemic' in r.stderr and 'all, blast, hem' in r.stderr, 'a class that no image gets', r)
    for rule in ('leukemic', '=a', 'a=', 'a=b,,c'):
        r = run('check', 'renamed', '--classes', rule)
        check(r.returncode == 2 and '--classes' in r.stderr, 'no rule: ' + rule, r)
    r = run('check', 'renamed', '--classes', 'a=all', '--classes', 'b=all')
    check(r.returncode == 2 and 'two classes' in r.stderr, 'one name for two classes', r)


def with_model():
    """eval, verify and features read what sort reads; classify takes no truth from image_0, image_1."""
    small_model(TINY)
    os.mkdir(path('foreign'))
    rows = 'Filename;Diagnosis;Patient\n'
    for k, name in (('blast', 'all'), ('lymphocyte', 'hem')):
        for f in sorted(os.listdir(path('cells', k))):
            shutil.copy(path('cells', k, f), path('foreign', name + '-' + f))
            rows += '%s-%s;%s;%s\n' % (name, f, name, f[:3])
    write('foreign.csv', rows)
    how = ['--labels', 'foreign.csv', '--classes', 'blast=all,1', '--classes', 'lymphocyte=hem,0']
    r = run('eval', 'm.safetensors', 'foreign', *how, '--groups', 'foreign.csv', '--json', 'foreign.json')
    plain = run('eval', 'm.safetensors', 'cells', '--group-by', '(P[0-9]+)', '--json', 'plain.json')
    one, two = (json.load(open(path(f))) if os.path.exists(path(f)) else {} for f in ('foreign.json', 'plain.json'))
    check(r.returncode == plain.returncode == 0 and one and
          all(one[k] == two[k] for k in ('accuracy', 'auc', 'confusion')), 'eval: a table, groups and other class names', (r, plain))
    r = run('eval', 'm.safetensors', 'foreign', '--labels', 'foreign.csv')
    check(r.returncode == 1 and '"all"' in r.stderr and 'blast, lymphocyte' in r.stderr, 'eval: other class names without a map', r)
    r = run('eval', 'm.safetensors', 'shards', '--labels', 'foreign.csv')
    check(r.returncode == 2 and 'shards' in r.stderr, 'eval: shards have their classes', r)
    run('synth', 'three', '--per-class', '24', '--size', '75', '--classes', 'blast,lymphocyte,monocyte')
    r = run('sort', 'three', '--out', 'three-shards', '--shards', '1', '--validation', '0.25', '--test', '0.25')
    merge = ['--classes', 'lymphocyte=monocyte']
    plain = run('eval', 'm.safetensors', 'three-shards', '--json', path('three.json'), *merge)
    found = json.load(open(path('three.json'))) if plain.returncode == 0 else {}
    check(found.get('n') == 18 and sum(map(sum, found.get('confusion', ()))) == 18, 'eval: other class names for shards', (r, plain))
    r = run('eval', 'm.safetensors', 'three-shards')
    check(r.returncode == 1 and '"monocyte"' in r.stderr and '--classes CLASS=NAME' in r.stderr, 'eval: a class of the shards that the model lacks', r)
    r = run('verify', 'm.safetensors', 'm.safetensors', '--data', 'three-shards', *merge)
    check(r.returncode == 0 and '18 images' in r.stdout, 'verify: other class names for shards', r)
    r = run('features', 'three-shards', '-o', 'three.npy', *TINY, '--classes', 'sick=blast', '--classes', 'well=lymphocyte,monocyte')
    check(r.returncode == 0 and sorted(x['class'] for x in csv.DictReader(open(path('three.csv')))) == ['sick'] * 24 + ['well'] * 48,
          'features: other class names for shards', r)
    r = run('verify', 'm.safetensors', 'm.safetensors', '--data', 'foreign', *how)
    check(r.returncode == 0 and '48 images' in r.stdout, 'verify: a table and other class names', r)
    r = run('features', 'foreign', '-o', 'f.npy', *TINY, *how)
    check(r.returncode == 0 and sorted({x['class'] for x in csv.DictReader(open(path('f.csv')))}) == ['blast', 'lymphocyte'],
          'features: a table and other class names', r)
    for i, f in enumerate(sorted(os.listdir(path('cells/blast')))[:4]):
        write('divided/%s/blast/%d.jpg' % (('train', 'test')[i % 2], i), open(path('cells/blast', f), 'rb').read())
        write('patient/P0/image_%d.jpg' % i, open(path('cells/blast', f), 'rb').read())
    r = run('eval', 'm.safetensors', 'divided')
    check(r.returncode == 0 and 'test split: 2 images' in r.stdout, 'eval: the test folder of a split', r)
    r = run('eval', 'm.safetensors', 'divided', '--split', 'train')
    check(r.returncode == 0 and 'train split: 2 images' in r.stdout, 'eval: another folder of a split', r)
    r = run('eval', 'm.safetensors', 'divided', '--split', 'validation')
    check(r.returncode == 1 and 'only train, test' in r.stderr, 'eval: a split that the folders lack', r)
    r = run('classify', 'm.safetensors', 'patient')
    check(r.returncode == 0 and 'correct)' not in r.stdout.split('Testing')[0], 'classify: image_0 and image_1 are no truth', r)


def told():
    tree('uneven', *['%s/P%d_%d.png' % (k, p, i) for k in 'ab' for p, n in ((1, 12), (2, 3), (3, 1), (4, 1)) for i in range(n)])
    r = run('check', 'uneven', '--group-by', '(P[0-9])')
    check('groups: 4; most images: P1 (24), P2 (6), P3 (2), P4 (2); groups with one image: 0; example: a/P1_0.png is in P1' in r.stdout,
          'the groups are told', r)
    r = run('sort', 'uneven', '--group-by', '(P[0-9])', '--validation', '0.4', '--out', 'uneven-shards')
    check(r.returncode == 0 and 'instead of 40 %' in r.stderr and 'P1, 71 %' in r.stderr, 'a missed share is told, and why', r)
    tree('even', *['%s/P%d_%d.png' % (k, p, i) for k in 'ab' for p in range(10) for i in range(2)])
    r = run('sort', 'even', '--group-by', '(P[0-9])', '--validation', '0.3', '--out', 'even-shards')
    check(r.returncode == 0 and 'instead of' not in r.stderr and 'groups with one image: 0' in r.stdout, 'a share that is met is not', r)
    r = run('sort', 'plain', '--out', 'plain-shards')
    check(r.returncode == 0 and 'groups:' not in r.stdout, 'without groups nothing is told of them', r)
    for k, n in (('many', 10), ('few', 9), ('one', 1)):
        for i in range(n):
            side = 74 if (k, i) == ('many', 3) else 75
            write('sizes/%s/c%d.png' % (k, i), png(side, 80, 8, 2, random.Random(k + str(i)).randbytes(3 * side)))
    few = ['WARNING: sizes: class "few" has 9 images: too few', 'WARNING: sizes: class "one" has 1 image: too few',
           'WARNING: sizes: 1 image has a shorter side below 75 px, such as many/c3.png (74 x 80)']
    for command in (['check', 'sizes'], ['sort', 'sizes', '--validation', '0', '--out', 'sizes-shards']):
        r = run(*command)
        check(r.returncode == 0 and all(w in r.stderr for w in few) and r.stderr.count('WARNING') == len(few),
              '%s tells of small classes and small images, and of no others' % command[0], r)
    r = run('train', 'sizes-shards', '--model', 'sizes.safetensors', *TINY)
    check(r.returncode == 1 and r.stderr.count('too few to learn') == 2 and
          'class "one" has a single training image (one/c0.png)' in r.stderr, 'train tells of small classes', r)


def given_cases():
    """The folder of cases itself, where it is."""
    where = os.path.join(os.environ.get('LEUKO_SHARED', ''), 'cases', 'real-life')
    if not os.path.isdir(where):
        print('# skipped: no folder of real cases')
        return
    at = lambda name: os.path.join(where, name)
    for name in ('ok', 'semicolon', 'capitals'):
        gives('real case: labels_%s.csv' % name, {'blast': 4, 'lymphocyte': 4}, at('flat'), '--labels',
              at('labels_%s.csv' % name))
    gives('real case: labels_cnmc.csv', {'0': 4, '1': 4}, at('flat'), '--labels', at('labels_cnmc.csv'))
    refused('real case: labels_empty_cell.csv', ['line 2', 'empty cell'], at('flat'), '--labels', at('labels_empty_cell.csv'))
    refused('real case: labels_contradiction.csv', ['lines 2 and 10'], at('flat'), '--labels',
            at('labels_contradiction.csv'))
    gives('real case: labels_ignored', {'blast': 6, 'lymphocyte': 6}, at('labels_ignored'), '--labels', at('labels_ignored.csv'))
    gives('real case: jfif_class', {'blast': 4, 'lymphocyte': 4, 'monocyte': 4}, at('jfif_class'))
    gives('real case: patient_folders', {'blast': 9, 'lymphocyte': 9}, at('patient_folders'))
    text = gives('real case: stray_in_root', {'blast': 4, 'lymphocyte': 4}, at('stray_in_root'))
    check('overview.jpg' in text, '... and the stray image is named', text)
    text = gives('real case: nested_lost', {'blast': 4, 'lymphocyte': 4}, at('nested_lost'))
    check(all('blast/week2/c%d.png' % i in text for i in range(4, 8)), '... and the lost images are named', text)
    for expression in ('([^_]+)_', '^([^_]+)_', '(.*)_[0-9]+'):
        _, rows, _ = sorted_into('real-%d' % len(expression), at('group_by_class'), '--group-by', expression, '--validation', '0.25')
        check(rows and len({(x['group'], x['split']) for x in rows}) == 4, 'real case: group_by_class ' + expression)



for part in (tables, layouts, files_accounted, kept_splits, tables_in_layouts, groups, other_names, told, with_model, given_cases):
    print('# ' + part.__name__)
    part()
done()

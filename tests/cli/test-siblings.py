#!/usr/bin/env python3
"""Siblings of the cases in shared/cases/real-life that are not in that folder: tables, folders and stray files as other
programs and other laboratories write them. Each is read right, or refused with one line that says why."""
import csv
import os
import unicodedata

from harness import TINY, check, done, path, run, write
from trees import gives, image, looked, refused, sorted_into, tree

TWO = {'blast': 4, 'lymphocyte': 4}
NAMES = ['c%d.png' % i for i in range(8)]


def kind(i):
    return 'blast' if i < 4 else 'lymphocyte'


def table(name, text, encoding='utf-8', mark=b''):
    write(name, mark + text.encode(encoding))
    return name


def rows(form, head, end='\n', n=8):
    return head + end + ''.join(form(i) + end for i in range(n))


def tables_that_are_read():
    tree('flat', *NAMES)
    windows = b'\xef\xbb\xbf'
    forms = {
        'Excel in German: semicolons, mark, decimal comma': table(
            'excel.csv', rows(lambda i: 'c%d.png;%s;%d,5' % (i, kind(i), i), 'File;Class;Area', '\r\n'), mark=windows),
        'Excel with sep= and quotes': table('sep.csv', 'sep=;\r\n' + rows(lambda i: '"c%d.png";"%s"' % (i, kind(i)), '"Image";"Label"', '\r\n'), mark=windows),
        'tabs in a .csv': table('tabs.csv', rows(lambda i: 'c%d.png\t%s' % (i, kind(i)), 'file\tclass')),
        'UTF-16 of a spreadsheet': table('utf16.csv', rows(lambda i: 'c%d.png\t%s' % (i, kind(i)), 'File\tClass', '\r\n'), 'utf-16-be', b'\xfe\xff'),
        'blanks around names and values': table('blanks.csv', rows(lambda i: ' c%d.png , %s  ' % (i, kind(i)), ' File , Label ')),
        'Windows paths': table('windows.csv', rows(lambda i: 'C:\\Data\\Smears 2021\\c%d.png,%s' % (i, kind(i)), 'path,label')),
        'absolute paths of another machine': table('absolute.csv', rows(lambda i: '/mnt/lab/cells/c%d.png,%s' % (i, kind(i)), 'FilePath,label')),
        'relative paths with dots': table('dots.csv', rows(lambda i: './c%d.png,%s' % (i, kind(i)), 'img,target')),
        'no endings': table('endings.csv', rows(lambda i: 'c%d,%s' % (i, kind(i)), 'image_id,cell_type')),
        'another ending': table('bmp.csv', rows(lambda i: 'c%d.bmp,%s' % (i, kind(i)), 'new_names,labels')),
        'endings in capitals': table('capitals.csv', rows(lambda i: 'C%d.PNG,%s' % (i, kind(i)), 'FILE,CLASS')),
        'an index column, as pandas writes it': table('pandas.csv', rows(lambda i: '%d,c%d.png,%s' % (i, i, kind(i)), ',filename,label')),
        'comments': table('comments.csv', '# exported 2021-03-04\n# by hand\n' + rows(lambda i: 'c%d.png,%s' % (i, kind(i)) + ('\n# half' if i == 3 else ''), 'file,class')),
        'a header that begins with #': table('hash.csv', rows(lambda i: 'c%d.png\t%s' % (i, kind(i)), '#file\tclass')),
        'a column for each class': table('onehot.csv', rows(lambda i: 'c%d,%d,%d' % (i, i < 4, i >= 4), 'image,blast,lymphocyte')),
        'a column for each class, as floats': table('isic.csv', rows(lambda i: 'c%d,%.1f,%.1f,0.0' % (i, i < 4, i >= 4), 'image,blast,lymphocyte,monocyte')),
        'a column for each class, with others': table('more.csv', rows(lambda i: 'c%d.png;%d;%d;P%d;2,%d' % (i, i < 4, i >= 4, i, i), 'file;blast;lymphocyte;patient;area')),
        'words in several languages': table('accents.csv', rows(lambda i: unicodedata.normalize('NFD', 'c%d.png,%s' % (i, kind(i))), 'Image File,Cell Class')),
    }
    for what, name in forms.items():
        gives(what, TWO, 'flat', '--labels', name)
    for what, text in (('labels as floats', '%.1f'), ('labels with three decimals', '%.3f')):
        name = table('floats.csv', rows(lambda i: ('c%d.png,' + text) % (i, i < 4), 'file,label'))
        text = gives(what, {'0': 4, '1': 4}, 'flat', '--labels', name)
        check('1.0 is read as 1' in text, '... and it is told', text)
    name = table('comma.csv', rows(lambda i: 'c%d.png;%d,0' % (i, i < 4), 'file;label', '\r\n'))
    gives('labels as floats with a comma', {'sick': 4, 'well': 4}, 'flat', '--labels', name, '--classes', 'sick=1', '--classes', 'well=0')


def tables_that_are_refused():
    for what, words, text in (
            ('two header lines', ['line 2 may hold the column names'], rows(lambda i: 'c%d.png;%s' % (i, kind(i)), 'Cells of 2021;\nfile;class')),
            ('a title above the columns', ['line 2: 2 fields, but the first line has 1'], rows(lambda i: 'c%d.png,%s' % (i, kind(i)), 'Cells of 2021\nfile,class')),
            ('labels in several columns', ['"label"', '"diagnosis"'], rows(lambda i: 'c%d.png,%s,x' % (i, kind(i)), 'file,label,diagnosis')),
            ('a row with two classes', ['no column for the class'], rows(lambda i: 'c%d.png,1,%d' % (i, i % 2), 'file,blast,lymphocyte')),
            ('a row without a class', ['no column for the class'], rows(lambda i: 'c%d.png,%d,0' % (i, i % 2), 'file,blast,lymphocyte')),
            ('NaN', ['line 5', 'NaN'], rows(lambda i: 'c%d.png,%s' % (i, 'NaN' if i == 3 else kind(i)), 'file,class')),
            ('#N/A', ['line 9', '#N/A'], rows(lambda i: 'c%d.png;%s' % (i, '#N/A' if i == 7 else kind(i)), 'file;class')),
            ('a dash', ['line 2', '"-"'], rows(lambda i: 'c%d.png,%s' % (i, '-' if i == 0 else kind(i)), 'file,class')),
            ('classes in two spellings', ['"Blast"', '"blast"', 'case'], rows(lambda i: 'c%d.png,%s' % (i, 'Blast' if i == 1 else kind(i)), 'file,class')),
            ('1 and 1.0 for one file', ['lines 2 and 10', 'c0.png'], rows(lambda i: 'c%d.png,%d' % (i % 8, i < 4), 'file,class', n=8) + 'c0.png,1.0\n'),
            ('a file twice in two spellings of the path', ['lines 2 and 10', 'c0.png'], rows(lambda i: 'c%d.png,%s' % (i, kind(i)), 'file,class') + './c0.png,x\n'),
            ('no column names', ['"c0.png"', '"blast"'], ''.join('c%d.png,%s\n' % (i, kind(i)) for i in range(8))),
            ('a missing row', ['images without a class: 1 of 8 (c7.png)'], rows(lambda i: 'c%d.png,%s' % (i, kind(i)), 'file,class', n=7)),
            ('other numbers', ['no row names an image', 'c00.png'], rows(lambda i: 'c%02d.png,%s' % (i, kind(i)), 'file,class'))):
        refused(what, ['bad.csv', *words], 'flat', '--labels', table('bad.csv', text))
    for name, data, words in (('book.xlsx', b'PK\3\4' + b'x' * 99, ['spreadsheet', 'save the table as CSV']),
                              ('old.xls', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + b'\0' * 99, ['spreadsheet', 'CSV']),
                              ('calc.ods', b'PK\3\4' + b'mimetype' * 9, ['spreadsheet', 'CSV']),
                              ('latin.csv', 'file,class\nc0.png,L\xfcmph\n'.encode('latin-1'), ['line 2', 'UTF-8']),
                              ('empty.csv', b'', ['empty']), ('cells.png', image('x'), ['UTF-8'])):
        write(name, data)
        refused('no table: ' + name, [name, *words], 'flat', '--labels', name)


def groups_in_tables():
    tree('pairs', *['%s/C%d.PNG' % (k, i) for k in TWO for i in range(4)])
    for what, text in (('other capitals', rows(lambda i: 'c%d.png,P%d' % (i % 4, i % 2), 'file,patient', n=8)),
                       ('folders in capitals', ''.join(['FILE,PATIENT ID\n', *['%s/c%d.png,P%d\n' % (k.upper(), i, i % 2) for k in TWO for i in range(4)]])),
                       ('Windows paths', ''.join(['File;SubjectID\n', *['D:\\x\\%s\\C%d.PNG;%d,0\n' % (k, i, i % 2) for k in TWO for i in range(4)]]))):
        text = table('groups.csv', text)
        if what == 'other capitals': # the file name alone fits an image of each class
            refused('groups: a name that fits two images', ['fits two images'], 'pairs', '--groups', text)
            continue
        _, split, _ = sorted_into('pairs ' + what, 'pairs', '--groups', text, '--validation', '0.5')
        check(split and len({x['group'] for x in split}) == 2 and len({(x['group'], x['split']) for x in split}) == 2,
              'groups: ' + what, split)
    refused('groups: a patient that is missing', ['line 3', 'NA'], 'pairs', '--groups',
            table('na.csv', ''.join(['file,patient\n', *['%s/C%d.PNG,%s\n' % (k, i, 'NA' if i == 1 else 'P1') for k in TWO for i in range(4)]])))


def files_beside_the_images():
    cells = ['%s/c%d.png' % (k, i) for k in TWO for i in range(4)]
    for what, junk, reason in (
            ('YOLO', [c[:-4] + '.txt' for c in cells] + ['classes.txt', 'data.yaml'], 'companion file'),
            ('VOC', [c[:-4] + '.xml' for c in cells], 'companion file'),
            ('labelme and COCO', [c[:-4] + '.json' for c in cells] + ['annotations.json'], 'companion file'),
            ('macOS', ['.DS_Store', 'blast/.DS_Store'] + ['%s/._c%d.png' % (k, i) for k in TWO for i in range(4)], 'hidden'),
            ('an archive of macOS', ['__MACOSX/blast/._c0.png', '__MACOSX/._blast', '__MACOSX/x.png'], 'system file'),
            ('Windows', ['Thumbs.db', 'blast/Thumbs.db', 'lymphocyte/desktop.ini'], 'system file'),
            ('a NAS', ['@eaDir/c0.png', 'blast/@eaDir/c0.png/SYNO.jpg'], 'system file'),
            ('office documents', ['protocol.docx', 'blast/counts.xlsx', 'slides.pptx'], 'companion file'),
            ('other formats', ['blast/whole.svs', 'blast/x.dcm', 'lymphocyte/y.czi'], 'image format'),
            ('unfinished downloads', ['blast/c9.png.part', 'blast/c8.png.crdownload', 'c7.png~'], 'not an image')):
        root = tree('with ' + what, *cells)
        for f in junk:
            write(root + '/' + f, 'x')
        code, classes, found, text = looked(root)
        reasons = {s['file']: s['why'] for s in found.get('skipped', ())}
        check(code == 0 and classes == TWO and set(reasons) == set(junk) and all(reason in w for w in reasons.values()),
              'files of ' + what, (text, reasons))
    for masks in ('masks', 'Mask', 'annotations', 'cell_masks', 'ground truth'):
        root = tree('beside ' + masks, *cells, *['%s/c%d.png' % (masks, i) for i in range(4)])
        refused('a folder of masks: ' + masks, ['"%s" may be a class' % masks, '--layout'], root)
        gives('... is a class if asked for', {**TWO, masks: 4}, root, '--layout', 'class')
    root = tree('masks inside', *cells, 'blast/masks/c0.png', 'blast/masks/c1.png')
    check('blast/masks/c0.png, deeper folder' in gives('masks in one class', TWO, root), '... are skipped by name')
    refused('masks in every class', ['"class"', '--layout'], tree('all masks', *cells, *[c.replace('/', '/masks/') for c in cells]))
    for suffix in ('_mask', '-seg', ' segmentation'):
        root = tree('named' + suffix, *cells, 'blast/c0%s.png' % suffix, 'lymphocyte/c1%s.png' % suffix.upper(), 'blast/other_mask.png')
        text = gives('masks beside their images: ' + suffix, {'blast': 6, 'lymphocyte': 5}, root)
        check('named like masks of others: 2, such as blast/c0%s.png' % suffix in text, '... are told', text)
    root = tree('copies', *cells)
    for name in ('Copy of c0 (1).png', 'c0 - Copy.png', 'c0(2).png', 'c0 copy.png'):
        write('copies/blast/' + name, open(path('copies/blast/c0.png'), 'rb').read())
    code, classes, found, text = looked('copies')
    check(classes == {'blast': 8, 'lymphocyte': 4} and [sorted(d['files']) for d in found['duplicates'] if d['same_bytes']] ==
          [sorted(['blast/c0.png', *['blast/' + n for n in ('Copy of c0 (1).png', 'c0 - Copy.png', 'c0(2).png', 'c0 copy.png')]])],
          'copies under names of file managers are duplicates', text)


def tables_that_lie_about():
    cells = ['%s/c%d%d.png' % (k, i, n) for n, k in enumerate(('batch1', 'batch2')) for i in range(4)]
    truth = 'file,class\n' + ''.join('%s,%s\n' % (os.path.basename(c), kind(i % 4 * 2)) for i, c in enumerate(cells))
    for where in ('in/labels.csv', 'in/batch1/LABELS.TSV', 'in.csv'):
        for command in ('check', 'sort', 'features'):
            tree('in', *cells)
            write(where, truth)
            r = run(command, 'in', *{'check': [], 'sort': ['--out', 'in-' + where.replace('/', '-')], 'features': [*TINY, '-o', 'in.npy']}[command])
            check(r.returncode == 0 and 'WARNING: in: ' in r.stderr and os.path.basename(where) in r.stderr and 'other classes' in r.stderr,
                  '%s tells of %s, which is not used' % (command, where), r)
            os.unlink(path(where))
    gives('... and uses it if given', TWO, 'in', '--labels', table('given.csv', truth))
    for head in ('file,patient', 'Image;Subject ID', 'name\tslide'):
        mark = [c for c in ';\t,' if c in head][0]
        write('in/who.csv', head + '\n' + ''.join('%s%sP%d\n' % (c, mark, i % 2) for i, c in enumerate(cells)))
        r = run('check', 'in')
        check(r.returncode == 0 and 'who.csv has the group of every image' in r.stderr, 'a table of groups is told: ' + head, r)
        r = run('check', 'in', '--groups', 'in/who.csv')
        check(r.returncode == 0 and 'who.csv has' not in r.stderr and 'groups: 2' in r.stdout, '... and not if it is given', r)
    os.unlink(path('in/who.csv'))
    for name, text in (('agrees.csv', 'file,class\n' + ''.join('%s,%s\n' % (c, c[:6].upper()) for c in cells)),
                       ('partial.csv', truth.rsplit('\n', 2)[0] + '\n'), ('boxes.csv', 'file,x,class\n' + ''.join('%s,%d,%d\n' % (c, i, i) for c in cells for i in (1, 2)))):
        write('in/' + name, text)
        r = run('check', 'in')
        check(r.returncode == 0 and name not in r.stderr, 'not told: ' + name, r)
        os.unlink(path('in/' + name))


def groups_in_names():
    """Siblings of group_by_class: the group is the patient in both classes, whatever the names look like."""
    for n, (form, expression) in enumerate((('P%d-%d.png', '^(P[0-9]+)-'), ('pat %d (%d).png', '(pat [0-9]+)'), ('%d.%d.png', '^([0-9]+)[.]'),
                                            ('2021_M\xfcller%d_%d.png', '_([^_]+)_[0-9]+[.]'), ('slide%d#%d.PNG', '(.*)#'))):
        root = tree('names%d' % n, *['%s/%s' % (k, form % (p, i)) for k in TWO for p in range(4) for i in range(2)])
        _, split, _ = sorted_into(root + '-s', root, '--group-by', expression, '--validation', '0.25')
        check(split and len({x['group'] for x in split}) == 4 == len({(x['group'], x['split']) for x in split}), 'groups by ' + expression, split)
        refused('... not with the class folder', ['class folder'], root, '--group-by-path', '^([a-z]+/.).*')


def folders_of_patients():
    for what, form, groups in (('class/patient/slide', '%s/P%02d/slide %d/cell_%d.png', 3), ('class/case/images', '%s/Case %d/%d/%d.tif.png', 3),
                               ('class/number', '%s/%03d/image_%d_%d.png', 3), ('class/donor', '%s/donor-%d/c%d%d.png', 3)):
        root = tree(what.replace('/', ' '), *[form % (k, p, s, i) for k in TWO for p in range(groups) for s in range(2) for i in range(2)])
        _, split, _ = sorted_into(root + ' s', root, '--validation', '0.3')
        check(split and len(split) == 8 * groups and len({x['group'] for x in split}) == groups == len({(x['group'], x['split']) for x in split}),
              'the patient is the group: ' + what, split)


def classes_that_are_missing():
    cells = ['%s/c%d.png' % (k, i) for k in TWO for i in range(4)]
    for what, root, empty in (('a folder without files', 'no files', 'monocyte'), ('... with a hidden one', 'keep', 'monocyte'),
                              ('... in a split', 'no split', 'test/blast')):
        tree(root, *(cells if '/' not in empty else [s + '/' + c for s in ('train', 'test') for c in cells if s == 'train' or 'blast' not in c]))
        os.makedirs(path(root, empty))
        if root == 'keep':
            write(root + '/' + empty + '/.gitkeep', '')
        for command in (['check', root], ['sort', root, '--out', root + '-s']):
            r = run(*command)
            check(r.returncode == 0 and 'WARNING: %s/%s: no image of this folder is used' % (root, empty) in r.stderr,
                  '%s: %s is told' % (command[0], what), r)
    r = run('sort', tree('untrained', *['train/' + c for c in cells], *['test/' + c for c in cells], 'test/monocyte/x.png'), '--out', 'untrained-s')
    check(r.returncode == 0 and r.stderr.count('has no training image') == 1 and 'class "monocyte" has no training image' in r.stderr,
          'sort tells of a class that only the test folder has', r)


def endings():
    for ending in ('JFIF', 'jpe', 'Jpeg', 'PNG', 'webp.png', ''):
        root = tree('ending ' + ending, *['%s/c%d%s' % (k, i, '.' + ending if ending else '') for k in ('a', 'b', 'c') for i in range(3)],
                    *['plain/c%d.png' % i for i in range(3)])
        gives('images with the ending "%s"' % ending, {'a': 3, 'b': 3, 'c': 3, 'plain': 3}, root)


def ways_on():
    """Siblings of flat/ with labels_ok.csv: augment, then sort; a test set only; eval and classify agree."""
    draw = [('flat8', 'c%d.png', 'file;class'), ('folders', 'week 1/P%d/c.png', 'Image Path;Label'), ('cnmc8', '%d.bmp.png', 'new_names;labels')]
    run('synth', 'cells', '--per-class', '24', '--groups', '6', '--size', '96')
    run('sort', 'cells', '--out', 'cells-s', '--group-by', '(P[0-9]+)', '--validation', '0.25')
    check(run('train', 'cells-s', '--model', 'm.safetensors', *TINY).returncode == 0, 'a model')
    for root, form, head in draw:
        names = [form % i for i in range(8)]
        tree(root, *names)
        labels = ['--labels', table(root + '.csv', head + '\n' + ''.join('%s;%s\n' % (f, kind(i)) for i, f in enumerate(names)))]
        r = run('augment', root, root + '-a', '--ops', 'gray,rotate', '--rotations', '1', *labels)
        check(r.returncode == 0 and 'from 8 images' in r.stdout, root + ': augment', r)
        r, split, _ = sorted_into(root + '-as', root + '-a', *labels, '--validation', '0.5')
        check(split and len(split) == 16 and {x['class'] for x in split} == set(TWO), '... then sort: copies of training images only', (r, split))
        r, split, _ = sorted_into(root + '-t', root, *labels, '--test', '1')
        check(split and len(split) == 8 and {x['split'] for x in split} == {'test'}, '... sort --test 1: a test set only', r)
        r = run('eval', 'm.safetensors', root, *labels)
        c = run('classify', 'm.safetensors', root, *labels)
        right = c.stdout.count('(correct)')
        check(r.returncode == 0 and c.returncode == 0 and right + c.stdout.count('(incorrect)') == 8 and '%.3f' % (right / 8) in r.stdout,
              '... eval and classify', (r, c))


for part in (tables_that_are_read, tables_that_are_refused, groups_in_tables, files_beside_the_images, tables_that_lie_about, groups_in_names,
   folders_of_patients, endings, classes_that_are_missing, ways_on):
    print('# ' + part.__name__)
    part()
done()

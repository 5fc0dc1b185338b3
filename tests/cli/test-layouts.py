#!/usr/bin/env python3
"""Data sets as people have them: every layout, table and stray file gives the right classes, groups and counts, or one
line that says why not. The cases of shared/cases/real-life are made anew here, each with siblings."""
import json
import os
import random

from harness import WORK, check, done, path, png, run, write


def image(key):
    """A small PNG that no other key has: 16 columns of random colors."""
    draw = random.Random(str(key))
    return png(32, 32, 8, 2, b''.join(bytes(draw.randrange(256) for _ in range(3)) * 2 for _ in range(16)))


def tree(root, *files):
    for f in files:
        write(root + '/' + f, image(root + f))
    return root


def looked(*args):
    """What `leuko check` finds: exit status, {class: images}, the JSON, all text."""
    name = path('found.json')
    if os.path.exists(name):
        os.unlink(name)
    r = run('check', *args, '--json', name)
    found = json.load(open(name)) if os.path.exists(name) else {}
    return r.returncode, found.get('classes'), found, r.stdout + r.stderr


def gives(what, classes, *args):
    code, got, _, text = looked(*args)
    check(code == 0 and got == classes, what, (code, got, text))
    return text


def refused(what, words, *args):
    """check and sort both refuse with one line that has these words; sort leaves nothing."""
    for command in (['check', *args], ['sort', *args, '--out', 'never']):
        r = run(*command)
        lines = [x for x in r.stderr.split('\n') if x]
        check(r.returncode == 1 and len(lines) == 1 and all(w in lines[0] for w in words) and
              not os.path.exists(path('never')), '%s: %s' % (command[0], what), r)


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


for part in (tables, given_cases):
    print('# ' + part.__name__)
    part()
done()

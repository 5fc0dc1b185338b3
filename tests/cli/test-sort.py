#!/usr/bin/env python3
"""leuko sort, read back by an independent reader: TFRecord framing, CRC-32C and tf.Example are decoded
here in plain Python. The rules for groups, copies and duplicates are checked on the result."""
import collections
import csv
import hashlib
import os
import re
import shutil
import struct

from harness import WORK, check, digest, done, path, run

BY_PATIENT = ['--group-by', '(P[0-9]+)_']

TABLE = []
for i in range(256):
    for _ in range(8):
        i = i >> 1 ^ (0x82f63b78 if i & 1 else 0)
    TABLE.append(i)


def masked_crc(data):
    c = 0xffffffff
    for b in data:
        c = c >> 8 ^ TABLE[(c ^ b) & 255]
    c ^= 0xffffffff
    return ((c >> 15 | c << 17) + 0xa282ead8) & 0xffffffff


def varint(b, p):
    value = shift = 0
    while True:
        value |= (b[p] & 127) << shift
        shift += 7
        p += 1
        if b[p - 1] < 128:
            return value, p


def fields(b):
    """(number, value) of a message that holds varints and length-delimited fields alone."""
    p = 0
    while p < len(b):
        key, p = varint(b, p)
        size, p = varint(b, p)
        if key & 7 == 0:
            yield key >> 3, size
        else:
            assert key & 7 == 2, key
            yield key >> 3, b[p:p + size]
            p += size


def example(b):
    out = {}
    (_, features), = fields(b)
    for _, entry in fields(features):
        entry = dict(fields(entry))
        (kind, values), = fields(entry[2])
        (_, value), = fields(values)
        if kind == 3 and isinstance(value, bytes):
            value, _ = varint(value, 0)
        out[entry[1].decode()] = value
    return out


def records(file):
    b = open(file, 'rb').read()
    p = 0
    while p < len(b):
        size, = struct.unpack_from('<Q', b, p)
        crcs = struct.unpack_from('<I', b, p + 8) + struct.unpack_from('<I', b, p + 12 + size)
        data = b[p + 12:p + 12 + size]
        assert crcs == (masked_crc(b[p:p + 8]), masked_crc(data)), 'CRC at byte %d of %s' % (p, file)
        yield example(data)
        p += size + 16


def load(folder):
    """[(split, example)] of all shards, the table's rows by file, the labels."""
    out = []
    for name in sorted(os.listdir(path(folder))):
        m = re.fullmatch(r'AML_(train|validation|test)_\d{5}-of-\d{5}\.tfrecord', name)
        if m:
            out += [(m[1], e) for e in records(path(folder, name))]
    rows = {r['file']: r for r in csv.DictReader(open(path(folder, 'split.csv')))}
    labels = dict(x.split(':') for x in open(path(folder, 'Labels.txt')).read().split())
    return out, rows, labels


def sides(rows, key):
    where = collections.defaultdict(set)
    for r in rows.values():
        where[r[key]].add(r['split'])
    return where


def refused(what, out, *args, words=(), status=1):
    """Exit status, one line with these words, and nothing left where OUT would be."""
    before = set(os.listdir(WORK))
    r = run('sort', *args, '--out', out)
    lines = [x for x in r.stderr.split('\n') if x]
    left = set(os.listdir(WORK)) - before
    check(r.returncode == status and len(lines) == 1 and lines[0].startswith('leuko: ') and
          all(w in r.stderr for w in words) and not left, what, (r, left))


def test_content():
    r = run('sort', 'cells', '--out', 'shards', '--shards', '3', '--test', '0.25', '--validation', '0.25', *BY_PATIENT)
    found, rows, labels = load('shards')
    check(r.returncode == 0 and len(found) == len(rows) == 32, 'every image is in a shard, every CRC right', r)
    check(labels == {'0': 'blast', '1': 'lymphocyte'} and
          open(path('shards/Classes.txt')).read().split() == ['blast', 'lymphocyte'], 'Labels.txt, Classes.txt', labels)
    same = names = table = True
    for split, e in found:
        file = e['image/filename'].decode()
        source = open(path('cells', file), 'rb').read()
        row = rows[file]
        same &= e['image/encoded'] == source and row['sha256'] == hashlib.sha256(source).hexdigest()
        names &= labels[str(e['image/class/label'])] == file.split('/')[0] == row['class'] and \
            e['image/format'] == b'jpeg' and e['image/height'] == e['image/width'] == 96
        table &= (row['split'], row['group'], row['source']) == \
            (split, e['image/group'].decode(), e['image/source'].decode())
    check(same, 'the bytes in the shards are those of the files, as split.csv has their SHA-256')
    check(names, 'label, format, height and width are those of the file')
    check(table, 'split.csv and the shards agree on split, group and source')
    where = sides(rows, 'group')
    check(len(where) == 8 and all(len(s) == 1 for s in where.values()) and
          {'train', 'validation', 'test'} == set.union(*where.values()), 'three splits, and no group is in two of them', dict(where))
    run('sort', 'cells', '--out', 'again', '--shards', '3', '--test', '0.25', '--validation', '0.25',
        '--threads', '1', *BY_PATIENT)
    for f in os.listdir(path('shards')):
        if open(path('shards', f), 'rb').read() != open(path('again', f), 'rb').read():
            check(False, 'the same seed writes the same bytes', f)
            break
    else:
        check(len(os.listdir(path('again'))) == len(os.listdir(path('shards'))), 'the same seed writes the same bytes')
    r = run('sort', 'cells', '--out', 'named', '--test-groups', 'P02,P05', '--validation', '0', *BY_PATIENT)
    _, rows, _ = load('named')
    check(r.returncode == 0 and {x['group'] for x in rows.values() if x['split'] == 'test'} == {'P02', 'P05'},
          '--test-groups are the test split, and nothing else is', r)


def check_copies(folder, source, is_copy):
    found, rows, _ = load(folder)
    copies = [f for f in rows if is_copy(f)]
    held = [f for f in rows if not is_copy(f) and rows[f]['split'] != 'train']
    split_of = {f: rows[f]['split'] for f in rows if not is_copy(f)}
    check(len(found) == len(rows) and copies and held and
          all(rows[f]['split'] == 'train' and split_of[rows[f]['source']] == 'train' for f in copies),
          source + ': copies are in training alone, and only of training images',
          (len(copies), held, [f for f in copies if split_of[rows[f]['source']] != 'train'][:5]))
    sources = {f for f in split_of if split_of[f] == 'train'}
    check({rows[f]['source'] for f in copies} == sources, source + ': and every training image has its copies')


def test_copies():
    r = run('augment', 'cells', 'more', '--size', '96', '--rotations', '8', '--ops', 'rotate,gray')
    table = list(csv.DictReader(open(path('more/augment.csv'))))
    angles, bytes_ = collections.defaultdict(list), collections.defaultdict(list)
    for row in table:
        if row['operation'].startswith('rot'):
            angles[row['source']].append(row['parameters'])
            bytes_[row['source']].append(open(path('more', row['file']), 'rb').read())
    check(r.returncode == 0 and len(angles) == 32 and
          all(len(a) == len(set(a)) == len(set(bytes_[s])) == 8 for s, a in angles.items()),
          'the 8 rotations of an image are 8 angles and 8 images', r)
    r = run('sort', 'more', '--out', 'more-shards', '--shards', '2', *BY_PATIENT)
    check(r.returncode == 0 and 'augmented copies' in r.stdout, 'sort tells of the copies', r)
    operation = {row['file']: row['operation'] for row in table}
    check_copies('more-shards', 'augment.csv', lambda f: operation[f] != 'original')
    # the original's naming, without the table and without groups
    os.rename(path('more'), path('by-name'))
    os.unlink(path('by-name/augment.csv'))
    run('sort', 'by-name', '--out', 'by-name-shards', '--shards', '1')
    check_copies('by-name-shards', 'names alone', lambda f: not f.split('/')[1].startswith('P'))


def test_duplicates():
    run('augment', 'cells', 're-encoded', '--size', '80', '--quality', '80', '--ops', 'gray')
    shutil.copytree(path('cells'), path('duplicates'))
    first = {}
    for f in sorted(os.listdir(path('cells/blast'))):
        first.setdefault(f.split('_')[0], f)
    pairs = {}
    for a, b in (('P01', 'P02'), ('P03', 'P04'), ('P05', 'P06')):
        pairs['blast/%s_again.jpg' % b] = 'blast/' + first[a]
        shutil.copy(path('re-encoded/blast', first[a]), path('duplicates/blast/%s_again.jpg' % b))
    ok = True
    for seed in range(4):
        r = run('sort', 'duplicates', '--out', 'duplicates-%d' % seed, '--shards', '1', '--seed', str(seed), *BY_PATIENT)
        _, rows, _ = load('duplicates-%d' % seed)
        ok &= r.returncode == 0 and 'duplicate images' in r.stdout
        ok &= all(rows[x]['split'] == rows[y]['split'] and open(path('duplicates', x), 'rb').read() !=
                  open(path('duplicates', y), 'rb').read() for x, y in pairs.items())
        ok &= all(len(s) == 1 for s in sides(rows, 'group').values())
    check(ok, 'a re-encoded, smaller copy stays in the split of its duplicate, for four seeds', r)
    shutil.copytree(path('cells'), path('claimed'))
    shutil.copy(path('cells/blast', first['P01']), path('claimed/lymphocyte/P01_claimed.jpg'))
    r = run('sort', 'claimed', '--out', 'claimed-shards', '--shards', '1', *BY_PATIENT)
    found, rows, _ = load('claimed-shards')
    check(r.returncode == 0 and len(rows) == len(found) == 31 and 'blast/' + first['P01'] not in rows and
          'P01_claimed.jpg' in r.stderr and 'two classes' in r.stdout,
          'one image in two classes: both are left out and reported', r)


def keep(source, target, want):
    """A copy of a folder per class with the files that want() takes."""
    shutil.copytree(path(source), path(target))
    for kind in os.listdir(path(target)):
        for f in os.listdir(path(target, kind)):
            if not want(kind, f):
                os.unlink(path(target, kind, f))


def test_refusals():
    keep('cells', 'few', lambda kind, f: kind == 'blast' or f.startswith('P03'))
    refused('a class with fewer groups than splits is named with its groups', 'few-shards', 'few', *BY_PATIENT,
            words=('lymphocyte', 'P03', 'fewer splits'))
    refused('an unknown test group', 'x', 'cells', '--test-groups', 'P01,P77', *BY_PATIENT, words=('"P77"',))
    refused('--test-groups without groups', 'x', 'cells', '--test-groups', 'P01', words=('--group-by',), status=2)
    refused('a pattern that matches not every name', 'x', 'cells', '--group-by', '(P1)_', words=('does not match',))
    refused('a pattern without a group', 'x', 'cells', '--group-by', 'P.', words=('parentheses',), status=2)
    refused('shares that leave nothing to train on', 'x', 'cells', '--test', '0.7', '--validation', '0.3',
            words=('train',), status=2)
    shutil.copytree(path('cells/blast'), path('one/blast'))
    refused('one class only', 'x', 'one', words=('one class', 'blast'))
    os.mkdir(path('empty'))
    refused('an empty folder', 'x', 'empty', words=('empty',))
    refused('no such folder', 'x', 'nowhere', words=('nowhere',))
    shutil.copytree(path('cells'), path('text'))
    open(path('text/blast/P01_text.jpg'), 'w').write('this is no image\n')
    refused('a text called .jpg is named', 'x', 'text', words=('P01_text.jpg',))
    before = digest('shards')
    r = run('sort', 'cells', '--out', 'shards')
    check(r.returncode == 1 and 'shards' in r.stderr and digest('shards') == before,
          'a folder that exists already is refused and stays as it is', r)


def test_flipped_bit():
    model = ['--model', path('m.safetensors'), '--weights', 'random', '--depth-multiplier', '0.25', '--size', '75',
             '--endpoint', 'Mixed_5b']
    r = run('train', 'shards', *model)
    check(r.returncode == 0, 'a model for the next lines', r)
    shutil.copytree(path('shards'), path('flip'))
    for command, part in (('train', 'train'), ('eval', 'test')):
        name = 'AML_%s_00001-of-00003.tfrecord' % part
        b = bytearray(open(path('flip', name), 'rb').read())
        size, = struct.unpack_from('<Q', b, 0)
        b[size + 16 + 12 + 100] ^= 8  # in the data of the second record
        open(path('flip', name), 'wb').write(b)
        args = ['train', 'flip', *model] if command == 'train' else ['eval', 'm.safetensors', 'flip']
        if command == 'train':
            os.rename(path('m.safetensors'), path('kept'))
        r = run(*args)
        line = r.stderr.strip().split('\n')[-1]
        check(r.returncode == 1 and name in line and 'record 1 at byte %d' % (size + 16) in line and
              (command == 'eval' or not os.path.exists(path('m.safetensors'))),
              'a flipped bit: leuko %s names shard, record and byte' % command, r)
        if command == 'train':
            os.rename(path('kept'), path('m.safetensors'))


assert masked_crc(b'123456789') == ((0xe3069283 >> 15 | 0xe3069283 << 17) + 0xa282ead8) & 0xffffffff
run('synth', 'cells', '--per-class', '16', '--groups', '8', '--size', '96')
untouched = digest('cells')
test_content()
test_copies()
test_duplicates()
test_refusals()
test_flipped_bit()
check(digest('cells') == untouched, 'the images are byte for byte as they were')
done()

#!/usr/bin/env python3
"""Names from files reach no terminal, table or page as they are: every command runs on names of files, folders, classes,
groups, columns and tensors that hold ESC, line ends, marks of direction and bytes that are not UTF-8. No control character
is in stdout, stderr, CSV, JSON or HTML, and the names stay distinct."""
import csv
import json
import os
import re
import shutil
import struct
import subprocess

from harness import ENV, LEUKO, TINY, WORK, check, done, path, run, write

ESC = '\x1b[2K\x1b]0title\x07'
BIDI = '\u202e\u2066\u200f\u2028\x9b31m\x7f'
CLASSES = ['bl' + ESC + 'ast', 'ly' + BIDI + 'mph']
FORGED = 'blast\nx.png: lymphocyte confidence 1.000' + ESC
HIDDEN = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0001-\U000e007f]')


def look(what, data):
    """`data`: bytes that hold no control character but line ends, and are UTF-8."""
    try:
        text = data.decode()
    except UnicodeDecodeError as e:
        check(False, what + ' is UTF-8', e)
        return
    found = HIDDEN.search(text)
    check(not found and '\nx.png: lymphocyte' not in text and '\n, ' not in text, what + ' holds no control character',
          found and repr(text[max(found.start() - 80, 0):found.end() + 20]))


def leuko(*args, code=0, outputs=(), env=ENV):
    r = subprocess.run([LEUKO, *args], cwd=WORK, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
                       stdin=subprocess.DEVNULL)
    name = 'leuko ' + ' '.join(ascii(a) if isinstance(a, bytes) or not a.isprintable() else a for a in args)
    check(r.returncode in ((code,) if isinstance(code, int) else code), name, r)
    look(name + ': stdout', r.stdout)
    look(name + ': stderr', r.stderr)
    for f in outputs:
        data = open(path(f), 'rb').read()
        look('%s: %s' % (name, f), data)
        if f.endswith('.json'):
            json.loads(data)
        if f.endswith('.csv'):
            list(csv.reader(data.decode().splitlines()))
    return r


run('synth', 'cells', '--per-class', '12', '--groups', '6', '--size', '75')
for plain, hostile in zip(('blast', 'lymphocyte'), CLASSES):
    for i, f in enumerate(sorted(os.listdir(path('cells', plain)))):
        os.makedirs(path('h', hostile), exist_ok=True)
        stem = f[:-4]
        shutil.copy(path('cells', plain, f), path('h', hostile, stem + ESC + BIDI + '\n, %d' % i + f[-4:]))
    shutil.copy(path('cells', plain, f), path('h', hostile, 'no-image' + ESC + '.txt'))
IMAGES = ['h/%s/%s' % (c, f) for c in CLASSES for f in sorted(os.listdir(path('h', c)))]
# names that are not UTF-8: an image, a broken image, and a folder
os.makedirs(path('raw').encode() + b'/cl\xff\xfe\x1b')
for name in (b'P1_\xff\n\x1b.jpg', b'P1_\xfe\n\x1b.jpg'):
    shutil.copy(path(IMAGES[0]), path('raw').encode() + b'/cl\xff\xfe\x1b/' + name)
write('raw.txt', 'x')
with open(path('raw').encode() + b'/cl\xff\xfe\x1b/broken\xfd\x1b.png', 'wb') as f:
    f.write(b'none')
with open(path('groups.csv'), 'w') as f:
    w = csv.writer(f)
    w.writerow(['file', 'pa' + ESC + 'tient', 'group'])
    for i, image in enumerate(IMAGES):
        if image.endswith('.jpg'):
            w.writerow([image[2:], 'x', re.search('P[0-9]+', image).group() + ESC + BIDI + '\nforged: group'])
write('columns.csv', 'na' + ESC + 'me,oth\x9ber' + BIDI + '\na,b\n')

leuko('check', 'h', '--all', '--json', 'check.json', outputs=['check.json'])
leuko('check', 'h', '--groups', 'groups.csv')
leuko('check', 'h', '--groups', 'columns.csv', code=(1, 2))
leuko('info', 'h', '--json', 'info.json', outputs=['info.json'])
leuko('augment', 'h', 'copies', '--ops', 'gray,reflect', outputs=['copies/augment.csv'])
r = leuko('sort', 'copies', '--out', 'copy-shards', '--group-by', '(P[0-9]+)', '--validation', '0.3',
          outputs=['copy-shards/split.csv', 'copy-shards/excluded.csv'])
check(b'augmented cop' in r.stdout, 'augment.csv is matched with its files', r.stdout)
leuko('sort', 'h', '--out', 'shards', '--groups', 'groups.csv', '--validation', '0.3', '--test', '0.3',
      outputs=['shards/split.csv', 'shards/excluded.csv'])
leuko('info', 'shards', '--json', 'info.json', outputs=['info.json'])
leuko('train', 'shards', '--model', 'm.safetensors', *TINY, '--positive', CLASSES[0], '--json', 'train.json', outputs=['train.json'])
leuko('train', 'shards', '--model', 't.safetensors', *TINY, '--positive', CLASSES[0], '--tune', 'all', '--epochs', '1', outputs=['t.run/train.jsonl'])
leuko('train', 'shards', '--model', 'x.safetensors', *TINY, '--positive', 'no' + ESC, code=2)
leuko('info', 't.run')
leuko('features', 'h', *TINY, '-o', 'f.npy', outputs=['f.csv'])
# a class that forges an answer: as a folder, `sort` refuses it; in a model, it is shown in one line
os.makedirs(path('forged', FORGED))
os.makedirs(path('forged/b'))
for i, folder in enumerate((FORGED, 'b')):
    shutil.copy(path(IMAGES[i]), path('forged', folder, 'x%d.jpg' % i))
leuko('check', 'forged')
r = leuko('sort', 'forged', '--out', 'forged-shards', '--validation', '0', code=1)
check(b'has a line end in its name' in r.stderr, 'a line end in a class name is refused', r.stderr)
data = open(path('m.safetensors'), 'rb').read()
n = struct.unpack('<Q', data[:8])[0]
header = json.loads(data[8:8 + n])
model = json.loads(header['__metadata__']['leuko'])
model['positive'] = FORGED if model['positive'] == model['classes'][0] else model['positive']
model['classes'][0] = FORGED
OLD, CLASSES[0] = CLASSES[0], FORGED
header['__metadata__'] = {'format': 'tf-slim', 'leuko': json.dumps(model)}  # without checksums, as earlier versions wrote it
header = json.dumps(header).encode()
header += b' ' * (-len(header) % 8)
write('m.safetensors', struct.pack('<Q', len(header)) + header + data[8 + n:])
MODELS = ['m.safetensors', 'm.pb', 'm.ckpt', 'm.onnx', 'm.graph']
for out in MODELS[1:4]:
    leuko('freeze', 'm.safetensors', '-o', out)
leuko('compile', 'm.safetensors', '-o', 'm.graph', '--json', 'compile.json', outputs=['compile.json'])
for m in MODELS:
    leuko('info', m, '--json', 'info.json', outputs=['info.json'])
    leuko('classify', m, 'h', '--csv', 'a.csv', '--json', 'a.json', outputs=['a.csv', 'a.json'])
answers = json.load(open(path('a.json')))['answers']
check({a['class'] for a in answers} <= set(CLASSES) and len(answers) == 24, 'JSON gives the names back')
leuko('classify', 'm.graph', 'h', '--json', '-')
leuko('eval', 't.safetensors', 'shards', '--csv', 'e.csv', '--json', 'e.json',
      outputs=['e.csv', 'e.json', 'shards/ledger.jsonl'])
leuko('eval', 'm.graph', 'h', '--groups', 'groups.csv', '--json', '-', '--classes', '%s=%s' % (FORGED, OLD))
leuko('eval', 'm.graph', 'h', '--groups', 'groups.csv', code=(1, 2))
leuko('eval', 'm.graph', 'cells', code=(1, 2))
leuko('verify', 'm.safetensors', 'm.graph', '--data', 'h', '--json', 'v.json', '--classes', '%s=%s' % (FORGED, OLD), outputs=['v.json'])
for name in ('m.graph', 'm' + ESC + BIDI + '.graph'):
    shutil.copy(path('m.graph'), path('copy.graph'))
    os.rename(path('copy.graph'), path(name))
    leuko('profile', name, '--runs', '3', '--html', 'p.html', '--json', 'p.json', outputs=['p.html', 'p.json'])
leuko('info', 'm' + ESC + BIDI + '.graph')

# not UTF-8
for args, code in ((['check', 'raw'], 1), (['sort', 'raw', '--out', 'raw-shards'], 1), (['info', 'raw'], 0),
                   (['features', 'raw', *TINY, '-o', 'r.npy'], 1), (['augment', 'raw', 'raw-copies'], 1),
                   (['augment', 'raw', 'raw-copies', '--ops', 'gray', '--skip-unreadable'], 1),
                   (['classify', 'm.graph', 'raw', '--csv', 'r.csv', '--json', 'r.json'], 1),
                   (['eval', 'm.graph', 'raw'], 1)):
    leuko(*args, code=code, outputs=['r.csv', 'r.json'] if 'r.csv' in args else [])
rows = list(csv.DictReader(open(path('r.csv'))))
files = [a['file'] for a in json.load(open(path('r.json')))['answers']]
check(len({row['file'] for row in rows}) == 3 and len(set(files)) == 3 and
      sum('\\xff' in f.split('/')[-1] for f in files) == 1 and sum('\\xfe' in f.split('/')[-1] for f in files) == 1,
      'two names that are not UTF-8 stay two names in CSV and JSON', files)
for command in ('classify', 'eval', 'verify', 'freeze', 'compile', 'profile', 'info', 'check', 'weights'):
    args = {'classify': ['m.graph', b'absent\xff\x1b'], 'eval': ['m.graph', b'absent\xff\x1b'], 'verify': ['m.graph', b'a\xff\x1b'],
            'freeze': [b'a\xff\x1b', '-o', 'x.pb'], 'compile': [b'a\xff\x1b', '-o', 'x.graph'], 'weights': ['inspect', b'a\xff\x1b']}
    leuko(command, *args.get(command, [b'absent\xff\x1b']), code=1)
leuko(b'comm\xff\x1band', code=2)
leuko('check', b'--op\xff\x1btion', code=2)

# tensors
header = json.dumps({'t' + ESC + BIDI + '\nforged: tensor': {'dtype': 'F32', 'shape': [1], 'data_offsets': [0, 4]}}).encode()
write('t.safetensors', struct.pack('<Q', len(header)) + header + b'\0' * 4)
leuko('weights', 'inspect', 't.safetensors', '--json', 'i.json', outputs=['i.json'])
leuko('weights', 'convert', 't.safetensors', 'u.safetensors', code=1)
leuko('info', 't.safetensors')
leuko('classify', 't.safetensors', 'h', code=1)
leuko('features', 'cells', '--weights', 't.safetensors', '-o', 'x.npy', code=1)
done()

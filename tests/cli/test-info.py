#!/usr/bin/env python3
"""leuko info FOLDER describes shards, images and training runs, and refuses other folders."""
import json
import os
import re
import shutil

from harness import TINY, check, done, path, run, small_model

small_model(TINY)


def facts(folder):
    """What info says of a folder, as JSON and as text."""
    r, plain = run('info', folder, '--json', '-'), run('info', folder)
    found = json.loads(r.stdout) if r.returncode == 0 else {}
    shown = dict(l.split(None, 1) for l in plain.stdout.splitlines())
    check(r.returncode == 0 and found == shown and found['file'] == folder, 'info %s: text and JSON agree' % folder, (r, plain))
    return found


f = facts('shards')
check(f['kind'] == 'a folder of shards' and f['labels'] == 'blast, lymphocyte' and f['split.csv'] == 'present', 'shards', f)
for split, n, groups in (('train', 12, 3), ('validation', 8, 2), ('test', 4, 1)):
    check(re.fullmatch(r'2 shards, %d images: blast %d, lymphocyte %d; %d groups?; 96 px; [\d.]+ MB' % (2 * n, n, n, groups),
                       f[split]), 'shards: the %s split' % split, f[split])
shutil.copytree(path('shards'), path('bare'))
os.remove(path('bare/split.csv'))
for name in os.listdir(path('bare')):
    if '_test_' in name:
        os.remove(path('bare', name))
f = facts('bare')
check(f['test'] == 'none' and f['split.csv'].startswith('absent'), 'shards without a test split and without split.csv', f)
shard = path('bare', sorted(n for n in os.listdir(path('bare')) if '_train_' in n)[0])
data = bytearray(open(shard, 'rb').read())
data[len(data) // 2] ^= 1
open(shard, 'wb').write(data)
r = run('info', 'bare')
check(r.returncode == 1 and os.path.basename(shard) in r.stderr and r.stderr.count('\n') == 1, 'a damaged shard is named', r)

f = facts('cells')
check(f['kind'] == 'a folder of images, with one folder per class' and f['images'] == '48 images: blast 24, lymphocyte 24',
      'a folder per class', f)
f = facts('cells/blast')
check(f['kind'] == 'a folder of images without classes' and f['images'] == '24', 'images of one class', f)
os.mkdir(path('flat'))
one = path('cells/blast', sorted(os.listdir(path('cells/blast')))[0])
for name in ('Im001_0.jpg', 'Im002_1.jpg', 'Im003_1.jpg'):
    shutil.copy(one, path('flat', name))
f = facts('flat')
check(f['kind'] == 'a folder of images, whose names give the class' and f['images'] == '3 images: 0 1, 1 2', 'classes by name', f)

r = run('train', 'shards', '--model', 'own.safetensors', '--tune', 'all', '--epochs', '3', '--until', '1', *TINY)
check(r.returncode == 0, 'train', r)
f = facts('own.run')
check(f['kind'] == 'the folder of a training run' and re.fullmatch(r'last.checkpoint: step \d+, finished epochs: 1 of 3', f['checkpoint'])
      and 'Mixed_5b' in f['network'] and 'best.safetensors' in f['model'] and f['log'] == 'train.jsonl', 'a training run', f)
os.remove(path('own.run/last.checkpoint'))
check(facts('own.run')['checkpoint'] == 'none', 'a training run without a checkpoint')
open(path('own.run/last.checkpoint'), 'w').write('no checkpoint')
r = run('info', 'own.run')
check(r.returncode == 1 and 'last.checkpoint' in r.stderr and r.stderr.count('\n') == 1, 'a damaged checkpoint is named', r)

os.makedirs(path('other/deep'))
for folder in ('other', 'other/deep'):
    r = run('info', folder)
    check(r.returncode == 1 and not r.stdout and r.stderr.count('\n') == 1 and folder + ': ' in r.stderr and
          'expected shards, images' in r.stderr, 'another folder is refused with what was expected', r)
done()

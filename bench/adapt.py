#!/usr/bin/env python3
"""usage: adapt.py LEUKO SHARED WORK [leuko adapt's options]
A model of the five kinds of white cells that pbc_dev shares with bcisc and chula_cells (head on Mixed_7a of the ImageNet
weights), adapted to at most 20, 50 and 100 cells a kind of each: a row of Markdown for each, before and after by
cross-validation. What is finished in the folder WORK is kept."""
import json
import os
import random
import shutil
import subprocess
import sys

leuko, shared, work = sys.argv[1:4]
options = sys.argv[4:]
KINDS = ['basophil', 'eosinophil', 'lymphocyte', 'monocyte', 'neutrophil']


def subset(source, target, n):
    if os.path.exists(target):
        return
    for kind in KINDS:
        names = sorted(os.listdir(os.path.join(source, kind)))
        random.Random('leuko ' + kind).shuffle(names)
        os.makedirs(os.path.join(target, kind))
        for name in names[:n]:
            shutil.copyfile(os.path.join(source, kind, name), os.path.join(target, kind, name))


def run(*args, statuses=(0,)):
    r = subprocess.run([leuko, *args], stdout=subprocess.DEVNULL)
    if r.returncode not in statuses:
        sys.exit(r.returncode)


os.makedirs(work, exist_ok=True)
os.chdir(work)
if not os.path.exists('pbc5.safetensors'):
    subset(os.path.join(shared, 'data/pbc_dev'), 'pbc5', 10 ** 6)
    run('sort', 'pbc5', '--out', 'pbc5-shards')
    run('train', 'pbc5-shards', '--model', 'pbc5.safetensors', '--endpoint', 'Mixed_7a', '--precision', 'fp32', '--weights',
        os.path.join(shared, 'weights/inception_v3_2015_to_mixed_7a.safetensors'))
print('| cells | n | steps | accuracy before | after | difference (95 % interval) | log-loss |\n|---|---|---|---|---|---|---|')
for n in (20, 50, 100):
    for data in ('bcisc', 'chula_cells'):
        name = '%s-%d' % (data, n)
        out = '-'.join([name, *(o.strip('-').replace(',', '') for o in options)])
        subset(os.path.join(shared, 'data', data), name, n)
        if not os.path.exists(out + '.json'):
            run('adapt', 'pbc5.safetensors', name, '-o', out + '.safetensors', '--write-anyway', '--precision', 'fp32',
                '--json', out + '.json', '--csv', out + '.csv', *options, statuses=(0, 3))
        j = json.load(open(out + '.json'))
        a, loss = j['figures']['accuracy'], j['figures']['log_loss']
        print('| `%s`, at most %d a kind | %d | %s | %.3f | %.3f | %+.3f (%+.3f to %+.3f) | %.2f to %.2f |' % (
            data, n, sum(j['classes'].values()), ', '.join(j['steps']) or 'none', a['first'], a['second'], a['difference'],
            a['low'], a['high'], loss['first'], loss['second']), flush=True)

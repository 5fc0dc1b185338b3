#!/usr/bin/env python3
"""leuko train and leuko features, as a user runs them, on small synthetic images: random weights, 75 px, cut at
Mixed_5d. The script reads the model file itself."""
import csv
import json
import math
import os
import re
import shutil
import signal
import struct
import subprocess
import time

from harness import ENV, LEUKO, QUICK, WORK, check, digest, done, run


def load_model(path):
    b = open(path, 'rb').read()
    size = struct.unpack('<Q', b[:8])[0]
    head = json.loads(b[8:8 + size])

    def tensor(name):
        low, high = head[name]['data_offsets']
        return struct.unpack('<%df' % ((high - low) // 4), b[8 + size + low:8 + size + high])

    def tensor_bytes(name):
        low, high = head[name]['data_offsets']
        return b[8 + size + low:8 + size + high]
    return head, json.loads(head['__metadata__']['leuko']), tensor, tensor_bytes


def load_npy(path):
    b = open(path, 'rb').read()
    assert b[:8] == b'\x93NUMPY\x01\x00', b[:10]
    size = struct.unpack('<H', b[8:10])[0]
    head = eval(b[10:10 + size], {'__builtins__': {}})
    rows, columns = head['shape']
    assert head['descr'] == '<f4' and not head['fortran_order'] and (10 + size) % 64 == 0
    values = struct.unpack('<%df' % (rows * columns), b[10 + size:])
    return [values[i * columns:(i + 1) * columns] for i in range(rows)]


def main():
    r = run('synth', 'cells', '--per-class', '32', '--groups', '8', '--size', '96', '--classes', 'blast,lymphocyte')
    check(r.returncode == 0, 'synth', r)
    r = run('sort', 'cells', '--out', 'shards', '--group-by', '(P[0-9]+)', '--validation', '0.25',
            '--test', '0.25', '--shards', '2')
    check(r.returncode == 0, 'sort', r)

    r = run('train', 'cells', '--model', 'm.safetensors', *QUICK)
    check(r.returncode == 1 and 'leuko sort cells --out cells-shards' in r.stderr and
          r.stderr.count('\n') == 1, 'a folder per class is refused; the message has the sort command to run', r)

    before = {f: open(WORK + '/shards/' + f, 'rb').read() for f in sorted(os.listdir(WORK + '/shards'))}
    r = run('train', 'shards', '--model', 'm.safetensors', *QUICK)
    check(r.returncode == 0 and 'validation' in r.stdout and 'not for diagnosis' in r.stdout,
          'train prints training and validation figures and the research-use note', r)
    check('positive class: "blast"' in r.stderr, 'the guessed positive class is named', r.stderr)
    check(r.stderr.count('cannot promise a bound of 5 % on missed images from 2 validation groups') == 1 and
          'each class: cannot promise' in r.stderr and 'keep this' not in r.stderr, 'what two groups cannot promise', r.stderr)
    loose = run('train', 'shards', '--model', 'loose.safetensors', '--miss-bound', '0.5', *QUICK)
    check(loose.returncode == 0 and 'each class: ' in loose.stderr and 'are answered as another class' in loose.stderr and
          'of 16 validation images, ' in loose.stderr, 'a wide bound is promised from two groups', loose.stderr)
    of_all = 'the bound is on the share of all' in loose.stderr
    check(load_model(WORK + '/loose.safetensors')[1]['referral']['of'] == ('all' if of_all else 'answered'),
          'the model says which images the bound is a share of', loose.stderr)
    every = run('train', 'shards', '--model', 'loose.safetensors', '--miss-bound', '0.5', '--miss-of', 'all', *QUICK)
    check(every.returncode == 0 and 'of the images of new groups' in every.stderr and 'answered images' not in every.stderr and
          load_model(WORK + '/loose.safetensors')[1]['referral']['of'] == 'all', '--miss-of all', every.stderr)
    bad = run('train', 'shards', '--model', 'loose.safetensors', '--miss-of', 'some', *QUICK)
    check(bad.returncode == 2 and '--miss-of some: must be answered or all' in bad.stderr, 'a wrong --miss-of', bad.stderr)
    check(all(line.startswith('leuko: ') for line in r.stderr.splitlines()), 'every line on stderr starts with "leuko: "',
          r.stderr)
    check(', 0 from the cache' in r.stdout, 'the first run computes every feature', r.stdout)
    after = {f: open(WORK + '/shards/' + f, 'rb').read() for f in sorted(os.listdir(WORK + '/shards'))}
    check(before == after, 'shards and ledger are unchanged: the test split was not opened')

    first = open(WORK + '/m.safetensors', 'rb').read()
    r = run('train', 'shards', '--model', 'm.safetensors', *QUICK)
    check('features: 0 computed' in r.stdout and open(WORK + '/m.safetensors', 'rb').read() == first,
          'a second run takes the features from the cache and gives the same bytes', r.stdout)
    r = run('train', 'shards', '--model', 'm.safetensors', '--no-cache', '--threads', '1', *QUICK)
    check(', 0 from the cache' in r.stdout, '--no-cache computes all features again', r.stdout)

    head, leuko, tensor, tensor_bytes = load_model(WORK + '/m.safetensors')
    check(leuko['classes'] == ['blast', 'lymphocyte'] and leuko['positive'] == 'blast' and
          leuko['architecture']['endpoint'] == 'Mixed_5d' and leuko['preprocessing']['side'] == 75 and
          0 < leuko['threshold'] < 1, 'the model describes itself', leuko)
    p = leuko['provenance']
    rows = list(csv.DictReader(open(WORK + '/shards/split.csv')))
    train = [x for x in rows if x['split'] == 'train']
    seen, = p['training']
    check(seen['version'] == 2 and seen['part'] == 'head' and seen['n_images'] == len(train) and seen['images'] is None and
          head['leuko/training_images/0']['shape'] == [len(train), 64] and
          seen['n_groups'] == len({x['group'] for x in train}) == 4 and
          p['command_line'].startswith('leuko train --model') and '--weights random --size 75' in p['command_line'] and
          'shards' not in p['command_line'] and p['figures']['folds'] == 'grouped',
          'provenance holds digests of exactly the training images and groups', p)
    data = tensor_bytes('leuko/training_images/0')
    words = sorted(b''.join(data[i + k:i + k + 8][::-1] for k in (8, 16, 24, 32)).hex() for i in range(0, len(data), 64))
    check(words == sorted(x['phash'] for x in train), 'the perceptual hashes are those of split.csv', words[:2])
    check(not any('"%s"' % x['group'] in json.dumps(leuko) for x in rows),
          'the model names no group', p)

    r = run('features', 'cells', '-o', 'f.npy', *QUICK)
    x = load_npy(WORK + '/f.npy')
    table = list(csv.DictReader(open(WORK + '/f.csv')))
    files = [t['file'] for t in table]
    check(r.returncode == 0 and len(x) == len(files) == 64 and files == sorted(files) and
          all(t['class'] == t['file'].split('/')[0] for t in table),
          'features: one row per image in order of the names, and a table of files and classes', r)
    w, b = tensor('InceptionV3/Logits/Conv2d_1c_1x1/weights'), tensor('InceptionV3/Logits/Conv2d_1c_1x1/biases')
    split = {t['file']: t['split'] for t in rows}
    right = total = 0
    for row, t in zip(x, table):
        if split.get(t['file']) == 'train':
            z = [b[k] + sum(v * w[2 * c + k] for c, v in enumerate(row)) for k in (0, 1)]
            blast = 1 / (1 + math.exp((z[1] - z[0]) / leuko['temperature']))
            right += (blast >= leuko['threshold']) == (t['class'] == 'blast')
            total += 1
    check(abs(right / total - p['figures']['training_accuracy']) < 1e-9,
          'the head of the model on the written features has the printed accuracy',
          (right, total, p['figures']))
    once = open(WORK + '/f.npy', 'rb').read()
    for threads in '1', '3':
        r = run('features', 'cells', '-o', 'f.npy', '--no-cache', '--threads', threads, *QUICK)
        check(r.returncode == 0 and open(WORK + '/f.npy', 'rb').read() == once,
              'the same bytes with %s threads' % threads, r)
    r = run('features', 'shards', '-o', 'g.npy', *QUICK)
    check(r.returncode == 0 and load_npy(WORK + '/g.npy') == x,
          'shards and the folder give the same features', r)

    run('sort', 'cells', '--out', 'loose', '--shards', '1')
    r = run('train', 'loose', '--model', 'loose.safetensors', *QUICK)
    check(r.returncode == 0 and 'No groups are known' in r.stderr,
          'shards without groups: cross-validation by image, with a warning', r)

    # a class with one patient: the strongest regularization, with a warning
    shutil.copytree(WORK + '/cells', WORK + '/few')
    for f in os.listdir(WORK + '/few/lymphocyte'):
        if not f.startswith(('P01', 'P02')):
            os.unlink(WORK + '/few/lymphocyte/' + f)
    run('sort', 'few', '--out', 'fews', '--group-by', '(P[0-9]+)', '--validation', '0',
        '--test-groups', 'P01', '--shards', '1')
    r = run('train', 'fews', '--model', 'few.safetensors', '--json', '-', *QUICK)
    check(r.returncode == 0 and 'Too few groups' in r.stderr and
          json.loads(r.stdout)['folds'] == 'half grouped', 'a class with one group: the strongest regularization, with a warning', r)

    # a group in two splits stops training unless it is allowed by name
    text = open(WORK + '/shards/split.csv').read()
    groups = {s: next(t['group'] for t in rows if t['split'] == s) for s in ('train', 'validation')}
    shutil.copytree(WORK + '/shards', WORK + '/leak')
    open(WORK + '/leak/split.csv', 'w').write(text.replace(',%s,' % groups['validation'], ',%s,' % groups['train']))
    r = run('train', 'leak', '--model', 'leak.safetensors', *QUICK)
    check(r.returncode == 3 and '--allow-leak' in r.stderr and groups['train'] in r.stderr and not os.path.exists(WORK + '/leak.safetensors'),
          'a group in two splits: exit status 3, no model', r)
    r = run('train', 'leak', '--model', 'leak.safetensors', '--ignore-audit', *QUICK)
    check(r.returncode == 0, 'and trains with --ignore-audit', r)

    shards = [f for f in os.listdir(WORK + '/shards') if 'train_00000' in f]
    shutil.copytree(WORK + '/shards', WORK + '/flip')
    bytes_ = bytearray(open(WORK + '/flip/' + shards[0], 'rb').read())
    bytes_[len(bytes_) // 2] ^= 4
    open(WORK + '/flip/' + shards[0], 'wb').write(bytes_)
    r = run('train', 'flip', '--model', 'flip.safetensors', *QUICK)
    check(r.returncode == 1 and shards[0] in r.stderr and 'record' in r.stderr and
          not os.path.exists(WORK + '/flip.safetensors'), 'a flipped bit in a shard: the record is named, no model', r)

    for args, word in ((['--size', '20'], '--size'), (['--precision', 'int8'], '--precision'),
                       (['--tune', 'nothing'], '--tune'), (['--positive', 'x'], '--positive'),
                       (['--batch', '0'], '--batch')):
        r = run('train', 'shards', '--model', 'w.safetensors', *args)
        check(r.returncode == 2 and word in r.stderr and r.stderr.strip().count('\n') == 0,
              'wrong usage %s: exit status 2, one line' % ' '.join(args), r)
    r = run('train', 'nowhere', '--model', 'w.safetensors')
    check(r.returncode == 1 and 'nowhere' in r.stderr, 'no such folder: exit status 1', r)
    r = run('train', 'shards', '--model', 'none/w.safetensors', *QUICK)
    check(r.returncode == 1 and 'none' in r.stderr, 'a model in a folder that does not exist: exit status 1', r)

    # Ctrl-C while features are computed: no model, exit status 130, and the computed rows are kept
    row_bytes = 32 + 512 * 4 + 8  # a quarter of 2048 features
    child = subprocess.Popen([LEUKO, 'train', 'shards', '--model', 'c.safetensors', '--weights', 'random',
                              '--depth-multiplier', '0.25', '--seed', '9', '--batch', '1', '--threads', '1'], env=ENV,
                             cwd=WORK, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    cache = WORK + '/cache'
    names = set(os.listdir(cache))

    def grown():
        new = set(os.listdir(cache)) - names
        return any(os.path.getsize(cache + '/' + f) > 3 * row_bytes + 4096 for f in new)
    limit = time.time() + 120
    while not grown() and child.poll() is None and time.time() < limit:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    check(child.returncode == 130 and not os.path.exists(WORK + '/c.safetensors'),
          'Ctrl-C: exit status 130, no model', (child.returncode, out, err))
    new = set(os.listdir(cache)) - names
    check(len(new) == 1 and (os.path.getsize(cache + '/' + new.pop()) - 4096) % row_bytes == 0,
          'and the cache has only complete rows')
    one_writer()


def one_writer():
    """Of two trainings into one model, the second is refused and told who holds it; the first writes its own weights."""
    def start(seed):
        child = subprocess.Popen([LEUKO, 'train', 'shards', '--model', 'one.safetensors', *QUICK, '--no-cache', '--seed', seed],
                                 env=ENV, cwd=WORK, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        while not (os.path.exists(LOCK) and os.path.getsize(LOCK)):
            time.sleep(0.001)
        child.send_signal(signal.SIGSTOP)
        return child
    LOCK = WORK + '/.one.safetensors.lock'
    alone = run('train', 'shards', '--model', 'one.safetensors', *QUICK, '--no-cache', '--seed', '5')
    whole = digest('one.safetensors')
    check(alone.returncode == 0 and not os.path.exists(LOCK), 'a training removes its lock', alone)
    os.remove(WORK + '/one.safetensors')
    child = start('5')
    for more in (['--seed', '6'], ['--seed', '6', '--tune', 'Mixed_5d', '--epochs', '1']):
        r = run('train', 'shards', '--model', 'one.safetensors', *QUICK, *more)
        check(r.returncode == 1 and re.fullmatch(
            r'leuko: one\.safetensors: in use by process %d on host \S+ since 20\d\d-\d\d-\d\d \S+\n' % child.pid, r.stderr) and
            not os.path.exists(WORK + '/one.safetensors') and not os.path.exists(WORK + '/one.run'),
            'a second training into one model is refused: %s' % ' '.join(more[2:] or ['head']), r)
    child.send_signal(signal.SIGCONT)
    check(child.wait() == 0 and digest('one.safetensors') == whole and not os.path.exists(LOCK),
          'the first one writes its own weights')
    child = start('7')
    child.kill()
    child.wait()
    r = run('train', 'shards', '--model', 'one.safetensors', *QUICK, '--no-cache', '--seed', '5')
    check(r.returncode == 0 and digest('one.safetensors') == whole and not os.path.exists(LOCK),
          'a killed training holds nothing', r)


def views():
    """Features averaged over orientations: each view is cached by itself, and the model keeps their number."""
    n_one = json.loads(run('train', 'shards', '--model', 'v1.safetensors', '--json', '-', *QUICK).stdout)
    r = run('train', 'shards', '--model', 'v4.safetensors', '--views', '4', '--json', '-', *QUICK)
    n = json.loads(r.stdout)
    n = n['n_training'] + n['n_validation']
    check(r.returncode == 0 and json.loads(r.stdout)['features_computed'] == 3 * n and
          json.loads(r.stdout)['features_cached'] == n, 'four views: the first is the cached one', r)
    r = run('train', 'shards', '--model', 'v8.safetensors', '--views', '8', *QUICK)
    check('mean of 8 views of each image, %d computed' % (4 * n) in r.stdout, 'eight views: the first four are cached', r)
    check(load_model(WORK + '/v8.safetensors')[1]['views'] == 8 and
          'views' not in load_model(WORK + '/v1.safetensors')[1], 'the model keeps the number of views')
    check('8 orientations' in run('info', 'v8.safetensors').stdout, 'info names the views')
    every = [run('eval', 'v8.safetensors', 'shards', '--split', 'train', '--csv', 'p%s.csv' % k, *options).returncode
             for k, options in enumerate([[], ['--views', '8'], ['--views', '1']])]
    rows = [open(WORK + '/p%d.csv' % k).read() for k in range(3)]
    check(every == [0, 0, 0] and rows[0] == rows[1] != rows[2], 'eval uses the views of the model, or those asked for')
    rows = []
    for name, options in (('r8', []), ('r8c', ['--no-cache'])):
        r = run('train', 'shards', '--model', name + '.safetensors', '--train-views', '8', '--json', '-', *options, *QUICK)
        rows.append(json.loads(r.stdout))
    r = run('train', 'shards', '--model', 'n2.safetensors', '--views', '2', '--no-cache', *QUICK)
    check(r.returncode == 0 and r.stderr.count('view 1 of 2') == 2, 'without a cache each split is computed once', r)
    a, b = rows
    check(a['n_train_views'] == 8 and a['n_views'] == 1 and a['features_computed'] == 0 and
          b['features_computed'] == 8 * a['n_training'] + a['n_validation'], 'eight training views, one of the validation images', rows)
    check(a['held_out_loss'] == b['held_out_loss'] != n_one['held_out_loss'], 'the head is fitted on the views', rows)
    check('views' not in load_model(WORK + '/r8.safetensors')[1], 'a model that was trained on views is used on one')
    for command in (['train', 'shards', '--model', 'v.safetensors', *QUICK], ['eval', 'v8.safetensors', 'shards']):
        r = run(*command, '--views', '3')
        check(r.returncode == 2 and '--views 3: must be 1, 2, 4 or 8' in r.stderr, 'three views are refused', r)
    for option in ('--views', '--train-views'):
        r = run('train', 'shards', '--model', 'v.safetensors', '--tune', 'all', option, '2', *QUICK)
        check(r.returncode == 2 and option + ': does not apply' in r.stderr, 'views are of the head alone', r)
    r = run('train', 'shards', '--model', 'v.safetensors', '--train-views', '5', *QUICK)
    check(r.returncode == 2 and '--train-views 5: must be 1, 2, 4 or 8' in r.stderr, 'five views are refused', r)


main()
views()
done()

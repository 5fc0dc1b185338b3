#!/usr/bin/env python3
"""leuko crossval, as a user runs it, on the synthetic smear: random weights, 75 px, cut at Mixed_5b. Figures are computed
again here from the table of held-out answers."""
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import time

from harness import LEUKO, WORK, check, done, run

NET = ['--weights', 'random', '--size', '75', '--endpoint', 'Mixed_5b', '--depth-multiplier', '0.125', '--precision', 'fp32']
BY = ['--group-by', '(P[0-9]+)_']
run('synth', 'cells', '--per-class', '48', '--groups', '12', '--size', '75')


def crossval(*args, **more):
    return run('crossval', *args, *NET, **more)


def table(name):
    with open(os.path.join(WORK, name)) as f:
        return list(csv.DictReader(f))


def auc(rows, positive='blast'):
    a = [float(r['p(%s)' % positive]) for r in rows if r['class'] == positive]
    b = [float(r['p(%s)' % positive]) for r in rows if r['class'] != positive]
    return sum((x > y) + 0.5 * (x == y) for x in a for y in b) / (len(a) * len(b))


def near(a, b, eps=1e-6):
    return abs(a - b) <= eps


def test_folds():
    r = crossval('cells', *BY, '--repeats', '2', '--csv', 'a.csv', '--json', 'a.json')
    rows, result = table('a.csv'), json.load(open(WORK + '/a.json'))
    for repeat in '12':
        mine = [x for x in rows if x['repeat'] == repeat]
        check(sorted(x['file'] for x in mine) == sorted(x['file'] for x in rows if x['repeat'] == '1') and
              len(mine) == len({x['file'] for x in mine}) == 96, 'repeat %s answers every image once' % repeat, len(mine))
        where = {}
        for x in mine:
            where.setdefault(x['group'], set()).add(x['fold'])
        check(len(where) == 12 and all(len(f) == 1 for f in where.values()), 'no group is in two folds', where)
    of = [{x['file']: x['fold'] for x in rows if x['repeat'] == repeat} for repeat in '12']
    check(of[0] != of[1], 'repeats divide differently')
    aucs = [auc([x for x in rows if x['repeat'] == k]) for k in '12']
    figure = result['figures']['auc']
    check(near(figure['value'], sum(aucs) / 2) and near(result['spread']['auc']['sd'], abs(aucs[0] - aucs[1]) / 2 ** 0.5),
          'the AUC and its spread follow from the table', (figure, aucs))
    check(figure['groups'] == 12 and figure['low'] < figure['value'] < figure['high'], 'the interval counts groups', figure)
    right = [x['decided'] == x['class'] for x in rows if x['repeat'] == '1']
    check(near(result['repeats'][0]['accuracy']['value'], sum(right) / 96), 'the accuracy follows from the decisions')
    limits = {(f['repeat'], f['fold']): f['threshold'] for f in result['folds']}
    check(all((float(x['p(blast)']) >= limits[int(x['repeat']), int(x['fold'])]) == (x['decided'] == 'blast') for x in rows),
          'each image is decided by the threshold of its fold', limits)
    check('no independent evidence' in r.stdout and 'repeat 1' in r.stdout and 'Research use only' in r.stdout,
          'the text says what repeats are', r)
    again = crossval('cells', *BY, '--repeats', '2', '--csv', 'b.csv', '--json', 'b.json', '--threads', '1')
    check(again.returncode == 0 and open(WORK + '/a.csv').read() == open(WORK + '/b.csv').read(),
          'the number of threads changes nothing', again)


def test_groups_and_pairs():
    r = crossval('cells', *BY, '--leave-one-group-out', '--l2', '100', '--csv', 'g.csv', '--json', 'g.json')
    result = json.load(open(WORK + '/g.json'))
    check(r.returncode == 0 and len(result['folds']) == 12 and {f['held_out'] for f in result['folds']} ==
          {x['group'] for x in table('g.csv')}, 'each group is held out alone', r)
    check(all(f['l2'] == 100 and f['threshold'] == 0.5 and f['inner_folds'] == 0 for f in result['folds']),
          'with --l2 nothing is chosen')
    r = crossval('cells', *BY, '--head', 'discriminant', '--json', 'h.json')
    folds = json.load(open(WORK + '/h.json'))['folds']
    check(r.returncode == 0 and all(f['head'] == 'discriminant' and 0 < f['shrinkage'] <= 1 and f['l2'] is None for f in folds) and
          'discriminant in 5 of 5 folds' in r.stdout, 'the kind of the head can be given', r)
    for k, options in enumerate((['--head', 'discriminant'], ['--l2', '100', '--repeats', '2'])):
        one = crossval('cells', *BY, *options, '--csv', 'v1.csv')
        r = crossval('cells', *BY, *options, '--train-views', '2', '--csv', 'v2.csv', '--json', 'v2.json')
        result = json.load(open(WORK + '/v2.json'))
        check(one.returncode == r.returncode == 0 and result['recipe']['train_views'] == 2 and
              [x['file'] for x in table('v1.csv')] == [x['file'] for x in table('v2.csv')] and
              open(WORK + '/v1.csv').read() != open(WORK + '/v2.csv').read(), 'heads are fitted on two views of each image', r)
    r = crossval('cells', *BY, '--leave-one-pair-out')
    check(r.returncode == 1 and 'images of both classes' in r.stderr and r.stderr.count('\n') <= 4,
          'pairs need groups of one class', r)
    for name in ('blast', 'lymphocyte'):  # groups of one class: 4 blast, 4 lymphocyte
        for f in sorted(os.listdir(WORK + '/cells/' + name)):
            wanted = f[:3] in ('P01', 'P02', 'P03', 'P04') if name == 'blast' else f[:3] in ('P05', 'P06', 'P07', 'P08')
            if wanted:
                os.makedirs(WORK + '/pure/' + name, exist_ok=True)
                shutil.copy(WORK + '/cells/%s/%s' % (name, f), WORK + '/pure/' + name)
    r = crossval('pure', *BY, '--leave-one-pair-out', '--l2', '100', '--csv', 'p.csv', '--json', 'p.json')
    rows, result = table('p.csv'), json.load(open(WORK + '/p.json'))
    folds = {x['fold'] for x in rows}
    pairs = [auc([x for x in rows if x['fold'] == f]) for f in folds]
    check(len(folds) == 16 and near(result['pairs']['auc']['value'], sum(pairs) / 16),
          'the AUC over pairs is the mean of the AUCs within them', (result['pairs'], sum(pairs) / 16))
    check(result['pairs']['auc']['low'] is None and 'not estimable' in r.stdout, 'four groups give no interval', r)


def test_patients():
    """A patient is decided by the rule that its fold learned from inner held-out answers."""
    r = crossval('pure', *BY, '--folds', '4', '--csv', 'q.csv', '--json', 'q.json')
    rows, result = table('q.csv'), json.load(open(WORK + '/q.json'))
    shares = {f['fold']: 0.5 if f['patient_share'] is None else f['patient_share'] for f in result['folds']}
    right = 0
    for group in {x['group'] for x in rows}:
        mine = [x for x in rows if x['group'] == group]
        positive = sum(x['decided'] == 'blast' for x in mine) / len(mine) >= shares[int(mine[0]['fold'])]
        right += positive == (mine[0]['class'] == 'blast')
    check(result['per_patient']['patients'] == 8 and near(result['per_patient']['figures']['accuracy']['value'], right / 8) and
          'learned in its fold' in r.stdout, 'the rule of a patient is that of its fold', (result['per_patient'], right, shares))


def test_permuted():
    """Labels permuted at the level of groups: nothing can be learned, and the interval of the AUC says so."""
    groups = sorted({f[:3] for f in os.listdir(WORK + '/cells/blast')})
    rng = random.Random(7)
    rng.shuffle(groups)
    os.makedirs(WORK + '/flat')
    with open(WORK + '/labels.csv', 'w') as out:
        out.write('file,class,patient\n')
        for name in ('blast', 'lymphocyte'):
            for f in sorted(os.listdir(WORK + '/cells/' + name)):
                shutil.copy(WORK + '/cells/%s/%s' % (name, f), WORK + '/flat/%s_%s' % (name, f))
                out.write('%s_%s,%s,%s\n' % (name, f, 'blast' if groups.index(f[:3]) < 6 else 'healthy', f[:3]))
    r = crossval('flat', '--labels', 'labels.csv', '--groups', 'labels.csv', '--repeats', '3', '--json', 'n.json')
    figure = json.load(open(WORK + '/n.json'))['figures']['auc']
    check(r.returncode == 0, 'labels by a table', r)
    check(figure['low'] is None or figure['low'] <= 0.5 <= figure['high'], 'an AUC by chance has an interval around 0.5', figure)


def test_duplicates():
    """A copy of an image of one group, planted in another, joins the two groups."""
    shutil.copytree(WORK + '/cells', WORK + '/planted')
    first = [f for f in sorted(os.listdir(WORK + '/cells/blast')) if f.startswith('P01')][0]
    shutil.copy(WORK + '/cells/blast/' + first, WORK + '/planted/blast/P09_9999.jpg')
    run('augment', 'cells', 'more', '--ops', 'reflect')
    mirrored = [f for f in sorted(os.listdir(WORK + '/more/blast')) if f.startswith('Hor-P02')][0]
    shutil.copy(WORK + '/more/blast/' + mirrored, WORK + '/planted/blast/P10_9999.jpg')
    r = crossval('planted', *BY, '--l2', '100', '--repeats', '4', '--csv', 'd.csv')
    rows = table('d.csv')
    for pair in (('P01', 'P09'), ('P02', 'P10')):
        both = {(x['repeat'], x['group'], x['fold']) for x in rows if x['group'] in pair}
        check(len({(a, c) for a, b, c in both}) == 4, 'groups that share an image are held out together: %s, %s' % pair, both)
    check('P09_9999.jpg' in r.stderr and 'held out together' in r.stdout, 'the pair is named', r)


def test_augmented():
    """Augmented copies are trained on, on the side of their source, and never scored."""
    r = crossval('more', *BY, '--l2', '100', '--csv', 'm.csv', '--json', 'm.json')
    rows, result = table('m.csv'), json.load(open(WORK + '/m.json'))
    check(len(rows) == 96 and not any('Hor-' in x['file'] or 'Ver-' in x['file'] for x in rows), 'only originals are scored', r)
    check(all(f['n_training'] > 2 * (96 - f['n_held']) for f in result['folds']), 'copies are trained on', result['folds'][0])


def test_shards():
    run('sort', 'cells', '--out', 'shards', *BY, '--test', '0.25')
    r = crossval('shards', '--l2', '100', '--csv', 's.csv', '--json', 's.json')
    split = {x['file']: x['split'] for x in table('shards/split.csv')}
    check({split[x['file']] for x in table('s.csv')} == {'train', 'validation'} and
          not open(WORK + '/shards/ledger.jsonl').read(), 'the test split is not opened by default', r)
    r = crossval('shards', '--l2', '100', '--splits', 'train,validation,test', '--csv', 't.csv', '--json', 't.json')
    ledger = open(WORK + '/shards/ledger.jsonl').read().splitlines()
    check(len(table('t.csv')) == 96 and len(ledger) == 1 and 'leuko crossval' in ledger[0] and
          json.load(open(WORK + '/t.json'))['test_opened_before'] == {'times': 0, 'models': 0} and
          'the test split is used' in r.stdout, 'the ledger and the report record that the test split is opened', r)
    r = crossval('shards', '--l2', '100', '--splits', 'train,validation,test', '--json', 't.json')
    check(json.load(open(WORK + '/t.json'))['test_opened_before']['times'] == 1 and 'opened 1 time before' in r.stderr,
          'the second opening tells of the first', r)


def test_weights():
    """Weights that were trained on images that are held out are named; a head alone is not: every fold has its own."""
    cut = ['--endpoint', 'Mixed_5b', '--precision', 'fp32']
    run('train', 'shards', '--model', 'head.safetensors', *NET)
    r = run('crossval', 'shards', '--l2', '100', '--weights', 'head.safetensors', *cut)
    check(r.returncode == 0 and 'WARNING' not in r.stdout + r.stderr, 'the images of a head alone are no leak', r)
    run('train', 'shards', '--model', 'tuned.safetensors', '--tune', 'Mixed_5b', '--recipe', 'scratch', '--epochs', '1',
        '--batch', '8', *NET)
    n = sum(x['split'] == 'train' for x in table('shards/split.csv'))
    groups = len({x['group'] for x in table('shards/split.csv') if x['split'] == 'train'})
    tuned = ['--l2', '100', '--weights', 'tuned.safetensors', *cut]
    for data, n_all, more in (('shards', None, []), ('cells', 96, BY)):
        r = run('crossval', data, *tuned, *more, '--json', 'leak.json')
        notes = ' '.join(json.load(open(WORK + '/leak.json'))['notes'])
        told = 'the initial weights were trained on %d of these %s' % (n, '%d images' % n_all if n_all else '')
        check(r.returncode == 0 and told in notes and 'its network on %d' % n in notes and 'WARNING' in r.stderr and
              'trained on %d of these groups' % groups in notes, 'weights that saw held-out images: ' + data, r)
    run('train', 'shards', '--model', 'second.safetensors', '--weights', 'tuned.safetensors', *cut)
    r = run('crossval', 'cells', *BY, '--l2', '100', '--weights', 'second.safetensors', *cut)
    check('its backbone on %d' % n in r.stderr, '... through a second model', r)
    run('synth', 'other', '--per-class', '12', '--groups', '4', '--size', '75', '--seed', '9')
    r = run('crossval', 'other', *tuned)
    check(r.returncode == 0 and 'were trained on' not in r.stderr, 'other images are no leak', r)
    run('crossval', 'shards', *tuned, '--report', 'page')
    page = open(WORK + '/page/report.html').read()
    check('the initial weights were trained on %d' % n in page, 'the report has it', page[:300])


def test_run_folder():
    """A run that was killed goes on and gives the same bytes; another cross-validation is refused its folder."""
    tune = ['--tune', 'Mixed_5b', '--recipe', 'scratch', '--epochs', '2', '--batch', '8', '--folds', '3', '--threads', '1', *BY]
    whole = crossval('cells', *tune, '--run-folder', 'whole', '--csv', 'w.csv', '--json', 'w.json')
    check(whole.returncode == 0 and len([f for f in os.listdir(WORK + '/whole') if f.endswith('.json')]) == 3 and
          not [f for f in os.listdir(WORK + '/whole') if f.endswith('.run')], 'finished folds are kept', whole)
    check(all(f['l2'] is None for f in json.load(open(WORK + '/w.json'))['folds']) and 'for validation' in whole.stdout,
          'a trained network has no l2', whole)
    args = [LEUKO, 'crossval', 'cells', *tune, *NET, '--run-folder', 'killed', '--csv', 'k.csv', '--json', 'k.json']
    child = subprocess.Popen(args, cwd=WORK, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(6000):
        if os.path.exists(WORK + '/killed/fold-1-1.json') or child.poll() is not None:
            break
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    check(os.path.exists(WORK + '/killed/fold-1-1.json') and not os.path.exists(WORK + '/k.csv'), 'killed after a fold')
    r = run(*args[1:])
    check(r.returncode == 0 and 'finished folds: ' in r.stderr, 'it goes on', r)
    check(open(WORK + '/w.csv').read() == open(WORK + '/k.csv').read() and
          open(WORK + '/w.json').read() == open(WORK + '/k.json').read(), 'a resumed run gives the same bytes')
    r = run(*args[1:], '--seed', '51')
    check(r.returncode == 1 and 'other settings' in r.stderr and '--restart' in r.stderr, 'other settings are refused', r)
    head = ['--l2', '100', *BY, '--run-folder', 'heads']
    one = crossval('cells', *head, '--csv', 'h1.csv')
    os.remove(WORK + '/heads/fold-1-3.json')
    two = crossval('cells', *head, '--csv', 'h2.csv')
    check(open(WORK + '/h1.csv').read() == open(WORK + '/h2.csv').read() and 'finished folds: 4 of 5' in two.stderr,
          'heads are kept and fitted again with the same bytes', two)
    check(one.returncode == 0, 'heads with a run folder', one)
    r = crossval('cells', *head, '--restart')
    check(r.returncode == 0 and 'finished folds' not in r.stderr, '--restart discards the folds', r)


def test_refuses():
    run('synth', 'single', '--per-class', '6', '--groups', '1', '--size', '75')
    r = crossval('single', *BY)
    check(r.returncode == 1 and 'belong to one group' in r.stderr, 'a class with one group cannot be held out', r)
    r = crossval('single', '--l2', '10')
    check(r.returncode == 0 and 'groups (patients) are unknown' in r.stdout, 'unknown groups are said', r)
    for args, code, words in [(['--folds', '13'], 2, 'must be 2 to 12'), (['--folds', '1'], 2, '--folds'),
                              (['--leave-one-group-out', '--folds', '3'], 2, '--folds'),
                              (['--leave-one-group-out', '--leave-one-pair-out'], 2, 'exclude'),
                              (['--l2', '-1'], 2, '--l2'), (['--l2', '1', '--head', 'logistic'], 2, '--head'), (['--tune', 'all'], 2, '--run-folder'),
                              (['--splits', 'train,nothing'], 2, '"nothing"'), (['--splits', 'train,train'], 2, 'named twice'), (['--positive', 'nobody'], 2, 'nobody'),
                              (['--splits', 'test'], 2, 'no splits')]:
        r = crossval('cells', *BY, *args)
        check(r.returncode == code and words in r.stderr, 'refused: ' + ' '.join(args), r)


for test in (test_folds, test_groups_and_pairs, test_patients, test_permuted, test_duplicates, test_augmented, test_shards, test_weights, test_run_folder,
             test_refuses):
    test()
done()

#!/usr/bin/env python3
"""usage: honest.py LEUKO OUT [--small]

What copies on both sides of a division do to a published accuracy: the protocol of the original system and an honest one
on the same images, with the same network and head. Each command is printed before it runs; what it prints goes to
OUT/log.txt. docs/honest-figures.md explains each step and its result. OUT is replaced.

The synthetic data are always used; C-NMC's cells (data/cnmc_dev in LEUKO_SHARED, default ../shared) where they exist.
--small: fewer synthetic patients, and nothing else (the test of this script)."""
import csv
import json
import os
import random
import shlex
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEST_SHARE = 0.3  # the original's
SEED_OF_DIVISION, SEED_OF_PATIENTS, SEED_OF_NEW_PATIENTS = 50, 7, 8


def say(text):
    print(text, flush=True)


def leuko(*args, status=0):
    """Run one command; its last line on stderr. Ends the program if the exit status is another one."""
    if args[0] in ('train', 'crossval', 'eval'):
        args += ('--precision', 'fp32')  # the same figures on every processor
    say('$ leuko ' + shlex.join(args))
    r = subprocess.run([LEUKO, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with open('log.txt', 'a') as log:
        log.write('$ leuko %s\n%s%s\n' % (shlex.join(args), r.stderr, r.stdout))
    message = r.stderr.strip().split('\n')[-1]
    if r.returncode != status:
        sys.exit('honest.py: exit status %d in place of %d: %s' % (r.returncode, status, message))
    return message


def draw_patients(folder, n_patients, n_cells, seed):
    """Patients of whom every second one is called sick. Their cells are drawn alike: the stain, the light and the focus of
    a patient can be seen in a cell, the disease cannot. The right accuracy on new patients is that of a coin, 0.5."""
    leuko('synth', folder, '--classes', 'lymphocyte', '--per-class', str(n_patients * n_cells), '--groups', str(n_patients),
          '--size', '139', '--seed', str(seed))
    for f in os.listdir(folder + '/lymphocyte'):
        k = 'sick' if int(f[1:3]) % 2 else 'healthy'
        os.makedirs(os.path.join(folder, k), exist_ok=True)
        os.rename(os.path.join(folder, 'lymphocyte', f), os.path.join(folder, k, f))
    os.rmdir(folder + '/lymphocyte')


def divide_copies(copies, out):
    """The original's division: all files, copies or not, shuffled. Neutral names, so that only the look of an image tells
    what it is. Returns the number of test images, of those with a copy of the same cell in training, and of pairs."""
    rows = list(csv.DictReader(open(os.path.join(copies, 'augment.csv'))))
    random.Random(SEED_OF_DIVISION).shuffle(rows)
    n_test = round(len(rows) * TEST_SHARE)
    sources = {'test': [], 'train': []}
    for i, row in enumerate(rows):
        split = 'test' if i < n_test else 'train'
        folder = os.path.join(out, split, os.path.dirname(row['file']))
        os.makedirs(folder, exist_ok=True)
        os.link(os.path.join(copies, row['file']), os.path.join(folder, 'cell-%05d.jpg' % i))
        sources[split].append(row['source'])
    in_training = {}
    for s in sources['train']:
        in_training[s] = in_training.get(s, 0) + 1
    return n_test, sum(s in in_training for s in sources['test']), sum(in_training.get(s, 0) for s in sources['test'])


def load(name):
    with open(name) as f:
        return json.load(f)


def figure(figures, name):
    x = figures[name]
    return '%.3f (%s)' % (x['value'], 'interval not estimable' if x['low'] is None else '%.3f to %.3f' % (x['low'], x['high']))


def leaked(name, positive):
    """The original's protocol on the images in NAME/cells. Returns its figures."""
    say('\n%s: the original: augment, divide all files at random, train' % name)
    leuko('augment', name + '/cells', name + '/copies', '--size', '139', '--rotations', '2')
    n_test, n_leaked, n_pairs = divide_copies(name + '/copies', name + '/mixed')
    sort = ['sort', name + '/mixed', '--out', name + '/leaked']
    say('%s; ...\n(exit status 3)' % ';'.join(leuko(*sort, status=3).split(';')[:2]))
    leuko(*sort, '--allow-leak', 'all')
    model = name + '/leaked.safetensors'
    leuko('train', name + '/leaked', '--model', model, '--positive', positive, '--allow-leak', 'all', '--json', name + '/train.json')
    leuko('eval', model, name + '/leaked', '--json', name + '/leaked.json')
    return {'training_accuracy': load(name + '/train.json')['training_accuracy'], 'leaked': load(name + '/leaked.json'),
            'test_images': n_test, 'test_images_with_a_copy_in_training': n_leaked, 'leaked_pairs': n_pairs,
            'pairs_recognized': sum(load(name + '/train.json')['allowed_leaks'].values())}


def honest_by_folds(name, positive, group_by):
    """Every patient is held out once: the figures of the held-out images. The model is trained on all patients."""
    say('%s: Leuko: hold out patients, train on the copies of the others, answer the images of those held out' % name)
    shards = name + '/honest'
    leuko('sort', name + '/copies', '--out', shards, '--group-by', group_by, '--validation', '0')
    leuko('crossval', shards, '--positive', positive, '--json', shards + '.json')
    leuko('train', shards, '--positive', positive, '--model', shards + '.safetensors')
    return [load(shards + '.json')['figures']]


def honest_by_test_patients(name, positive, group_by, tests):
    """For each list of patients: train on the copies of the others, test on the images of these."""
    say('%s: Leuko: train on the copies of some patients, test on the images of others' % name)
    for i, patients in enumerate(tests):
        shards = '%s/honest-%d' % (name, i + 1)
        leuko('sort', name + '/copies', '--out', shards, '--group-by', group_by, '--validation', '0', '--test-groups', patients)
        leuko('train', shards, '--positive', positive, '--model', shards + '.safetensors')
        leuko('eval', shards + '.safetensors', shards, '--json', shards + '.json')
    return [load('%s/honest-%d.json' % (name, i + 1)) for i in range(len(tests))]


def on_new_patients(name, group_by):
    say('%s: both models on patients drawn anew' % name)
    figures = {}
    for model in ('leaked', 'honest'):
        out = '%s/new-%s.json' % (name, model)
        leuko('eval', '%s/%s.safetensors' % (name, model), name + '/new-patients', '--group-by', group_by, '--json', out)
        figures[model] = load(out)
    return figures


def row(what, f):
    units = '%d images' % f['n'] + (' of %d patients' % f['groups'] if f['groups'] else '')
    say('  %-34s %-32s %-32s %s' % (what, figure(f, 'accuracy'), figure(f, 'auc'), units))


def show(name, f):
    say('\n%s: leaked %.3f, honest %s' % (name, f['leaked']['accuracy']['value'],
                                         ' and '.join('%.3f' % h['accuracy']['value'] for h in f['honest'])))
    say('  %-34s %-32s %s' % ('', 'accuracy (95 % interval)', 'ROC-AUC (95 % interval)'))
    say('  %-34s %.3f' % ('training accuracy, as published', f['training_accuracy']))
    row('leaked: copies on both sides', f['leaked'])
    for h in f['honest']:
        row('honest: patients not in training', h)
    for model in f.get('new_patients', {}):
        row('the %s model, new patients' % model, f['new_patients'][model])
    say('  %d of %d leaked test images have a copy of the same cell in training: %d pairs, of which Leuko recognizes %d by their '
        'look alone' % (f['test_images_with_a_copy_in_training'], f['test_images'], f['leaked_pairs'], f['pairs_recognized']))


def main():
    small = '--small' in sys.argv[3:]
    os.environ['LEUKO_CACHE'] = os.path.abspath('cache')
    patients, cells = (20, 6) if small else (24, 12)
    draw_patients('synthetic/cells', patients, cells, SEED_OF_PATIENTS)
    draw_patients('synthetic/new-patients', 72, 4, SEED_OF_NEW_PATIENTS)
    figures = {'synthetic': leaked('synthetic', 'sick')}
    figures['synthetic']['honest'] = honest_by_folds('synthetic', 'sick', '(P[0-9]+)_')
    figures['synthetic']['new_patients'] = on_new_patients('synthetic', '(P[0-9]+)_')
    cnmc = os.path.join(SHARED, 'data', 'cnmc_dev')
    if small or not os.path.isdir(cnmc):
        say('\ncnmc: skipped' + ('' if small else ', there is no %s' % cnmc))
    else:
        os.makedirs('cnmc/cells')
        for k in ('all', 'hem'):
            shutil.copytree(os.path.join(cnmc, k), 'cnmc/cells/' + k)
        figures['cnmc'] = leaked('cnmc', 'all')
        figures['cnmc']['honest'] = honest_by_test_patients('cnmc', 'all', 'UID_([^_]+)_', ['H10,2,23,32', 'H14,33,34,44'])
    for name, f in figures.items():
        show(name, f)
    with open('figures.json', 'w') as f:
        json.dump(figures, f, indent=1)
    say('\nResearch use only, not for diagnosis. Figures on synthetic images say nothing about patients.')


if __name__ == '__main__':
    LEUKO = os.path.abspath(shutil.which(sys.argv[1]) or sys.argv[1])
    SHARED = os.path.abspath(os.environ.get('LEUKO_SHARED', os.path.join(ROOT, '../shared')))
    shutil.rmtree(sys.argv[2], ignore_errors=True)
    os.makedirs(sys.argv[2])
    os.chdir(sys.argv[2])
    main()

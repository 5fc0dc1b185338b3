#!/usr/bin/env python3
"""leuko stress, as a user runs it: the clean row is that of `leuko eval`, the same seed gives the same bytes, a run goes
on where it was ended, and a planted mark in the corner of one class is found by the background control."""
import json
import os
import re
import shutil
import cv2
from harness import check, done, messages, path, run, small_model

GROUPS = ['--group-by', '(P[0-9]+)_']


def stress(*args):
    r = run('stress', *args, '--json', 's.json')
    return r, json.load(open(path('s.json'))) if r.returncode == 0 else {}


small_model()
r = run('synth', 'smear', '--per-class', '72', '--groups', '24', '--size', '150', '--seed', '3')
assert r.returncode == 0, r

# --- wrong usage ------------------------------------------------------------------------------------------------------
for args, text in {
        ('--only', 'blur,fog'): 'unknown condition "fog": must be one of stain, brightness',
        ('--only', ''): 'no condition is named',
        ('--only', 'laboratories'): 'laboratories: an expression that finds their names is missing, and there is no table of groups',
        ('--limit', '1.5'): '--limit 1.5: must be above 0 and below 1',
        ('--figure', 'brier'): 'figure "brier": must be one of balanced_accuracy, accuracy',
        ('--permutations', '5'): '--permutations 5: must be 20 to 100000',
        ('--images', '0'): '--images 0: must be 1 to',
        ('--box', '100'): '--box 100: must be above 0 and below 100',
        ('--seed', '-1'): '--seed -1: must be 0 or more',
        ('--restart',): '--restart: does not apply without --run-folder'}.items():
    r = run('stress', 'm.safetensors', 'smear', *args)
    check(r.returncode == 2 and text in r.stderr, 'refused: stress %s' % ' '.join(args), r)
for args, text in {
        ('none.safetensors', 'smear'): 'none.safetensors: ',
        ('m.safetensors', 'nowhere'): 'nowhere',
        ('m.safetensors', 'smear', '--only', 'laboratories', '--laboratory-by', '(LAB[0-9]+)_'):
            'the expression for laboratories finds none in "blast/P01_0000.jpg"'}.items():
    r = run('stress', *args)
    check(r.returncode in (1, 2) and text in r.stderr and len(messages(r)[-1]) < 400, 'refused: stress %s' % ' '.join(args), r)

# --- conditions -------------------------------------------------------------------------------------------------------
r = run('eval', 'm.safetensors', 'smear', *GROUPS, '--json', 'eval.json')
assert r.returncode == 0, r
r, s = stress('m.safetensors', 'smear', *GROUPS, '--only', 'noise,rotation,darker', '--threads', '1', '--limit', '0.01')
check(r.returncode == 0 and s['clean'] == json.load(open(path('eval.json'))), 'the clean row is that of eval', r)
check([(c['kind'], c['strength']) for c in s['conditions']] ==
      [('clean', None), ('darker', 10), ('darker', 20), ('darker', 40), ('noise', 40), ('noise', 34), ('noise', 28),
       ('noise', 22), ('rotation', 15), ('rotation', 45), ('rotation', 90), ('rotation', 180)], 'conditions', s)
check('Research use only' in r.stdout and 'breaks at: the weakest strength at which the balanced accuracy falls by more '
      'than 0.01' in r.stdout and re.search(r'noise +40 dB', r.stdout), 'the table', r)
bad = [(c['kind'], name) for c in s['conditions'][1:] for name, f in c['changes'].items()
       if f['value'] is not None and (abs(f['value'] - (c['figures'][name]['value'] - s['conditions'][0]['figures'][name]['value'])) > 1e-8 or
       (f['low'] is not None and not f['low'] <= f['value'] <= f['high']))]
check(not bad and any(f['low'] for f in s['conditions'][3]['changes'].values()) and {'accuracy', 'auc', 'log_loss', 'ece', 'referred'} <= set(s['conditions'][1]['changes']),
      'changes are differences of the figures, within their intervals', (bad, s['conditions'][1]))
r, _ = stress('m.safetensors', 'smear', *GROUPS, '--only', 'noise,darker', '--report', 'page')
text = open(path('page', 'report.html')).read()
check(r.returncode == 0 and text.count('<svg class="chart"') >= 2 and all(w in text for w in ('40 dB', '22 dB', 'share referred', '10 %')) and
      'Above chance' not in text, 'a chart and a table for each kind of change', r)
r = run('stress', 'm.safetensors', 'smear', '--only', 'noise', '--report', 'shards')
check(r.returncode == 2 and not r.stdout, 'a folder that is no report is refused before the work', r)
bad = []
for limit in s['limits']:
    falls = [c['strength'] for c in s['conditions'][1:] if c['kind'] == limit['kind'] and
             c['changes']['balanced_accuracy']['value'] < -0.01]
    if limit['breaks_at'] != (falls[0] if falls else None):
        bad.append((limit, falls))
check(not bad and [x['kind'] for x in s['limits']] == ['darker', 'noise', 'rotation'], 'where the model breaks', bad)
r, other = stress('m.safetensors', 'smear', *GROUPS, '--only', 'noise,rotation,darker', '--threads', '3', '--limit', '0.01')
check(other == s, 'the number of threads changes nothing', r)
r, other = stress('m.safetensors', 'smear', *GROUPS, '--only', 'noise', '--seed', '51')
check(other['conditions'][4]['figures']['log_loss'] != s['conditions'][7]['figures']['log_loss'] and
      other['clean'] == s['clean'], 'another seed gives other noise', r)

r, s = stress('m.safetensors', 'smear', *GROUPS, '--only', 'blur', '--images', '48')
check(r.returncode == 0 and s['clean']['n'] == 48 and s['clean']['groups'] == 24 and s['n_all'] == 144 and
      'a sample of 48 of 144 images (seed 50)' in r.stderr and 'a random sample of 144' in r.stdout, 'a sample is said aloud', r)

# --- a run folder -----------------------------------------------------------------------------------------------------
keep = ['m.safetensors', 'smear', *GROUPS, '--only', 'jpeg', '--run-folder', 'run']
r, first = stress(*keep)
names = sorted(n for n in os.listdir(path('run')) if n.startswith('condition-'))
check(names == ['condition-jpeg-%d.json' % q for q in (10, 30, 50, 70, 90)], 'answers are kept', names)
os.remove(path('run', 'condition-jpeg-30.json'))
before = os.stat(path('run', 'condition-jpeg-50.json')).st_mtime_ns
r, again = stress(*keep)
check(r.returncode == 0 and again == first and os.path.exists(path('run', 'condition-jpeg-30.json')) and
      os.stat(path('run', 'condition-jpeg-50.json')).st_mtime_ns == before, 'a run goes on, with the same figures', r)
r, _ = stress(*keep, '--images', '50')
check(r.returncode == 1 and 'belongs to a stress test with another model, other images or other settings; give another '
      '--run-folder, or discard its answers with --restart' in r.stderr, 'answers of other images are refused', r)
r, _ = stress(*keep, '--images', '50', '--restart')
check(r.returncode == 0, 'and discarded with --restart', r)
with open(path('run', 'condition-jpeg-90.json'), 'w') as f:
    f.write('{"format": 1, "identity": "x"}')
r, _ = stress(*keep, '--images', '50')
check(r.returncode == 1 and 'condition-jpeg-90.json' in r.stderr, 'a foreign file in the run folder', r)

# --- controls ---------------------------------------------------------------------------------------------------------
shutil.copytree(path('smear'), path('marked'))
for name in os.listdir(path('marked', 'blast')):
    image = cv2.imread(path('marked', 'blast', name))
    image[:30, :30] = 0, 255, 0  # the planted shortcut: a fifth of the side, outside the box
    cv2.imwrite(path('marked', 'blast', name), image)


def controls(data, *args):
    r, s = stress('m.safetensors', data, '--only', 'background,permuted', *args)
    return r, s, {c['name']: c for c in s.get('controls', [])}


def report(name):
    """The text of a page, without its markup, and report.json."""
    text = re.sub(r'<style>.*?</style>|<[^>]*>', ' ', open(path(name, 'report.html')).read(), flags=re.S)
    return ' '.join(text.split()), json.load(open(path(name, 'report.json')))


AWAY = 'something outside the cell gives the class away'
r, s, plain = controls('smear', *GROUPS, '--report', 'plain-page')
page, j = report('plain-page')
check(r.returncode == 0 and AWAY not in page and 'No control that could be judged is above chance.' in page and
      j['stress']['findings'] == [] and j['kind'] == 'stress', 'the report of images without a mark', (r, page[:600]))
check(all(c['title'] in page and c['sentence'] in page for c in s['controls']) and
      dict(s, findings=[]) == dict(j['stress'], clean=j['result']), 'it has every control, and what --json writes', page)
c = plain['background']
check(c['auc']['low'] <= 0.5 <= c['auc']['high'] and c['verdict'] == 'at chance' and
      'no more than chance (0.5)' in c['sentence'], 'without a mark, the interval of the background includes chance', c)
check(0.4 < s['box'] < 0.9 and 'of the image\'s sides, in every image' in r.stdout, 'the size of the box', s['box'])
r, s, marked = controls('marked', *GROUPS, '--report', 'marked-page')
page, j = report('marked-page')
check('The classes can be told apart when the cell is covered, so ' + AWAY + ' (background alone, a new head' in page and
      AWAY in j['cautions'][0] and len(j['stress']['findings']) >= 1, 'the planted mark is told in the report', page[:1500])
c = marked['background']
check(c['auc']['low'] > 0.7 and c['verdict'] == 'above chance' and
      c['sentence'].endswith('the images differ in something other than the cells'),
      'with a mark in the corner of one class, the background is far above chance', c)
check('background alone, a new head: ABOVE CHANCE' in r.stdout, 'and the table says so', r)
for d in plain, marked:
    p = d['permuted']
    check(p['verdict'] == 'at chance' and p['n_permutations'] == 20 and abs(p['chance_mean'] - 0.5) < 0.1 and
          p['chance_95'] < 0.75 and 1 / 21 - 1e-9 <= p['p_value'] <= 1, 'permuted labels are at chance', p)
check(abs(marked['permuted']['p_value'] - 1 / 21) < 1e-8, 'no permutation reaches the true labels', marked['permuted'])
check({'background-model', 'silhouette'} <= set(marked), 'the given model and the silhouette are beside it', marked.keys())
r, again, _ = controls('marked', *GROUPS, '--threads', '1')
check(again['controls'] == s['controls'], 'the number of threads changes no control', r)
r, _, few = controls('marked', '--group-by', '(P[0-9])[0-9]_')  # 3 groups
c = few['background']
check(c['auc']['low'] is None and c['n_permutations'] >= 20 and c['verdict'] in ('above chance', 'at chance'),
      'with few groups, permutations judge', c)

r = run('sort', 'marked', '--out', 'ms', '--group-by', '(P[0-9]+)_', '--test', '0.4')
assert r.returncode == 0, r
r, _, c = controls('ms', '--train', 'ms')
check(r.returncode == 0 and c['background']['auc']['value'] > 0.7 and 'in cross-validation' not in
      c['background']['sentence'], 'a head that was fitted to the training data', (r, c))
r, _, c = controls('ms', '--split', 'train', '--train', 'ms')
check(r.returncode == 2 and 'the training data must not be the images that are judged' in r.stderr, 'not on itself', r)

r, s = stress('m.safetensors', 'marked', *GROUPS, '--only', 'laboratories', '--laboratory-by', '^(P[0-9])')
labs = [c for c in s['controls'] if c['name'] == 'laboratory']
check(r.returncode == 0 and [c['title'] for c in labs] == ['laboratory P%d, held out' % k for k in range(3)] and
      sum(c['auc']['n'] for c in labs) == 144 and 'with images of all laboratories in training' in r.stdout,
      'each laboratory is held out', (r, s['controls']))


def table(name, column, laboratory, header=''):
    with open(path(name), 'w') as f:
        f.write('file,patient,%s%s\n' % (column, header))
        for d in sorted(os.listdir(path('marked'))):
            for n in sorted(os.listdir(path('marked', d))):
                f.write('%s/%s,%s,%s%s\n' % (d, n, n[:3], laboratory(n), ',x' if header else ''))


table('labs.csv', 'Site ID', lambda n: 'lab ' + n[:2])
r, other = stress('m.safetensors', 'marked', '--groups', 'labs.csv', '--only', 'laboratories')
same = [dict(c, title=c['title'].replace('lab P', 'P')) for c in other.get('controls', [])]
check(r.returncode == 0 and 'laboratory lab P0, held out' in r.stdout and same == s['controls'],
      'a column of the table of groups names the laboratories', (r, same, s['controls']))
for column, laboratory, header, text in (
        ('area', lambda n: n[:2], '', 'labs.csv: has no column for the laboratory, only "file", "patient", "area"'),
        ('lab', lambda n: n[:2], ',center', 'the columns "lab" and "center" may both hold the laboratory'),
        ('lab', lambda n: 'NA' if 'P03' in n else 'A', '', 'empty cell in column "lab"'),
        ('lab', lambda n: n[7], '', 'has images of two laboratories'),
        ('lab', lambda n: 'A', '', 'all images are of one laboratory, "A"')):
    table('labs.csv', column, laboratory, header)
    r, _ = stress('m.safetensors', 'marked', '--groups', 'labs.csv', '--only', 'laboratories')
    check(r.returncode == 1 and text in r.stderr and len(messages(r)[-1]) < 400, 'refused: ' + text, r)
r, _ = stress('m.safetensors', 'marked', *GROUPS, '--only', 'laboratories', '--laboratory-by', '^(P)')
check(r.returncode == 1 and 'all images are of one laboratory, "P"' in r.stderr, 'one laboratory is refused', r)
r, _ = stress('m.safetensors', 'marked', *GROUPS, '--only', 'laboratories', '--laboratory-by', '(')
check(r.returncode == 2 and 'the expression for laboratories: ' in r.stderr, 'an expression that is none', r)

# --- images that no control can judge: the rows of a control that ended half-way are dropped --------------------------
for k in ('blast', 'lymphocyte'):
    os.makedirs(path('scarce', k))
    for name in sorted(os.listdir(path('smear', k)))[:2]:
        shutil.copy(path('smear', k, name), path('scarce', k, name))
r, s = stress('m.safetensors', 'scarce')
c = [c for c in s.get('controls', []) if c['name'].startswith(('background', 'silhouette'))]
check(r.returncode == 0 and [(x['verdict'], bool(x['sentence'])) for x in c] == [('not run', True)],
      'a control that needs more images is said not to be run', (r, c))
done()

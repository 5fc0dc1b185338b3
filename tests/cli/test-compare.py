#!/usr/bin/env python3
"""leuko compare and leuko plan-study, as a user runs them. Differences are computed again here from the tables of
probabilities of `leuko eval`."""
import csv
import json
import math
from harness import QUICK, TINY, check, done, messages, path, run, small_model, write

small_model()
r = run('train', 'shards', '--model', 'n.safetensors', *TINY)
check(r.returncode == 0, 'a second model', r)


def answers(model):
    r = run('eval', model, 'cells', '--group-by', '(P[0-9]+)', '--csv', 'a.csv', '--json', 'a.json')
    assert r.returncode == 0, r
    return list(csv.DictReader(open(path('a.csv')))), json.load(open(path('a.json')))


def hit(row):
    return row['truth'] == row['decided']


a, fa = answers('m.safetensors')
b, fb = answers('n.safetensors')
r = run('compare', 'm.safetensors', 'n.safetensors', 'cells', '--json', 'c.json')
c = json.load(open(path('c.json')))
check(r.returncode == 0 and 'only the second' in r.stdout and '\\x' not in r.stdout and 'Research use only' in r.stdout and
      r.stdout.startswith('first: m.safetensors\nsecond: n.safetensors\non cells: 48 images, groups unknown\n'),
      'compare prints both models and the data', r)
pairs = [(hit(x), hit(y)) for x, y in zip(a, b)]
counts = {'both': pairs.count((True, True)), 'only_first': pairs.count((True, False)),
          'only_second': pairs.count((False, True)), 'neither': pairs.count((False, False))}
check(c['correct'] == counts, 'the images that each model has right', (c['correct'], counts))
few, n = min(counts['only_first'], counts['only_second']), counts['only_first'] + counts['only_second']
p = min(1, 2 * sum(math.comb(n, k) for k in range(few + 1)) / 2 ** n)
check(abs(c['figures']['accuracy']['p'] - p) < 1e-8 and c['figures']['accuracy']['test'] == 'McNemar, exact',
      "McNemar's exact test", (c['figures']['accuracy'], p))
bad = {k: f for k, f in c['figures'].items() if k in fa and
       (abs(f['first'] - fa[k]['value']) > 1e-8 or abs(f['second'] - fb[k]['value']) > 1e-8 or
        abs(f['difference'] - (fb[k]['value'] - fa[k]['value'])) > 2e-8)}
check(not bad and set(c['figures']) >= {'accuracy', 'auc', 'sensitivity', 'mcc', 'kappa', 'brier', 'log_loss'},
      'the figures are those of eval', bad)
auc = c['figures']['auc']
check(auc['low'] <= auc['difference'] <= auc['high'] and auc['test'] == 'DeLong', 'the AUC has an interval', auc)

r = run('compare', 'm.safetensors', 'm.safetensors', 'cells', '--json', '-')
same = json.loads(r.stdout)['figures']
check(r.returncode == 0 and all(f['difference'] == 0 for f in same.values()) and same['accuracy']['p'] == 1 and
      same['accuracy']['low'] < 0 < same['accuracy']['high'], 'a model equals itself, within an interval', r)

r = run('compare', 'm.safetensors', 'n.safetensors', 'shards', '--json', 'c.json')
c = json.load(open(path('c.json')))['figures']
ledger = open(path('shards/ledger.jsonl')).read().splitlines()
check(r.returncode == 0 and c['accuracy']['low'] is None and 'fewer than 10' in c['accuracy']['method'] and
      c['accuracy']['p'] is not None and 'not estimable' in r.stdout, 'few groups: a test, but no interval', r)
check(len(ledger) == 2 and all('leuko compare' in x for x in ledger), 'the ledger records both models', ledger)

r = run('compare', 'm.safetensors', 'n.safetensors', 'shards', '--split', 'train')
warnings = [line for line in messages(r) if 'was trained on' in line]
check(len(warnings) >= 2 and any('first model: WARNING' in w for w in warnings) and
      any('second model: WARNING' in w for w in warnings), 'a warning names its model', r)

# what both models refer to a person
r = run('train', 'shards', '--model', 'loose.safetensors', '--miss-bound', '0.5', *QUICK)
assert r.returncode == 0, r
r = run('compare', 'loose.safetensors', 'n.safetensors', 'cells', '--json', 'c.json')
c, lines = json.load(open(path('c.json'))), {x[:32].strip(): x[32:] for x in r.stdout.splitlines()}
pair = [x['selective'] for x in (c['first'], c['second'])]
check(r.returncode == 0 and all(pair) and pair[0]['referred']['value'] > 0 and
      lines['share referred'].split()[::4] == ['%.3f' % x['referred']['value'] for x in pair] and
      all(lines['answered: missed ' + k].split()[::4] == ['%.3f' % x['missed_among_answered'][k]['value'] for x in pair]
          for k in ('blast', 'lymphocyte')) and 'answered: accuracy' in lines,
      'figures of the answered images of both models', (r, pair))

# ten groups and more: intervals over groups
r = run('synth', 'many', '--per-class', '44', '--groups', '22', '--size', '96', '--seed', '9')
r = run('compare', 'm.safetensors', 'n.safetensors', 'many', '--group-by', '(P[0-9]+)', '--json', 'c.json')
c = json.load(open(path('c.json')))['figures']
check(r.returncode == 0 and c['auc']['method'] == "Obuchowski, Student's t" and
      c['brier']['method'].startswith('BCa bootstrap over groups') and c['accuracy']['test'].endswith('10,000 draws'),
      'many groups: intervals over groups', r)

r = run('synth', 'three', '--per-class', '8', '--groups', '4', '--size', '96', '--classes',
        'lymphocyte,neutrophil,monocyte')
r = run('sort', 'three', '--out', 'three-shards', '--group-by', '(P[0-9]+)', '--validation', '0.25', '--test', '0.25')
r = run('train', 'three-shards', '--model', 't.safetensors', *TINY)
r = run('compare', 't.safetensors', 'm.safetensors', 'three-shards')
check(r.returncode == 1 and 'class' in messages(r)[-1], 'models of different classes are refused', r)
r = run('compare', 't.safetensors', 't.safetensors', 'three-shards', '--json', 'c.json')
c = json.load(open(path('c.json')))['figures']
check(r.returncode == 0 and 'sensitivity' not in c and 'macro_f1' in c, 'three classes', r)
for args in (['compare', 'm.safetensors', 'cells'], ['compare', 'm.safetensors', 'n.safetensors', 'cells', '--split', 'x'],
             ['compare', 'm.safetensors', 'n.safetensors', 'cells', '--positive', 'nobody']):
    r = run(*args)
    check(r.returncode == 2 and len(messages(r)) == 1, 'wrong usage: ' + ' '.join(args), r)

# plan-study
r = run('plan-study', '--expected', '0.9', '--width', '0.1', '--cells', '1,50', '--icc', '0,0.2', '--json', 'p.json')
table = {(x['icc'], x['cells']): x['patients'] for x in json.load(open(path('p.json')))['table']}
check(r.returncode == 0 and table[0, 1] == table[0.2, 1] and 139 <= table[0, 1] <= 150 and
      table[0.2, 50] > 3 * table[0, 50] and table[0, 50] == 10,
      'one cell of each patient needs what independent cells need', table)
r = run('plan-study', '--figure', 'auc', '--expected', '0.9', '--width', '0.1', '--cells', '20')
check(r.returncode == 0 and 'times as many' in r.stdout, 'an AUC', r)
rows = ['file,group,truth,decided,p(a)']
for g in range(12):
    rows += ['%d-%d.png,G%d,a,%s,0.5' % (g, i, g, 'a' if g % 4 or i % 3 else 'b') for i in range(10)]
write('pilot.csv', '\n'.join(rows) + '\n')
r = run('plan-study', '--pilot', 'pilot.csv', '--class', 'a', '--cells', '20', '--json', 'p.json')
pilot = json.load(open(path('p.json')))['pilot']
check(r.returncode == 0 and pilot['images'] == 120 and pilot['groups'] == 12 and 0.1 < pilot['icc'] < 0.4 and
      abs(pilot['value'] - 0.9) < 1e-12, 'a pilot', (r, pilot))
write('alone.csv', rows[0] + '\n' + '\n'.join('%d.png,,a,a,0.5' % i for i in range(5)) + '\n')
write('other.csv', 'file,class\nx,y\n')
for args, words in ((['--pilot', 'alone.csv', '--class', 'a'], 'alone.csv:2'), (['--pilot', 'pilot.csv', '--class', 'z'], '"z"'),
                    (['--pilot', 'pilot.csv'], 'class'), (['--expected', '1.5'], '1.5'), (['--width', '0'], 'width'),
                    (['--cells', '5,x'], '"x"'), (['--icc', '2'], 'ICC'), (['--figure', 'f'], '"f"'),
                    (['--class', 'a'], '--class'), (['--ratio', '2'], '--ratio')):
    r = run('plan-study', *args)
    check(r.returncode == 2 and words in r.stderr and len(messages(r)) == 1, 'wrong usage: ' + ' '.join(args), r)
r = run('plan-study', '--pilot', 'other.csv', '--class', 'a')
check(r.returncode == 1 and 'other.csv' in r.stderr and 'group' in r.stderr, 'a table without the columns', r)
done()

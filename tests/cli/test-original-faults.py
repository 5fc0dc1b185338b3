#!/usr/bin/env python3
"""The ten faults of the system that Leuko re-does, one after another: none of them can be committed with Leuko unseen.
docs/honest-figures.md lists them with their effect on the figures, and names these tests."""
import csv
import json
import os
import random
import re
import shutil

import numpy
from harness import TINY, check, digest, done, path, run, small_model, tensors, write

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
ORIGINAL = ['--tune', 'all', '--recipe', './original.recipe', '--epochs', '2', '--precision', 'fp32', '--positive', 'blast', *TINY]


def good(*args):
    r = run(*args)
    check(r.returncode == 0, '... leuko ' + args[0], r)
    return r


def rows_of(name):
    return list(csv.DictReader(open(path(name))))


def figures(*args):
    r = good('eval', *args, '--json', 'e.json')
    return json.load(open(path('e.json'))), r


def floats(name):
    """The tensors of a model as arrays; those of the network alone."""
    kinds = {2: '<f2', 4: '<f4'}
    out = {}
    for k, (shape, data) in tensors(name)[0].items():
        if k.startswith('InceptionV3/'):
            out[k] = numpy.frombuffer(data, kinds[len(data) // int(numpy.prod(shape))]).reshape(shape).astype('f4')
    return out


def about(model):
    return json.loads(tensors(model)[1]['leuko'])


small_model(TINY)
before = digest('cells')

# 1. The seed was set inside the loop over rotations: 20 equal rotations, 70 % of the augmented files were copies.
for k in ('blast', 'lymphocyte'):
    source = sorted(os.listdir(path('cells', k)))[0]
    write('one/%s/%s' % (k, source), open(path('cells', k, source), 'rb').read())
good('augment', 'one', 'turned', '--ops', 'rotate', '--rotations', '20')
made = [x for x in rows_of('turned/augment.csv') if x['operation'] == 'rotate']
angles = [(x['source'], re.search(r'-?[\d.]+', x['parameters']).group()) for x in made]
check(len(made) == len(set(angles)) == len({digest('turned/' + x['file']) for x in made}) == 40,
      'fault 1: copies that are all equal: 20 rotations are 20 different images', angles)

# 2. It augmented first and split afterwards, and published the training accuracy.
good('augment', 'cells', 'more', '--ops', 'reflect,gray,rotate', '--rotations', '2', '--size', '96')
good('sort', 'more', '--out', 'more-shards', '--group-by', '(P[0-9]+)_', '--validation', '0.3', '--shards', '1')
split = {x['file']: x['split'] for x in rows_of('more-shards/split.csv')}
copies = rows_of('more/augment.csv')
check(all(split[x['source']] == 'train' and split[x['file']] == 'train' for x in copies
          if x['operation'] != 'original' and x['file'] in split) and
      any(s == 'validation' for s in split.values()) and sum(s == 'train' for s in split.values()) > 100,
      'fault 2: augmented before the split: copies stay with their source, in training only', split)
random.Random(2).shuffle(copies)
for i, x in enumerate(copies):
    write('mixed/%s/%s/c%03d.jpg' % ('test' if i % 3 == 0 else 'train', os.path.dirname(x['file']), i),
          open(path('more', x['file']), 'rb').read())
r = run('sort', 'mixed', '--out', 'mixed-shards')
check(r.returncode == 3 and 'are in two splits' in r.stderr and not os.path.exists(path('mixed-shards')),
      'fault 2: augmented before the split: a random division of the copies is refused', r)
good('sort', 'mixed', '--out', 'mixed-shards', '--allow-leak', 'all', '--shards', '1')
r = run('train', 'mixed-shards', '--model', 'mixed.safetensors', *TINY)
check(r.returncode == 3 and 'are in two splits' in r.stderr and not os.path.exists(path('mixed.safetensors')),
      'fault 2: augmented before the split: such shards do not train', r)
r = good('train', 'mixed-shards', '--model', 'mixed.safetensors', '--allow-leak', 'all', *TINY)
check('(training data: not a performance estimate)' in r.stdout, 'fault 2: training accuracy is not called a result', r)
e, r = figures('mixed.safetensors', 'mixed-shards')
check(any('figures on them are too good' in w for w in e['warnings']) and
      any('do not estimate its performance on new images' in w for w in e['warnings']),
      'fault 2: augmented before the split: who allows it is told in every evaluation', e['warnings'])

# 3. No pretrained checkpoint was restored: "transfer learning" from random weights.
for k in ('blast', 'lymphocyte'):
    for f in sorted(os.listdir(path('cells', k)))[:6]:
        write('few/%s/%s' % (k, f), open(path('cells', k, f), 'rb').read())
good('sort', 'few', '--out', 'few-shards', '--validation', '0', '--shards', '1')
good('train', 'few-shards', '--model', 'transfer.safetensors', '--precision', 'fp32')
ours, shipped = floats('transfer.safetensors'), floats(os.path.join(ROOT, 'models/backbone.safetensors'))
kept = [k for k in ours if not re.search('Logits|Predictions|Aux', k)]
check(len(kept) > 200 and all(numpy.array_equal(ours[k], shipped[k]) for k in kept) and
      'backbone' in json.dumps(about('transfer.safetensors')['provenance']),
      'fault 3: pretrained weights that are not loaded: every layer below the head is the shipped one', len(kept))
r = run('train', 'few-shards', '--model', 'none.safetensors', '--weights', 'nowhere.safetensors')
check(r.returncode == 1 and 'nowhere.safetensors' in r.stderr and not os.path.exists(path('none.safetensors')),
      'fault 3: pretrained weights that are not loaded: missing weights stop the training', r)

# 4. It froze an older automatic checkpoint in place of the last step.
# The original's recipe without its auxiliary head, which needs the whole network.
write('original.recipe', re.sub('auxiliary_weight = .*', 'auxiliary_weight = 0', open(ROOT + '/recipes/original.recipe').read()))
good('train', 'shards', '--model', 'steps.safetensors', '--until', '1', *ORIGINAL)
shutil.copy(path('steps.safetensors'), path('older.safetensors'))
good('train', 'shards', '--model', 'steps.safetensors', '--resume', *ORIGINAL)
good('train', 'shards', '--model', 'unbroken.safetensors', *ORIGINAL)
good('freeze', 'steps.safetensors', '-o', 'AMLGraph.pb')
last, older, unbroken = (floats(m + '.safetensors') for m in ('steps', 'older', 'unbroken'))
check(all(numpy.array_equal(last[k], unbroken[k]) for k in last) and
      sum(not numpy.array_equal(last[k], older[k]) for k in last) > 20,
      'fault 4: an older checkpoint is exported: the model is that of the last step', sorted(last)[:3])
same, other = (run('verify', m, 'AMLGraph.pb', '--data', 'cells') for m in ('steps.safetensors', 'older.safetensors'))
check(same.returncode == 0 and other.returncode == 3, 'fault 4: an older checkpoint is exported: so is the frozen graph',
      (same, other))

# 5. Batch norm's moving statistics, decay 0.9997, still held 38 % of their initial values.
names = [k for k in last if k.endswith('moving_variance')]
n_steps = max(json.loads(x).get('step', 0) for x in open(path('unbroken.run/train.jsonl')))
stale = [k for k in names if numpy.median(numpy.abs(last[k] - 1)) < 0.05]
check(names and 0.9997 ** n_steps > 0.9 and not stale,
      'fault 5: statistics that remember their start: they are those of the training images', (n_steps, stale))

# 6. Training, evaluation and the device each prepared images differently.
good('compile', 'm.safetensors', '-o', 'AML.graph')
good('freeze', 'm.safetensors', '-o', 'm.pb')
good('freeze', 'm.safetensors', '-o', 'm.onnx')
good('eval', 'm.safetensors', 'cells', '--csv', 'eval.csv')
reference = {x['file']: float(x['p(blast)']) for x in rows_of('eval.csv')}
worst = {}
for m in ('m.safetensors', 'm.pb', 'm.onnx', 'AML.graph'):
    good('classify', m, 'cells', '--csv', 'answers.csv')
    got = {x['file'].replace('cells/', '', 1): float(x['p(blast)']) for x in rows_of('answers.csv')}
    worst[m] = max(abs(got[f] - p) for f, p in reference.items()) if set(got) == set(reference) else set(got) ^ set(reference)
check(all(w < 1e-4 for w in worst.values()), 'fault 6: images prepared in different ways: one answer from every form', worst)

# 7. "Sensitivity" was micro-averaged accuracy.
for f in sorted(os.listdir(path('cells/lymphocyte'))):
    write('uneven/lymphocyte/' + f, open(path('cells/lymphocyte', f), 'rb').read())
for f in sorted(os.listdir(path('cells/blast')))[:9]:
    write('uneven/blast/' + f, open(path('cells/blast', f), 'rb').read())
e, r = figures('m.safetensors', 'uneven', '--csv', 'u.csv', '--threshold', '0.7')
u = [(x['truth'] == 'blast', float(x['p(blast)']) >= 0.7) for x in rows_of('u.csv')]
found = sum(t and d for t, d in u) / 9
kept_out = sum(not t and not d for t, d in u) / (len(u) - 9)
right = sum(t == d for t, d in u) / len(u)
check(abs(e['sensitivity']['value'] - found) < 1e-9 and abs(e['specificity']['value'] - kept_out) < 1e-9 and
      abs(e['accuracy']['value'] - right) < 1e-9 and abs(found - right) > 0.01 and e['sensitivity']['n'] == 9,
      'fault 7: sensitivity that is accuracy: it is the share of positive images that are found', (found, kept_out, right, e['sensitivity']))

# 8. A quantized model was scored on its training data.
good('compile', 'm.safetensors', '-o', 'int8.graph', '--calibrate', 'shards', '--images', '16', '--json', 'c.json')
n_validation = sum(x['split'] == 'validation' for x in rows_of('shards/split.csv'))
c = json.load(open(path('c.json')))
check(c['gate']['images'] == n_validation, 'fault 8: a quantized model is scored on training data: compile compares it on the validation split', c)
e, r = figures('int8.graph', 'shards', '--split', 'train')
check(any('the model was trained on' in w for w in e['warnings']),
      'fault 8: a quantized model is scored on training data: eval of the graph says so', e['warnings'])
e, r = figures('int8.graph', 'shards')
check(e['split'] == 'test' and not e['warnings'], '... and is silent on the test split', e['warnings'])

# 9. It overwrote the user's images, and answered "AML Positive" from a model of another disease.
check(digest('cells') == before, 'fault 9: the user\'s images are overwritten: they are as they were')
r = good('classify', 'm.safetensors', 'cells')
check('AML' not in r.stdout and {x.group(1) for x in re.finditer(r'jpg: (\w+)', r.stdout)} <= {'blast', 'lymphocyte'},
      'fault 9: an answer that the model does not know: its words are the model\'s classes', r.stdout[:300])

# 10. Class counts in the texts and in the logs disagreed.
by_split = {}
for x in rows_of('shards/split.csv'):
    by_split[x['class'], x['split']] = by_split.get((x['class'], x['split']), 0) + 1
r = good('sort', 'cells', '--out', 'again', '--group-by', '(P[0-9]+)', '--validation', '0.25', '--test', '0.25', '--shards', '2')
told = {(k, s): int(n) for k, *numbers in re.findall(r'^(blast|lymphocyte) +(\d+) +(\d+) +(\d+)', r.stdout, re.M)
        for s, n in zip(('train', 'validation', 'test'), numbers)}
checked = json.loads(run('check', 'cells', '--json', '-').stdout)
disk = {k: len(os.listdir(path('cells', k))) for k in ('blast', 'lymphocyte')}
trained = json.loads(good('train', 'shards', '--model', 'count.safetensors', '--json', '-', *TINY).stdout)
e, r = figures('m.safetensors', 'shards')
n = {s: sum(v for (k, t), v in by_split.items() if t == s) for s in ('train', 'validation', 'test')}
check(told == by_split and checked['classes'] == disk and
      all(sum(v for (k, s), v in by_split.items() if k == d) == disk[d] for d in disk) and
      (trained['n_training'], trained['n_validation'], e['n']) == (n['train'], n['validation'], n['test']) and
      [sum(x) for x in e['confusion']] == [by_split[k, 'test'] for k in e['classes']],
      'fault 10: counts that disagree: disk, check, sort, split.csv, train and eval count the same images',
      (told, by_split, checked['classes'], trained, n, e['confusion']))
done()

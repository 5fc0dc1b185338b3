#!/usr/bin/env python3
"""What a model refers to a person: the same images in every format and precision, and the same figures of the same
split and threshold by train, compile and eval. Without a validation split, compile compares on training images."""
import json
import os

from harness import QUICK, check, done, messages, path, run

GROUPS = ['--group-by', '(P[0-9]+)']


def ok(*args):
    r = run(*args)
    check(r.returncode == 0, ' '.join(args)[:90], r)
    return r


def answers(model):
    exact = [] if model.endswith('.graph') else ['--precision', 'fp32']
    ok('classify', model, 'cells', '--json', 'a.json', *exact)
    return {a['file']: a for a in json.load(open(path('a.json')))['answers']}


def figures(model, *more):
    ok('eval', model, 'shards', '--split', 'validation', '--json', 'e.json', *more)
    return json.load(open(path('e.json')))


ok('synth', 'cells', '--per-class', '96', '--groups', '24', '--size', '96', '--classes', 'blast,lymphocyte')
ok('sort', 'cells', '--out', 'shards', *GROUPS, '--validation', '0.5', '--shards', '1')
ok('train', 'shards', '--model', 'm.safetensors', '--miss-bound', '0.2', '--precision', 'fp32', '--json', 't.json', *QUICK)

# --- every format refers the same images ---------------------------------------------------------------------------
want = answers('m.safetensors')
reasons = {a.get('reason') for a in want.values()}
check(len(want) == 192 and any(r and 'cannot be ruled out' in r for r in reasons) and any(not r for r in reasons),
      'some images are referred for a class, others are answered', reasons)
for name in 'm.pb', 'm.onnx', 'm.ckpt':
    ok('freeze', 'm.safetensors', '-o', name)
ok('compile', 'm.safetensors', '-o', 'fp32.graph', '--precision', 'fp32')
for name in 'm.pb', 'm.onnx', 'm.ckpt', 'fp32.graph':
    got = answers(name)
    other = [f for f in want if (want[f]['class'], want[f].get('reason')) != (got[f]['class'], got[f].get('reason'))]
    furthest = max(abs(got[f]['distance'] / want[f]['distance'] - 1) for f in want)
    check(not other and furthest < 1e-4, name + ' refers the same images for the same reasons', (other, furthest))

# --- one figure of one split and threshold, whatever computes it ----------------------------------------------------
train, fp32 = json.load(open(path('t.json'))), figures('m.safetensors', '--precision', 'fp32')
check(abs(train['validation_accuracy'] - fp32['accuracy']['value']) < 1e-8 and train['threshold'] == fp32['threshold'],
      'train and eval agree', (train, fp32['accuracy']))
ok('compile', 'm.safetensors', '-o', 'int8.graph', '--calibrate', 'shards', '--images', '32', '--json', 'c.json')
gate = json.load(open(path('c.json')))['gate']
int8 = figures('int8.graph')
check(gate['images'] == fp32['n'] and abs(gate['auc_fp32'] - fp32['auc']['value']) < 1e-6 and
      abs(gate['auc'] - int8['auc']['value']) < 1e-6, 'compile and eval agree, in fp32 and in int8', (gate, int8['auc']))
check(int8['threshold'] == train['threshold'] and
      abs(int8['accuracy']['value'] - train['validation_accuracy']) <= gate['flips'] + 1e-9 <= 0.01 + 1e-9,
      'int8 keeps the threshold; its accuracy differs by the changed decisions', (int8['accuracy'], gate))
ok('compile', 'm.safetensors', '-o', 'bf16.graph', '--precision', 'bf16')
bf16 = figures('bf16.graph')
check(bf16['threshold'] == train['threshold'] and
      abs(bf16['accuracy']['value'] - train['validation_accuracy']) <= 0.05,
      'so does bf16; without --calibrate no gate limits the difference', bf16['accuracy'])
got = answers('int8.graph')
apart = sorted(abs(got[f]['distance'] / want[f]['distance'] - 1) for f in want)
changed = sum(bool(want[f].get('reason')) != bool(got[f].get('reason')) for f in want)
check(apart[len(apart) // 2] < 0.05 and changed <= 0.05 * len(want), 'int8 changes distances and referrals little',
      (apart[len(apart) // 2], apart[-1], changed))

# --- compile without a validation split: the images that calibration leaves out, on each instruction set -------------
ok('sort', 'cells', '--out', 'whole', *GROUPS, '--validation', '0', '--shards', '1')
ok('train', 'whole', '--model', 'w.safetensors', *QUICK)
r = run('compile', 'w.safetensors', '-o', 'w.graph', '--calibrate', 'whole', '--images', '32', '--json', 'c.json')
report = json.load(open(path('c.json'))) if r.returncode in (0, 3) else {}
gate, older = report.get('gate', {}), report.get('gate_elsewhere', [])
check(r.returncode in (0, 3) and any('no validation split: the answers are compared on %d training images that calibration '
                                     'does not use' % gate['images'] in x for x in messages(r)) and 60 < gate['images'] < 132,
      'compile without a validation split compares on training images and says so', (r, report))
check(all(g['images'] == gate['images'] and abs(g['auc_fp32'] - gate['auc_fp32']) < 1e-9 and g['mean_dp'] < 0.05 for g in older),
      'the same images, and the same answers in fp32, on each instruction set', report)
r = run('compile', 'w.safetensors', '-o', 'none.graph', '--calibrate', 'cells')
check(r.returncode == 1 and not os.path.exists(path('none.graph')) and len(messages(r)) == 1,
      'a folder of images cannot calibrate', r)
done()

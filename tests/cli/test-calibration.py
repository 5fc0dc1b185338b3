#!/usr/bin/env python3
"""Calibration and decision threshold: train and eval give one figure, and every format of a model one probability."""
import csv
import json
import os

from harness import QUICK, WORK, check, done, run, write


def path(name):
    return os.path.join(WORK, name)


def figures(model, *more):
    r = run('eval', model, 'shards', '--split', 'validation', '--json', '-', '--precision', 'fp32', *more)
    check(r.returncode == 0, 'eval %s' % model, r)
    return json.loads(r.stdout)


def rows(model):
    own = [] if model.endswith('.graph') else ['--precision', 'fp32']
    r = run('classify', model, 'cells', '--csv', model + '.csv', *own)
    check(r.returncode == 0, 'classify with %s' % model, r)
    return list(csv.DictReader(open(path(model + '.csv'))))


def description(name):
    return json.load(open(path(name)))


r = run('synth', 'cells', '--per-class', '96', '--groups', '24', '--size', '96', '--classes', 'blast,lymphocyte')
check(r.returncode == 0, 'synth', r)
r = run('sort', 'cells', '--out', 'shards', '--group-by', '(P[0-9]+)', '--validation', '0.5', '--shards', '1')
check(r.returncode == 0, 'sort', r)

# --- train and eval give the same figures, by head and by network ------------------------------------------------
HEAD = ['train', 'shards', '--model', 'head.safetensors', '--precision', 'fp32', '--json', 'head.json'] + QUICK
r = run(*HEAD)
check(r.returncode == 0 and 'interval of the threshold' in r.stdout and 'calibrated on validation' in r.stdout,
      'train prints the interval of the threshold and the temperature', r)
r = run('train', 'shards', '--model', 'tuned.safetensors', '--tune', 'Mixed_5d', '--epochs', '1', '--precision', 'fp32',
        '--json', 'tuned.json', *QUICK)
check(r.returncode == 0, 'train --tune', r)
for name in 'head', 'tuned':
    t, e = json.load(open(path(name + '.json'))), figures(name + '.safetensors')
    check(abs(t['validation_accuracy'] - e['accuracy']['value']) < 1e-8,
          '%s: train and eval give the same validation accuracy' % name, (t, e['accuracy']))
    check(abs(t['validation_loss'] - e['log_loss']['value']) < 1e-4 and abs(t['threshold'] - e['threshold']) < 1e-8,
          '... log-loss and threshold', (t, e['log_loss'], e['threshold']))
    text = run('info', name + '.safetensors').stdout
    check('threshold interval' in text and 'temperature' in text, 'info describes both', text)
    rule = t['threshold_rule']
    check(rule['kind'] == 'balanced' and rule['low'] < t['threshold'] < rule['high'] and rule['groups'] > 0,
          'the JSON output has the rule and the interval', rule)
log = [json.loads(x) for x in open(path('tuned.run/train.jsonl'))]
last = [x['validation'] for x in log if 'validation' in x][-1]
check(abs(last['accuracy'] - json.load(open(path('tuned.json')))['validation_accuracy']) < 1e-6,
      'the log of the run has the same accuracy', last)

# --- eval's calibration ------------------------------------------------------------------------------------------
e = figures('head.safetensors')
c = e['calibration']
width = c['equal_width']
check(c['event'] == 'p(blast)' and width['bins'] == 15 and abs(width['ece'] - e['ece']['value']) < 1e-12 and
      sum(x['n'] for x in width['rows']) == e['n'] == sum(x['n'] for x in c['equal_mass']['rows']),
      'eval has the reliability diagram in bins of equal width and of equal count', c)
b = c['brier']
total = b['reliability'] - b['resolution'] + b['uncertainty'] + b['within_variance'] - b['within_covariance']
check(abs(total - b['score']) < 1e-7 and abs(b['score'] - e['brier']['value']) < 1e-9, "the Brier score's parts sum to it",
      (b, e['brier']))
check(all(x['groups'] > 0 and (x['observed_low'] is None) == (x['groups'] < 10) or x['observed_low'] is None
          for x in width['rows']), 'a bin with fewer than ten groups has no interval', width)
r = run('eval', 'head.safetensors', 'shards', '--split', 'validation')
check('calibration of p(blast) (number of bins: 15): error' in r.stdout and 'Brier' in r.stdout, 'the text has both', r.stdout)

# --- rules of the threshold --------------------------------------------------------------------------------------
balanced = json.load(open(path('head.json')))['threshold']
run(*HEAD, '--threshold-for', 'cost:10')
ten = json.load(open(path('head.json')))
check(ten['threshold'] < balanced and ten['threshold_rule']['miss_cost'] == 10, 'a missed blast that costs more lowers the '
      'threshold', ten)
run(*HEAD, '--threshold-for', 'cost:10', '--prevalence', '0.01')
rare = json.load(open(path('head.json')))
check(rare['threshold'] > ten['threshold'] and rare['threshold_rule']['prevalence'] == 0.01,
      'a rare disease raises it', rare)
r = run(*HEAD, '--threshold-for', 'sensitivity:0.5')
kept = json.load(open(path('head.json')))
check(r.returncode == 0 and kept['threshold_rule']['sensitivity_bound'] >= 0.5 and 'with 95 % confidence' in r.stdout and
      figures('head.safetensors')['sensitivity']['value'] >= 0.5, 'a sensitivity is kept', (r, kept))
before = open(path('head.safetensors'), 'rb').read()
r = run(*HEAD, '--threshold-for', 'sensitivity:0.999')
check(r.returncode == 1 and 'a sensitivity of 0.999 is not reachable with' in r.stderr and r.stderr.count('\n') < 6 and
      open(path('head.safetensors'), 'rb').read() == before, 'or the error says how many images it needs', r)
for options, message in ((['--threshold-for', 'best'], 'must be balanced, sensitivity:S or cost:C'),
                         (['--threshold-for', 'sensitivity:1.5'], 'must be between 0 and 1'),
                         (['--threshold-for', 'cost:nan'], 'must be balanced, sensitivity:S or cost:C'),
                         (['--prevalence', '0.1'], 'applies to --threshold-for cost:C only'),
                         (['--threshold-for', 'cost:2', '--prevalence', '1'], 'must be between 0 and 1')):
    r = run(*HEAD, *options)
    check(r.returncode == 2 and message in r.stderr and r.stderr.count('\n') == 1, ' '.join(options) + ': wrong usage', r)
run('sort', 'cells', '--out', 'whole', '--group-by', '(P[0-9]+)', '--validation', '0', '--shards', '1')
r = run('train', 'whole', '--model', 'whole.safetensors', '--threshold-for', 'cost:2', *QUICK)
check(r.returncode == 1 and 'is chosen on a validation split, and there is none' in r.stderr, 'a rule needs a validation '
      'split', r)
r = run('train', 'whole', '--model', 'whole.safetensors', '--json', 'whole.json', *QUICK)
whole = json.load(open(path('whole.json')))
check(r.returncode == 0 and whole['threshold'] == 0.5 and whole['calibration']['fitted_on'] == 'held-out folds',
      'without one the threshold is 0.5, and held-out folds calibrate', whole)

# --- one probability in every format, with a map -----------------------------------------------------------------
run(*HEAD)
run('freeze', 'head.safetensors', '-o', 'plain.pb')
model = description('plain.pb.json')
base = rows('head.safetensors')
margins = sorted(float(x['p(blast)']) for x in base)


def with_map(name):
    """Rewrite the description of a model: add a map that no temperature could give."""
    import struct
    data = open(path(name), 'rb').read()
    size = struct.unpack('<Q', data[:8])[0]
    head = json.loads(data[8:8 + size])
    leuko = json.loads(head['__metadata__']['leuko'])
    leuko['format'] = 2
    leuko['calibration']['knots'] = [[-0.2, -1.5], [0.05, 0.3], [0.4, 2.0]]
    leuko['calibration']['isotonic'] = 'used'
    head['__metadata__'] = {'leuko': json.dumps(leuko)}
    text = json.dumps(head).encode()
    text += b' ' * (-len(text) % 8)
    write('mapped.safetensors', struct.pack('<Q', len(text)) + text + data[8 + size:])


with_map('head.safetensors')
want = rows('mapped.safetensors')
check(max(abs(float(a['p(blast)']) - float(b['p(blast)'])) for a, b in zip(base, want)) > 0.05, 'the map changes probabilities')
order = sorted(range(len(base)), key=lambda i: float(base[i]['p(blast)']))
values = [float(want[i]['p(blast)']) for i in order]
check(all(a <= b + 1e-6 for a, b in zip(values, values[1:])), '... but not the order of images')
for out in 'mapped.pb', 'mapped.onnx', 'mapped.ckpt', 'copy.safetensors':
    r = run('freeze', 'mapped.safetensors', '-o', out)
    check(r.returncode == 0 and ('calibration map' in r.stdout) == out.endswith(('.pb', '.ckpt')),
          'freeze to %s; the text says where other programs lack the map' % out, r)
for precision in 'fp32', 'bf16':
    r = run('compile', 'mapped.safetensors', '-o', precision + '.graph', '--precision', precision)
    check(r.returncode == 0, 'compile in ' + precision, r)
for name in 'mapped.pb', 'mapped.onnx', 'copy.safetensors', 'fp32.graph', 'bf16.graph':
    got = rows(name)
    worst = max(abs(float(a['p(blast)']) - float(b['p(blast)'])) for a, b in zip(want, got))
    check(worst < (0.2 if name == 'bf16.graph' else 2e-5), '%s gives the probabilities of the model' % name, worst)
for name in 'mapped.pb', 'mapped.onnx', 'fp32.graph':
    r = run('verify', 'mapped.safetensors', name)
    check(r.returncode == 0, 'verify %s' % name, r)
r = run('eval', 'mapped.safetensors', 'cells', '--json', 'eval.json', '--csv', 'eval.csv')
check(r.returncode == 0 and all(abs(float(a['p(blast)']) - float(b['p(blast)'])) < 2e-5 for a, b in zip(
    sorted(want, key=lambda x: x['file']), sorted(csv.DictReader(open(path('eval.csv'))), key=lambda x: x['file']))),
      'eval gives the probabilities of classify', r)

try:
    import cv2
    import numpy as np
except ImportError:
    cv2 = None
    print('# skipped: OpenCV is not installed')
if cv2 is not None:
    pixels = np.random.default_rng(1).uniform(-1, 1, (4, 3, 75, 75)).astype(np.float32)
    net = cv2.dnn.readNetFromONNX(path('mapped.onnx'))
    plain = cv2.dnn.readNetFromONNX(path('plain.onnx')) if run('freeze', 'head.safetensors', '-o', 'plain.onnx').returncode == 0 \
        else None
    for x in pixels:
        net.setInput(x[None])
        plain.setInput(x[None])
        p, q = net.forward()[0].astype(float), plain.forward()[0].astype(float)
        k = model['classes'].index('blast')
        m = np.log(q[k] / q[1 - k])
        X, Y = [-0.2, 0.05, 0.4], [-1.5, 0.3, 2.0]
        g = m - X[0] + Y[0] if m < X[0] else m - X[-1] + Y[-1] if m > X[-1] else np.interp(m, X, Y)
        check(abs(p[k] - 1 / (1 + np.exp(-g))) < 1e-5, 'OpenCV applies the map of the ONNX file', (p, q, g))
done()

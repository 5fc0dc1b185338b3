#!/usr/bin/env python3
"""leuko verify: the same model in two files is the same, another one is not, and what cannot be compared."""
import json

from harness import QUICK, check, done, run

run('synth', 'cells', '--per-class', '12', '--groups', '4', '--size', '80')
run('sort', 'cells', '--out', 'shards', '--validation', '0.5', '--group-by', '(P[0-9]+)_')
run('train', 'shards', '--model', 'a.safetensors', *QUICK)
run('train', 'shards', '--model', 'b.safetensors', '--seed', '3', *QUICK)
r = run('freeze', 'a.safetensors', '-o', 'a.pb')
check(r.returncode == 0, 'a model and its frozen graph', r.stderr)

r = run('verify', 'a.safetensors', 'a.pb')
check(r.returncode == 0 and 'random inputs' in r.stderr and 'Research use only' in r.stdout,
      'the frozen graph answers as the model, on random inputs, said aloud', (r.stdout, r.stderr))
r = run('verify', 'a.safetensors', 'a.pb', '--data', 'shards', '--json', '-')
j = json.loads(r.stdout) if r.returncode == 0 else {}
check(j.get('same') and j['max_dp'] < 1e-5 and j['n_flips'] == 0 and j['auc'] == j['auc_reference'],
      'and on a data set, with the AUC', (j, r.stderr))
check('validation part' in r.stderr, 'the part that was compared on is named', r.stderr)

r = run('verify', 'a.safetensors', 'b.safetensors', '--data', 'cells')
check(r.returncode == 3 and 'OVER' in r.stdout and 'b.safetensors does not answer as a.safetensors' in r.stderr,
      'another model is found out: exit 3', (r.returncode, r.stdout, r.stderr))
r = run('verify', 'a.safetensors', 'b.safetensors', '--data', 'cells', '--max-dp', '1', '--flips', '1', '--mean-dp', '1',
        '--auc', '1')
check(r.returncode == 0, 'the limits are options', r.stderr)
r = run('verify', 'a.safetensors', 'a.safetensors', '--precision', 'bf16')
check(r.returncode in (0, 1) and (r.returncode == 0 or 'bf16' in r.stderr), 'both in bf16, where there is bf16', r.stderr)

# every format of ours beside every other: one model in ten files
LABELS = {'safetensors': 'd.safetensors', 'torchvision': 'n.safetensors', 'graph': 'd.pb', 'onnx': 'd.onnx', 'bytes': 'b.onnx',
          'checkpoint': 'd.ckpt', 'half': 'h.safetensors', 'fp32': 'fp32.graph', 'bf16': 'bf16.graph', 'int8': 'int8.graph'}
run('synth', 'more', '--per-class', '32', '--groups', '4', '--size', '80', '--seed', '5')
run('sort', 'more', '--out', 'more-shards', '--validation', '0.5', '--group-by', '(P[0-9]+)_')
run('train', 'more-shards', '--model', 'd.safetensors', '--weights', 'backbone')  # its answers are sure: no gate is missed
for args in (*[['freeze', 'd.safetensors', '-o', o, *more] for o, *more in (
                 ('d.pb',), ('d.onnx',), ('d.ckpt',), ('n.safetensors', '--names', 'torchvision'), ('h.safetensors', '--half'),
                 ('b.onnx', '--with-preprocessing'))],
             *[['compile', 'd.safetensors', '-o', p + '.graph', '--precision', p, '--calibrate', 'more-shards']
               for p in ('fp32', 'bf16', 'int8')]):
    r = run(*args)
    check(r.returncode == 0, ' '.join(args), r)
reduced = {'half', 'bf16', 'int8'}
for p, a in LABELS.items():
    for q, b in LABELS.items():
        if p != 'safetensors' and list(LABELS).index(p) >= list(LABELS).index(q):
            continue
        r = run('verify', a, b, '--json', '-', *(['--data', 'more-shards'] if p == 'safetensors' else ['--inputs', '2']))
        if r.returncode != 0:
            check(False, '%s beside %s' % (p, q), r)
            continue
        j = json.loads(r.stdout)
        exact = not {p, q} & reduced
        judged = {k for k, v in j['limits'].items() if v is not None}
        good = j['max_dp'] <= 1e-5 if exact else j['flips'] <= 0.01
        rules = {'largest |dp|'} if exact else {'mean |dp|', 'decisions that flip'} | ({'AUC lost'} if p == 'safetensors' else set())
        check(good and judged == rules and len(j['checks']) == 5 and 'relative' in j, '%s beside %s' % (p, q), (r, j))
r = run('verify', 'd.safetensors', 'int8.graph', '--data', 'more-shards')
check(all(w in r.stdout for w in ('relative difference', 'decisions that flip', 'differ most', 'expected', 'result',
                                  'as the original\'s check tool counts', 'root mean square')), 'what is printed', r.stdout)
r = run('verify', 'd.safetensors', 'a.safetensors', '--data', 'more-shards', '--flips', '0.01')
check(r.returncode == 3, 'another model is found out by its decisions', r)

run('synth', 'others', '--per-class', '12', '--groups', '4', '--size', '80', '--classes', 'monocyte,neutrophil')
run('sort', 'others', '--out', 'other-shards', '--validation', '0', '--group-by', '(P[0-9]+)_')
run('train', 'other-shards', '--model', 'c.safetensors', '--positive', 'monocyte', *QUICK)
r = run('verify', 'a.safetensors', 'c.safetensors')
check(r.returncode == 1 and 'different classes' in r.stderr and r.stderr.count('\n') <= 2, 'other classes are refused', r.stderr)
r = run('verify', 'a.safetensors', 'a.pb', '--data', 'others')
check(r.returncode == 1 and 'monocyte' in r.stderr, 'images of classes unknown to the models are refused', r.stderr)
r = run('verify', 'a.safetensors', 'nowhere.pb')
check(r.returncode == 1 and 'nowhere.pb' in r.stderr, 'a file that is not there is named', r.stderr)
r = run('verify', 'a.safetensors')
check(r.returncode == 2, 'one model is wrong usage', r.stderr)
done()

#!/usr/bin/env python3
"""leuko verify finds no difference between files of one model, and finds another model."""
import concurrent.futures
import json

from harness import TINY, check, done, path, run

run('synth', 'cells', '--per-class', '12', '--groups', '4', '--size', '80')
run('sort', 'cells', '--out', 'shards', '--validation', '0.5', '--group-by', '(P[0-9]+)_')
run('train', 'shards', '--model', 'a.safetensors', *TINY)
run('train', 'shards', '--model', 'b.safetensors', '--seed', '3', *TINY)
r = run('freeze', 'a.safetensors', '-o', 'a.pb')
check(r.returncode == 0, 'a model and its frozen graph', r.stderr)

r = run('verify', 'a.safetensors', 'a.pb')
check(r.returncode == 0 and 'random inputs' in r.stderr and 'Research use only' in r.stdout,
      'a frozen graph answers as its model on random inputs; stderr names the inputs', (r.stdout, r.stderr))
r = run('verify', 'a.safetensors', 'a.pb', '--data', 'shards', '--json', '-')
j = json.loads(r.stdout) if r.returncode == 0 else {}
check(j.get('same') and j['max_dp'] < 1e-5 and j['n_flips'] == 0 and j['auc'] == j['auc_reference'],
      'and on a data set, with the AUC', (j, r.stderr))
check('validation split' in r.stderr, 'stderr names the split', r.stderr)

r = run('verify', 'a.safetensors', 'b.safetensors', '--data', 'cells')
check(r.returncode == 3 and 'OVER' in r.stdout and 'b.safetensors differ from those of a.safetensors' in r.stderr,
      'another model: exit status 3', (r.returncode, r.stdout, r.stderr))
r = run('verify', 'a.safetensors', 'b.safetensors', '--data', 'cells', '--max-dp', '1', '--flips', '1', '--mean-dp', '1',
        '--auc', '1')
check(r.returncode == 0, 'the limits are options', r.stderr)
r = run('verify', 'a.safetensors', 'a.safetensors', '--precision', 'bf16')
check(r.returncode in (0, 1) and (r.returncode == 0 or 'bf16' in r.stderr), 'both in bf16, where there is bf16', r.stderr)

# the use of a test split stands in the ledger, for both models
run('sort', 'cells', '--out', 'tested', '--validation', '0.25', '--test', '0.25', '--group-by', '(P[0-9]+)_')
before = len(open(path('tested', 'ledger.jsonl')).readlines())
r = run('verify', 'a.safetensors', 'a.pb', '--data', 'tested')
lines = open(path('tested', 'ledger.jsonl')).readlines()
check(r.returncode == 0 and 'test split' in r.stderr and len(lines) == before + 2 and
      all(json.loads(line)['command'] == 'leuko verify' for line in lines) and 'opened' not in r.stderr,
      'the ledger records the test split', (r, lines))
for times, data in (2, 'tested'), (4, 'tested'):
    r = run('verify', 'a.safetensors', 'b.safetensors', '--data', data, '--max-dp', '1', '--flips', '1', '--mean-dp', '1',
            '--auc', '1', '--json', 'v.json')
    models = times // 2  # a.pb is the model a
    check(r.returncode == 0 and 'the test split was opened %d times before, for %d model' % (times, models) in r.stderr and
          json.load(open(path('v.json')))['test_opened_before'] == {'times': times, 'models': models},
          'verify tells how often the test split was opened before: %d times' % times, (r, open(path('v.json')).read()))
r = run('verify', 'a.safetensors', 'a.pb', '--data', 'tested', '--split', 'validation', '--json', '-')
check('test_opened_before' not in json.loads(r.stdout), 'the validation split has no ledger', r)

# every format beside every other: one model in ten files
LABELS = {'safetensors': 'd.safetensors', 'torchvision': 'n.safetensors', 'graph': 'd.pb', 'onnx': 'd.onnx', 'bytes': 'b.onnx',
          'checkpoint': 'd.ckpt', 'half': 'h.safetensors', 'fp32': 'fp32.graph', 'bf16': 'bf16.graph', 'int8': 'int8.graph'}
run('synth', 'more', '--per-class', '32', '--groups', '4', '--size', '80', '--seed', '5')
run('sort', 'more', '--out', 'more-shards', '--validation', '0.5', '--group-by', '(P[0-9]+)_')
run('train', 'more-shards', '--model', 'd.safetensors', *TINY)
for args in (*[['freeze', 'd.safetensors', '-o', o, *more] for o, *more in (
                 ('d.pb',), ('d.onnx',), ('d.ckpt',), ('n.safetensors', '--names', 'torchvision'), ('h.safetensors', '--half'),
                 ('b.onnx', '--with-preprocessing'))],
             *[['compile', 'd.safetensors', '-o', p + '.graph', '--precision', p] + ([] if p == 'fp32' else ['--calibrate', 'more-shards'])
               for p in ('fp32', 'bf16', 'int8')]):
    r = run(*args)
    check(r.returncode == 0, ' '.join(args), r)
reduced = {'half', 'bf16', 'int8'}
names = list(LABELS)
pairs = [(p, q) for i, p in enumerate(names) for q in names[0 if p == 'safetensors' else i + 1:]]


def on_images(p, q):
    """The model's file on images, and int8, whose ranges hold for images; the other pairs on random inputs."""
    return p == 'safetensors' or q == 'int8'


def compare(pair):
    data = ['--data', 'more-shards'] if on_images(*pair) else ['--inputs', '2']
    return run('verify', LABELS[pair[0]], LABELS[pair[1]], '--json', '-', '--threads', '1', *data)


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    results = list(pool.map(compare, pairs))
for (p, q), r in zip(pairs, results):
    if r.returncode != 0:
        check(False, '%s beside %s' % (p, q), r)
        continue
    j = json.loads(r.stdout)
    exact = not {p, q} & reduced
    judged = {k for k, v in j['limits'].items() if v is not None}
    good = j['max_dp'] <= 1e-5 if exact else j['flips'] <= 0.01
    rules = {'largest |dp|'} if exact else {'mean |dp|', 'decisions that flip'} | ({'AUC lost'} if on_images(p, q) else set())
    check(good and judged == rules and len(j['checks']) == 5 and 'relative' in j, '%s beside %s' % (p, q), (r, j))
r = run('verify', 'd.safetensors', 'int8.graph', '--data', 'more-shards')
check(all(w in r.stdout for w in ('relative difference', 'decisions that flip', 'differ most', 'expected', 'result',
                                  'figures of the NCSDK\'s check tool', 'root mean square')), 'the printed report', r.stdout)
r = run('verify', 'd.safetensors', 'a.safetensors', '--data', 'more-shards', '--flips', '0.01')
check(r.returncode == 3, 'another model: its decisions are above the limit', r)

run('synth', 'others', '--per-class', '12', '--groups', '4', '--size', '80', '--classes', 'monocyte,neutrophil')
run('sort', 'others', '--out', 'other-shards', '--validation', '0', '--group-by', '(P[0-9]+)_')
run('train', 'other-shards', '--model', 'c.safetensors', '--positive', 'monocyte', *TINY)
r = run('verify', 'a.safetensors', 'c.safetensors')
check(r.returncode == 1 and 'different classes' in r.stderr and r.stderr.count('\n') <= 2, 'models of different classes are refused', r.stderr)
r = run('verify', 'a.safetensors', 'a.pb', '--data', 'others')
check(r.returncode == 1 and 'monocyte' in r.stderr, 'images of classes unknown to the models are refused', r.stderr)
r = run('verify', 'a.safetensors', 'nowhere.pb')
check(r.returncode == 1 and 'nowhere.pb' in r.stderr, 'a missing file is named', r.stderr)
r = run('verify', 'a.safetensors')
check(r.returncode == 2, 'one model is wrong usage', r.stderr)
done()

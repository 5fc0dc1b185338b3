"""Files that Leuko 0.1 wrote (tests/data/compat-0.1) load, and give the same answers.

The files were written on a processor with AVX2. ONEDNN_MAX_CPU_ISA=AVX2 makes any x86 processor use
the same instructions, so that its answers can be compared closely; a second pass without it proves
that the files load wherever the tests run."""
import array
import json
import os
import re
import shutil
import struct

from harness import ENV, check, done, path, run

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'data', 'compat-0.1')
AVX2 = dict(ENV, ONEDNN_MAX_CPU_ISA='AVX2')
START = ['--weights', 'random', '--depth-multiplier', '0.0625', '--size', '75', '--positive', 'blast',
         '--threads', '1', '--precision', 'fp32']
KINDS = {'head.safetensors': 'a Leuko model (safetensors)', 'fp32.graph': 'compiled', 'bf16.graph': 'compiled',
         'int8.graph': 'compiled', 'AMLGraph.pb': 'GraphDef', 'head.onnx': 'that Leuko wrote',
         'head.ckpt': 'a Leuko model', 'tuned.safetensors': 'a Leuko model (safetensors)'}

for name in os.listdir(DATA):
    (shutil.copytree if os.path.isdir(os.path.join(DATA, name)) else shutil.copy)(os.path.join(DATA, name), path(name))
expected = json.load(open(path('expected.json')))
has_avx2 = 'avx2' in open('/proc/cpuinfo').read()


def tensors(name):
    """{name: array of float32} of a safetensors file, without the digests of its training images."""
    data = open(path(name), 'rb').read()
    n, = struct.unpack('<Q', data[:8])
    header = json.loads(data[8:8 + n])
    return {k: array.array('f', data[8 + n + t['data_offsets'][0]:8 + n + t['data_offsets'][1]])
            for k, t in header.items() if k != '__metadata__' and t['dtype'] == 'F32'}


def largest_difference(a, b):
    if sorted(a) != sorted(b) or any(len(a[k]) != len(b[k]) for k in a):
        return float('inf')
    return max(abs(x - y) for k in a for x, y in zip(a[k], b[k]))


def classify(model, **kw):
    """{file: [probabilities]} and the run."""
    exact = [] if model.endswith('.graph') else ['--precision', 'fp32']  # a graph has its own
    r = run('classify', model, 'images', '--json', 'answers.json', *exact, **kw)
    if r.returncode != 0:
        return {}, r
    answers = json.load(open(path('answers.json')))['answers']
    return {os.path.basename(a['file']): [a['probabilities'][c] for c in ('blast', 'lymphocyte')] for a in answers}, r


# every model, compiled graph, frozen file and checkpoint gives the probabilities that it gave
for model, wanted in expected.items():
    exact = model not in ('bf16.graph', 'int8.graph')
    for env, within in ((AVX2, 1e-6 if exact else 1e-3), (ENV, 1e-6 if exact else 2e-2)):
        if env is AVX2 and not has_avx2:
            continue
        found, r = classify(model, env=env)
        gap = max((abs(x - y) for f in wanted for x, y in zip(found.get(f, [9, 9]), wanted[f])), default=9)
        check(gap <= within, '%s answers as before within %g%s' % (model, within, ', AVX2' if env is AVX2 else ''),
              '%g\n%s' % (gap, r))
    r = run('info', model)
    check(r.returncode == 0 and KINDS[model] in r.stdout, 'info identifies ' + model, r)

# shards: evaluation reads them and counts what it counted
r = run('eval', 'head.safetensors', 'shards', '--json', 'eval.json')
check(r.returncode == 0 and json.load(open(path('eval.json')))['confusion'] == [[2, 2], [1, 3]],
      'eval reads the shards: the same confusion matrix', r)

# shards and feature cache: training a head reads both, and computes no feature anew
r = run('train', 'shards', '--model', 'again.safetensors', '--endpoint', 'Mixed_5b', '--head', 'logistic', *START,
        env=dict(ENV, LEUKO_CACHE=path('cache')))
check(r.returncode == 0 and 'features: 0 computed, 24 from the cache' in r.stdout, 'every feature comes from the cache', r)
# the slope of the logits comes from heads of folds, which are fitted less exactly
if r.returncode == 0:
    before = tensors('head.safetensors')
    largest = max(abs(x) for k in before if 'Logits' in k for x in before[k])
    gap = largest_difference(tensors('again.safetensors'), before) / largest
check(r.returncode == 0 and gap <= 1e-5, 'and the head is the same', gap)

# a checkpoint, its recipe with a section [optimiser]: training goes on where it stopped
if has_avx2:
    os.rename(path('part.run'), path('m.run'))
    # without --precision: the checkpoint names it
    r = run('train', 'shards', '--model', 'm.safetensors', '--tune', 'all', '--endpoint', 'Conv2d_2b_3x3', '--epochs', '2',
            '--batch', '4', '--resume', *START[:START.index('--precision')], env=AVX2)
    check(r.returncode == 0 and 'precision: fp32 (recorded in the checkpoint)' in r.stderr, 'a resume from the checkpoint', r)
    gap = largest_difference(tensors('m.safetensors'), tensors('tuned.safetensors')) if r.returncode == 0 else 9
    check(gap <= 1e-4, 'ends with the same weights', gap)
    log = [json.loads(x) for x in open(path('m.run', 'train.jsonl'))]
    check([x['step'] for x in log if 'loss' in x] == list(range(1, 9)), 'the run log goes on behind its old lines', log)
else:
    print('# the checkpoint is of a processor with AVX2, which this one does not have: no resume')
done()

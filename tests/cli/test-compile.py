#!/usr/bin/env python3
"""A model compiled to .graph answers as the model does, through compile, info, classify, eval and profile."""
import concurrent.futures
import json
import os
import re
import signal
import struct
import subprocess

from harness import ENV, LEUKO, TINY, WORK, check, digest, done, path, run, small_model, write

small_model(TINY)


def answers(model, folder='cells/blast'):
    exact = [] if model.endswith('.graph') else ['--precision', 'fp32']  # a graph has its own
    r = run('classify', model, folder, '--json', '-', *exact)
    return {os.path.basename(a['file']): a['probabilities'] for a in json.loads(r.stdout)['answers']}, r


def furthest(a, b):
    return max(abs(a[f][c] - b[f][c]) for f in a for c in a[f])


def asked_by(pid):
    """The process that `leuko compile` asks on an older instruction set."""
    for d in os.listdir('/proc'):
        try:
            if d.isdigit() and open('/proc/%s/stat' % d).read().rsplit(')', 1)[1].split()[1] == str(pid):
                return int(d)
        except OSError:
            pass
    return None


def compile_and_kill(who):
    """Compile; once another process is asked, end the one or the other."""
    child = subprocess.Popen([LEUKO, 'compile', 'm.safetensors', '-o', 'killed.graph', '--calibrate', 'shards',
                              '--images', '16'], cwd=WORK, env=ENV, text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    other = None
    while child.poll() is None and other is None:
        other = asked_by(child.pid)
    if other:
        os.kill(child.pid if who == 'asker' else other, signal.SIGINT if who == 'asker' else signal.SIGKILL)
    out, err = child.communicate(timeout=120)
    return other, child.returncode, err


def refused(r, status, *words):
    return r.returncode == status and r.stderr.count('\n') == 1 and all(w in r.stderr for w in words)


model, _ = answers('m.safetensors')
r = run('compile', 'm.safetensors', '-o', 'AML.graph')
check(r.returncode == 0 and 'fp32' in r.stdout, 'compile without calibration makes fp32', r)
same, _ = answers('AML.graph')
check(len(same) == 24 and furthest(same, model) < 1e-4, 'the fp32 graph answers as the model', furthest(same, model))

# int8: the gate, then the same decisions within its limits
before, entries = digest('shards'), sorted(os.listdir(path()) + ['int8.graph', 'c.json'])
r = run('compile', 'm.safetensors', '-o', 'int8.graph', '--calibrate', 'shards', '--images', '16', '--json', 'c.json')
report = json.load(open(path('c.json')))
check(r.returncode == 0 and report['written'] and report['gate']['holds'], 'int8 passes its gate', r)
sets = [g['isa'] for g in report['gate_elsewhere']]
check(r.returncode == 0 and sets == [s for s in ('AVX2', 'SSE4.1') if s in sets] and report['gate']['isa'] not in sets and
      all(g['holds'] and g['images'] == report['gate']['images'] for g in report['gate_elsewhere']),
      'and is judged again on the older instruction sets', report)
check(all(re.search(r'^%s +16 .*holds$' % s, r.stdout, re.M) for s in [report['gate']['isa'] + r' \(here\)', *sets]),
      'the table has a row for each of them', r.stdout)
check(sorted(os.listdir(path())) == entries, 'nothing but the graph and the figures is left', os.listdir(path()))
check(digest('shards') == before, 'compile changes nothing in the shards, and leaves no mark in the ledger')
rounded, _ = answers('int8.graph')
check(len(rounded) == 24 and 0 < furthest(rounded, model) < 0.25, 'the int8 graph answers near the model, not equally',
      furthest(rounded, model))
r = run('info', 'int8.graph', '--json', '-')
told = json.loads(r.stdout)
check(told['kind'] == 'a graph compiled by leuko' and told['precision'].startswith('int8, for any processor') and
      'blast' in told['classes'], 'info says what it holds', told)
check(told.get('gate held on', '').split(', ') == [report['gate']['isa'], *sets], 'and where its gate held', told)
a, b = (json.loads(run('eval', m, 'shards', '--split', 'validation', '--json', '-').stdout)
        for m in ('m.safetensors', 'int8.graph'))
check(b['auc']['value'] >= a['auc']['value'] - 0.005, 'eval of the graph: the AUC loses no more than the gate allows',
      (a['auc'], b['auc']))
r = run('eval', 'int8.graph', 'shards')
check(r.returncode == 0 and 'int8.graph' in r.stdout, 'eval uses the test split with a graph', r)


def compile_range(how):
    out = how.replace(':', '-') + '.graph'
    r = run('compile', 'm.safetensors', '-o', out, '--calibrate', 'shards', '--images', '16', '--range', how, '--threads', '1')
    return digest(out) if r.returncode == 0 else how if r.returncode == 3 else None


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    made = {digest('int8.graph'), *pool.map(compile_range, ('max', 'percentile:99.9'))}
check(len(made) == 3 and None not in made, 'ranges by largest value, percentile and squared error differ', made)
for how in ('percentile:40', 'percentile:', 'least'):
    check(refused(run('compile', 'm.safetensors', '-o', 'x.graph', '--calibrate', 'shards', '--range', how), 2, 'range "%s"' % how),
          '--range %s is wrong usage' % how)

if sets:
    other, status, err = compile_and_kill('asker')
    check(status == 130 and err.count('\n') == 1 and digest('killed.graph') is None and not os.path.exists('/proc/%s' % other),
          'interrupted while it asks itself: nothing is left, no process either', (status, err))
    other, status, err = compile_and_kill('asked')
    check(status == 1 and err.count('\n') == 1 and re.search(r'on (AVX2|SSE4.1): ', err) and digest('killed.graph') is None,
          'the other process dies: one line, nothing written', (status, err))

# bf16, and the processors without it
r = run('compile', 'm.safetensors', '-o', 'b.graph', '--precision', 'bf16')
check(r.returncode == 0 and 'not compared' in r.stderr, 'bf16 without images says that it was not compared', r)
old = dict(os.environ, ONEDNN_MAX_CPU_ISA='SSE41')
for graph in ('b.graph', 'int8.graph'):
    r = run('classify', graph, 'cells/blast', '--json', '-', env=old)
    there = {os.path.basename(x['file']): x['probabilities'] for x in json.loads(r.stdout)['answers']}
    near, _ = answers(graph)
    check(r.returncode == 0 and furthest(there, near) < 0.05, graph + ' answers alike on SSE4.1', r.stderr)
    check((graph == 'b.graph') == ('runs in fp32' in r.stderr), graph + ': what runs instead is said', r.stderr)
for limit, below in (('SSE41', []), ('AVX2', ['SSE4.1'])):
    if limit == 'AVX2' and 'AVX2' not in sets:
        continue  # the processor's own: the first compilation
    r = run('compile', 'm.safetensors', '-o', 'l.graph', '--calibrate', 'shards', '--images', '16', '--json', '-',
            env=dict(os.environ, ONEDNN_MAX_CPU_ISA=limit))
    check(r.returncode == 0 and [g['isa'] for g in json.loads(r.stdout)['gate_elsewhere']] == below,
          'limited to %s, compile judges only older instruction sets' % limit, r)
r = run('answers', 'int8.graph', 'shards', '--images', '3')
check(r.returncode == 0 and r.stdout.count('\n') == 4 and 'answers' not in run('help').stdout,
      'the command that it asks itself with is hidden', r)
r = run('compile', 'm.safetensors', '-o', 'v.graph', '--calibrate', 'shards', '--isa', 'vnni', env=old)
check(refused(r, 1, 'VNNI', '--isa any') and digest('v.graph') is None, 'a VNNI graph is not made where it cannot be tried', r)

# mvNCCompile's way of calling
r = run('freeze', 'm.safetensors', '-o', 'AMLGraph.pb')
for arguments in (['-in=input', '-on=InceptionV3/Predictions/Softmax'],
                  ['-in', 'input', '-on', 'InceptionV3/Predictions/Softmax', '-s', '12', '-is', '299', '299']):
    r = run('compile', 'AMLGraph.pb', *arguments, '-o', 'stick.graph')
    check(r.returncode == 0 and ('shaves' in r.stderr) == ('-s' in arguments), ' '.join(arguments) + ' is understood', r)
again, _ = answers('stick.graph')
check(furthest(again, model) < 1e-4, 'the graph of a .pb answers as the model')
# other people's graphs: names of their own, operations that are not read
graph = open(path('AMLGraph.pb'), 'rb').read().replace(b'InceptionV3/', b'TheirGraph1/')
write('theirs.pb', graph)
write('strange.pb', graph.replace(b'MaxPool', b'MaxPoof'))
r = run('compile', 'theirs.pb', '-o', 'theirs.graph')
check(r.returncode == 0 and 'classes are named 0 to 1' in r.stderr, 'a graph under other names is followed', r)
theirs, _ = answers('theirs.graph')
check(sorted(sum((list(p.values()) for p in theirs.values()), [])) == sorted(sum((list(p.values()) for p in again.values()), [])),
      'and answers the same')
r = run('compile', 'strange.pb', '-o', 'x.graph')
check(refused(r, 1, 'strange.pb', 'is a MaxPoof', '(supported: ', 'Conv2D', 'MaxPool,') and digest('x.graph') is None,
      'an operation that is not known is named, with those that are', r)
check(run('freeze', 'm.safetensors', '-o', 'm.onnx').returncode == 0 and
      run('compile', 'm.onnx', '-o', 'onnx.graph').returncode == 0 and furthest(answers('onnx.graph')[0], model) < 1e-4,
      'the graph of an ONNX model answers as the model')
for file in ('m.onnx', 'AMLGraph.pb', 'm.safetensors', 'int8.graph'):
    r = run('profile', file, '--runs', '3', '--json', '-')
    p = json.loads(r.stdout) if r.returncode == 0 else {}
    check(p and p['memory_bytes'] > 0 and p['process_bytes'] >= p['memory_bytes'], 'profile runs %s and tells its memory' % file, r)
r = run('compile', 'AMLGraph.pb', '-on=Logits', '-o', 'x.graph')
check(refused(r, 2, '-on Logits', 'InceptionV3/Predictions/Softmax'), 'another output\'s name is wrong usage', r)

# what goes wrong
check(refused(run('compile', 'm.safetensors', '-o', 'x.graph', '--precision', 'int8'), 2, '--calibrate'),
      'int8 without images is wrong usage')
check(refused(run('compile', 'm.safetensors', '-o', 'x.graph', '--calibrate', 'cells'), 1, 'validation'),
      'a folder that sort did not write cannot calibrate')
r = run('compile', 'm.safetensors', '-o', 'x.graph', '--calibrate', 'shards', '--images', '16', '--max-raised', '0',
        '--range', 'percentile:51', '--json', 'x.json')
x = json.load(open(path('x.json')))
check(r.returncode == 3 and r.stderr.count('\n') == 1 and 'FAILS' in r.stdout and digest('x.graph') is None and
      not x['written'] and not x['gate']['holds'] and x['gate_elsewhere'] == [],
      'a gate that fails (ranges that cut half of the values) exits 3, shows its table and writes nothing', r)
write('ncs.graph', bytes(32) + struct.pack('<II', 256, 2) + bytes(260))
check(refused(run('classify', 'ncs.graph', 'cells'), 1, 'Neural Compute Stick'), 'the stick\'s graph is refused by name')
r = run('train', 'shards', '--model', 'y.safetensors', '--weights', 'int8.graph')
check(r.returncode == 1 and 'compiled graph' in r.stderr and digest('y.safetensors') is None,
      'a compiled graph is no start for training', r)
whole = open(path('int8.graph'), 'rb').read()
write('cut.graph', whole[:-1])
check(refused(run('classify', 'cut.graph', 'cells'), 1, 'cut.graph'), 'a graph cut short is one line and exit 1')

# profile
r = run('profile', 'int8.graph', '--runs', '3', '--json', 'p.json', '--html', 'p.html')
p = json.load(open(path('p.json')))
page = open(path('p.html')).read()
check(r.returncode == 0 and p['steps'] and abs(sum(s['share'] for s in p['steps']) - 1) < 1e-6 and
      all(s['ms'] > 0 for s in p['steps']), 'profile: every step has a time, shares sum to 1', r)
check(any(s['layer'] == 'Conv2d_1a_3x3' and s['precision'] == 'int8' and s['mflop'] > 0 for s in p['steps']) or
      'Conv2d_1a_3x3' in report['raised'], 'profile names layers, work and precision')
check(re.fullmatch(r'[23]\.\d+\.\d+', p['onednn']) and 'oneDNN ' + p['onednn'] in r.stdout, 'profile names the version of oneDNN', r)
layers = {name for s in p['steps'] if s['kind'] == 'convolution' for name in s['layer'].split('+')}
check(page.count('<rect') >= len(layers) >= 9 and 'http' not in page.replace('http://www.w3.org', '') and '<script' not in page,
      'the page draws the network and needs nothing else')
done()

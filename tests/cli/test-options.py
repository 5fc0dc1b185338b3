#!/usr/bin/env python3
"""Options without effect, mistyped words and outputs with another format's suffix are refused before any work: exit
status 2, one line, nothing written."""
import os
import re

from harness import QUICK, WORK, check, path, run, small_model, done, write

small_model()
r = run('compile', 'm.safetensors', '-o', 'm.graph')
check(r.returncode == 0, 'compile', r)
run('synth', 'three', '--per-class', '4', '--groups', '2', '--size', '75', '--classes', 'blast,lymphocyte,monocyte')
run('sort', 'three', '--out', 'three-shards', '--validation', '0')
r = run('train', 'three-shards', '--model', 'three.safetensors', *QUICK)
check(r.returncode == 0, 'a model of three classes', r)
write('labels.csv', 'file,class\nx.jpg,a\n')
before = sorted(os.listdir(WORK))

MODEL, GRAPH, THREE = 'm.safetensors', 'm.graph', 'three.safetensors'
TRAIN, FEATURES, CLASSIFY = ['train', 'shards', '--model', 'x.safetensors'], ['features', 'cells', '-o', 'x.npy'], ['classify', MODEL, 'cells']

# Options that do not apply: the line names the option and the one that excludes it.
for args, *words in (
        ([*TRAIN, '--epochs', '3'], '--epochs', '--tune head'),
        ([*TRAIN, '--lr', '0.1', '--tune', 'head'], '--lr', '--tune head'),
        ([*TRAIN, '--resume'], '--resume', '--tune head'),
        ([*TRAIN, '--until=2'], '--until', '--tune head'),
        ([*TRAIN, '--checkpoint-steps', '1'], '--checkpoint-steps', '--tune head'),
        ([*TRAIN, '--tune', 'head', '--recipe', 'scratch'], '--tune head', 'recipe'),
        ([*TRAIN, '--weights', MODEL, '--depth-multiplier', '0.5'], '--depth-multiplier', '--weights random'),
        ([*TRAIN, '--weights', MODEL, '--size', '96'], '--size', '--weights random'),
        ([*TRAIN, '--tune', 'all', '--epochs', '2', '--until', '3', *QUICK], 'until epoch 3', '2 epochs'),
        ([*FEATURES, '--weights', MODEL, '--size', '96'], '--size', '--weights random'),
        ([*FEATURES, '--weights', MODEL, '--seed', '50'], '--seed', '--weights random'),
        ([*CLASSIFY, '--device', 'ncs', '--threads', '2'], '--threads', '--device ncs'),
        ([*CLASSIFY, '--device', 'ncs', '--batch', '8'], '--batch', '--device ncs'),
        ([*CLASSIFY, '--device', 'ncs', '--precision', 'fp32'], '--precision', '--device ncs'),
        (['classify', THREE, 'three', '--threshold', '0.5'], 'threshold', 'two classes'),
        (['classify', GRAPH, 'cells', '--precision', 'fp32'], '--precision', GRAPH, 'compiled graph'),
        (['eval', GRAPH, 'cells', '--precision', 'bf16'], '--precision', GRAPH, 'compiled graph'),
        (['profile', GRAPH, '--precision', 'fp32'], '--precision', GRAPH, 'compiled graph'),
        (['verify', GRAPH, GRAPH, '--precision', 'fp32'], '--precision', GRAPH, 'compiled graph'),
        (['eval', THREE, 'three', '--threshold', '0.5'], 'threshold', 'two classes'),
        (['eval', THREE, 'three', '--prevalence', '0.1'], 'prevalence', 'two classes'),
        (['eval', MODEL, 'cells', '--split', 'test'], 'split', 'not a folder of shards'),
        (['eval', MODEL, 'shards', '--group-by', '(P)'], 'groups', 'shards'),
        (['features', 'shards', '-o', 'x.npy', *QUICK, '--labels', 'labels.csv'], 'shards', 'labels'),
        (['features', 'shards', '-o', 'x.npy', *QUICK, '--layout', 'class'], 'shards', 'layout'),
        (['eval', MODEL, 'shards', '--classes', 'x=none'], '"x"', 'blast, lymphocyte'),
        (['features', 'shards', '-o', 'x.npy', *QUICK, '--classes', 'x=none'], '"x"', 'blast, lymphocyte'),
        (['verify', MODEL, GRAPH, '--classes', 'blast=all'], '--classes', '--data'),
        (['verify', MODEL, GRAPH, '--labels', 'labels.csv'], '--labels', '--data'),
        (['verify', MODEL, GRAPH, '--split', 'test'], '--split', '--data'),
        (['verify', MODEL, GRAPH, '--auc', '0.1'], '--auc', '--data'),
        (['verify', MODEL, GRAPH, '--data', 'cells', '--inputs', '3'], '--inputs', '--data'),
        (['verify', MODEL, GRAPH, '--data', 'cells', '--seed', '50'], '--seed', '--data'),
        (['verify', MODEL, GRAPH, '--flips', '-1'], '--flips -1', '0 to 1'),
        (['compile', MODEL, '-o', 'x.graph', '--images', '16'], '--images', 'int8'),
        (['compile', MODEL, '-o', 'x.graph', '--max-raised', '48'], '--max-raised', 'int8'),
        (['compile', MODEL, '-o', 'x.graph', '--isa', 'any'], '--isa', 'int8'),
        (['compile', MODEL, '-o', 'x.graph', '--range', 'mse'], '--range', 'int8'),
        (['compile', MODEL, '-o', 'x.graph', '--precision', 'fp32', '--calibrate', 'shards'], '--calibrate', '--precision fp32'),
        (['freeze', MODEL, '-o', 'x.onnx', '--batch', '1'], '--batch', '.pb'),
        (['freeze', MODEL, '-o', 'x.pb', '--half'], '.pb', '.safetensors'),
        (['synth', 'x', '--per-class', '0', '--fields', '1', '--size', '299'], '--size', '--per-class 0'),
        (['check', 'cells', '--all', '--json', '-'], '--all', '--json -'),
        (['sort', 'cells', '--out', 'x', '--test-groups', 'P01'], '--test-groups', '--group-by'),
        (['sort', 'cells', '--out', 'x', '--resplit'], '--resplit', 'no splits'),
        (['augment', 'cells', 'x', '--ops', 'gray', '--rotations', '20'], '--rotations', '--ops'),
        (['augment', 'cells', 'x', '--ops', 'gray,shear', '--seed', '50'], '--seed', '--ops'),
        (['augment', 'cells', 'x', '--ops', 'gray', '--border', '1,2,3'], '--border', '--ops'),
        (['weights', 'convert', MODEL, 'x.safetensors', '--json', 'x.json'], '--json', 'weights convert'),
        (['weights', 'list', '--out', 'x'], '--out', 'weights list'),
        (['weights', 'inspect', MODEL, '--sha256', '0' * 64], '--sha256', 'weights inspect'),
        (['weights', 'inspect', MODEL, '--input', 'imagenet'], '--input', 'weights inspect')):
    r = run(*args)
    r.stderr = re.sub('leuko: positive class: .*\n', '', r.stderr)
    check(r.returncode == 2 and r.stderr.count('\n') == 1 and not r.stdout and all(w in r.stderr for w in words),
          'leuko %s: refused' % ' '.join(args), r)

# Mistyped words: the nearest one is named.
for args, nearest in (
        ([*TRAIN, '--tune', 'hed'], 'head'), ([*TRAIN, '--tune', 'Mixed_7'], 'Mixed_7a'), ([*TRAIN, '--recipe', 'finetun'], 'finetune'),
        ([*TRAIN, '--endpoint', 'Mixd_6e'], 'Mixed_6e'),
        ([*FEATURES, '--endpoint', 'mixed_7a'], 'Mixed_7a'),
        ([*TRAIN, '--precision', 'fp23'], 'fp32'), ([*FEATURES, '--precision', 'bf61'], 'bf16'), ([*CLASSIFY, '--precision', 'fp23'], 'fp32'),
        (['eval', MODEL, 'shards', '--precision', 'atuo'], 'auto'), (['profile', MODEL, '--precision', 'fp23'], 'fp32'),
        ([*CLASSIFY, '--device', 'nsc'], 'ncs'),
        (['eval', MODEL, 'shards', '--split', 'validaton'], 'validation'),
        (['verify', MODEL, GRAPH, '--data', 'shards', '--split', 'tets'], 'test'), (['verify', MODEL, MODEL, '--precision', 'fp23'], 'fp32'),
        (['compile', MODEL, '-o', 'x.graph', '--precision', 'int9'], 'int8'),
        (['compile', MODEL, '-o', 'x.graph', '--calibrate', 'shards', '--isa', 'vnn'], 'vnni'),
        (['freeze', MODEL, '-o', 'x.safetensors', '--names', 'torchvison'], 'torchvision'),
        (['augment', 'cells', 'x', '--ops', 'gray,rotat'], 'rotate'), (['synth', 'x', '--classes', 'blasts'], 'blast'),
        (['weights', 'lst'], 'list'), (['weights', 'fetch', 'torchvison'], 'torchvision'),
        (['weights', 'convert', MODEL, 'x.safetensors', '--input', 'imagnet'], 'imagenet')):
    r = run(*args)
    check(r.returncode == 2 and r.stderr.count('\n') == 1 and 'did you mean %s?' % nearest in r.stderr,
          'leuko %s: did you mean %s?' % (' '.join(args), nearest), r)

# Outputs: the suffix of another format is refused with the one that is written.
for args, *words in (
        (['train', 'shards', '--model', 'ft.pt'], '--model ft.pt', 'ft.safetensors', 'leuko freeze'),
        (['train', 'shards', '-m', 'ft.ONNX'], 'ft.safetensors', 'leuko freeze'),
        (['train', 'shards', '--model', 'ft.graph'], 'ft.safetensors', 'leuko compile'),
        (['freeze', MODEL, '-o', 'x.pth'], 'x.pth', '.pb', '.onnx', '.safetensors', '.ckpt'),
        (['compile', MODEL, '-o', 'x.pb'], '--out x.pb', 'x.graph', 'leuko freeze'),
        (['features', 'cells', '-o', 'x.csv', *QUICK], '--output x.csv', 'x.npy'),
        (['classify', MODEL, 'cells', '--csv', 'x.json'], '--csv x.json', 'x.csv'),
        (['classify', MODEL, 'cells', '--json', 'x.csv'], '--json x.csv', 'x.json'),
        (['eval', MODEL, 'cells', '--json', 'x.html'], '--json x.html', 'x.json'),
        (['eval', MODEL, 'cells', '--csv', 'x.npy'], '--csv x.npy', 'x.csv'),
        (['verify', MODEL, GRAPH, '--json', 'x.csv'], '--json x.csv', 'x.json'),
        (['profile', MODEL, '--html', 'x.json'], '--html x.json', 'x.html'),
        (['info', MODEL, '--json', 'x.txt'], '--json x.txt', 'x.json'),
        (['weights', 'convert', MODEL, 'x.pt'], 'x.pt', '.safetensors')):
    r = run(*args)
    check(r.returncode == 2 and r.stderr.count('\n') == 1 and not r.stdout and all(w in r.stderr for w in words),
          'leuko %s: another suffix' % ' '.join(args), r)
check(sorted(os.listdir(WORK)) == before, 'nothing was written', sorted(set(os.listdir(WORK)) ^ set(before)))

# Other names are the user's choice.
for args in (['compile', MODEL, '-o', 'graph'], ['info', MODEL, '--json', 'facts'], ['features', 'cells', '-o', 'f.v2', *QUICK],
             ['info', MODEL, '--json', 'FACTS.JSON']):
    r = run(*args)
    check(r.returncode == 0, 'leuko %s: accepted' % ' '.join(args), r)
# The value of an option may look like another option; options after -- are names.
r = run('verify', MODEL, GRAPH, '--data', '--inputs')
check(r.returncode == 1 and '--inputs: cannot read this folder' in r.stderr, 'a value that looks like an option', r)
done()

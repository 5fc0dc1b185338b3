#!/usr/bin/env python3
"""The frozen graph answers in OpenCV's dnn module as the model answers here, and reads back as a model."""
import json
import os
import sys

from harness import WORK, check, done, run

SIDE = 139


def leuko(*args):
    r = run(*args)
    if r.returncode != 0:
        print('Bail out! leuko %s: %s' % (' '.join(args), r.stderr))
        sys.exit(1)
    return r


def answers(model, folder):
    """file -> {class: probability}"""
    r = leuko('classify', model, folder, '--json', '-')
    return {os.path.basename(a['file']): a['probabilities'] for a in json.loads(r.stdout)['answers']}


os.chdir(WORK)
leuko('synth', 'cells', '--per-class', '12', '--groups', '4', '--size', str(SIDE))
leuko('sort', 'cells', '--out', 'shards', '--validation', '0', '--shards', '1', '--group-by', '(P[0-9]+)_')
# the whole network, then cut: the names and the number of variables follow
for endpoint, variables, pool in (('Mixed_7c', 378, 'AvgPool_1a_3x3'), ('Mixed_7a', 306, 'AvgPool_1a_3x3')):
    leuko('train', 'shards', '--model', 'm.safetensors', '--weights', 'random', '--depth-multiplier', '0.25',
          '--size', str(SIDE), '--endpoint', endpoint)
    r = leuko('freeze', 'm.safetensors', '-o', endpoint + '.pb')
    check('Froze %d variables.\n' % variables in r.stdout, '%s freezes %d variables' % (endpoint, variables), r)
    graph = open(endpoint + '.pb', 'rb').read()
    check(pool.encode() in graph and b'InceptionV3/Predictions/Softmax' in graph,
          '%s: slim\'s names are in the graph' % endpoint)
os.mkdir('images')
try:
    import cv2
    import numpy as np
except ImportError:
    check(True, 'OpenCV answers alike # SKIP python3-opencv is absent')
else:
    for k, f in enumerate(sorted(os.listdir('cells/blast'))[:4] + sorted(os.listdir('cells/lymphocyte'))[:4]):
        kind = 'blast' if k < 4 else 'lymphocyte'
        cv2.imwrite('images/%d.png' % k, cv2.imread('cells/%s/%s' % (kind, f)))
    for endpoint in ('Mixed_7c', 'Mixed_7a'):
        net = cv2.dnn.readNetFromTensorflow(endpoint + '.pb')
        ours = answers(endpoint + '.pb', 'images')
        worst = 0
        for f, p in sorted(ours.items()):
            rgb = cv2.cvtColor(cv2.imread('images/' + f), cv2.COLOR_BGR2RGB).astype(np.float32) / 127.5 - 1
            net.setInput(rgb.transpose(2, 0, 1)[None])
            theirs = net.forward('InceptionV3/Predictions/Softmax').ravel()
            worst = max(worst, abs(theirs - np.array([p['blast'], p['lymphocyte']])).max())
        check(len(ours) == 8 and worst < 1e-4, '%s: OpenCV answers alike on 8 images' % endpoint, worst)
# the graph read back is the model (Mixed_7a was trained last)
a, b = answers('m.safetensors', 'cells/blast'), answers('Mixed_7a.pb', 'cells/blast')
check(max(abs(a[f]['blast'] - b[f]['blast']) for f in a) < 1e-6 and len(a) == 12,
      'the graph read back answers as the model')
# without its description classes are numbered, and this is said
os.rename('Mixed_7a.pb.json', 'away.json')
r = leuko('classify', 'Mixed_7a.pb', 'cells/blast')
check('classes are named 0 to 1' in r.stderr, 'without .pb.json the classes are numbered, said aloud', r.stderr)
os.rename('Mixed_7c.pb.json', 'Mixed_7a.pb.json')
r = run('classify', 'Mixed_7a.pb', 'cells/blast')
check(r.returncode == 1 and 'describes another graph' in r.stderr and r.stderr.count('\n') == 1,
      'the description of another graph is refused', r.stderr)
graph = open('Mixed_7a.pb', 'rb').read()
open('cut.pb', 'wb').write(graph[:len(graph) // 2])
r = run('classify', 'cut.pb', 'cells/blast')
check(r.returncode == 1 and r.stderr.count('\n') == 1, 'a graph cut short is one line and exit 1', r.stderr)
done()

#!/usr/bin/env python3
"""Heat maps of weights that have a fine grid lie on the cell: on synthetic cells of patients that the head has not seen,
the median of heat inside the cell against outside is at least 3, and the peak is inside in 90 %. The 2015 ImageNet
weights are in shared/weights; without them there is nothing to test."""
import json
import os
from harness import check, done, path, run

SHARED = os.environ.get('LEUKO_SHARED', os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../../shared'))
WEIGHTS = os.path.join(SHARED, 'weights', 'inception_v3_2015_to_mixed_7a.safetensors')
if os.path.exists(WEIGHTS):
    for args in (('synth', 'seen', '--per-class', '40', '--groups', '10', '--size', '299'),
                 ('sort', 'seen', '--out', 'shards', '--group-by', '(P[0-9]+)', '--validation', '0.3', '--shards', '2'),
                 ('train', 'shards', '--model', 'm.safetensors', '--weights', WEIGHTS, '--endpoint', 'Mixed_7a'),
                 ('synth', 'new', '--per-class', '15', '--groups', '5', '--size', '299', '--seed', '4711')):
        r = run(*args)
        assert r.returncode == 0, r
    r = run('explain', 'm.safetensors', 'new', '-o', 'maps', '--json', 'maps.json')
    s = json.load(open(path('maps.json')))['all']
    check(r.returncode == 0 and s['images'] == s['cells'] == 30 and s['ratio'] >= 3, 'heat lies on the cell', s)
    check(s['peak_inside'] >= 27, 'the peak is inside the cell in 90 %', s)
    check('does not show' not in r.stderr, 'and no doubt is told', r.stderr)
else:
    check(True, 'skipped: no weights in ' + SHARED)
done()

#!/usr/bin/env python3
"""usage: drift.py MODEL.safetensors OWN.json OTHER.json...

How many images of another laboratory pass until the model warns, and how often it warns without reason. OWN.json and
OTHER.json are outputs of `leuko classify MODEL FOLDER --json`: images of the model's own laboratory that took no part in
training, and of others. Random orders of the images, 2,000 of each; the test is that of src/stats/typical.h for
unknown groups, with the normal distribution for Student's t. Groups are not used.
"""
import json
import math
import random
import statistics
import struct
import sys

DRAWS, FEWEST, FALSE_ALARM = 2000, 20, 0.001


def reference(model):
    data = open(model, 'rb').read()
    size, = struct.unpack('<Q', data[:8])
    return json.loads(json.loads(data[8:8 + size])['__metadata__']['leuko'])['typical']


def scores(name):
    return [math.log(a['distance']) for a in json.load(open(name))['answers'] if a.get('distance')]


def first_warning(r, order, least):
    """The number of images after which the test warns; infinity: it does not."""
    total = 0
    for n, x in enumerate(order, 1):
        total += x
        deviation = (total / n - r['mean']) / math.sqrt(r['within'] * (1 / n + 1 / r['images']))
        if n >= least and deviation > least_deviation:
            return n
    return math.inf


def shuffled(values, n=None):
    return random.sample(values, n or len(values))


least_deviation = statistics.NormalDist().inv_cdf(1 - FALSE_ALARM)
random.seed(1)
r, own = reference(sys.argv[1]), scores(sys.argv[2])
for n in 20, 50, 100, 200, 400:
    if n <= len(own):
        alarms = sum(first_warning(r, shuffled(own, n), n) <= n for _ in range(DRAWS))
        print('own laboratory, a run of %d images: false alarms %.4f' % (n, alarms / DRAWS))
alarms = sum(first_warning(r, shuffled(own), FEWEST) <= len(own) for _ in range(DRAWS))
print('own laboratory, after each of %d images: false alarms %.4f' % (len(own), alarms / DRAWS))
for name in sys.argv[3:]:
    other = scores(name)
    for share in 1, 0.5, 0.2, 0.1:
        runs = sorted(first_warning(r, [random.choice(other if random.random() < share else own) for _ in range(400)],
                                    FEWEST) for _ in range(DRAWS))
        print('%s, a share of %g: warning after %g images (median), %g (95 %%)' % (
            name, share, runs[DRAWS // 2], runs[DRAWS * 95 // 100]))

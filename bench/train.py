#!/usr/bin/env python3
"""Measure a training step of all layers (batch 10, 299 x 299, Adam) against PyTorch, alternating in each round.

usage: train.py BUILD [ROUNDS=3] [STEPS=3] [fp32-trained,bf16-frozen,...]

Ratios compare Leuko with the faster of PyTorch's two memory layouts.
"""
import os
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
build, rounds, steps = sys.argv[1], int((sys.argv + [3] * 3)[2]), (sys.argv + ['3'] * 4)[3]
only = sys.argv[4].split(',') if len(sys.argv) > 4 else None
ENV = dict(os.environ, GOMP_SPINCOUNT='10000')


def ours(precision, mode):
    out = subprocess.run([build + '/bench/bench-train', precision, mode, '10', steps], check=True, capture_output=True,
                         text=True, env=ENV).stdout
    return float(re.search(r'([\d.]+) images/s', out)[1]), float(re.search(r'peak (\d+) MB', out)[1])


def peer(precision, mode, layout):
    out = subprocess.run(['/usr/bin/python3', HERE + '/peers/train-pytorch.py', precision, mode, layout, '10', steps],
                         check=True, capture_output=True, text=True).stdout.split()
    return float(out[0]), float(out[1])


print('%-16s %14s %22s %7s %12s %7s' % ('', 'ours images/s', 'PyTorch nchw | nhwc', 'ratio', 'memory MB', 'ratio'))
for precision in ('fp32', 'bf16'):
    for mode in ('trained', 'frozen'):
        if only and precision + '-' + mode not in only:
            continue
        rows = []
        for _ in range(rounds):
            rows.append((ours(precision, mode), peer(precision, mode, 'contiguous'), peer(precision, mode, 'channels_last')))
        speed = statistics.median(a[0] / max(b[0], c[0]) for a, b, c in rows)
        memory = statistics.median(a[1] / min(b[1], c[1]) for a, b, c in rows)
        m = [[statistics.median(r[k][j] for r in rows) for j in (0, 1)] for k in range(3)]
        print('%-16s %14.2f %13.2f | %6.2f %7.2f %5.0f | %4.0f %7.2f' % (
            precision + ' ' + mode, m[0][0], m[1][0], m[2][0], speed, m[0][1], min(m[1][1], m[2][1]), memory), flush=True)

#!/usr/bin/env python3
"""Progress: a changing line on a terminal; elsewhere lines of a log for long work, and nothing for short work."""
import os
import pty
import re

from harness import WORK, check, done, path, run, small_model


def log_of(*args, **kw):
    """The exit status and the lines that a command writes into a file."""
    with open(path('log'), 'w') as f:
        r = run(*args, stderr=f, **kw)
    with open(path('log')) as f:
        return r.returncode, f.read().splitlines()


def terminal_of(*args):
    """The exit status and what a command writes to a terminal."""
    ours, theirs = pty.openpty()
    r = run(*args, stderr=theirs, env=dict(os.environ, TERM='xterm', LEUKO_CACHE=WORK + '/cache'))
    os.close(theirs)
    written = b''
    try:
        while part := os.read(ours, 65536):
            written += part
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return r.returncode, written.decode()


def is_log(lines, phase, n, unit='images'):
    """One line at the start and one at the end of each phase."""
    ends = r'leuko: %s: %d of %d %s(, [\d.]+ %s/s)?, done in \d+ s(, shard \d+)?$' % (phase, n, n, unit, unit)
    return (len(lines) == 2 and re.match(r'leuko: %s: \d+ of %d %s(, shard \d+)?$' % (phase, n, unit), lines[0]) and
            re.match(ends, lines[1]))


status, lines = log_of('synth', 'many', '--per-class', '60', '--groups', '6', '--size', '75')
check(status == 0 and is_log(lines, 'drawing', 120), 'a log has the start and the end of work on 120 images', lines)
status, lines = log_of('check', 'many')
check(status == 0 and is_log(lines, 'reading', 120), 'check: the same', lines)
status, lines = log_of('sort', 'many', '--out', 'many-shards', '--validation', '0.1')
check(status == 0 and is_log(lines[:2], 'reading', 120) and is_log(lines[2:4], 'train', 108) and len(lines) == 5,
      'sort: reading and the large split, then its warning', lines)

small_model()
for args in (['check', 'cells'], ['classify', 'm.safetensors', 'cells/blast/' + sorted(os.listdir(path('cells/blast')))[0]],
             ['classify', 'm.safetensors', 'cells'], ['synth', 'few', '--per-class', '4', '--size', '75'],
             ['info', 'm.safetensors'], ['eval', 'm.safetensors', 'shards', '--split', 'validation'],
             ['freeze', 'm.safetensors', '-o', 'm.pb']):
    status, lines = log_of(*args)
    lines = [l for l in lines if not l.startswith('leuko: precision: ')]  # a fact, not progress
    check(status == 0 and not lines, '%s of little work is silent' % args[0], lines)
status, lines = log_of('classify', 'm.safetensors', 'many', '--json', '-')
check(status == 0 and is_log([l for l in lines if 'classifying: ' in l], 'classifying', 120), 'classify of 120 images', lines)
status, lines = log_of('features', 'many', '--weights', 'm.safetensors', '-o', 'f.npy')
check(status == 0 and is_log([l for l in lines if 'features: ' in l], 'features', 120), 'features of 120 images', lines)

status, text = terminal_of('features', 'many', '--weights', 'm.safetensors', '--no-cache', '-o', 'f2.npy')
check(status == 0 and '\r\x1b[Kfeatures ' in text and '120/120 images' in text and 'leuko: features' not in text,
      'a terminal has a line that changes, and no log', text)
check(text.endswith('\r\x1b[K'), 'which is removed at the end', repr(text[-80:]))
done()

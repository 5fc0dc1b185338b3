#!/usr/bin/env python3
"""Ctrl-C at any moment: exit status 130 and no output, or the whole output, also while a large file is read. Inputs do
not change, and the next run of the same command works. LEUKO_TEST_KILLS (default 2) is the number of interruptions of each
command; `make soak` sets 40."""
import os
import random
import shutil
import signal
import struct
import subprocess
import time
from harness import ENV, LEUKO, QUICK, WORK, check, digest, done, path, run, small_model, write

TRIES = int(os.environ.get('LEUKO_TEST_KILLS', '2'))
MOST = max(TRIES, 20)  # further tries until one comes in time: the machine may have become faster
random.seed(int(os.environ.get('LEUKO_TEST_SEED', '50')))


def remove(name):
    if os.path.isdir(path(name)):
        shutil.rmtree(path(name))
    elif os.path.exists(path(name)):
        os.unlink(path(name))


def interrupt(args, after):
    """Send SIGINT after so many seconds; return the exit status and stderr."""
    child = subprocess.Popen([LEUKO, *args], cwd=WORK, env=ENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    try:
        child.wait(after)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    return child.returncode, err


def whole(args, outputs):
    for o in outputs:
        remove(o)
    start = time.time()
    r = run(*args)
    return r.returncode == 0, time.time() - start, [digest(o) for o in outputs], r


def at_random_moments(args, outputs, inputs, cold=()):
    """cold: files that a run leaves beside its output and that would make the next run faster."""
    before = [digest(i) for i in inputs]
    for c in cold:
        remove(c)
    ok, seconds, complete, r = whole(args, outputs)
    check(ok, 'leuko %s: runs' % ' '.join(args), r)
    bad, statuses = [], []
    for t in range(MOST):
        if t >= TRIES and 130 in statuses:
            break
        for o in list(outputs) + list(cold):
            remove(o)
        moment = seconds * (random.random() if t else 0.02)
        start = time.time()
        status, err = interrupt(args, moment)
        statuses.append(status)
        if status == 0:
            seconds = min(seconds, time.time() - start)
        now = [digest(o) for o in outputs]
        if status == 0 and now != complete:
            bad.append('%.3f s: exit 0 without the whole output' % moment)
        elif status in (130, -signal.SIGINT) and any(now) and now != complete:
            bad.append('%.3f s: interrupted, but there is a part of the output' % moment)
        elif status not in (0, 130, -signal.SIGINT):
            bad.append('%.3f s: exit %d: %s' % (moment, status, err))
        elif status == 130 and 'interrupted' not in err:
            bad.append('%.3f s: the message does not say so: %s' % (moment, err))
    check(not bad, '... interrupted at random moments: whole or absent', bad)
    check(130 in statuses, '... at least one interruption came in time', (seconds, statuses))
    check([digest(i) for i in inputs] == before, '... the inputs are unchanged')
    ok, _, again, r = whole(args, outputs)
    check(ok and again == complete, '... the next run gives the same bytes', r)
    debris = [f for f in os.listdir(WORK) if f.startswith('.')]
    check(not debris, '... no temporary files remain', debris)
    for o in outputs:
        remove(o)



def slow_inputs():
    """Files that take seconds to read: the command ends soon, and never with exit status 0."""
    many = 3000000
    write('slow.csv', b'file,label\n' + b''.join(b'%d.png,a\n' % i for i in range(many)))
    write('slow.pth', b'\x80\2]q\0' + b'h\0' * 1900000 + b'.')
    header = b'{' + b','.join(b'"%07x":0.123456789' % i for i in range(many)) + b'}'
    write('slow.safetensors', struct.pack('<Q', len(header)) + header)
    for args in (['check', 'cells', '--labels', 'slow.csv'], ['sort', 'cells', '--labels', 'slow.csv', '--out', 'n'],
                 ['classify', 'slow.safetensors', 'cells'], ['info', 'slow.safetensors'], ['info', 'slow.pth'],
                 ['weights', 'inspect', 'slow.pth'], ['freeze', 'slow.safetensors', '-o', 'n.pb'],
                 ['eval', 'slow.safetensors', 'cells'], ['compile', 'slow.safetensors', '-o', 'n.graph'],
                 ['train', 'shards', '--model', 'n.safetensors', '--weights', 'slow.safetensors']):
        ends = []
        for after in 0.1, 0.3, 0.6:
            child = subprocess.Popen([LEUKO, *args], cwd=WORK, env=ENV, stdin=subprocess.DEVNULL, text=True,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            try:
                child.wait(after)
                continue  # it was done
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGINT)
            start = time.time()
            _, err = child.communicate(timeout=60)
            ends.append((child.returncode, round(time.time() - start, 2), err))
        # a second alone; the machine of the tests is busy. 1: it had just read the file, and says what is wrong with it
        left = [f for f in os.listdir(WORK) if f.startswith(('n', '.'))]
        check(all((status in (130, -signal.SIGINT) or status == 1 and 'slow.' in err) and took < 5
                  for status, took, err in ends) and not left,
              'leuko %s: interrupted while it reads' % ' '.join(args)[:60], (ends, left))
    for name in 'slow.csv', 'slow.pth', 'slow.safetensors':
        os.unlink(path(name))


small_model()
slow_inputs()
run('synth', 'many', '--per-class', '30', '--groups', '6', '--size', '96')
at_random_moments(['synth', 'new', '--per-class', '40', '--size', '96'], ['new'], [])
at_random_moments(['augment', 'cells', 'more', '--rotations', '2'], ['more'], ['cells'])
at_random_moments(['sort', 'many', '--out', 'sorted'], ['sorted'], ['many'])
at_random_moments(['train', 'shards', '--model', 'n.safetensors', *QUICK], ['n.safetensors'], ['shards'], ['cache'])
at_random_moments(['features', 'many', '-o', 'n.npy', *QUICK], ['n.npy', 'n.csv'], ['many'], ['cache'])
at_random_moments(['eval', 'm.safetensors', 'many', '--batch', '1', '--json', 'n.json'], ['n.json'],
                  ['many', 'm.safetensors'])
at_random_moments(['classify', 'm.safetensors', 'many', '--batch', '1'], [], ['many', 'm.safetensors'])
done()

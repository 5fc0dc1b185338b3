#!/usr/bin/env python3
"""Files that belong together: whenever `freeze` fails or is killed between two of them, what is left is the old model,
the new model, or files that every command refuses. A graph or checkpoint without its description says so everywhere."""
import errno
import itertools
import os
import shutil
import subprocess
import sys

from harness import ENV, LEUKO, TINY, WORK, check, digest, done, path, run, small_model

shim = sys.argv[1]
errors = {'fail': str(errno.EIO)}
small_model(TINY)
r = run('train', 'shards', '--model', 'n.safetensors', *TINY, '--seed', '9', '--positive', 'lymphocyte')
check(r.returncode == 0, 'a second model', r)
names = {'pb': ['x.pb', 'x.pb.json'], 'ckpt': ['x.ckpt.index', 'x.ckpt.data-00000-of-00001', 'x.ckpt.json']}
image = 'cells/blast/' + sorted(os.listdir(path('cells/blast')))[0]


def answer(name):
    r = run('classify', name, image, '--json', '-')
    return r.returncode, r.stdout.split('"answers"')[-1], r.stderr


def answer_of(r):
    return r.stdout.split(', ')[:2], r.stderr  # the time follows


def readers(name):
    return (['classify', name, image], ['eval', name, 'shards', '--split', 'validation'], ['info', name],
            ['compile', name, '-o', 'out.graph'], ['verify', name, name], ['profile', name, '--runs', '3'],
            ['freeze', name, '-o', 'out.onnx'], ['weights', 'convert', name, 'out.safetensors'],
            ['weights', 'inspect', name], ['features', 'cells', '--weights', name, '-o', 'out.npy', '--no-cache'],
            ['train', 'shards', '--weights', name, '--model', 'out.safetensors', '--no-cache'])


for kind, files in names.items():
    target = 'x.' + kind
    expected = {}
    for model in ('m', 'n'):
        check(run('freeze', model + '.safetensors', '-o', target).returncode == 0, 'freeze %s to %s' % (model, target))
        expected[model] = {f: open(path(f), 'rb').read() for f in files}
    for how, fresh in itertools.product(('fail', 'kill', 'kill-after'), (True, False)):
        states = []
        for at in range(20):
            for f in files:
                if os.path.exists(path(f)):
                    os.remove(path(f))
                if not fresh:
                    with open(path(f), 'wb') as out:
                        out.write(expected['m'][f])
            r = run('freeze', 'n.safetensors', '-o', target, env=dict(
                ENV, LD_PRELOAD=shim, FAIL_KIND='rename', FAIL_AT=str(at), FAIL_HOW=errors.get(how, how), FAIL_FOLDER=WORK))
            found = {f: open(path(f), 'rb').read() for f in files if os.path.exists(path(f))}
            if r.returncode == 0:
                break
            old, new = expected['m'] if not fresh else {}, expected['n']
            state = 'old' if found == old else 'new' if found == new else 'mixed'
            states.append(state)
            what = '%s, %s target, %s at rename %d: %s' % (kind, 'fresh' if fresh else 'older', how, at, state)
            if how == 'fail':
                check(state == 'old' and r.returncode == 1 and r.stderr.count('\n') == 1, what, (r, sorted(found)))
            elif state == 'mixed':
                r = run('info', target)
                code, text, err = answer(target)
                check(code == 1 and r.returncode == 1 and err.count('\n') == 1, what + ', is refused', (code, text, err, r))
            else:
                check(True, what)
        check(found == expected['n'] and at >= 2 and (how == 'fail' or 'new' in states or 'mixed' in states),
              '%s: the last run is whole (%s)' % (kind, ', '.join(states)))
        hidden = [f for f in os.listdir(path('.')) if f.startswith('.x.')]
        check(hidden == [], 'what killed runs left is removed by the next run', hidden)

    # a call to the system that fails while both files are read: refused, or the same answer; never guessed classes
    for call in ('stat', 'open', 'read'):
        args, wrong = ['classify', path(target), path(image), '--precision', 'fp32'], []  # absolute: the others do not count
        expected_answer = run(*args)
        for at in range(200):
            r = run(*args, env=dict(ENV, LD_PRELOAD=shim, FAIL_KIND=call, FAIL_AT=str(at), FAIL_HOW=errors['fail'],
                                    FAIL_FOLDER=path(target), FAIL_LOG=path('log')))
            failed = 'failed' in open(path('log')).read()
            os.remove(path('log'))
            if not failed:
                break
            if not (r.returncode == 0 and answer_of(r) == answer_of(expected_answer) or
                    r.returncode == 1 and r.stderr.count('\n') == 1 and target in r.stderr):
                wrong.append((at, r))
        check(at > 0 and expected_answer.returncode == 0 and not wrong, '%s: each of %d calls of %s() fails once' % (target, at, call), wrong[:3])

    # every command, on the description of another model and without any
    for f in files:
        with open(path(f), 'wb') as out:
            out.write(expected['m' if f.endswith('.json') else 'n'][f])
    for args in readers(target):
        r = run(*args)
        check(r.returncode == 1 and 'describes another' in r.stderr and r.stdout == '', 'with the description of another model, refused: leuko ' + ' '.join(args), r)
    os.remove(path('x.%s.json' % kind))
    for args in readers(target):
        r = run(*args)
        said = r.stdout + r.stderr
        # eval: the data's class names are not those of the model
        check(r.returncode == (1 if args[0] == 'eval' else 0) and ('.json is missing' in said or 'no description' in said), 'without its description, said: leuko ' + ' '.join(args), r)
        for out in ('out.graph', 'out.onnx', 'out.safetensors', 'out.npy', 'out.csv'):
            if os.path.exists(path(out)):
                os.remove(path(out))
done()

#!/usr/bin/env python3
"""--precision auto: what is chosen, from which measurement, and where it is recorded. Speeds are faked by writing them
into the file that the program measures once and reads from then on. bf16 can be chosen only by a processor that has it:
tests/unit/test-precision-choice.c covers the rule for the others."""
import glob
import json
import os
import re
import struct

from harness import ENV, TINY, check, done, path, run, small_model

SPEEDS = path('speeds')
NAMES = ('bf16', 'bf16 training', 'int8')
env = dict(ENV, LEUKO_CACHE=SPEEDS)


def cache_file():
    """The file of speeds of this processor: compile measures int8 and stores it, unless the machine is too busy."""
    for _ in range(20):
        r = run('compile', 'm.safetensors', '-o', 'x.graph', env=env)
        found = glob.glob(SPEEDS + '/speed-*.json')
        if r.returncode != 0 or found:
            break
    check(r.returncode == 0 and len(found) == 1, 'compile measures the speed of int8 and stores it in one file', (r, found))
    return found[0]


def fake(**speeds):
    known = json.load(open(FILE))
    known['speed'] = dict.fromkeys(NAMES, 1.0)
    known.pop('crc32c', None)
    known['speed'].update({k.replace('_', ' '): v for k, v in speeds.items()})
    json.dump(known, open(FILE, 'w'))


def choice(text):
    return re.findall(r'precision: (\w+) \((.*)\)', text)


def provenance(model):
    b = open(path(model), 'rb').read()
    head = json.loads(b[8:8 + struct.unpack('<Q', b[:8])[0]])
    return json.loads(head['__metadata__']['leuko'])['provenance']


small_model(TINY)
FILE = cache_file()
known = json.load(open(FILE))
check(known['format'] == 1 and known['isa'] and known['onednn'] and known['processor'] and known['speed']['int8'] > 0,
      'the file names processor, instruction set and library, and holds the speed', known)

# the rule, both ways
r = run('features', 'cells', '-o', 'f.npy', *TINY, '--no-cache', env=env)
HAS_BF16 = 'has no bf16' not in r.stderr
for speed, wanted in ((3.5, 'bf16' if HAS_BF16 else 'fp32'), (0.46, 'fp32'), (1.1, 'fp32')):
    fake(bf16=speed, bf16_training=speed)
    before = open(FILE).read(), os.stat(FILE).st_mtime_ns
    why = 'bf16 is %.2f times as fast as fp32 on this processor' % speed if HAS_BF16 else 'has no bf16'
    for command in (['features', 'cells', '-o', 'f.npy', *TINY], ['eval', 'm.safetensors', 'cells', '--json', 'e.json'],
                    ['train', 'shards', '--model', 'p.safetensors', '--json', 't.json', *TINY],
                    ['train', 'shards', '--model', 'q.safetensors', '--json', 't.json', '--tune', 'Mixed_5b', '--epochs', '1', '--restart',
                     *TINY]):
        r = run(*command, env=env)
        said = choice(r.stderr)
        check(r.returncode == 0 and len(said) == 1 and said[0][0] == wanted and why in said[0][1],
              '%s, bf16 %g times as fast: %s, and the reason is printed' % (command[0], speed, wanted), r)
        if '--json' in command:
            told = json.load(open(path(command[command.index('--json') + 1])))
            check(told['precision'] == wanted and why in told['precision_reason'], '%s --json has both' % command[0], told)
    head, whole = provenance('p.safetensors'), provenance('q.safetensors')
    check(head['feature_precision'] == whole['precision'] == wanted and why in head['precision_reason'] and
          why in whole['precision_reason'], 'the models record both', (head, whole))
    first = json.loads(open(path('q.run', 'train.jsonl')).readline())
    check(first['step'] == 0 and first['precision'] == wanted and why in first['precision_reason'],
          'and so does the log of the run', first)
    check(before == (open(FILE).read(), os.stat(FILE).st_mtime_ns), 'a known speed is not measured again')
r = run('features', 'cells', '-o', 'f.npy', *TINY, env=dict(env, ONEDNN_MAX_CPU_ISA='AVX2'))
check(r.returncode == 0 and 'has no bf16' in r.stderr and ', fp32 (' in r.stdout, 'limited to AVX2: no bf16, fp32', r)
r = run('features', 'cells', '-o', 'f.npy', *TINY, '--precision', 'fp32', env=env)
check(r.returncode == 0 and not choice(r.stderr), 'a precision that is given is not explained', r)

# resume
fake(bf16_training=0.5)
part = ['train', 'shards', '--model', 'r.safetensors', '--tune', 'Mixed_5b', '--epochs', '2', *TINY]
r = run(*part, '--until', '1', env=env)
why = choice(r.stderr)[0][1]
fake(bf16_training=3.5)
r = run(*part, '--resume', env=env)
check(r.returncode == 0 and choice(r.stderr) == [('fp32', 'recorded in the checkpoint')],
      'a resumed run keeps the recorded precision and says so', r)
check(provenance('r.safetensors')['precision_reason'] == why, 'the model has the first reason')
logged = [json.loads(x) for x in open(path('r.run', 'train.jsonl'))]
check([x['precision'] for x in logged if 'precision' in x] == ['fp32'], 'the log names the precision once', logged)
r = run(*part, '--resume', '--precision', 'bf16', env=env)
check(r.returncode == 1 and r.stderr.count('\n') <= 2 and
      ('checkpoint: --precision fp32; now bf16' if HAS_BF16 else 'bf16 needs AVX-512') in r.stderr,
      'another precision on resume is refused', r)

# the advice of compile
fake(int8=9.87, bf16=0.5)
r = run('compile', 'm.safetensors', '-o', 'x.graph', '--json', 'c.json', env=env)
told = json.load(open(path('c.json')))['speed_over_fp32']
check(r.returncode == 0 and 'int8 is 9.9 times as fast as fp32 on this processor' in r.stdout and told['fp32'] == 1 and
      told['int8'] == 9.87 and told['bf16'] == (0.5 if HAS_BF16 else None), 'compile names the fastest precision', (r, told))
fake(int8=0.5, bf16=0.5)
r = run('compile', 'm.safetensors', '-o', 'x.graph', '--calibrate', 'shards', '--images', '16', env=env)
check(r.returncode == 0 and 'leuko: int8 is 0.50 times as fast as fp32 on this processor; a graph in fp32 is faster here'
      in r.stderr, 'and warns of a graph that is slower than fp32', r)

# the file is damaged, of another processor, or cannot be written
for text, says in (('{"format"', 'not valid JSON'), (open(FILE).read().replace('"isa": "', '"isa": "Z80 '), 'another processor')):
    open(FILE, 'w').write(text)
    r = run('compile', 'm.safetensors', '-o', 'x.graph', env=env)
    check(r.returncode == 0 and FILE in r.stderr and says in r.stderr and 'measured again' in r.stderr,
          'a file of speeds that is %s: measured again, with a word' % says, r)
cache_file()
for _ in range(20):
    r = run('compile', 'm.safetensors', '-o', 'x.graph', env=env)
    if not r.stderr:
        break
check(not r.stderr and json.load(open(FILE))['speed']['int8'] > 0, 'and the file is whole again', r)
open(path('file'), 'w').close()
for _ in range(20):  # what is measured on a busy machine is not stored
    r = run('compile', 'm.safetensors', '-o', 'x.graph', env=dict(env, LEUKO_CACHE=path('file', 'below')))
    if r.stderr:
        break
check(r.returncode == 0 and r.stderr.count('\n') == 1 and 'WARNING: %s: cannot create' % path('file', 'below') in r.stderr
      and 'measured each time' in r.stderr, 'a folder that cannot be written: a warning, and the job is done', r)

# wrong usage
for args in (['features', 'cells', '-o', 'f.npy', '--precision', 'int8'], ['classify', 'm.safetensors', 'cells', '--precision',
             'fast'], ['compile', 'm.safetensors', '-o', 'x.graph', '--precision', 'auto'],
             ['verify', 'm.safetensors', 'm.safetensors', '--precision', 'auto']):
    r = run(*args)
    check(r.returncode == 2 and 'precision' in r.stderr and r.stderr.count('\n') == 1, 'wrong usage: ' + ' '.join(args), r)
done()

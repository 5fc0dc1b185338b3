#!/usr/bin/env python3
"""The environment of a command: model files of a wrong kind, a full or closed standard output, folders that cannot be
written, a full disk, and names that are not UTF-8. One line on stderr, the documented exit status, and no files
left."""
import json
import os
import shutil
import struct
import subprocess
from harness import QUICK, WORK, check, digest, done, messages, path, run, small_model, write


def listing():
    return sorted(os.path.join(d, f) for d, dirs, files in os.walk(WORK) for f in dirs + files
                  if not d.startswith(path('cache')))


def bad(args, *fragments, status=1, lines=1, **kw):
    """Check the exit status, that the last of at most `lines` lines has one of the fragments, and that no file is new."""
    before = listing()
    r = run(*args, errors='replace', **kw)
    told = messages(r)
    new = [f for f in listing() if f not in before and f != path('cache')]
    check(r.returncode == status and len(told) <= lines and told[-1].startswith('leuko: ') and
          any(f in told[-1] for f in fragments) and not new,
          'leuko %s: %s' % (' '.join(args)[:90], told[-1][7:130].replace('#', '')), (r, new))
    return r


def make_models():
    r = run('freeze', 'm.safetensors', '-o', 'm.pb')
    assert r.returncode == 0, r
    model, graph = open(path('m.safetensors'), 'rb').read(), open(path('m.pb'), 'rb').read()
    size, = struct.unpack('<Q', model[:8])
    head = json.loads(model[8:8 + size])

    def model_with(name, head):
        text = json.dumps(head).encode()
        write(name, struct.pack('<Q', len(text)) + text + model[8 + size:])
    three = json.loads(head['__metadata__']['leuko'])
    three.update(classes=['a', 'b', 'c'], positive='a')
    model_with('limits.safetensors', dict(head, __metadata__={'leuko': json.dumps(three)}))
    for block in ('referral', 'typical'):
        three.pop(block, None)
    model_with('three.safetensors', dict(head, __metadata__={'leuko': json.dumps(three)}))
    model_with('bare.safetensors', {k: v for k, v in head.items() if k != '__metadata__'})
    write('page.safetensors', b'<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n')
    write('cut.pb', graph[:len(graph) // 2])
    write('other.pb', graph.replace(b'moving_mean', b'moving_moon'))
    shutil.copy(path('m.pb.json'), path('other.pb.json'))
    write('broken.pb', graph)
    write('broken.pb.json', b'{"format": 1,')


def wrong_models():
    """The message says what a file is that is not a model, or not this model."""
    for name, *words in (('three.safetensors', 'shape'), ('limits.safetensors', 'must be a list of 3'),
                         ('bare.safetensors', 'not a Leuko model'),
                         ('page.safetensors', 'HTML page'), ('cut.pb', 'GraphDef'), ('other.pb', 'another graph'),
                         ('broken.pb', 'not valid JSON')):
        for args in (['classify', name, 'cells'], ['eval', name, 'shards'], ['freeze', name, '-o', 'x.pb']):
            bad(args, *words)
    for name, word in (('page.safetensors', 'HTML page'), ('cut.pb', 'GraphDef')):
        bad(['train', 'shards', '--model', 'x.safetensors', '--weights', name], word, lines=2)
        bad(['features', 'cells', '-o', 'x.npy', '--weights', name], word)
    shutil.copytree(path('cells'), path('strangers'))
    os.rename(path('strangers/blast'), path('strangers/unicorn'))
    bad(['eval', 'm.safetensors', 'strangers'], 'unicorn')


def odd_names():
    """Images with names that are not UTF-8 or hold control characters are classified; the names are printed safely."""
    folder = os.fsencode(path('odd'))
    os.mkdir(folder)
    shutil.copy(path('cells/blast', os.listdir(path('cells/blast'))[0]), folder + b'/P01_\xff\n\x1b[31m.jpg')
    open(folder + b'/\xfe\n\x1b.png', 'wb').write(b'none')
    r = run('classify', 'm.safetensors', 'odd', '--json', 'odd.json', '--csv', 'odd.csv', errors='replace')
    answers = json.load(open(path('odd.json')))['answers'] if os.path.exists(path('odd.json')) else []
    check(r.returncode == 1 and len(answers) == 2 and sum('class' in a for a in answers) == 1 and
          all(a['file'].startswith('odd/') for a in answers), 'all images with odd names are in the JSON', (r, answers))
    check('\x1b' not in r.stdout + r.stderr and len(messages(r)) <= 2 and r.stdout.count('\n') == 3,
          'and on one line each, without control characters', r)
    flat = os.fsencode(path('flat'))
    os.mkdir(flat)
    for i, f in enumerate(sorted(os.listdir(path('cells/blast')))[:8]):
        shutil.copy(path('cells/blast', f), flat + b'/Im%d%s_%d.jpg' % (i, b'\xff' if i > 5 else b'', i % 2))
    for args in (['check', 'flat'], ['sort', 'flat', '--out', 'flat-shards', '--shards', '1']):
        r = run(*args, errors='replace')
        check(r.returncode == 0 and 'WARNING: flat: 2 images are skipped' in r.stderr,
              '%s: images of a flat folder that are skipped for their names are counted' % args[0], r)
    r = run('eval', 'm.safetensors', 'shards', '--json', os.fsencode('m') + b'\xff.json',
            errors='replace')
    check(r.returncode == 0, 'an output whose name is not UTF-8', r)
    shutil.copy(path('m.safetensors'), os.fsencode(path('m')) + b'\xff.safetensors')
    r = run('eval', b'm\xff.safetensors', 'shards', '--json', 'odd-eval.json', errors='replace')
    check(r.returncode == 0 and 'model' in json.load(open(path('odd-eval.json'))), 'and a model', r)


def dead_output():
    """A full or closed standard output, or a --json file that cannot be written, is an error."""
    before = digest('shards'), digest('m.safetensors')
    full = open('/dev/full', 'w')
    for args in (['help'], ['sort', '--help'], ['--version'], ['info', 'm.safetensors'], ['check', 'cells'],
                 ['classify', 'm.safetensors', 'cells/blast'], ['classify', 'm.safetensors', 'cells/blast', '--json', '-'],
                 ['eval', 'm.safetensors', 'shards', '--split', 'validation', '--json', '-'],
                 ['info', 'm.safetensors', '--json', '-']):
        bad(args, 'standard output', stdout=full)
        bad(args, 'standard output', stdout=None, preexec_fn=lambda: os.close(1))
    run('classify', 'm.safetensors', 'cells/blast', '--csv', 'closed.csv', stdout=None, preexec_fn=lambda: os.close(1))
    run('classify', 'm.safetensors', 'cells/blast', '--csv', 'open.csv')
    check(digest('closed.csv') == digest('open.csv') or not os.path.exists(path('closed.csv')),
          'no output is written to a file that got the number of the closed standard output')
    for args in (['classify', 'm.safetensors', 'cells/blast'], ['check', 'cells'], ['info', 'm.safetensors'],
                 ['eval', 'm.safetensors', 'shards', '--split', 'validation']):
        bad([*args, '--json', 'nowhere/x.json'], 'nowhere/x.json')
        bad([*args, '--json', 'strangers'], 'strangers')
    bad(['freeze', 'm.safetensors', '-o', 'nowhere/x.pb'], 'nowhere')
    bad(['features', 'cells', '-o', 'nowhere/x.npy', *QUICK], 'nowhere')
    check((digest('shards'), digest('m.safetensors')) == before, 'shards, ledger and model are unchanged')


def full_disk():
    os.mkdir(path('disk'))
    mounted = os.geteuid() == 0 and subprocess.run(
        ['mount', '-t', 'tmpfs', '-o', 'size=16k', 'leuko-test', path('disk')], capture_output=True).returncode == 0
    if not mounted:
        check(True, 'a full disk # SKIP a small tmpfs cannot be mounted here')
        return
    try:
        for args in (['synth', 'disk/o', '--per-class', '8', '--groups', '4', '--size', '200'],
                     ['augment', 'cells', 'disk/o', '--rotations', '2', '--ops', 'rotate'],
                     ['sort', 'cells', '--out', 'disk/o', '--shards', '1'],
                     ['train', 'shards', '--model', 'disk/o.safetensors', *QUICK],
                     ['features', 'cells', '-o', 'disk/o.npy', *QUICK],
                     ['freeze', 'm.safetensors', '-o', 'disk/o.pb']):
            r = bad(args, 'No space left', lines=5 if args[0] == 'train' else 1)
            check('disk/o' in r.stderr and '.partial' not in r.stderr, 'the message names the output as it was given', r)
    finally:
        subprocess.run(['umount', path('disk')])


small_model()
make_models()
for part in (wrong_models, odd_names, dead_output, full_disk):
    part()
done()

#!/usr/bin/env python3
"""Bad input of every kind: one clear line, the right exit status, inputs unchanged, no half-written
output. Arguments: the parts to run (default: all)."""
import os
import resource
import struct
import subprocess
import json
import sys
from harness import WORK, QUICK, LEUKO, ENV, check, digest, done, messages, path, png, run, small_model, write


def refused(args, words, outputs=(), inputs=(), status=1, lines=1, what=None, **kw):
    """The command fails with `status`, says one line that holds each of `words`, and leaves `inputs` as
    they were and `outputs` absent."""
    before = [digest(i) for i in inputs]
    names = sorted(os.listdir(WORK))
    r = run(*args, **kw)
    err = messages(r)
    bad = []
    if r.returncode != status:
        bad.append('exit %d, not %d' % (r.returncode, status))
    if len(err) > lines or not err[-1].startswith('leuko: '):
        bad.append('not one line')
    if any(w in r.stderr for w in ('CRITICAL', 'WARNING **', 'Sanitizer', 'runtime error', '(null)')):
        bad.append('a message of a library')
    if '.partial' in r.stderr:
        bad.append('names a hidden place')
    bad += ['does not say "%s"' % w for w in words if w not in r.stderr]
    bad += ['left %s' % o for o in outputs if os.path.exists(path(o))]
    bad += ['changed %s' % i for i, d in zip(inputs, before) if digest(i) != d]
    left = [f for f in os.listdir(WORK) if f not in names and f != 'cache']
    if left:
        bad.append('debris: %s' % left)
    check(not bad, what or 'leuko ' + ' '.join(args), '%s\n%s' % (bad, r))
    return r


def images():
    """Folders, each with two classes of sound cells and one bad file among them."""
    some = {k: sorted(os.listdir(path('cells', k)))[:3] for k in os.listdir(path('cells'))}
    jpeg = open(path('cells', 'blast', some['blast'][0]), 'rb').read()
    bad = {'text.jpg': b'this is no image\n' * 40,
           'empty.png': b'',
           'cut.jpg': jpeg[:len(jpeg) // 2],
           'huge.png': png(20000, 20000, 1, 0, b'\0' * 2500),
           'bomb.png': png(60000, 60000, 8, 2, b'')[:4000]}
    for name, data in bad.items():
        folder = 'bad-' + name.split('.')[0]
        for k, files in some.items():
            for f in files:
                write('%s/%s/%s' % (folder, k, f), open(path('cells', k, f), 'rb').read())
        write('%s/blast/%s' % (folder, name), data)
    return bad


def bad_images():
    bad = images()
    for name in bad:
        folder = 'bad-' + name.split('.')[0]
        for f in os.listdir(path(folder, 'blast')):
            write('bad-all/blast/' + f, open(path(folder, 'blast', f), 'rb').read())
        for f in os.listdir(path(folder, 'lymphocyte')):
            write('bad-all/lymphocyte/' + f, open(path(folder, 'lymphocyte', f), 'rb').read())
        refused(['augment', folder, 'out', '--size', '32', '--rotations', '1'], [name], ['out'], [folder])
        refused(['sort', folder, '--out', 'out'], [name], ['out'], [folder])
        refused(['features', folder, '-o', 'out.npy', *QUICK], [name], ['out.npy', 'out.csv'], [folder])
        refused(['eval', 'm.safetensors', folder, '--json', 'out.json'], [name], ['out.json'], [folder], lines=2)
    # the others are classified, each unreadable one is named, and the exit status says so
    r = refused(['classify', 'm.safetensors', 'bad-all', '--batch', '2'], [*bad, '5 of 11'], [], ['bad-all'], lines=6)
    check(r.stdout.count('confidence 0.') == 6 and 'Testing ended. ' in r.stdout,
          '... classify gives the six others and ends with its summary', r)
    r = run('check', 'bad-all')
    check(r.returncode == 0 and all(name in r.stdout for name in bad), 'check names every unreadable image', r)
    for name in bad:
        r = run('check', 'bad-' + name.split('.')[0], '--audit')
        check(r.returncode == 3 and name in r.stdout, 'check --audit exits with 3 for %s' % name, r)
    write('one/a/dot.png', png(1, 1, 8, 2, b'\x80\x10\x90'))
    r = run('classify', 'm.safetensors', 'one')
    check(r.returncode == 0 and 'dot.png: ' in r.stdout, 'an image of 1 x 1 is classified', r)


def bad_folders():
    os.mkdir(path('empty'))
    write('single/blast/a.png', png(96, 96, 8, 2, b'\x80\x10\x90' * 96))
    write('single/blast/b.png', png(96, 96, 8, 2, b'\x80\x90\x90' * 96))
    write('afile', 'x')
    for where in ('empty', 'nowhere', 'afile'):
        refused(['check', where], [where])
        refused(['augment', where, 'out'], [where], ['out'])
        refused(['sort', where, '--out', 'out'], [where], ['out'])
        refused(['train', where, '--model', 'out.st', *QUICK], [where], ['out.st'])
        refused(['features', where, '-o', 'out.npy', *QUICK], [where], ['out.npy', 'out.csv'])
        refused(['eval', 'm.safetensors', where], [where])
        refused(['classify', 'm.safetensors', where], [where], lines=2)
    refused(['sort', 'single', '--out', 'out'], ['one class'], ['out'], ['single'])
    refused(['synth', 'cells'], ['cells', 'not an empty folder'], [], ['cells'])
    refused(['augment', 'cells', 'cells'], ['cells'], [], ['cells'])
    refused(['sort', 'cells', '--out', 'shards'], ['shards'], [], ['cells', 'shards'])
    refused(['synth', 'afile/below'], ['afile'], [], ['afile'])
    refused(['train', 'shards', '--model', 'none/m.safetensors', *QUICK], ['none'], ['none'], ['shards'], lines=2)


def safetensors(header, body=b'\0' * 64):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack('<Q', len(text)) + text + body


def bad_models():
    write('one/a/dot.png', png(1, 1, 8, 2, b'\x80\x10\x90'))
    sound = open(path('m.safetensors'), 'rb').read()
    size = struct.unpack('<Q', sound[:8])[0]
    header = json.loads(sound[8:8 + size])
    del header['__metadata__']['leuko_crc32c']  # else it is the checksum that refuses
    name = next(k for k in header if k != '__metadata__')

    def changed(**fields):
        other = json.loads(json.dumps(header))
        other[name].update(fields)
        return safetensors(other, sound[8 + size:])
    meta = json.loads(json.dumps(header))
    leuko = json.loads(meta['__metadata__']['leuko'])

    def metadata(**fields):
        meta['__metadata__']['leuko'] = json.dumps(dict(leuko, **fields))
        return safetensors(meta, sound[8 + size:])
    bad = {'length': struct.pack('<Q', 1 << 62) + sound[8:],
           'past': struct.pack('<Q', len(sound)) + sound[8:],
           'offsets': changed(data_offsets=[0, 1 << 40]),
           'backwards': changed(data_offsets=[64, 0]),
           'shape': changed(shape=[1 << 40, 1 << 40]),
           'negative': changed(shape=[-1, 3]),
           'type': changed(dtype='Q99'),
           'notjson': safetensors(b'{"a":'),
           'deep': safetensors(b'[' * 100000),
           'noclasses': metadata(classes=[]),
           'oneclass': metadata(classes=['a']),
           'twice': metadata(classes=['a', 'a']),
           'positive': metadata(positive='nobody'),
           'side': metadata(preprocessing={'side': 1e9, 'crop': 1, 'antialias': True}),
           'version': metadata(format=99),
           'cut': sound[:len(sound) // 2],
           'zero': b'',
           'text': b'hello, this is no model\n' * 10,
           'image': png(1, 1, 8, 2, b'\x80\x10\x90'),
           'shard': open(path('shards', next(f for f in os.listdir(path('shards')) if 'train' in f)), 'rb').read()}
    for kind, data in bad.items():
        model = 'bad-%s.safetensors' % kind
        write(model, data)
        refused(['classify', model, 'one'], [model], [], [model])
    for kind in ('length', 'offsets', 'shape', 'cut', 'zero', 'text'):
        model = 'bad-%s.safetensors' % kind
        refused(['eval', model, 'cells'], [model], [], [model])
        refused(['freeze', model, '-o', 'out.pb'], [model], ['out.pb', 'out.pb.json'], [model])
        refused(['train', 'shards', '--model', 'out.st', '--weights', model], [model], ['out.st'], [model], lines=2)
        refused(['features', 'cells', '-o', 'out.npy', '--weights', model], [model], ['out.npy'], [model])
    for kind in bad:
        r = run('info', 'bad-%s.safetensors' % kind)
        check(r.returncode in (0, 1) and r.stdout + r.stderr, 'info survives bad-%s' % kind, r)
    for model in ('nowhere.safetensors', 'cells', '/dev/null'):
        for args in (['classify', model, 'one'], ['eval', model, 'cells'], ['freeze', model, '-o', 'out.pb']):
            refused(args, [model], ['out.pb'])
        refused(['info', model], [model]) if model != 'cells' else None


def bad_shards():
    shard = next(f for f in sorted(os.listdir(path('shards'))) if 'test_00000' in f)
    sound = bytearray(open(path('shards', shard), 'rb').read())
    for kind, at in (('data', len(sound) // 2), ('length', 2)):
        folder = 'flip-' + kind
        for f in os.listdir(path('shards')):
            write(folder + '/' + f, open(path('shards', f), 'rb').read())
        data = bytearray(sound)
        data[at] ^= 8
        write(folder + '/' + shard, bytes(data))
        refused(['eval', 'm.safetensors', folder, '--json', 'out.json'], [shard], ['out.json'], lines=2)
        write(folder + '/' + shard, bytes(sound[:len(sound) - 9]))
        refused(['eval', 'm.safetensors', folder, '--json', 'out.json'], [shard], ['out.json'], lines=2)


def full_outputs():
    """A full disk, by a limit on the size of files (the signal must not kill) and by /dev/full."""
    write('one/a/dot.png', png(1, 1, 8, 2, b'\x80\x10\x90'))

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
    for args, outputs, inputs in ((['synth', 'new', '--per-class', '4', '--size', '75'], ['new'], []),
                                  (['augment', 'cells', 'more', '--size', '32', '--rotations', '1'], ['more'], ['cells']),
                                  (['sort', 'cells', '--out', 'sorted'], ['sorted'], ['cells']),
                                  (['train', 'shards', '--model', 'n.st', *QUICK], ['n.st'], ['shards']),
                                  (['features', 'cells', '-o', 'n.npy', '--no-cache', *QUICK], ['n.npy', 'n.csv'],
                                   ['cells']),
                                  (['freeze', 'm.safetensors', '-o', 'n.pb'], ['n.pb'], ['m.safetensors']),
                                  (['eval', 'm.safetensors', 'cells', '--csv', 'n.csv', '--json', 'n.json'],
                                   ['n.json'], ['cells'])):
        r = refused(args, ['too large'], outputs, inputs, lines=9, preexec_fn=limit,
                    what='no space: leuko ' + ' '.join(args))
    for args in (['help'], ['classify', 'm.safetensors', 'one'], ['info', 'm.safetensors'], ['check', 'cells'],
                 ['eval', 'm.safetensors', 'cells'], ['eval', 'm.safetensors', 'cells', '--json', '-'],
                 ['synth', '--help'], ['--version']):
        with open('/dev/full', 'w') as full:
            r = run(*args, stdout=full)
        check(r.returncode == 1 and 'standard output' in r.stderr, 'a full stdout is told: ' + ' '.join(args), r)
    pipe = subprocess.Popen([LEUKO, 'classify', 'm.safetensors', '--batch', '1'] + ['cells'] * 3, cwd=WORK, env=ENV,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pipe.stdout.readline()
    pipe.stdout.close()
    err = pipe.stderr.read().decode()
    check(pipe.wait(60) == 1 and 'standard output' in err and err.count('\n') <= 3, 'a closed pipe is told',
          (pipe.returncode, err))


def wrong_usage():
    write('one/a/dot.png', png(1, 1, 8, 2, b'\x80\x10\x90'))
    for args in (['classify', 'm.safetensors'], ['eval', 'm.safetensors'], ['eval', 'a', 'b', 'c'],
                 ['eval', 'm.safetensors', 'cells', '--prevalence', '1.5'],
                 ['eval', 'm.safetensors', 'cells', '--positive', 'nobody'],
                 ['eval', 'm.safetensors', 'cells', '--split', 'test'],
                 ['eval', 'm.safetensors', 'cells', '--batch', '0'], ['classify', 'm.safetensors', 'one', '--threads', '-1'],
                 ['classify', 'm.safetensors', 'one', '--threshold', '2'],
                 ['classify', 'm.safetensors', 'one', '--threshold', 'nan'],
                 ['classify', 'm.safetensors', 'one', '--low-confidence', '-0.1'],
                 ['classify', 'm.safetensors', 'one', '--device', 'abacus'],
                 ['classify', 'm.safetensors', 'one', '--precision', 'fp8'], ['nonsense'], ['sort'],
                 ['sort', 'cells', '--out', 'o', '--validation', '1.5'],
                 ['sort', 'cells', '--out', 'o', '--validation', 'nan'],
                 ['sort', 'cells', '--out', 'o', '--shards', '0'], ['synth', 'o', '--per-class', '0'],
                 ['synth', 'o', '--size', '-5'], ['augment', 'cells', 'o', '--ops', 'fold'],
                 ['augment', 'cells', 'o', '--rotations', '-1'], ['freeze', 'm.safetensors', '-o', 'x.doc'],
                 ['eval', 'm.safetensors', 'cells', '--nonsense'],
                 ['eval', 'm.safetensors', 'shards', '--group-by', '(P)']):
        refused(args, [], ['o', 'x.doc'], status=2)
    for command in (['eval', 'm.safetensors', 'cells'], ['check', 'cells'], ['sort', 'cells', '--out', 'o']):
        refused(command + ['--group-by', '(['], ['(['], ['o'], status=2)
        refused(command + ['--group-by', 'P'], ['parentheses'], ['o'], status=2)
    for command in (['check', 'cells'], ['sort', 'cells', '--out', 'o']):
        refused(command + ['--group-by-path', '(P)', '--groups', 'g.csv'], ['exclude'], ['o'], status=2)


small_model()
for part in (bad_folders, bad_images, bad_models, bad_shards, full_outputs, wrong_usage):
    if len(sys.argv) < 2 or part.__name__ in sys.argv[1:]:
        print('# ' + part.__name__)
        part()
done()

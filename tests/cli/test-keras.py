#!/usr/bin/env python3
"""Keras .h5 files: every layout and number type is read exactly and becomes the same model. A hostile or damaged file
is refused in one line, and no other file is opened for it. LEUKO_TEST_KILLS (default 8) times 10 is the number of damaged
copies of each file; `make soak` sets 40."""
import itertools
import json
import os
import subprocess
import sys
import zipfile

import h5py
import numpy as np

import kerasfile
import torchfile
from harness import ENV, WORK, Forks, check, digest, done, path, run, tensors, write

DAMAGE = sys.argv[1]
DAMAGED_COPIES = 10 * int(os.environ.get('LEUKO_TEST_KILLS', '8'))
forks = Forks(sys.argv[2])


def convert(name):
    """The metadata and tensors of a converted file, or the message and no tensors."""
    r = forks.run('weights', 'convert', name, 'out.safetensors')
    return (r.stderr, {}) if r.returncode else tensors('out.safetensors')[::-1]


def refused(what, said, name):
    """One line that names the file and the reason, exit status 1, and no output file."""
    r = forks.run('weights', 'convert', name, 'refused.safetensors')
    check(r.returncode == 1 and r.stderr.count('\n') == 1 and name in r.stderr and said in r.stderr and
          digest('refused.safetensors') is None, '%s: refused in one line' % what, r)


# --- layouts ------------------------------------------------------------------------------------
network = kerasfile.tiny()
write('tiny.pth', torchfile.zip_file(network))
wanted = convert('tiny.pth')[1]
plain = {k: v for k, v in wanted.items() if not k.endswith('/gamma')}
check(len(wanted) == 94 * 5 + 2 and len(plain) == 94 * 4 + 2, 'the network to compare with')
for name, make, same in (
        ('legacy.h5', lambda p: kerasfile.legacy(p, network), wanted),
        ('no-gamma.h5', lambda p: kerasfile.legacy(p, network, gamma=False), plain),
        ('second.h5', lambda p: kerasfile.legacy(p, network, first=94), wanted),
        ('from-keras3.h5', lambda p: kerasfile.legacy(p, network, first=0, suffix='', variable=True), wanted),
        ('model.h5', lambda p: kerasfile.legacy(p, network, root='model_weights'), wanted),
        ('lists.h5', lambda p: kerasfile.legacy(p, network, nested='inception_v3', parts=3), wanted),
        ('nested.h5', lambda p: kerasfile.legacy(p, network, root='model_weights', nested='inception_v3'), wanted),
        ('keras3.weights.h5', lambda p: kerasfile.keras3(p, network), plain),
        ('gamma.weights.h5', lambda p: kerasfile.keras3(p, network, gamma=True), wanted),
        ('nested.weights.h5', lambda p: kerasfile.keras3(p, network, nested='functional', optimizer=True), plain)):
    make(path(name))
    meta, found = convert(name)
    check(found == same, '%s becomes the same tensors, to the bit' % name, meta if not found else sorted(set(found) ^ set(same))[:4])
model = json.loads(convert('keras3.weights.h5')[0]['leuko'])
check(model['architecture'].get('pool_includes_padding') in (False, None) and model['classes'] == ['0', '1', '2'] and
      model['provenance']['source']['names'] == 'Keras' and model['preprocessing']['crop_fraction'] == 1,
      'pooling, classes and preprocessing are Keras\'s', model)

# --- number types -------------------------------------------------------------------------------
def alternate(*changes):
    """One change to the first tensor, the next to the second, and so on."""
    turn = itertools.cycle(changes)
    return lambda a: next(turn)(a)


def rounded(a):
    return dict(data=a.astype('f2').astype('f4'))


def upper(a):
    return dict(data=(np.ascontiguousarray(a).view(np.uint32) & 0xffff0000).view(np.float32))


def compressed(a):
    return dict(data=a, chunks=True, compression='gzip', shuffle=True, fletcher32=True)


reference = {None: plain}
for change in rounded, upper:
    kerasfile.keras3(path('reference.weights.h5'), network, change=change)
    reference[change] = convert('reference.weights.h5')[1]
for name, change, same in (
        ('F16', alternate(lambda a: dict(data=a.astype('<f2')), lambda a: dict(data=a.astype('>f2'))), rounded),
        ('F64', alternate(lambda a: dict(data=a.astype('<f8')), lambda a: dict(data=a.astype('>f8'))), None),
        ('F32', alternate(lambda a: dict(data=a.astype('>f4')), compressed), None), ('BF16', kerasfile.bfloat16, upper)):
    kerasfile.keras3(path('typed.weights.h5'), network, change=change)
    meta, found = convert('typed.weights.h5')
    told = json.loads(forks.run('weights', 'inspect', 'typed.weights.h5', '--json', '-').stdout)
    check(found and found == reference[same] and {t['type'] for t in told['tensors']} == {name},
          '%s reads to its values in either byte order' % name if change != kerasfile.bfloat16 else
          'BF16 reads to its values', (meta, told['tensors'][:1]))

# --- what is told, what it is for ---------------------------------------------------------------
r = forks.run('info', 'legacy.h5')
check(r.returncode == 0 and "Keras's weights, legacy .h5, written by Keras 2.2.5 on tensorflow" in r.stdout and
      '189 with variables' in r.stdout and '472 floating-point, 0 others; the first is conv2d_1/kernel' in r.stdout,
      'info: legacy', r)
r = forks.run('info', 'nested.weights.h5')
check(r.returncode == 0 and "Keras 3's .weights.h5" in r.stdout and '378 floating-point, 1 other;' in r.stdout,
      'info: Keras 3', r)
run('synth', 'cells', '--per-class', '8', '--groups', '2', '--size', '75')
run('sort', 'cells', '--out', 'shards', '--validation', '0', '--shards', '1')
convert('keras3.weights.h5')
a, b = (run('features', '--weights', w, 'cells', '-o', w + '.npy') for w in ('keras3.weights.h5', 'out.safetensors'))
check(a.returncode == 0 and b.returncode == 0 and digest('keras3.weights.h5.npy') == digest('out.safetensors.npy'),
      'features --weights X.h5: as of the converted file', (a, b))
r = run('train', 'shards', '--model', 'm.safetensors', '--weights', 'gamma.weights.h5', '--endpoint', 'Mixed_5d')
check(r.returncode == 0 and digest('m.safetensors'), 'train --weights X.h5', r)

# --- the sample that Keras 2.2.5 wrote ----------------------------------------------------------
sample = os.path.join(os.environ.get('LEUKO_SHARED', ''), 'samples', 'keras-h5', 'aml_allcnn_paper1_idb1_weights.h5')
if os.path.exists(sample):
    told = {t['name']: t for t in json.loads(forks.run('weights', 'inspect', sample, '--json', '-').stdout)['tensors']}
    # h5py 3.14: shape, and mean in float64
    known = {'conv2d_1/kernel': ([5, 5, 3, 30], 0.6543144356446691 / 2250), 'conv2d_1/bias': ([30], -0.07386338943615556 / 30),
             'conv2d_2/kernel': ([5, 5, 30, 30], 74.82689370715661 / 22500), 'conv2d_2/bias': ([30], 0.023033475095871836 / 30),
             'dense_1/kernel': ([18750, 2], -2.800025962040081 / 37500), 'dense_1/bias': ([2], 9.313225746154785e-10 / 2)}
    check(set(told) == set(known) and all(told[k]['shape'] == s and abs(told[k]['mean'] - m) <= 1e-9 * max(1, abs(m))
                                          for k, (s, m) in known.items()), 'the sample reads to h5py\'s values', told)
    r = forks.run('weights', 'convert', sample, 'refused.safetensors')
    check(r.returncode == 1 and r.stderr.count('\n') == 1 and 'no Inception V3 under the names' in r.stderr,
          'and is refused as no Inception V3', r)
else:
    check(True, 'the sample of Keras 2.2.5 # SKIP LEUKO_SHARED is absent')


# --- hostile ------------------------------------------------------------------------------------
def h5(name, fill, **options):
    with h5py.File(path(name), 'w', **options) as f:
        fill(f)


def listed(f, layers, weights=None):
    f.attrs['layer_names'] = kerasfile.texts(layers)
    for layer, names in (weights or {}).items():
        f.create_group(layer).attrs['weight_names'] = kerasfile.texts(names)


def external(f):
    f['layers/conv2d/vars/0'] = np.ones((1, 1, 1, 1), np.float32)
    f['layers/dense/vars/0'] = h5py.ExternalLink('/etc/passwd', '/')


def external_layer(f):
    listed(f, ['a'])
    f['a'] = h5py.ExternalLink(path('legacy.h5'), '/conv2d_1')


def external_weight(f):
    listed(f, ['a'], {'a': ['b/kernel:0']})
    f['a/b'] = h5py.ExternalLink(path('legacy.h5'), '/conv2d_1/conv2d_1')


def soft(f):
    f['layers/dense/vars/0'] = h5py.SoftLink('/layers/dense/vars/0')


def circle(f):
    f['layers/a'] = f.create_group('vars')
    f['layers/a/again'] = f['layers']


def many_ways(f):
    """A ladder of groups, two rungs to each next: 2^12 ways down."""
    group = f.create_group('layers')
    for i in range(12):
        below = group.create_group('a')
        group['b'] = below
        for c in 'cdefgh':
            group[c] = below
        group = below


def deep(f):
    f['layers/' + 'a/' * 400 + 'vars/0'] = np.ones(3, np.float32)


def huge(f):
    f.create_dataset('layers/dense/vars/0', (1 << 30, 1 << 30), np.float32, chunks=(1024, 1024))


def huge_contiguous(f):
    f.create_dataset('layers/dense/vars/0', (1 << 44,), np.float32)


def bomb(f):
    f.create_dataset('layers/dense/vars/0', (1 << 26,), np.float32, compression='gzip', chunks=(1 << 20,), data=None, fillvalue=0)
    zeros = np.zeros(1 << 20, np.float32)
    for i in range(8):
        f['layers/dense/vars/0'][i << 20:(i + 1) << 20] = zeros


def huge_attribute(f):
    f.attrs.create('layer_names', np.zeros(65537, 'S1'))


def long_text(f):
    f.attrs.create('layer_names', np.array([b'x' * 5000]))


def virtual(f):
    layout = h5py.VirtualLayout((4,), np.float32)
    layout[:] = h5py.VirtualSource(path('legacy.h5'), '/conv2d_1/conv2d_1/kernel:0', (4,))
    f.create_virtual_dataset('layers/dense/vars/0', layout)


def elsewhere(f):
    f.create_dataset('layers/dense/vars/0', (10,), np.float32, external=[('/etc/passwd', 0, h5py.h5f.UNLIMITED)])


def many(f):
    """65537 links with "layers" itself: one more than the limit. All lead to one small object."""
    group = f.create_group('layers')
    group['a'] = np.dtype('f4')
    for i in range(65535):
        group.id.links.create_hard(b'a%d' % i, group.id, b'a')


for name, said, fill, options in (
        ('external', 'is a link to another file, which is not opened', external, {}),
        ('external-layer', 'is a link to another file', external_layer, {}),
        ('external-weight', 'is a link to another file', external_weight, {}),
        ('virtual', 'is stored in another file', virtual, {'libver': 'latest'}),
        ('elsewhere', 'is stored in another file', elsewhere, {}),
        ('soft', 'is a soft link', soft, {}), ('circle', 'too deeply or in a cycle', circle, {}),
        ('many-ways', 'more than 65536 links', many_ways, {}), ('deep', 'too deeply or in a cycle', deep, {}),
        ('huge', 'claims 1152921504606846976 values', huge, {}), ('contiguous', 'claims 17592186044416 values', huge_contiguous, {}),
        ('bomb', 'claims 67108864 values', bomb, {}), ('attribute', 'too many', huge_attribute, {'libver': 'latest'}),
        ('long-text', 'too many', long_text, {}), ('many', 'more than 65536 links', many, {}),
        ('lzf', 'compressed with HDF5 filter 32000',
         lambda f: f.create_dataset('layers/dense/vars/0', data=np.zeros(999, 'f4'), compression='lzf'), {}),
        ('nine', '9 dimensions, more than 8', lambda f: f.create_dataset('layers/a/vars/0', (1,) * 9, 'f4'), {}),
        ('quad', '16-byte floating-point type', lambda f: f.create_dataset('layers/a/vars/0', (1,), np.longdouble), {}),
        ('not-listed', 'has no weight_names', lambda f: (listed(f, ['a']), f.create_group('a')), {}),
        ('not-there', 'lists "b", which does not exist', lambda f: listed(f, ['a', 'b'], {'a': []}), {}),
        ('no-weight', 'lists "x:0", which does not exist', lambda f: listed(f, ['a'], {'a': ['x:0']}), {}),
        ('up', 'lists "../b", which does not exist', lambda f: listed(f, ['../b'], {'b': []}), {}),
        ('numbers', 'is not a list of strings', lambda f: f.attrs.update({'layer_names': [1, 2]}), {}),
        ('twice', 'appears twice', lambda f: (listed(f, ['a', 'a'], {'a': ['k']}), f.create_dataset('a/k', (1,), 'f4')), {}),
        ('integers', 'no floating-point tensor (1 other tensor)', lambda f: f.create_dataset('layers/a/vars/0', (1,), 'i4'), {}),
        ('pandas', 'it is a file of pandas or PyTables', lambda f: f.attrs.update({'PYTABLES_FORMAT_VERSION': '2.1'}), {}),
        ('anndata', 'it is an AnnData file', lambda f: (f.attrs.update({'encoding-type': 'anndata'}), f.create_group('layers')), {}),
        ('bare-model', 'a Keras model without weights', lambda f: f.attrs.update({'model_config': '{}'}), {}),
        ('other', 'no layers): it holds "line\\x0abreak", "matrix"', lambda f: (f.create_group('matrix'), f.create_group('line\nbreak')), {}),
        ('empty', 'it is empty', lambda f: None, {})):
    h5(name + '.h5', fill, **options)
    refused(name, said, name + '.h5')
r = forks.run('info', 'other.h5')
check(r.returncode == 0 and 'HDF5' in r.stdout and 'it holds' in r.stdout, "info says what it can of others' HDF5", r)
whole = open(path('legacy.h5'), 'rb').read()
write('short.h5', whole[:len(whole) // 2])
refused('cut in the middle', 'truncated file', 'short.h5')
write('head.h5', whole[:8])
refused('a signature alone', 'damaged HDF5', 'head.h5')
with zipfile.ZipFile(path('whole.keras'), 'w') as z:
    z.writestr('config.json', '{}')
    z.write(path('keras3.weights.h5'), 'model.weights.h5')
refused('the archive .keras', 'unzip it and use its model.weights.h5', 'whole.keras')
os.mkfifo(path('pipe.h5'))
refused('a pipe', 'not a regular file', 'pipe.h5')

# --- damaged ------------------------------------------------------------------------------------
few = {k: v for k, v in network.items() if k.startswith(('Conv2d_1a', 'Conv2d_3b', 'fc'))}
with h5py.File(path('few.weights.h5'), 'w', libver='latest') as f:
    for i, (kind, variables) in enumerate(kerasfile.layers(few)):
        for j, a in enumerate(variables.values()):
            f.create_dataset('layers/%s_%d/vars/%d' % (kind, i, j), data=a, compression='gzip', shuffle=True)
with h5py.File(path('structure.h5'), 'w') as f:  # little but structure
    listed(f, ['l%d' % i for i in range(9)], {'l%d' % i: ['k:0', 'b:0'] for i in range(9)})
    for i in range(9):
        f['l%d/k:0' % i], f['l%d/b:0' % i] = np.ones((1, 1, 2, 2), np.float32), np.ones(2, np.float32)
with h5py.File(path('texts.h5'), 'w') as f:  # lists of variable length, in HDF5's global heap
    f.attrs['layer_names'] = ['a', 'b', 'c']
    for layer in 'abc':
        f.create_group(layer).attrs['weight_names'] = [layer + '/k', layer + '/b']
        f[layer + '/' + layer + '/k'], f[layer + '/' + layer + '/b'] = np.ones((2, 2)), np.ones(2, np.float16)
for name in ('few.weights.h5', 'structure.h5', 'texts.h5'):
    r = subprocess.run([DAMAGE, path(name), '400', str(DAMAGED_COPIES)], env=ENV, cwd=WORK, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = r.stdout.split()
    check(r.returncode == 0 and int(said[0]) > 0 and int(said[2]) >= DAMAGED_COPIES // 5,
          '%s, %d damaged copies: each is read, or refused in one line' % (name, DAMAGED_COPIES), r)
    print('# %s: %s' % (name, r.stdout.strip()), flush=True)

# --- the program that reads it ------------------------------------------------------------------
r = run('weights', 'convert', 'legacy.h5', 'refused.safetensors', env=dict(ENV, LEUKO_READ_HDF5='/nowhere'))
check(r.returncode == 1 and r.stderr.count('\n') == 1 and 'cannot start the HDF5 reader' in r.stderr, 'a missing program is one line', r)
done()

#!/usr/bin/env python3
"""leuko weights convert reads the checkpoints that people have: Lightning's, compiled and parallel modules, moving
averages; it names whole modules, programs and other networks, and says what to do. tests/golden/torch has files of the
real PyTorch and Lightning."""
import json
import os
import struct
import zipfile

import torchfile
from harness import check, digest, done, path, run, write
from torchfile import Object, Tensor

GOLDEN = os.path.join(os.path.dirname(__file__), '..', 'golden', 'torch')
SHARED = os.path.join(os.environ.get('LEUKO_SHARED', ''), 'cases', 'hostile')


def golden(name):
    return os.path.join(GOLDEN, name)


def refused(what, said, *args):
    r = run(*args)
    check(r.returncode == 1 and r.stderr.count('\n') == 1 and all(s in r.stderr for s in said), what, r)


def inspected(name):
    r = run('weights', 'inspect', name, '--json', '-')
    return json.loads(r.stdout) if r.returncode == 0 else {'tensors': [], 'said': r}


# --- files of the real programs -------------------------------------------------------------------
told = inspected(golden('lightning.ckpt'))
with open(golden('lightning.json')) as f:
    expected = {k: v for k, v in json.load(f).items() if not k.endswith('num_batches_tracked')}
means = {t['name']: t['mean'] for t in told['tensors']}
check(set(means) == set(expected) and all(abs(means[k] - sum(v) / len(v)) < 1e-6 for k, v in expected.items()),
      "Lightning's checkpoint gives its state_dict, whatever objects its hyperparameters are", told)
told = inspected(golden('compiled-protocol-5.pth'))
check([t['name'] for t in told['tensors']][0] == '_orig_mod.0.weight', 'the state_dict of torch.compile()', told)
for name in ('module.pth', 'module-in-dictionary.pth'):
    refused('%s: a whole module is named, with what to do' % name,
            ['torch.nn.modules.container.Sequential', 'save model.state_dict()'], 'weights', 'convert', golden(name),
            'x.safetensors')


def zip_with(name, entries):
    with zipfile.ZipFile(path(name), 'w', zipfile.ZIP_DEFLATED) as z:
        for entry in entries:
            z.writestr(entry, 'text' * 99)


zip_with('script.pt', ['script/code/__torch__/a.py', 'script/data.pkl', 'script/constants.pkl'])
refused('a TorchScript program is named, with what to do', ['TorchScript', 'torch.jit.load()'], 'weights', 'convert',
        'script.pt', 'x.safetensors')
zip_with('program.pt2', ['program/models/model.json', 'program/version'])
refused('a program of torch.export is named, with what to do', ['torch.export.load()'], 'weights', 'convert',
        'program.pt2', 'x.safetensors')

# --- whole networks -------------------------------------------------------------------------------
network = torchfile.tiny_network(classes=3)  # torchvision's names, depth multiplier 0.1, by formula


def lightning(state_dict):
    return {'epoch': 3, 'pytorch-lightning_version': '2.6.0', 'state_dict': state_dict,
            'callbacks': {'ModelCheckpoint': {'best': Tensor((), [1.0])}},
            'optimizer_states': [{'state': {'0': {'exp_avg': Tensor((2, 2), [1.0, 2.0, 3.0, 4.0])}}}],
            'hyper_parameters': Object('somewhere.config', 'Config', {'lr': 1, 'net': Object('torch.nn', 'ReLU')})}


def tensors(name):
    data = open(path(name), 'rb').read()
    n = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + n])
    meta = header.pop('__metadata__')
    return {k: (v['shape'], data[8 + n + v['data_offsets'][0]:8 + n + v['data_offsets'][1]])
            for k, v in header.items()}, json.loads(meta.get('leuko', '{}'))


def converted(name, value, *options):
    """Write a file, convert it; its tensors, its description and what was said."""
    write(name + '.pth', torchfile.zip_file(value))
    r = run('weights', 'convert', name + '.pth', name + '.safetensors', *options)
    return (*tensors(name + '.safetensors'), r.stdout) if r.returncode == 0 else (None, None, r)


plain = converted('plain', network)
check(plain[0] is not None, 'the plain state_dict', plain)
for prefix in ('model.', 'net.', 'backbone.', 'module.', '_orig_mod.', 'ema.', 'model._orig_mod.net.'):
    got = converted('prefix', lightning({prefix + k: v for k, v in network.items()}))
    check(got[0] == plain[0], 'a Lightning checkpoint with names below %s' % prefix, got[2])
write('hostile.pth', torchfile.zip_file({'state_dict': network, 'hyper_parameters': Object('posix', 'system', 'x')}))
refused('a checkpoint that asks for a program is refused', ['posix.system', 'nothing was executed'], 'weights', 'convert',
        'hostile.pth', 'x.safetensors')
check(digest('x.safetensors') is None, 'nothing was written')

# --- files made to hurt ---------------------------------------------------------------------------
for name, said in (('pickle-depth9-timebomb.pth', 'more than a million values'),
                   ('pickle-ordereddict-bomb.pth', 'more items than it has bytes')):
    if os.path.exists(os.path.join(SHARED, name)):
        refused('%s ends at once' % name, [said], 'weights', 'inspect', os.path.join(SHARED, name))

done()

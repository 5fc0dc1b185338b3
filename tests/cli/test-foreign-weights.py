#!/usr/bin/env python3
"""leuko weights convert reads the checkpoints that people have: Lightning's, compiled and parallel modules, moving
averages; it names whole modules, programs and other networks, and says what to do. tests/golden/torch has files of the
real PyTorch and Lightning."""
import json
import os
import zipfile

import torchfile
from harness import check, digest, done, path, run, tensors, write
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


def converted(name, value, *options):
    """Write a file, convert it; its tensors, its description and what was said."""
    write(name + '.pth', torchfile.zip_file(value))
    r = run('weights', 'convert', name + '.pth', name + '.safetensors', *options)
    if r.returncode:
        return None, None, r
    found, meta = tensors(name + '.safetensors')
    return found, json.loads(meta.get('leuko', '{}')), r.stdout


plain = converted('plain', network)
check(plain[0] is not None, 'the plain state_dict', plain)
for prefix in ('model.', 'net.', 'backbone.', 'module.', '_orig_mod.', 'ema.', 'model._orig_mod.net.'):
    got = converted('prefix', lightning({prefix + k: v for k, v in network.items()}))
    check(got[0] == plain[0], 'a Lightning checkpoint with names below %s' % prefix, got[2])
write('hostile.pth', torchfile.zip_file({'state_dict': network, 'hyper_parameters': Object('posix', 'system', 'x')}))
refused('a checkpoint that asks for a program is refused', ['posix.system', 'nothing was executed'], 'weights', 'convert',
        'hostile.pth', 'x.safetensors')
check(digest('x.safetensors') is None, 'nothing was written')

# --- which network, which classifier --------------------------------------------------------------
trunk = {k: v for k, v in network.items() if not k.startswith('fc.')}
weight, bias = network['fc.weight'], network['fc.bias']
channels = weight.shape[1]
average = {k: Tensor(v.shape, [x + 1 for x in v.values]) for k, v in network.items()}
for what, ema in (('below ema_model.', {'ema_model.module.' + k: v for k, v in average.items()}),
                  ('in state_dict_ema', None)):
    value = {'model.' + k: v for k, v in network.items()}
    value = {'state_dict': network, 'state_dict_ema': average, 'epoch': 3} if ema is None else {**value, **ema}
    got = converted('average', value)
    check(got[0] == plain[0] and 'not used: the network below' in got[2],
          'of a network and its moving average %s, the network is read, and this is said' % what, got[2])
for first, second in (('net.', 'model.net.'), ('', 'net.'), ('net.', '')):
    got = converted('twice', {p + k: v for p in (first, second) for k, v in network.items()})
    check(got[0] == plain[0], 'one network under the names "%s" and "%s" is one network' % (first, second), got[2])
write('two.pth', torchfile.zip_file({p + k: v for p, n in (('a.', network), ('b.', average)) for k, v in n.items()}))
refused('two networks are refused by name', ['holds 2 networks', '"a."', '"b."'], 'weights', 'convert', 'two.pth',
        'x.safetensors')

for name in ('fc', 'classifier', 'head', 'last_linear', 'fc.1', 'my_own.net.7'):
    head = {name + '.weight': weight, name + '.bias': bias}
    got = converted('head', {**{'backbone.' + k: v for k, v in trunk.items()}, **head})
    check(got[0] == plain[0] and got[1]['provenance']['source']['classifier'] == name and
          'classifier: "%s"' % name in got[2], 'the classifier is the linear layer %s' % name, got[2])
    got = converted('head', lightning({'model.' + k: v for k, v in {**trunk, **head}.items()}))
    check(got[0] == plain[0], 'and below model. in a Lightning checkpoint', got[2])
got = converted('conv', {**trunk, 'head.weight': Tensor((3, channels, 1, 1), weight.values), 'head.bias': bias})
check(got[0] == plain[0], 'a classifier that is a 1x1 convolution', got[2])
got = converted('no-bias', {**trunk, 'head.weight': weight})
check(got[0] is not None and got[0]['InceptionV3/Logits/Conv2d_1c_1x1/biases'] == ([3], bytes(12)),
      'a classifier without biases has biases 0', got[2])
aux = {'AuxLogits.conv0.conv.weight': Tensor((16, 76, 1, 1), [0.5] * 16 * 76), 'AuxLogits.fc.weight': Tensor((3, 76), [0.5] * 228),
       'AuxLogits.fc.bias': Tensor((3,), [0.5] * 3)}
got = converted('aux', {**network, **aux, 'criterion.weight': bias, 'train_accuracy.total': Tensor((), [3.0])})
check({k: v for k, v in got[0].items() if 'AuxLogits' not in k} == plain[0] and
      'auxiliary classifier (AuxLogits)' in got[2] and 'criterion.weight' in got[2],
      "AuxLogits and the weights of a loss are not used, and this is said", got[2])

hidden = {'fc.0.weight': Tensor((5, channels), weight.values[:channels] * 5), 'fc.0.bias': Tensor((5,), [0.5] * 5),
          'fc.3.weight': Tensor((3, 5), [0.5] * 15), 'fc.3.bias': bias}
norm = {'fc.0.' + k: Tensor((channels,), [1.0] * channels) for k in ('weight', 'bias', 'running_mean', 'running_var')}
attention = {'Mixed_5b.attention.weight': Tensor((64, 64, 3, 3), [0.5] * 64 * 64 * 9)}
for what, extra, said in (('two linear layers', hidden, ['"fc.0" (%d to 5)' % channels, '"fc.3" (5 to 3)']),
                          ('a normalization', {**norm, 'fc.1.weight': weight, 'fc.1.bias': bias}, ['"fc.0.weight"']),
                          ('another layer inside', {**attention, 'fc.weight': weight}, ['Mixed_5b.attention.weight'])):
    write('other.pth', torchfile.zip_file({**trunk, **extra}))
    refused('a classifier of %s is refused by name' % what, said + ['initial weights for training'], 'weights', 'convert',
            'other.pth', 'x.safetensors')
    told = inspected('other.pth')
    check(told['classes'] == 0 and said[0] in told['why_no_classifier'] and told['complete_endpoint'] == 'Mixed_7c',
          'inspect says so, and the network is complete', told)
write('narrow.pth', torchfile.zip_file({**trunk, 'fc.weight': Tensor((2, 5), [0.5] * 10)}))
refused('a classifier of another width is refused', ['Logits/Conv2d_1c_1x1'], 'weights', 'convert', 'narrow.pth',
        'x.safetensors')

# --- one output -----------------------------------------------------------------------------------
run('synth', 'cells', '--per-class', '3', '--groups', '3', '--size', '75')
one = {**trunk, 'fc.weight': Tensor((1, channels), weight.values[:channels]), 'fc.bias': Tensor((1,), bias.values[:1])}
two = {**trunk, 'fc.weight': Tensor((2, channels), [0.0] * channels + weight.values[:channels]),
       'fc.bias': Tensor((2,), [0.0] + bias.values[:1])}
got, want = converted('one', one, '--classes', 'normal, blast'), converted('two', two, '--classes', 'normal,blast')
check(got[0] is not None and got[0] == want[0], 'one output z becomes the outputs 0 and z, to the bit', got[2])
check(got[1]['classes'] == ['normal', 'blast'] and got[1]['positive'] == 'blast' and
      got[1]['provenance']['source']['sigmoid'] is True and 'logit of a sigmoid' in got[2] and 'positive: blast' in got[2],
      'the classes are negative and positive in this order', got[1])
check(want[1]['positive'] is None, 'the outputs of a softmax have no positive class', want[1])
got = converted('numbers', one)
check(got[1]['classes'] == ['0', '1'] and got[1]['positive'] == '1' and '--classes NAME' in got[2],
      'without --classes the classes are 0 and 1, and this is said', got[2])
r = run('classify', 'one.safetensors', 'cells/blast', '--json', '-')
answers = json.loads(r.stdout)['answers']
check(r.returncode == 0 and len(answers) == 3 and
      all(abs(sum(a['probabilities'].values() if isinstance(a['probabilities'], dict) else a['probabilities']) - 1) < 1e-9
          for a in answers), 'and it classifies', r)
for names, said in (('a', 'has 3 classes, but 1 name is given'), ('a,b,c,d', 'but 4 names are given'),
                    ('a,,c', 'is empty'), ('a,b,a', 'two classes named "a"')):
    refused('--classes %s' % names, [said], 'weights', 'convert', 'plain.pth', 'x.safetensors', '--classes', names)
write('trunk.pth', torchfile.zip_file(trunk))
refused('--classes without a classifier', ['has no classifier'], 'weights', 'convert', 'trunk.pth', 'x.safetensors',
        '--classes', 'a,b')

# --- crop -----------------------------------------------------------------------------------------
check(abs(plain[1]['preprocessing']['crop_fraction'] - 299 / 342) < 1e-12 and 'the central 0.874' in plain[2] and
      '--crop 1.0' in plain[2], "torchvision's crop is said", plain[2])
check('--input imagenet' in plain[2] and 'x / 127.5 - 1' in plain[2], 'the input that is assumed is said', plain[2])
got = converted('whole', network, '--input', 'imagenet')
check(got[0] is not None and '--input imagenet' not in got[2], 'and not where it is given', got[2])
got = converted('whole', network, '--crop', '1.0')
check(got[1]['preprocessing']['crop_fraction'] == 1 and 'the whole image' in got[2] and '--crop 1.0' not in got[2],
      '--crop 1.0 uses the whole image', got[2])
for crop in ('0', '1.5', 'nan', '-1'):
    r = run('weights', 'convert', 'plain.pth', 'x.safetensors', '--crop=' + crop)
    check(r.returncode == 2 and 'must be 0.01 to 1' in r.stderr, '--crop %s is wrong usage' % crop, r)
check(digest('x.safetensors') is None, 'nothing was written by what was refused')

# --- files made to hurt ---------------------------------------------------------------------------
for name, said in (('pickle-depth9-timebomb.pth', 'made to waste time'),
                   ('pickle-ordereddict-bomb.pth', 'more items than it has bytes')):
    if os.path.exists(os.path.join(SHARED, name)):
        refused('%s ends at once' % name, [said], 'weights', 'inspect', os.path.join(SHARED, name))

done()

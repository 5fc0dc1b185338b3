"""Files of torchvision's Inception V3 go into Leuko and back.

Weights are random, from a seed, with batch norm statistics that fit them. Each .pth (zip and legacy) gives the same
answers under both conventions of average pooling, with and without transform_input. Frozen under torchvision's names, it
is the same network again, bit for bit. OpenCV gives the same answers for the graphs and ONNX models that Leuko writes;
vision-graphs.py runs other programs on the files that this script leaves. Sixteen images.
Needs python3-torchvision and python3-opencv (Debian).
"""
import copy
import json
import os
import subprocess

import cv2
import numpy as np
import torch
import torchvision

from common.images import planes, sixteen
from common.tensors import read, read_all, write

LEUKO = os.environ['LEUKO']
LOGITS = os.path.join(os.path.dirname(LEUKO), '../../tests/interop/foreign-logits')
K = 1000
average = torch.nn.functional.avg_pool2d


def build(**options):
    torch.manual_seed(7)
    model = torchvision.models.inception_v3(weights=None, num_classes=K, init_weights=False, **options)
    for m in model.modules():  # batch norms that do something
        if isinstance(m, torch.nn.BatchNorm2d):
            m.weight.data.uniform_(0.75, 1.25)
            m.bias.data.uniform_(-0.25, 0.25)
            m.running_mean.uniform_(-0.1, 0.1)
            m.running_var.uniform_(0.02, 0.08)
    return model.eval()


def spread(model, x):
    """Statistics of the images themselves, and a head that tells them apart: answers that mean something."""
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.momentum = None
            m.reset_running_stats()
            m.train()
    with torch.no_grad():
        model(torch.from_numpy(x))
        for m in model.modules():
            m.training = False
            if isinstance(m, torch.nn.BatchNorm2d) and m.num_batches_tracked == 0:  # the auxiliary head's
                m.running_var.uniform_(0.5, 1.5)
        z = model(torch.from_numpy(x))
        scale = 2 / z.std(0).mean()
        model.fc.weight.mul_(scale)
        model.fc.bias.copy_((model.fc.bias - z.mean(0)) * scale)


def logits(model, x, counts_padding=True):
    torchvision.models.inception.F.avg_pool2d = \
        lambda t, **k: average(t, **{**k, 'count_include_pad': counts_padding})
    with torch.no_grad():
        return model(torch.from_numpy(x)).numpy()


def exact(model, x, counts_padding=True):
    """The same in float64."""
    return logits(copy.deepcopy(model).double(), x.astype(np.float64), counts_padding)


def ours(path, *more):
    subprocess.run([LOGITS, path, 'x.safetensors', 'out.safetensors', *more], check=True)
    return read('out.safetensors')['logits']


def alike(what, a, b):
    worst = np.abs(a - b).max() / np.abs(b).max()
    assert worst < 1e-4, (what, worst)
    print('ok: %s, largest relative difference %.1e' % (what, worst))


pixels = sixteen()
x = planes(pixels)
write('x.safetensors', {'x': x})
model = build(transform_input=False)
spread(model, x)
state = model.state_dict()
torch.save(state, 'zip.pth')
torch.save(state, 'legacy.pth', _use_new_zipfile_serialization=False)
torch.save({'epoch': 3, 'state_dict': {'module.' + k: v for k, v in state.items()},
            'optimizer': torch.optim.SGD(model.parameters(), 0.1).state_dict()}, 'training.pth')
theirs = logits(model, x)
p = np.exp(theirs - theirs.max(1, keepdims=True))
p /= p.sum(1, keepdims=True)
assert len(set(theirs.argmax(1))) >= 10 and 0.005 < p.max(1).min(), (theirs.argmax(1), p.max(1))  # answers differ
for name in ('zip', 'legacy', 'training'):
    alike(name + '.pth', ours(name + '.pth'), theirs)
alike('zip.pth, slim\'s pooling', ours('zip.pth', 'other-pooling'), logits(model, x, False))
assert np.abs(logits(model, x, False) - theirs).max() / np.abs(theirs).max() > 1e-3  # the conventions do differ

# transform_input=True is fed ImageNet's normalization and undoes it
mean, sd = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], np.float32)[:, None, :, None, None]
normalized = ((x / 2 + 0.5 - mean) / sd).astype(np.float32)
undoing = build(transform_input=True)
undoing.load_state_dict(state)
alike('transform_input=True', ours('zip.pth'), logits(undoing, normalized))
# a network that wants that normalization itself: folded in by convert --input imagenet
subprocess.run([LEUKO, 'weights', 'convert', 'zip.pth', 'folded.safetensors', '--input', 'imagenet'], check=True,
               stdout=subprocess.DEVNULL)
alike('--input imagenet', ours('folded.safetensors'), logits(model, normalized))

# torchvision -> slim -> torchvision: every value as it was, and torchvision takes it strictly
subprocess.run([LEUKO, 'weights', 'convert', 'zip.pth', 'slim.safetensors'], check=True, stdout=subprocess.DEVNULL)
alike('slim.safetensors', ours('slim.safetensors'), theirs)
subprocess.run([LEUKO, 'freeze', 'slim.safetensors', '-o', 'back.safetensors', '--names', 'torchvision'], check=True,
               stdout=subprocess.DEVNULL)
back = read('back.safetensors')
wanted = {k: v.numpy() for k, v in state.items() if not k.endswith('num_batches_tracked')}
assert set(back) == set(wanted), set(back) ^ set(wanted)
for k in wanted:
    assert back[k].shape == wanted[k].shape and back[k].tobytes() == wanted[k].tobytes(), k
again = build(transform_input=False)
again.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in back.items()})
assert (logits(again, x) == theirs).all()
print('ok: %d tensors through slim\'s names and back, equal to the bit; torchvision loads them' % len(back))
alike('back.safetensors', ours('back.safetensors'), theirs)

# float16, bfloat16, float64 and tensors that do not lie in order
half = {k: (v.half() if v.is_floating_point() else v) for k, v in state.items()}
torch.save(half, 'half.pth')
rounded = build(transform_input=False)
rounded.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in half.items()})
alike('half.pth', ours('half.pth'), logits(rounded, x))
torch.save({k: (v.double() if v.is_floating_point() else v) for k, v in state.items()}, 'double.pth')
alike('double.pth', ours('double.pth'), theirs)
strided = {k: (v.to(memory_format=torch.channels_last) if v.dim() == 4 else v.t().contiguous().t() if v.dim() == 2
               else v) for k, v in state.items()}
assert not strided['fc.weight'].is_contiguous() and not strided['Conv2d_2a_3x3.conv.weight'].is_contiguous()
torch.save(strided, 'strided.pth', _use_new_zipfile_serialization=False)
alike('strided.pth', ours('strided.pth'), theirs)

# frozen, under both conventions: a graph (Pad and VALID pools where padding counts), ONNX; OpenCV reads both
tensors, metadata = read_all('slim.safetensors')
description = json.loads(metadata['leuko'])
assert description['architecture']['pool_includes_padding'] is True
description['architecture']['pool_includes_padding'] = False
write('vision-slim.safetensors', tensors, dict(metadata, leuko=json.dumps(description)))
os.replace('slim.safetensors', 'vision-torchvision.safetensors')
exactly = {'torchvision': exact(model, x), 'slim': exact(model, x, False)}
alike('PyTorch itself in float32', theirs, exactly['torchvision'])
np.savez('vision.npz', pixels=pixels, **exactly)
for pooling, wanted in exactly.items():
    alike('vision-%s.safetensors' % pooling, ours('vision-%s.safetensors' % pooling), wanted)
    e = np.exp(wanted - wanted.max(1, keepdims=True))
    e /= e.sum(1, keepdims=True)
    for name, more in (('1.pb', ['--batch', '1']), ('8.pb', ['--batch', '8']), ('any.pb', ['--batch', '0']), ('planes.onnx', []),
                       ('bytes.onnx', ['--with-preprocessing'])):
        path = 'vision-%s-%s' % (pooling, name)
        subprocess.run([LEUKO, 'freeze', 'vision-%s.safetensors' % pooling, '-o', path, *more], check=True,
                       stdout=subprocess.DEVNULL)
        for batch in {'1.pb': (1,), '8.pb': (8,), 'any.pb': (1, 8), 'planes.onnx': (1, 8)}.get(name, ()):
            net = cv2.dnn.readNetFromTensorflow(path) if path.endswith('.pb') else cv2.dnn.readNetFromONNX(path)
            found = []
            for i in range(0, 16, batch):
                net.setInput(x[i:i + batch])
                found.append(net.forward('InceptionV3/Predictions/Softmax' if path.endswith('.pb') else '').reshape(batch, K))
            worst = np.abs(np.concatenate(found) - e).max()
            assert worst < 1e-4, (path, batch, worst)
            print('ok: %s, OpenCV %s, batch %d: largest difference of p %.1e' % (path, cv2.__version__, batch, worst))

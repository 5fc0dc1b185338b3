"""torchvision's Inception V3, random weights by seed, in and out of Leuko: .pth (zip and legacy) answers
alike under both conventions of average pooling, with and without transform_input; frozen under
torchvision's names it is the same network again, to the bit. Debian: python3-torchvision."""
import json
import os
import struct
import subprocess

import numpy as np
import torch
import torchvision

LEUKO = os.environ['LEUKO']
LOGITS = os.path.join(os.path.dirname(LEUKO), '../../tests/interop/foreign-logits')
K, N = 1000, 4
average = torch.nn.functional.avg_pool2d


def write(path, tensors):
    header, blobs, at = {}, [], 0
    for name, a in tensors.items():
        a = np.ascontiguousarray(a, np.float32)
        header[name] = {'dtype': 'F32', 'shape': list(a.shape), 'data_offsets': [at, at + a.nbytes]}
        blobs.append(a.tobytes())
        at += a.nbytes
    text = json.dumps(header).encode()
    text += b' ' * (-(8 + len(text)) % 64)
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text + b''.join(blobs))


def read(path):
    data = open(path, 'rb').read()
    n = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + n])
    return {k: np.frombuffer(data[8 + n + v['data_offsets'][0]:8 + n + v['data_offsets'][1]], np.float32)
            .reshape(v['shape']) for k, v in header.items() if k != '__metadata__'}


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


def logits(model, x, counts_padding=True):
    torchvision.models.inception.F.avg_pool2d = \
        lambda t, **k: average(t, **{**k, 'count_include_pad': counts_padding})
    with torch.no_grad():
        return model(torch.from_numpy(x)).numpy()


def ours(path, *more):
    subprocess.run([LOGITS, path, 'x.safetensors', 'out.safetensors', *more], check=True)
    return read('out.safetensors')['logits']


def alike(what, a, b):
    worst = np.abs(a - b).max() / np.abs(b).max()
    assert worst < 1e-4, (what, worst)
    print('ok: %s, largest relative difference %.1e' % (what, worst))


rng = np.random.default_rng(1)
x = (rng.random((N, 3, 299, 299), np.float32) * 2 - 1).astype(np.float32)
write('x.safetensors', {'x': x})
model = build(transform_input=False)
state = model.state_dict()
torch.save(state, 'zip.pth')
torch.save(state, 'legacy.pth', _use_new_zipfile_serialization=False)
torch.save({'epoch': 3, 'state_dict': {'module.' + k: v for k, v in state.items()},
            'optimizer': torch.optim.SGD(model.parameters(), 0.1).state_dict()}, 'training.pth')
theirs = logits(model, x)
assert np.abs(theirs).max() > 0.1 and theirs.std() > 0.01
for name in ('zip', 'legacy', 'training'):
    alike(name + '.pth', ours(name + '.pth'), theirs)
alike('zip.pth, slim\'s pooling', ours('zip.pth', 'other-pooling'), logits(model, x, False))
assert np.abs(logits(model, x, False) - theirs).max() / np.abs(theirs).max() > 1e-3  # the conventions do differ

# transform_input=True is fed ImageNet's normalisation and undoes it
mean, sd = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], np.float32)[:, None, :, None, None]
normalised = ((x / 2 + 0.5 - mean) / sd).astype(np.float32)
alike('transform_input=True', ours('zip.pth'), logits(build(transform_input=True), normalised))
# a network that wants that normalisation itself: folded in by convert --input imagenet
subprocess.run([LEUKO, 'weights', 'convert', 'zip.pth', 'folded.safetensors', '--input', 'imagenet'], check=True,
               stdout=subprocess.DEVNULL)
alike('--input imagenet', ours('folded.safetensors'), logits(model, normalised))

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

"""The gradients of every layer, block by block, equal PyTorch's.

Both get the same input and the same loss on the block's mean. Map sizes are odd, and channel counts do not fill a SIMD
block. In fp32, each gradient is within 1e-5 (relative L2) of PyTorch's float64. With trained batch norm, it is within
1e-5 or 3 times the error of PyTorch's own fp32, whichever is more.
"""
import os
import subprocess
import sys

import numpy as np
import torch
import torch.nn.functional as F

from common.table import Table
from common.tensors import read, write

K, N = 3, 4


class Net(Table):
    def run(self, first, last, x, p, trained):
        """Layers first..last on x, the output of layer first - 1."""
        out = {first - 1: x}
        for i in range(first, last + 1):
            kind, name, inputs, d = self.layers[i]
            if kind == 'JOIN':
                out[i] = torch.cat([out[j] for j in inputs], 1)
            elif kind == 'MAX_POOL':
                out[i] = F.max_pool2d(out[inputs[0]], 3, 2)
            elif kind == 'AVG_POOL':
                out[i] = F.avg_pool2d(out[inputs[0]], 3, 1, 1, count_include_pad=False)
            else:
                q = 'InceptionV3/' + name + '/'
                z = F.conv2d(out[inputs[0]], p[q + 'weights'].permute(3, 2, 0, 1), None, d[2],
                             ((d[0] - 1) // 2, (d[1] - 1) // 2) if d[3] else 0)
                z = F.batch_norm(z, p[q + 'BatchNorm/moving_mean'], p[q + 'BatchNorm/moving_variance'],
                                 p[q + 'BatchNorm/gamma'], p[q + 'BatchNorm/beta'], trained, 0.0, float(np.float32(0.001)))
                out[i] = F.relu(z)
        return out[last]


def parameters(net, rng, channels):
    """Of all convolutions (the plan checks the whole network) and the classifier; also each layer's channels."""
    p, c = {}, {-1: 3}
    for i, (kind, name, inputs, d) in enumerate(net.layers):
        c[i] = sum(c[j] for j in inputs) if kind == 'JOIN' else c[inputs[0]]
        if kind == 'CONV':
            q = 'InceptionV3/' + name + '/'
            p[q + 'weights'] = rng.normal(0, (2 / (d[0] * d[1] * c[i])) ** 0.5, (d[0], d[1], c[i], d[4]))
            for v, low, high in (('beta', -0.2, 0.2), ('gamma', 0.8, 1.2), ('moving_mean', -0.2, 0.2), ('moving_variance', 0.7, 1.3)):
                p[q + 'BatchNorm/' + v] = rng.uniform(low, high, d[4])
            c[i] = d[4]
    channels.update(c)
    return {k: v.astype(np.float32) for k, v in p.items()}


def loss_of(net, first, last, x, y, p, trained, dtype):
    p = {k: torch.tensor(v, dtype=dtype, requires_grad='moving' not in k) for k, v in p.items()}
    z = net.run(first, last, torch.tensor(x, dtype=dtype), p, trained).mean((2, 3))
    w, b = p['InceptionV3/Logits/Conv2d_1c_1x1/weights'], p['InceptionV3/Logits/Conv2d_1c_1x1/biases']
    loss = F.cross_entropy(z @ w[0, 0] + b, torch.tensor(y))
    loss.backward()
    return loss.item(), {k: v.grad.numpy().astype(np.float64) for k, v in p.items() if v.grad is not None}


def size_after(net, side):
    """Height of every layer's map."""
    h = {-1: side}
    for i, (kind, _, inputs, d) in enumerate(net.layers):
        n = h[inputs[0]]
        if kind == 'CONV' and not d[3]:
            n = (n - max(d[0], d[1])) // d[2] + 1
        h[i] = (n - 3) // 2 + 1 if kind == 'MAX_POOL' else n
    return h


def main():
    status, worst = 0, {}
    for multiplier, side in ((0.27, 147), (0.5, 107)):
        net, rng, channels = Net(multiplier), np.random.default_rng(7), {}
        p = parameters(net, rng, channels)
        h = size_after(net, side)
        for endpoint, first, last in net.blocks:
            q = dict(p)
            q['InceptionV3/Logits/Conv2d_1c_1x1/weights'] = rng.normal(0, 0.3, (1, 1, channels[last], K)).astype(np.float32)
            q['InceptionV3/Logits/Conv2d_1c_1x1/biases'] = np.zeros(K, np.float32)
            x = np.abs(rng.normal(0, 1, (N, channels[first - 1], h[first - 1], h[first - 1]))).astype(np.float32)
            y = np.arange(N) % K
            write('block-params.safetensors', q)
            write('block-batch.safetensors', {'x': x, 'targets': np.eye(K)[y]})
            for mode in ('frozen', 'trained'):
                want_loss, wanted = loss_of(net, first, last, x, y, q, mode == 'trained', torch.float64)
                _, theirs = loss_of(net, first, last, x, y, q, mode == 'trained', torch.float32)
                subprocess.run([os.environ['TRAINING_STEP'], 'block-params.safetensors', 'block-batch.safetensors',
                                'block-out.safetensors', 'fp32', mode, endpoint, endpoint, str(multiplier), str(side)],
                               check=True)
                ours = read('block-out.safetensors')
                for k, w in wanted.items():
                    if mode == 'frozen' and k.endswith('gamma') or np.abs(w).max() == 0:
                        continue
                    norm = np.linalg.norm(w)
                    e, t = np.linalg.norm(ours[k] - w) / norm, np.linalg.norm(theirs[k] - w) / norm
                    limit = 1e-5 if mode == 'frozen' else max(1e-5, 3 * t)
                    worst[mode] = max(worst.get(mode, (0,)), (e, t, endpoint, k))
                    if not e <= limit:
                        print('FAIL: %s %s %s: %.2e from float64 (PyTorch float32: %.2e)' % (endpoint, mode, k, e, t))
                        status = 1
                if not abs(float(ours['loss'][0]) - want_loss) < 1e-5:
                    print('FAIL: %s %s: loss %.7f, not %.7f' % (endpoint, mode, ours['loss'][0], want_loss))
                    status = 1
    for mode, (e, t, endpoint, k) in worst.items():
        print('%s: every gradient of every block within %.2e of float64 (the worst: %s in %s; PyTorch float32 there %.2e)'
              % (mode, e, k, endpoint, t))
    return status


if __name__ == '__main__':
    sys.exit(main())

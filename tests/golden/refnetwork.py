#!/usr/bin/env python3
"""Write network-expected.h: the whole network with weights by formula, in PyTorch's float64.

usage: refnetwork.py > network-expected.h     (Debian: python3-torch python3-torchvision)

Weights, batch norms and the image follow the formula of tests/support/formula.c: a 32-bit hash of (tensor,
index), so that both sides make the same float32 numbers. Tensor ids: 10 * convolution number (slim's
order, from 0) + {0 weights HWIO, 1 beta, 2 mean, 3 variance, 4 gamma}; 2000 the classifier's
weights, 2001 its biases, 3000 the image (C, H, W).
"""
import textwrap
import numpy, torch, torchvision

K, SIDE = 3, 299


def uniform(tensor, n):
    k = numpy.arange(n, dtype=numpy.uint64)
    h = (k + numpy.uint64(tensor) * numpy.uint64(0x9E3779B1)) & numpy.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h ^= h >> numpy.uint64(shift)
        h = (h * numpy.uint64(factor)) & numpy.uint64(0xFFFFFFFF)
    return h.astype(numpy.float64) / 4294967296.0


def values(tensor, n, low, high):
    return (low + (high - low) * uniform(tensor, n)).astype(numpy.float32).astype(numpy.float64)


def fill(model):
    units = [m for m in model.modules() if isinstance(m, torchvision.models.inception.BasicConv2d)]
    assert len(units) == 94
    for l, unit in enumerate(units):
        oc, ic, kh, kw = unit.conv.weight.shape
        bound = (6.0 / (kh * kw * ic)) ** 0.5
        w = values(10 * l, oc * ic * kh * kw, -bound, bound).reshape(kh, kw, ic, oc)
        unit.conv.weight.data = torch.from_numpy(w.transpose(3, 2, 0, 1).copy())
        unit.bn.bias.data = torch.from_numpy(values(10 * l + 1, oc, -0.25, 0.25))
        unit.bn.running_mean = torch.from_numpy(values(10 * l + 2, oc, -0.25, 0.25))
        unit.bn.running_var = torch.from_numpy(values(10 * l + 3, oc, 0.5, 1.5))
        unit.bn.weight.data = torch.from_numpy(values(10 * l + 4, oc, 0.75, 1.25))
        unit.bn.eps = float(numpy.float32(0.001))
    w = values(2000, 2048 * K, -0.02, 0.02).reshape(2048, K)
    model.fc.weight.data = torch.from_numpy(w.T.copy())
    model.fc.bias.data = torch.from_numpy(values(2001, K, -0.5, 0.5))


def row(name, x):
    body = ", ".join("%.9g" % v for v in x)
    text = "static const double %s[] = {%s};" % (name, body)
    print(textwrap.fill(text, 100, subsequent_indent="    "))


def build():
    """torchvision's network in float64 with the formula's weights."""
    torch.set_default_dtype(torch.float64)
    model = torchvision.models.inception_v3(weights=None, num_classes=K, aux_logits=False,
                                            transform_input=False, init_weights=False)
    fill(model.double())
    return model.eval()


def image():
    return torch.from_numpy(values(3000, 3 * SIDE * SIDE, -1, 1).reshape(1, 3, SIDE, SIDE))


def main():
    model = build()
    features = {}
    model.avgpool.register_forward_hook(lambda m, i, o: features.update(x=o.flatten()))
    average = torch.nn.functional.avg_pool2d
    print("/* Written by refnetwork.py: PyTorch %s, float64. */" % torch.__version__)
    for name, counts_padding in (("slim", False), ("torchvision", True)):
        torchvision.models.inception.F.avg_pool2d = \
            lambda x, **k: average(x, **{**k, "count_include_pad": counts_padding})
        with torch.no_grad():
            logits = model(image())[0]
        row("expected_features_" + name, features["x"][::32].tolist())
        row("expected_logits_" + name, logits.tolist())
        row("expected_probabilities_" + name, torch.softmax(logits, 0).tolist())


if __name__ == "__main__":
    main()

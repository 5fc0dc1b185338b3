#!/usr/bin/env python3
"""Print the expected values of tests/unit/test-preprocess.c.

usage: make-preprocess-values.py   (Debian: python3-pil python3-numpy)

The antialiased kind uses Pillow's float resize (mode F, BILINEAR); slim's kind is tf.image.resize_bilinear written out in
numpy, in float64.
"""
import numpy as np
from PIL import Image


def formula(w, h):
    y, x, c = np.mgrid[0:h, 0:w, 0:3]
    return (x * 7 + y * 13 + c * 50 + x * y // 5) & 255


def crop(a, f):
    h, w = a.shape[:2]
    y, x = int((h - h * f) / 2), int((w - w * f) / 2)
    return a[y:h - y, x:w - x]


def pillow(a, s):
    return np.dstack([np.asarray(Image.fromarray(a[:, :, c].astype(np.float32), 'F').resize((s, s), Image.BILINEAR))
                      for c in range(3)]) / 127.5 - 1


def tf1(a, s):
    def axis(n):
        src = np.arange(s) * (n / s)
        lo = np.floor(src).astype(int)
        return lo, np.minimum(lo + 1, n - 1), (src - lo)
    y0, y1, fy = axis(a.shape[0])
    x0, x1, fx = axis(a.shape[1])
    fx, fy = fx[None, :, None], fy[:, None, None]
    top = a[y0][:, x0] * (1 - fx) + a[y0][:, x1] * fx
    low = a[y1][:, x0] * (1 - fx) + a[y1][:, x1] * fx
    return (top * (1 - fy) + low * fy) / 127.5 - 1


for w, h, s, f, kind in ((360, 363, 299, 1.0, 'antialias'), (80, 75, 299, 1.0, 'antialias'), (1000, 601, 75, 0.9, 'antialias'),
                         (1, 1, 75, 1.0, 'antialias'), (3, 500, 150, 1.0, 'antialias'), (360, 363, 299, 0.875, 'slim'),
                         (80, 75, 299, 0.875, 'slim'), (1, 2, 75, 0.875, 'slim')):
    out = (pillow if kind == 'antialias' else tf1)(crop(formula(w, h), f), s)
    points = [out[0, 0, 0], out[s - 1, s - 1, 2], out[s // 2, s // 3, 1], out[7, s - 2, 0], out[s - 3, 11, 2]]
    print('{%d, %d, {%d, %g, %s}, {%s}, %.7f},' % (w, h, s, f, 'TRUE' if kind == 'antialias' else 'FALSE',
                                                  ', '.join('%.7f' % p for p in points), np.abs(out).mean()))

#!/usr/bin/env python3
"""Print the expected values of tests/unit/test-perturb.c, by numpy, OpenCV and Pillow.

usage: make-perturb-values.py   (Debian: python3-numpy python3-opencv python3-pil)
"""
import io

import cv2
import numpy as np
from PIL import Image

W, H, BORDER = 25, 20, (200, 180, 190)


def image():
    """make_image() of the test: a colored pattern inside a margin of 3 pixels of one color."""
    y, x = np.mgrid[0:H, 0:W]
    inner = np.stack([(x * 37 + y * 11 + 40 * c + x * y * 5) % 236 + 10 for c in range(3)], -1)
    margin = (x < 3) | (y < 3) | (x >= W - 3) | (y >= H - 3)
    return np.where(margin[..., None], BORDER, inner).astype(np.uint8)


def to_bytes(values):
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)


def stain(rgb, hematoxylin, eosin):
    h, e = np.array([0.650, 0.704, 0.286]), np.array([0.072, 0.990, 0.105])
    basis = np.stack([h, e, np.cross(h, e)])
    density = -np.log((rgb.astype(float) + 1) / 256)
    amounts = density @ np.linalg.inv(basis) * [hematoxylin, eosin, 1]
    return to_bytes(256 * np.exp(-(amounts @ basis)) - 1)


def defocus(rgb, radius):
    reach = int(np.ceil(radius - 0.5))
    y, x = np.mgrid[-reach:reach + 1, -reach:reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return to_bytes(cv2.filter2D(rgb.astype(np.float64), -1, kernel / kernel.sum(),
                                 borderType=cv2.BORDER_REFLECT))


def jpeg(rgb, quality):
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, 'JPEG', quality=quality, subsampling='4:2:0')
    return np.asarray(Image.open(out))


def rotate(rgb, degrees):
    m = cv2.getRotationMatrix2D(((W - 1) / 2, (H - 1) / 2), degrees, 1)
    return cv2.warpAffine(rgb, m, (W, H), flags=cv2.INTER_LINEAR, borderValue=BORDER)


def smaller(rgb, factor):
    w, h = round(W * factor), round(H * factor)
    out = np.full_like(rgb, BORDER)
    small = np.asarray(Image.fromarray(rgb).resize((w, h), Image.BILINEAR))
    out[(H - h) // 2:(H - h) // 2 + h, (W - w) // 2:(W - w) // 2 + w] = small
    return out


def larger(rgb, factor):
    w, h = round(W / factor), round(H / factor)
    left, top = (W - w) // 2, (H - h) // 2
    return np.asarray(Image.fromarray(rgb[top:top + h, left:left + w]).resize((W, H),
                                                                              Image.BILINEAR))


rgb = image()
results = {
    'stain-stronger 20': stain(rgb, 1.2, 1.2), 'stain-weaker 20': stain(rgb, 0.8, 0.8),
    'stain-bluer 40': stain(rgb, 1.4, 0.6), 'stain-pinker 40': stain(rgb, 0.6, 1.4),
    'brighter 20': to_bytes(rgb * 1.2), 'darker 40': to_bytes(rgb * 0.6),
    'warmer 10': to_bytes(rgb * np.array([1.1, 1, 0.9])),
    'cooler 20': to_bytes(rgb * np.array([0.8, 1, 1.2])),
    'blur 1': to_bytes(cv2.GaussianBlur(rgb.astype(float), (9, 9), 1, borderType=cv2.BORDER_REFLECT)),
    'defocus 2': defocus(rgb, 2), 'jpeg 50': jpeg(rgb, 50), 'rotation 15': rotate(rgb, 15),
    'rotation 180': rotate(rgb, 180), 'smaller 20': smaller(rgb, 0.8),
    'larger 25': larger(rgb, 1.25)}
for name, out in results.items():
    samples = [int(out[(7 * i + 3) % H, (11 * i + 2) % W, i % 3]) for i in range(16)]
    print(f'    {{"{name}", {out.mean():.4f}, {{{", ".join(map(str, samples))}}}}},')

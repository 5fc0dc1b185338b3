#!/usr/bin/env python3
"""Augmentations equal OpenCV's bytes, and the blur is within 2 of scipy's.

usage: test-augment-cv2.py AUGMENT_OP [--print]   (--print writes the table of tests/unit/test-augment.c)

scipy truncates its double sums after each axis. On uniform areas a sum may be 143.9999..., which loses 1 per axis. Leuko
rounds; hence the tolerance of 2.
"""
import hashlib
import subprocess
import sys

try:
    import cv2
    import numpy as np
except ImportError as e:
    print('1..0 # SKIP no OpenCV for python3 here: %s' % e)
    sys.exit(0)
try:
    from scipy import ndimage
except ImportError:
    ndimage = None

BORDER = (162, 159, 144)
SIZES = ((299, 299), (64, 47), (17, 1), (1, 9), (1, 1))
n = failed = 0


def formula(w, h):
    y, x, c = np.mgrid[0:h, 0:w, 0:3]
    return ((x * 7 + y * 13 + c * 50 + x * y // 5) & 255).astype(np.uint8)


def expected(w, h):
    im = formula(w, h)
    gray = cv2.cvtColor(im, cv2.COLOR_RGB2GRAY).reshape(h, w)
    three = lambda g: np.repeat(g.reshape(h, w, 1), 3, 2)
    warp = lambda m: cv2.warpAffine(im, m, (w, h), flags=cv2.INTER_LINEAR, borderValue=BORDER)
    yield 'gray', three(gray)
    yield 'hist', three(cv2.equalizeHist(gray))
    yield 'hor', cv2.flip(im, 0)
    yield 'ver', cv2.flip(im, 1)
    yield 'translate', warp(np.float64([[1, 0, 84], [0, 1, 56]]))
    yield 'shear', warp(np.float64([[1, 0.2, -0.2 * h * 0.5], [0, 1, 0]]))
    for a in (-179, -90, -37, 0, 13, 45, 180):
        yield 'rotate %d' % a, warp(cv2.getRotationMatrix2D((w / 2, h / 2), a, 0.70))
    if ndimage:
        yield 'blur', ndimage.gaussian_filter(im, sigma=(5.11, 5.11, 0))


def print_digests():
    for w, h in SIZES[:2]:
        for what, want in expected(w, h):
            if what != 'blur':
                op, a = (what.split() + ['0'])[:2]
                print('{%d, %d, "%s", %s, "%s"},' % (w, h, op, a, hashlib.sha256(want.tobytes()).hexdigest()[:16]))


if '--print' in sys.argv:
    print_digests()
    sys.exit(0)
for w, h in SIZES:
    wanted = list(expected(w, h))
    got = subprocess.run([sys.argv[1], str(w), str(h)] + [what for what, _ in wanted], stdout=subprocess.PIPE,
                         check=True).stdout
    got = np.frombuffer(got, np.uint8).astype(int).reshape(len(wanted), h, w, 3)
    for (what, want), pixels in zip(wanted, got):
        d = np.abs(pixels - want.reshape(h, w, 3))
        n += 1
        good = d.max() <= (2 if what == 'blur' else 0)
        failed += not good
        print('%s %d - %s at %dx%d: mean %.5f, max %d' % ('ok' if good else 'not ok', n, what, w, h, d.mean(), d.max()))
print('1..%d' % n)
sys.exit(failed > 0)

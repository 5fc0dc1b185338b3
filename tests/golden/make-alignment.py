#!/usr/bin/env python3
"""usage: make-alignment.py > alignment-values.h

What OpenCV and numpy compute for two thumbnails of image/thumbnail.h: the correlation of their details
(image/alignment.h) at each shift of whole pixels, and the spectrum of the first (image/spectrum.h)."""
import cv2
import numpy as np

SIDE, MARGIN, REACH, LOW = 64, 8, 4, 8
y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.int64)


def thumbnail(dy, dx, salt):
    """A disk with texture; tests/unit/test-alignment.c makes the same."""
    v, u = y + dy, x + dx
    noise = ((v * 73 + u * 151 + (v * u) % 37 * 29 + v * v % 23 * 17) % 64) // 2
    disk = np.where((v - 30) ** 2 + (u - 34) ** 2 < 400, 90, 0)
    return np.clip(60 + disk + noise + (y * 7 + x * 13 + salt) % 5, 0, 255).astype(np.uint8)


def detail(t):
    b = dict(borderType=cv2.BORDER_REPLICATE)
    level = cv2.sepFilter2D(t.astype(np.float64), -1, np.array([1, 2, 1]) / 4, np.array([1, 2, 1]) / 4, **b)
    mean, square = cv2.blur(level, (7, 7), **b), cv2.blur(level * level, (7, 7), **b)
    return ((level - mean) / (np.sqrt(np.maximum(square - mean * mean, 0)) + 3)).astype(np.float32)


a, b = detail(thumbnail(0, 0, 0)), detail(thumbnail(2, -1, 3))
r = cv2.matchTemplate(b, np.ascontiguousarray(a[MARGIN:-MARGIN, MARGIN:-MARGIN]), cv2.TM_CCOEFF_NORMED)
r = r[MARGIN - REACH:MARGIN + REACH + 1, MARGIN - REACH:MARGIN + REACH + 1]

luma = thumbnail(0, 0, 0).astype(np.float64)
window = .5 - .5 * np.cos(2 * np.pi * (np.arange(SIDE) + .5) / SIDE)
weight = np.outer(window, window)
power = np.abs(np.fft.fft2(weight * (luma - (weight * luma).sum() / weight.sum()))) ** 2
spectrum = [16 * np.log(power[u, v] + power[u, -v] + power[v, u] + power[v, -u] + 100) - 72
            for u in range(1, LOW + 1) for v in range(u + 1)]

print('/* Made by make-alignment.py with OpenCV %s and numpy %s. */' % (cv2.__version__, np.__version__))
print('static const double alignment_expected[9][9] = { /* shift along y, along x: -4 to 4 */')
for row in r:
    print('    {%s},' % ', '.join('%.5f' % v for v in row))
print('};')
print('static const double spectrum_expected[44] = {')
for i in range(0, 44, 11):
    print('    %s,' % ', '.join('%.3f' % v for v in spectrum[i:i + 11]))
print('};')

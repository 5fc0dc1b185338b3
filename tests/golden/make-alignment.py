#!/usr/bin/env python3
"""usage: make-alignment.py > alignment-values.h

What OpenCV and numpy compute for two thumbnails of image/thumbnail.h: the correlation of their details
(image/alignment.h) at each shift of whole pixels, and the places and
hashes of the first that image/centered.h describes."""
import cv2
import numpy as np

SIDE, MARGIN, REACH = 64, 8, 4
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

def place(luma, deviation, reach, limit):
    """Where the smoothed weights are largest, with the fraction of a pixel."""
    histogram = np.bincount((luma + .5).astype(int).ravel(), minlength=256).astype(np.float64)
    levels = cv2.sepFilter2D(histogram.reshape(1, -1), -1, cv2.getGaussianKernel(33, 5, cv2.CV_64F), np.ones(1), borderType=cv2.BORDER_CONSTANT)
    weight = (luma - levels.argmax()) ** 2
    kernel = cv2.getGaussianKernel(2 * reach + 1, deviation, cv2.CV_64F)
    sums = cv2.sepFilter2D(weight, -1, kernel, kernel, borderType=cv2.BORDER_CONSTANT)
    low, high = SIDE // 2 - limit, SIDE // 2 + limit
    i, k = np.unravel_index(sums[low:high, low:high].argmax(), (2 * limit, 2 * limit))
    i, k = i + low, k + low

    def top(before, at, after):
        bend = before - 2 * at + after
        return 0 if bend >= 0 else np.clip((before - after) / (2 * bend), -1, 1)
    return (np.clip(i + top(*sums[i - 1:i + 2, k]), low, high - 1), np.clip(k + top(*sums[i, k - 1:k + 2]), low, high - 1))


def hash_words(luma, at, half):
    """The words of the DCT hash of the square."""
    offsets = ((2 * (np.arange(SIDE) + .5) / SIDE - 1) * half).astype(np.float32)
    mx, my = np.meshgrid(at[1] + offsets, at[0] + offsets)
    square = cv2.remap(luma.astype(np.float32), mx.astype(np.float32), my.astype(np.float32), cv2.INTER_LINEAR)
    signs, words = cv2.dct(square.astype(np.float64))[:16, :16] > 0, [0] * 4
    for v in range(16):
        for u in range(16):
            if signs[v, u] or u + v == 0:
                words[3 - 2 * (v % 2) - u % 2] |= 1 << (63 - (8 * (v // 2) + u // 2))
    return words


luma = thumbnail(0, 0, 0).astype(np.float64)
SCALES = ((8, 20, 10, 21), (4, 16, 14, 17), (5, 15, 16, 15))
places = [place(luma, *s[:3]) for s in SCALES]
hashes = [hash_words(luma, at, s[3]) for at, s in zip(places, SCALES)]

print('/* Made by make-alignment.py with OpenCV %s and numpy %s. */' % (cv2.__version__, np.__version__))
print('static const double alignment_expected[9][9] = { /* shift along y, along x: -4 to 4 */')
for row in r:
    print('    {%s},' % ', '.join('%.5f' % v for v in row))
print('};')
print('static const double centered_places[%d][2] = { /* (y, x) */' % len(places))
for at in places:
    print('    {%.4f, %.4f},' % tuple(at))
print('};')
print('static const unsigned long long centered_words[%d][4] = {' % len(hashes))
for words in hashes:
    print('    {%s},' % ', '.join('0x%016xULL' % w for w in words))
print('};')

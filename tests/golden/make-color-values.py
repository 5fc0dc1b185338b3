#!/usr/bin/env python3
"""The values of tests/unit/test-color-transfer.c: Reinhard's l, alpha, beta (2001) in numpy. Needs numpy."""
import numpy as np

LMS = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
LAB = np.diag([3 ** -0.5, 6 ** -0.5, 2 ** -0.5]) @ np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]])


def image(shift):
    y, x = np.mgrid[0:6, 0:5]
    rgb = np.stack([(90 + 13 * x + 7 * y + shift), (60 + 9 * x + 11 * y), (120 + 5 * x + 17 * y - shift)], -1)
    return rgb.clip(0, 255).astype(float)


def lab(rgb):
    return np.log10((rgb + 1) @ LMS.T) @ LAB.T


a, b = lab(image(0)).reshape(-1, 3), lab(image(30)).reshape(-1, 3)
print('mean', a.mean(0), 'sd', a.std(0))
scale = b.std(0) / a.std(0)
changed = a * scale + (b.mean(0) - scale * a.mean(0))
rgb = (10 ** (changed @ np.linalg.inv(LAB).T)) @ np.linalg.inv(LMS).T - 1
print('first', rgb[0], 'middle', rgb[14], 'last', rgb[-1].clip(0, 255))

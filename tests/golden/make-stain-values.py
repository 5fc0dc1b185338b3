#!/usr/bin/env python3
"""Print the expected values of tests/unit/test-stain.c: Macenko et al. 2009 in numpy, on an image of two known stains.

usage: make-stain-values.py   (Debian: python3-numpy)
"""
import numpy as np

W, H = 60, 50
A = np.array([[0.65, 0.70, 0.29], [0.27, 0.93, 0.25]])
A /= np.linalg.norm(A, axis=1, keepdims=True)
y, x = np.mgrid[0:H, 0:W]
c = np.stack([((x * 7 + y * 13) % 50) / 25, ((x * 11 + y * 5) % 40) / 20], -1)
od = c @ A
image = np.clip(np.floor(256 * np.exp(-od) - 1 + 0.5), 0, 255)
d = -np.log((image.reshape(-1, 3) + 1) / 256)
d = d[(d >= 0.15).all(1)]
_, v = np.linalg.eigh(np.cov(d.T))
v = v[:, [2, 1]]
s = d.sum(0) @ v
forward = v @ s / np.linalg.norm(s)
aside = np.cross(np.cross(v[:, 0], v[:, 1]), forward)
phi = np.arctan2(d @ aside, d @ forward)
axes = np.array([np.cos(a) * forward + np.sin(a) * aside for a in np.percentile(phi, [1, 99])])
axes = axes[np.argsort(-axes[:, 0])]
conc = np.linalg.lstsq(axes.T, d.T, rcond=None)[0]
print('pixels', len(d))
print('axes', ', '.join('%.6f' % a for a in axes.ravel()))
print('concentration', ', '.join('%.6f' % a for a in np.percentile(conc, 99, axis=1)))

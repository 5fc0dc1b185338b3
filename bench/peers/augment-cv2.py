"""The original system's augmentations with OpenCV and SciPy: the peer of augment.sh.
usage: augment-cv2.py IN_DIR OUT_DIR"""
import os
import random
import sys
import time

import cv2
import numpy as np
from scipy import ndimage

SIDE, BORDER = 299, (144, 159, 162)  # BGR


def augment(im):
    gray = cv2.cvtColor(im, cv2.COLOR_BGR2GRAY)
    warp = lambda m: cv2.warpAffine(im, m, (SIDE, SIDE), borderValue=BORDER)
    made = {'': im, 'Gray-': gray, 'Hist-': cv2.equalizeHist(gray), 'Hor-': cv2.flip(im, 0), 'Ver-': cv2.flip(im, 1),
            'Gaus-': ndimage.gaussian_filter(im, sigma=(5.11, 5.11, 0)), 'Trans-': warp(np.float32([[1, 0, 84], [0, 1, 56]]))}
    for i in range(20):
        a = random.randint(-180, 180)
        made['%d-%d-' % (a, i)] = warp(cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), a, 0.70))
    return made


random.seed(2)
start, n = time.time(), 0
for folder, _, names in sorted(os.walk(sys.argv[1])):
    out = os.path.join(sys.argv[2], os.path.relpath(folder, sys.argv[1]))
    os.makedirs(out, exist_ok=True)
    for name in sorted(names):
        im = cv2.resize(cv2.imread(os.path.join(folder, name)), (SIDE, SIDE))
        for prefix, image in augment(im).items():
            cv2.imwrite(os.path.join(out, prefix + os.path.splitext(name)[0] + '.jpg'), image)
            n += 1
print('%d files, %.0f files/s' % (n, n / (time.time() - start)))

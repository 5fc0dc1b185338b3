"""Write N formula images for augment.sh. usage: augment-images.py DIR N"""
import sys

import cv2
import numpy as np

for k in range(int(sys.argv[2])):
    y, x = np.mgrid[0:363, 0:360].astype(float)
    r = np.hypot(x - 180 - k % 7, y - 180 + k % 5)
    cell = 1 / (1 + np.exp((r - 90 - k % 11) / 3))
    rgb = [230 - 90 * cell + 20 * cell * np.sin(x / (3 + c)) * np.cos(y / 4) + c * 5 for c in range(3)]
    cv2.imwrite('%s/p%03d.jpg' % (sys.argv[1], k), np.clip(np.dstack(rgb), 0, 255).astype(np.uint8))

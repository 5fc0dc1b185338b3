#!/usr/bin/env python3
"""Draw the answers of `leuko classify --csv` below the images: correct in green, wrong in red.

usage: contact-sheet.py ANSWERS.csv OUT.jpg [COLUMNS]

It makes docs/answers.jpg, which README.md shows. No build or test calls it.

Run it in the folder to which the paths in ANSWERS.csv are relative. Needs python3-opencv (Debian).
"""
import csv
import sys

import cv2
import numpy as np

SIDE, LINE = 150, 34
rows = [r for r in csv.DictReader(open(sys.argv[1])) if not r['error']]
columns = int(sys.argv[3]) if len(sys.argv) > 3 else 6
tiles = []
for r in rows:
    tile = np.full((SIDE + LINE + 8, SIDE + 8, 3), 255, np.uint8)
    right = r['truth'] == r['class']
    color = (90, 150, 40) if right else (50, 50, 210)
    tile[2:SIDE + 6, 2:-2] = color
    tile[4:SIDE + 4, 4:-4] = cv2.resize(cv2.imread(r['file']), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    for i, text in enumerate(('%s %s' % (r['class'], r['confidence'][:5]), 'truth: ' + r['truth'])):
        cv2.putText(tile, text, (4, SIDE + 20 + 14 * i), cv2.FONT_HERSHEY_SIMPLEX, 0.42,
                    color if i == 0 else (110, 110, 110), 1, cv2.LINE_AA)
    tiles.append(tile)
while len(tiles) % columns:
    tiles.append(np.full_like(tiles[0], 255))
sheet = np.vstack([np.hstack(tiles[i:i + columns]) for i in range(0, len(tiles), columns)])
note = np.full((26, sheet.shape[1], 3), 255, np.uint8)
cv2.putText(note, 'Synthetic cells. Research use only, not for diagnosis.', (6, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.45,
            (110, 110, 110), 1, cv2.LINE_AA)
cv2.imwrite(sys.argv[2], np.vstack([sheet, note]), [cv2.IMWRITE_JPEG_QUALITY, 85])

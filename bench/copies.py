#!/usr/bin/env python3
"""usage: copies.py BUILD ORIGINALS OTHERS [N]

How well the perceptual hashes recognize copies. ORIGINALS and OTHERS are folders of images. Of N originals (default 300)
copies of each kind are made with Pillow and OpenCV; prints for each kind the distances to the nearest original and the
share that is found by either hash, and for OTHERS the nearest distances and how many match. Needs numpy, Pillow and
OpenCV (python3-opencv python3-pil), and BUILD/bench/bench-copies (ninja -C BUILD bench/bench-copies)."""
import os
import subprocess
import sys
import tempfile

import cv2
import numpy
from PIL import Image, ImageOps

PLAIN, EQUAL = 24, 13  # LEUKO_PHASH_NEAR; the radius for equalized copies in src/eval/overlap.c
ENDINGS = ('.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff')


def files(folder):
    return sorted(os.path.join(at, f) for at, _, names in os.walk(folder) for f in names if f.lower().endswith(ENDINGS))


def scaled(factor, method=Image.BICUBIC):
    return lambda im: im.resize((max(1, round(im.width * factor)), max(1, round(im.height * factor))), method)


def equalized_luma(im):
    a = cv2.cvtColor(numpy.asarray(im), cv2.COLOR_RGB2YCrCb)
    a[..., 0] = cv2.equalizeHist(numpy.ascontiguousarray(a[..., 0]))
    return Image.fromarray(cv2.cvtColor(a, cv2.COLOR_YCrCb2RGB))


def equalized_gray(im):
    return Image.fromarray(cv2.equalizeHist(cv2.cvtColor(numpy.asarray(im), cv2.COLOR_RGB2GRAY))).convert('RGB')


def equalized_channels(im):
    a = numpy.asarray(im)
    return Image.fromarray(numpy.dstack([cv2.equalizeHist(numpy.ascontiguousarray(a[..., c])) for c in range(3)]))


SAME = lambda im: im
# name: (change, ending, JPEG quality)
KINDS = {
    'JPEG 50': (SAME, 'jpg', 50), 'JPEG 75': (SAME, 'jpg', 75), 'JPEG 95': (SAME, 'jpg', 95), 'BMP': (SAME, 'bmp', None),
    'half size': (scaled(0.5), 'png', None), 'half size, nearest': (scaled(0.5, Image.NEAREST), 'png', None),
    'size x 1.5': (scaled(1.5), 'png', None), 'double size': (scaled(2), 'png', None),
    'half size, JPEG 50': (scaled(0.5), 'jpg', 50),
    'flipped': (ImageOps.mirror, 'png', None), 'flipped upside down': (ImageOps.flip, 'jpg', 75),
    'quarter turn': (lambda im: im.transpose(Image.ROTATE_90), 'jpg', 75),
    'three quarter turns': (lambda im: im.transpose(Image.ROTATE_270), 'png', None),
    'transposed': (lambda im: im.transpose(Image.TRANSPOSE), 'png', None),
    'gray': (lambda im: im.convert('L'), 'png', None),
    'equalized: Pillow': (ImageOps.equalize, 'png', None),
    'equalized: OpenCV, luma': (equalized_luma, 'png', None), 'equalized: OpenCV, gray': (equalized_gray, 'png', None),
    'equalized: OpenCV, channels': (equalized_channels, 'png', None),
    'equalized, JPEG 75': (equalized_luma, 'jpg', 75), 'equalized, JPEG 50': (equalized_luma, 'jpg', 50),
    'equalized channels, JPEG 50': (equalized_channels, 'jpg', 50), 'equalized gray, JPEG 50': (equalized_gray, 'jpg', 50),
    'equalized, half size, turned': (lambda im: scaled(0.5)(equalized_channels(im)).transpose(Image.ROTATE_90), 'png', None),
}


def distances(build, originals, queries, work):
    lists = []
    for name, paths in (('originals', originals), ('queries', queries)):
        lists.append(os.path.join(work, name))
        with open(lists[-1], 'w') as f:
            f.write('\n'.join(paths))
    out = subprocess.run([os.path.join(build, 'bench/bench-copies'), *lists], check=True, stdout=subprocess.PIPE).stdout
    return numpy.array([[int(x) for x in line.split()] for line in out.decode().split('\n') if line])


def main():
    build, folder, others = sys.argv[1:4]
    n = int(sys.argv[4]) if len(sys.argv) > 4 else 300
    originals = files(folder)
    chosen = originals[::max(1, len(originals) // n)][:n]
    with tempfile.TemporaryDirectory() as work:
        queries = []
        for k, (change, ending, quality) in enumerate(KINDS.values()):
            for i, path in enumerate(chosen):
                queries.append(os.path.join(work, '%02d_%05d.%s' % (k, i, ending)))
                change(Image.open(path).convert('RGB')).save(queries[-1], **({'quality': quality} if quality else {}))
        d = distances(build, originals, queries, work).reshape(len(KINDS), len(chosen), 2)
        print('%d originals of %s, the nearest of all %d; bits by the plain and the equalized hash' % (len(chosen), folder, len(originals)))
        print('%-30s %-18s %-18s found' % ('kind', 'median 99 % most', 'median 99 % most'))
        for k, name in enumerate(KINDS):
            s = numpy.sort(d[k], axis=0)
            cells = ['%6d %4d %4d' % (s[len(s) // 2, h], s[int(.99 * len(s)), h], s[-1, h]) for h in (0, 1)]
            print('%-30s %-18s %-18s %.4f' % (name, *cells, numpy.mean((d[k][:, 0] <= PLAIN) | (d[k][:, 1] <= EQUAL))))
        o = distances(build, originals, files(others), work)
    print('%d others of %s: nearest %s and %s bits; %d match' % (
        len(o), others, numpy.sort(o[:, 0])[:8].tolist(), numpy.sort(o[:, 1])[:8].tolist(),
        ((o[:, 0] <= PLAIN) | (o[:, 1] <= EQUAL)).sum()))


main()

#!/usr/bin/env python3
"""Writes tests/fuzz/corpus/image/avif-KIND.avif, and what libavif makes of them: AVIF of each subsampling, range and depth.
usage: make-avif-corpus.py CORPUS_DIR GOLDEN_DIR   (pip: pillow >= 11.3, numpy, imagecodecs; the files are kept)"""
import io, os, sys
import imagecodecs, numpy
from PIL import Image

corpus, golden = sys.argv[1:]
y, x = numpy.mgrid[0:38, 0:50]
smooth = numpy.stack([(30 + 2 * x + y) % 256, (90 + x - y // 2) % 256, (200 - x - y) % 256], -1).astype('u1')
draw = numpy.random.default_rng(1)
y, x = numpy.mgrid[0:64, 0:64]
cell = numpy.full((64, 64, 3), (235, 220, 230))
cell[(y - 32) ** 2 + (x - 32) ** 2 < 600] = (160, 80, 170)
cell[(y - 30) ** 2 + (x - 34) ** 2 < 200] = (80, 30, 120)
cell = numpy.clip(cell + draw.integers(-8, 9, cell.shape), 0, 255).astype('u1')
noise = draw.integers(0, 256, (33, 47, 3)).astype('u1')


def put(name, data):
    with open(os.path.join(corpus, name), 'wb') as f:
        f.write(data)
    im = Image.open(io.BytesIO(data))
    if im.mode == 'RGBA':
        white = Image.new('RGBA', im.size, 'white')
        white.alpha_composite(im)
        im = white
    im.convert('RGB').save(os.path.join(golden, name + '.png'), optimize=True)


def by_pillow(name, array, subsampling, range):
    b = io.BytesIO()
    Image.fromarray(array).save(b, 'AVIF', quality=90, subsampling=subsampling, range=range)
    put('avif-%s.avif' % name, b.getvalue())


def deep(name, array, bits, pixels):
    put('avif-%s-%d.avif' % (name, bits),
        imagecodecs.avif_encode(array.astype('u2') << (bits - 8), level=90, bitspersample=bits, pixelformat=pixels))


for name, array in (('cell', cell), ('smooth', smooth), ('noise', noise)):
    for range in ('full', 'limited'):
        by_pillow('gray-%s-%s' % (name, range), array, '4:0:0', range)
    by_pillow('444-%s-full' % name, array, '4:4:4', 'full')
    by_pillow('444-%s-limited' % name, array, '4:4:4', 'limited')
    deep('gray-' + name, array, 10, 'yuv400')
    deep('444-' + name, array, 12, 'yuv444')
by_pillow('gray-alpha-limited', numpy.dstack([cell, 255 - cell[..., 0] // 2]), '4:0:0', 'limited')
by_pillow('420-smooth-limited', smooth, '4:2:0', 'limited')
by_pillow('422-smooth-full', smooth, '4:2:2', 'full')
deep('420-smooth', smooth, 10, 'yuv420')

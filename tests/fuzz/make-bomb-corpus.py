#!/usr/bin/env python3
"""Writes tests/fuzz/corpus/image-bombs: small files of large images, which tests/cli/test-image-memory.py decodes.
usage: make-bomb-corpus.py OUT_DIR   (pip: pillow >= 11.3, pillow-heif; the files are kept in the repository)"""
import io, os, struct, sys, zlib
import pillow_heif
from PIL import Image

out = sys.argv[1]
pillow_heif.register_heif_opener()


def put(name, data):
    with open(os.path.join(out, name), 'wb') as f:
        f.write(data)


def saved(name, im, fmt, **options):
    b = io.BytesIO()
    im.save(b, fmt, **options)
    put(name, b.getvalue())


def chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


def zeros(n):
    """zlib of n zeros, without having them."""
    z = zlib.compressobj(9)
    block, parts = bytes(1 << 20), []
    while n > 0:
        parts.append(z.compress(block[:min(n, len(block))]))
        n -= len(block)
    return b''.join(parts) + z.flush()


def png(name, side, bits, color, interlaced):
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[color]
    n = 0
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
                           (0, 1, 1, 2)) if interlaced else ((0, 0, 1, 1),):
        n += -(-(side - y0) // dy) * (1 + -(-(side - x0) // dx) * channels * bits // 8)
    put(name, b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, bits, color, 0, 0, interlaced)) +
        chunk(b'IDAT', zeros(n)) + chunk(b'IEND', b''))


flat = Image.new('RGB', (4000, 4000), (210, 160, 190))
clear = Image.new('RGBA', (4000, 4000), (210, 160, 190, 90))
saved('flat.avif', flat, 'AVIF', quality=30, speed=10)
saved('alpha.avif', clear, 'AVIF', quality=30, speed=10)
for name, im in (('flat.heic', flat), ('alpha.heic', clear)):
    b = io.BytesIO()
    pillow_heif.from_pillow(im).save(b, format='HEIF', quality=20)
    put(name, b.getvalue())
saved('flat.webp', flat, 'WEBP', quality=1, method=0)
saved('lossless.webp', clear, 'WEBP', lossless=True)
saved('progressive.jpg', flat, 'JPEG', quality=1, progressive=True, subsampling=0)
saved('deflated.tif', flat, 'TIFF', compression='tiff_deflate')
png('interlaced.png', 4000, 8, 6, 1)
png('interlaced16.png', 1500, 16, 6, 1)
png('plain.png', 4000, 8, 2, 0)
# a frame of 10000 x 10000 pixels, of which the file has the first
put('frame.gif', b'GIF89a' + struct.pack('<HHBBB', 10000, 10000, 0x80, 0, 0) + bytes(6) + b',' +
    struct.pack('<HHHHB', 0, 0, 10000, 10000, 0) + b'\x02\x02D\x01\x00;')
put('runs.bmp', b'BM' + struct.pack('<IHHI', 0, 0, 0, 1078) + struct.pack('<IiiHHIIiiII', 40, 8000, 8000, 1, 8, 1, 2, 0, 0, 256, 0) +
    bytes(1024) + b'\0\1')

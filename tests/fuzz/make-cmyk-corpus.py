#!/usr/bin/env python3
"""Writes the CMYK files of tests/fuzz/corpus/image, and Pillow's pixels of each as GOLDEN_DIR/FILE.png.
usage: make-cmyk-corpus.py CORPUS_DIR GOLDEN_DIR   (pip: pillow; the files are kept in the repository)"""
import io, os, struct, sys
from PIL import Image, ImageChops, ImageCms

corpus, golden = sys.argv[1:]
os.makedirs(golden, exist_ok=True)
W, H = 23, 17
inks = Image.new('CMYK', (W, H))
inks.putdata([((x * 11 + y * 3) % 256, (x * 4 + 12 * y) % 256, (200 - 7 * x + y) % 256, (9 * x + 2 * y) % 256)
              for y in range(H) for x in range(W)])
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
cmyk_profile = bytearray(profile)
cmyk_profile[16:20] = b'CMYK'


def save(im, kind, **options):
    b = io.BytesIO()
    im.save(b, kind, **options)
    return b.getvalue()


def put(name, data, expected=None):
    open(os.path.join(corpus, name), 'wb').write(data)
    im = expected or Image.open(io.BytesIO(data))
    im.convert('RGB').save(os.path.join(golden, name + '.png'), optimize=True)


def without_adobe(data):
    at = data.index(b'\xff\xee')
    return data[:at] + data[at + 2 + struct.unpack_from('>H', data, at + 2)[0]:]


def invert(im):
    return Image.merge(im.mode, [ImageChops.invert(c) for c in im.split()])


for name in ('cmyk.jpg', 'cmyk.tif'):  # by make-image-corpus.py
    put(name, open(os.path.join(corpus, name), 'rb').read())
adobe = save(inks, 'JPEG', quality=92)  # Pillow stores inks inverted and says so with Adobe's marker
put('cmyk-adobe.jpg', adobe)
put('cmyk-progressive.jpg', save(inks, 'JPEG', quality=70, progressive=True, subsampling=0))
put('cmyk-profile.jpg', save(inks, 'JPEG', quality=92, icc_profile=bytes(cmyk_profile)))

# Without the marker 255 is full. Pillow inverts all the same: inverted once more, its pixels are as stored.
plain = without_adobe(save(invert(inks), 'JPEG', quality=92))
put('cmyk-plain.jpg', plain, invert(Image.open(io.BytesIO(plain))))

# YCCK: the inverted inks C, M, Y as the YCbCr of 255 - ink. Pillow is given what it will store.
stored = invert(inks)
c, m, y, k = stored.split()
ycc = Image.merge('RGB', [ImageChops.invert(i) for i in (c, m, y)]).convert('YCbCr').split()
ycck = bytearray(save(invert(Image.merge('CMYK', (*ycc, k))), 'JPEG', quality=95, subsampling=0))
at = ycck.index(b'Adobe')
ycck[at + 11] = 2
put('cmyk-ycck.jpg', bytes(ycck))

put('cmyk-lzw.tif', save(inks, 'TIFF', compression='tiff_lzw'))
put('cmyk-profile.tif', save(inks, 'TIFF', icc_profile=bytes(cmyk_profile)))


def tiff(bits, planar, rows_of, extra=0):
    samples = 4 + extra
    body = rows_of()
    tags = [(256, 3, W), (257, 3, H), (258, 3, [bits] * samples), (259, 3, 1), (262, 3, 5), (273, 4, 0),
            (277, 3, samples), (278, 3, H), (279, 4, len(body)), (284, 3, planar)]
    if extra:
        tags.append((338, 3, 2))
    if planar == 2:
        n = len(body) // samples
        tags = [(t, k, [n] * samples if t == 279 else [0] * samples if t == 273 else v) for t, k, v in tags]
    lists = b''
    at = 8 + 2 + 12 * len(tags) + 4
    at_body = at + sum(len(v) * (2 if k == 3 else 4) for _, k, v in tags if isinstance(v, list) and len(v) > 1)
    entries = b''
    for t, k, v in tags:
        if t == 273:
            v = [at_body + i * (len(body) // samples) for i in range(samples)] if planar == 2 else at_body
        if isinstance(v, list):
            packed = struct.pack(f'<{len(v)}{"H" if k == 3 else "I"}', *v)
            entries += struct.pack('<HHII', t, k, len(v), at + len(lists))
            lists += packed
        else:
            entries += struct.pack('<HHI', t, k, 1) + (struct.pack('<HH', v, 0) if k == 3 else struct.pack('<I', v))
    return b'II*\0\x08\0\0\0' + struct.pack('<H', len(tags)) + entries + b'\0\0\0\0' + lists + body


pixels = list(inks.getdata())
put('cmyk-16bit.tif', tiff(16, 1, lambda: b''.join(struct.pack('<4H', *(v * 257 for v in p)) for p in pixels)), inks)
put('cmyk-planes.tif', tiff(8, 2, lambda: b''.join(bytes(p[i] for p in pixels) for i in range(4))), inks)

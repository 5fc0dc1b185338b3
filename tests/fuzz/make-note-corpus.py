#!/usr/bin/env python3
"""Writes tests/fuzz/corpus/image/note-*: images with color profiles and animations, of which tests/unit/test-notes.c
knows the notes.
usage: make-note-corpus.py OUT_DIR   (pip: pillow >= 11.3; the files are kept in the repository)"""
import io, os, struct, sys, zlib
from PIL import Image, ImageCms

out = sys.argv[1]
W, H = 8, 6


def put(name, data):
    with open(os.path.join(out, 'note-' + name), 'wb') as f:
        f.write(data)


def image(shift=0):
    im = Image.new('RGB', (W, H))
    im.putdata([((30 + 20 * x + shift) % 256, (90 + 9 * y) % 256, (200 - 5 * x) % 256) for y in range(H) for x in range(W)])
    return im


def saved(fmt, im=None, **options):
    b = io.BytesIO()
    (im or image()).save(b, fmt, **options)
    return b.getvalue()


def profile(description, space=b'RGB ', n_bytes=0):
    """The head of a profile and its description; profile data behind it."""
    head = struct.pack('>I4xI4s4s4s12s4s', 0, 0x04000000, b'mntr', space, b'XYZ ', b'', b'acsp').ljust(128, b'\0')
    text = description.encode('utf-16-be')
    body = struct.pack('>I4sII', 1, b'desc', 144, 28 + len(text))
    body += b'mluc' + struct.pack('>IIIHHII', 0, 1, 12, 0x656e, 0x5553, len(text), 28) + text
    whole = head + body + bytes(n_bytes)
    return struct.pack('>I', len(whole)) + whole[4:]


def chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


def png_with(*chunks):
    """The chunks before the pixels of a PNG."""
    plain = saved('PNG')
    return plain[:33] + b''.join(chunk(k, b) for k, b in chunks) + plain[33:]


def iccp(data):
    return b'iCCP', b'a name\0\0' + data


srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
adobe, p3, scanner = profile('Adobe RGB (1998)'), profile('Display P3'), profile('Scanner 7')
put('srgb.png', saved('PNG', icc_profile=srgb))
put('adobe.png', saved('PNG', icc_profile=adobe))
put('p3.png', saved('PNG', icc_profile=p3))
put('scanner.png', saved('PNG', icc_profile=scanner))
put('gray.png', saved('PNG', image().convert('L'), icc_profile=profile('Dot Gain 20%', b'GRAY')))
put('deep.png', png_with(iccp(zlib.compress(profile('Display P3', n_bytes=20 << 20), 9))))  # 20 MB of zeros
put('cut.png', png_with(iccp(zlib.compress(adobe, 9)[:-4])))
put('short.png', png_with(iccp(zlib.compress(adobe[:100], 9))))
put('noise.png', png_with(iccp(b'this is not zlib')))
put('unnamed.png', png_with((b'iCCP', b'no end of the name')))
put('numbers.png', png_with((b'cICP', bytes((9, 16, 0, 1)))))
put('numbers-srgb.png', png_with((b'cICP', bytes((1, 13, 0, 1)))))
put('icc-first.png', png_with((b'cICP', bytes((9, 16, 0, 1))), iccp(zlib.compress(adobe, 9))))
for name, icc in (('srgb', srgb), ('p3', p3), ('scanner', scanner)):
    put(name + '.webp', saved('WEBP', icc_profile=icc, lossless=True))
put('adobe.jpg', saved('JPEG', icc_profile=adobe))
put('adobe.tif', saved('TIFF', icc_profile=adobe))
put('adobe.avif', saved('AVIF', icc_profile=adobe))

frames = [image(9 * i) for i in range(1, 4)]
put('frames.gif', saved('GIF', save_all=True, append_images=frames))
put('frame.gif', saved('GIF'))
put('two.gif', saved('GIF', save_all=True, append_images=frames[:1]))
put('frames.webp', saved('WEBP', save_all=True, append_images=frames, lossless=True))
put('frames.png', saved('PNG', save_all=True, append_images=frames))
put('frames.avif', saved('AVIF', save_all=True, append_images=frames))


def bmp_v5(kind, icc, offset=124):
    rows = image().transpose(Image.FLIP_TOP_BOTTOM).tobytes('raw', 'BGR')
    header = struct.pack('<IiiHHIIiiII', 124, W, H, 1, 24, 0, len(rows), 2835, 2835, 0, 0).ljust(56, b'\0')
    header += struct.pack('<I', kind) + bytes(48) + struct.pack('<IIII', 4, offset + len(rows), len(icc), 0)
    return b'BM' + struct.pack('<IHHI', 138 + len(rows) + len(icc), 0, 0, 138) + header + rows + icc


MBED, SRGB = 0x4d424544, 0x73524742
put('adobe.bmp', bmp_v5(MBED, adobe))
put('srgb.bmp', bmp_v5(SRGB, b''))
put('far.bmp', bmp_v5(MBED, adobe, 1 << 30))

#!/usr/bin/env python3
"""Writes tests/fuzz/corpus/image: tiny images of every kind we read, and damaged ones.
usage: make-image-corpus.py OUT_DIR   (Debian: python3-pil; the files are kept in the repository)"""
import io, os, struct, sys, zlib
from PIL import Image

out = sys.argv[1]
os.makedirs(out, exist_ok=True)


def put(name, data):
    open(os.path.join(out, name), 'wb').write(data)
    return data


def image(mode='RGB', w=19, h=13):
    im = Image.new('RGB', (w, h))
    im.putdata([((x * 11 + y * 3) % 256, (x * x + 40 * y) % 256, (200 - 9 * x + y) % 256)
                for y in range(h) for x in range(w)])
    return im.convert(mode)


def save(name, im, fmt, **kw):
    b = io.BytesIO()
    im.save(b, fmt, **kw)
    return put(name, b.getvalue())


def chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


def png(w, h, depth, color, rows):
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, depth, color, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(rows, 9)) + chunk(b'IEND', b''))


def bmp(w, h, bits, compression, body, colors=b''):
    offset = 54 + len(colors)
    return (b'BM' + struct.pack('<IHHI', offset + len(body), 0, 0, offset) +
            struct.pack('<IiiHHIIiiII', 40, w, h, 1, bits, compression, len(body), 0, 0,
                        len(colors) // 4, 0) + colors + body)


jpeg = save('rgb.jpg', image(), 'JPEG', quality=90)
save('gray.jpg', image('L'), 'JPEG', quality=80)
save('cmyk.jpg', image('CMYK'), 'JPEG', quality=80)
save('progressive.jpg', image(), 'JPEG', progressive=True)
exif = Image.Exif()
exif[0x0112] = 6
save('turned.jpg', image(), 'JPEG', exif=exif)
flip = bytearray(save('rgb.png', image(), 'PNG'))
flip[70] ^= 16
put('flipped.png', bytes(flip))
save('alpha.png', image('RGBA'), 'PNG')
save('gray-alpha.png', image('LA'), 'PNG')
save('palette.png', image('P'), 'PNG')
save('one-bit.png', image('1'), 'PNG')
put('rgb16.png', png(3, 2, 16, 2, b''.join(b'\0' + bytes(range(18 * y, 18 * y + 18)) for y in range(2))))
put('gray16.png', png(3, 2, 16, 0, b''.join(b'\0' + bytes(range(6 * y, 6 * y + 6)) for y in range(2))))
save('rgb.tif', image(), 'TIFF')
save('lzw.tif', image(), 'TIFF', compression='tiff_lzw')
save('deflate.tif', image('L'), 'TIFF', compression='tiff_adobe_deflate')
save('jpeg.tif', image(), 'TIFF', compression='jpeg')
save('cmyk.tif', image('CMYK'), 'TIFF')
save('palette.tif', image('P'), 'TIFF')
save('float.tif', image('F'), 'TIFF')
save('gray16.tif', Image.new('I;16', (5, 4), 1000), 'TIFF')
save('one.gif', image('P'), 'GIF')
save('moving.gif', image('P'), 'GIF', save_all=True, append_images=[image('P').rotate(180)])
save('lossy.webp', image(), 'WEBP', quality=80)
save('alpha.webp', image('RGBA'), 'WEBP', lossless=True)
save('rgb.bmp', image(), 'BMP')
save('palette.bmp', image('P'), 'BMP')
save('one-bit.bmp', image('1'), 'BMP')
put('rle8.bmp', bmp(4, 2, 8, 1, bytes([3, 1, 1, 2, 0, 0, 0, 3, 1, 2, 3, 0, 1, 0, 0, 1]),
                    bytes(range(64))))
put('rle8-no-end.bmp', bmp(4, 2, 8, 1, bytes([3, 1, 1, 2, 0, 0]), bytes(range(64))))
put('bomb.bmp', bmp(30000, 30000, 24, 0, b'\0' * 64))
put('upside.bmp', bmp(2, -2, 32, 0, bytes(range(16))))
put('bomb.png', png(30000, 30000, 8, 2, b'\0' * 1000))
put('wide.png', png(2000000000, 1, 8, 2, b'\0' * 1000))
put('zero.png', png(0, 0, 8, 2, b''))
put('one-pixel.png', png(1, 1, 8, 2, b'\0\xb4\x50\x78'))
b = io.BytesIO()
image('CMYK').save(b, 'JPEG', progressive=True)
inks = b.getvalue()
start = inks.index(b'\xff\xda')
end = next(i for i in range(start + 2, len(inks)) if inks[i] == 255 and inks[i + 1] != 0)
put('cmyk-scans.jpg', inks[:end] + inks[start:end] * 250 + inks[end:])
put('half-alpha.png', png(2, 1, 8, 6, bytes([0, 9, 9, 9, 0, 0, 0, 255, 128])))
put('square.png', png(20000, 20000, 8, 0, b'\0' * 1000))
prog = open(os.path.join(out, 'progressive.jpg'), 'rb').read()
start = prog.index(b'\xff\xda')
end = next(i for i in range(start + 2, len(prog)) if prog[i] == 255 and prog[i + 1] != 0)
put('scans.jpg', prog[:end] + prog[start:end] * 250 + prog[end:])
put('text.jpg', b'This is no image, whatever its name says.\n')
put('empty.jpg', b'')
put('head-only.jpg', jpeg[:3])
put('no-end.jpg', jpeg[:-2])
put('flipped.jpg', jpeg[:-40] + bytes(b ^ 0x55 for b in jpeg[-40:-2]) + jpeg[-2:])
big = bytearray(jpeg)
at = big.index(b'\xff\xc0')
big[at + 5:at + 9] = b'\xff\xff\xff\xff'
put('bomb.jpg', bytes(big))
tif = bytearray(open(os.path.join(out, 'rgb.tif'), 'rb').read())
tif[4:8] = b'\xff\xff\xff\x7f'
put('far-folder.tif', bytes(tif))

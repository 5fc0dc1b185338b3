#!/usr/bin/env python3
"""Writes into tests/fuzz/corpus/image: the variants of PNG, TIFF and BMP that their decoders tell apart, and headers
that lie. usage: make-image-variants.py OUT_DIR   (the files are kept in the repository)"""
import os, struct, sys, zlib

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
W, H = 13, 9
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def put(name, data):
    open(os.path.join(out, name), 'wb').write(data)


def sample(x, y, c, bits):
    """A smooth value in full range that differs by channel."""
    return (x * 4099 * (c + 1) + y * 7001 + c * 13001) % 65536 * 65537 >> (32 - bits)


def pack(values, bits, big=True):
    """Values of `bits` each as bytes, the first one in the high bits; 16 and more in the given byte order."""
    if bits >= 16:
        return b''.join(v.to_bytes(bits // 8, 'big' if big else 'little') for v in values)
    n = -len(values) % (8 // bits)
    data = bytearray()
    for i in range(0, len(values) + n, 8 // bits):
        byte = 0
        for v in (list(values) + [0] * n)[i:i + 8 // bits]:
            byte = byte << bits | v
        data.append(byte)
    return bytes(data)


# PNG


def chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PALETTE = bytes((i * 37 + 11) % 256 for i in range(768))


def png(bits, color, adam7=False, before=(), after=(), palette=None, value=sample, w=W, h=H):
    n = CHANNELS[color]
    rows = b''
    for x0, y0, dx, dy in ADAM7 if adam7 else ((0, 0, 1, 1),):
        for y in range(y0, h, dy):
            values = [value(x, y, c, bits) for x in range(x0, w, dx) for c in range(n)]
            rows += b'\0' + pack(values, bits) if values else b''
    body = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, bits, color, 0, 0, adam7))
    if color == 3:
        body += chunk(b'PLTE', PALETTE[:3 << bits] if palette is None else palette)
    return (body + b''.join(chunk(*c) for c in before) + chunk(b'IDAT', zlib.compress(rows, 9)) +
            b''.join(chunk(*c) for c in after) + chunk(b'IEND', b''))


def exif(orientation):
    return b'MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01' + struct.pack('>HHI', orientation, 0, 0)


for color, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))):
    for bits in depths:
        put('png-color%d-%dbit.png' % (color, bits), png(bits, color))
        put('png-color%d-%dbit-adam7.png' % (color, bits), png(bits, color, adam7=True))
put('png-trns-gray2.png', png(2, 0, before=[(b'tRNS', struct.pack('>H', 2))]))
put('png-trns-gray8.png', png(8, 0, before=[(b'tRNS', struct.pack('>H', sample(2, 1, 0, 8)))]))
put('png-trns-gray16.png', png(16, 0, before=[(b'tRNS', struct.pack('>H', sample(2, 1, 0, 16)))]))
key = [sample(2, 1, c, 8) for c in range(3)]
put('png-trns-rgb8.png', png(8, 2, before=[(b'tRNS', struct.pack('>HHH', *key))]))
key = [sample(2, 1, c, 16) for c in range(3)]
put('png-trns-rgb16.png', png(16, 2, before=[(b'tRNS', struct.pack('>HHH', *key))]))
put('png-trns-palette.png', png(4, 3, before=[(b'tRNS', bytes(range(0, 240, 16)))]))
put('png-trns-palette-adam7.png', png(8, 3, True, before=[(b'tRNS', bytes(range(0, 240)))]))
put('png-palette-index-out.png', png(8, 3, palette=PALETTE[:30]))
put('png-palette-none.png', png(8, 3, palette=b''))
put('png-exif6.png', png(8, 2, before=[(b'eXIf', exif(6))]))
put('png-exif3-behind.png', png(8, 2, after=[(b'eXIf', exif(3))]))
put('png-exif-cut.png', png(8, 2, before=[(b'eXIf', exif(6)[:15])]))
put('png-gamma.png', png(8, 2, before=[(b'gAMA', struct.pack('>I', 100000)), (b'tEXt', b'Title\0x')]))
put('png-text-crc.png', png(8, 2, before=[(b'tEXt', b'Title\0x')]).replace(b'Title\0x', b'Title\0y'))
put('png-ihdr-crc.png', png(8, 2).replace(struct.pack('>II', W, H), struct.pack('>II', W + 1, H)))
put('png-too-few.png', png(8, 2, h=H - 1).replace(
    chunk(b'IHDR', struct.pack('>IIBBBBB', W, H - 1, 8, 2, 0, 0, 0)),
    chunk(b'IHDR', struct.pack('>IIBBBBB', W, H, 8, 2, 0, 0, 0))))
put('png-too-many.png', png(8, 2, h=H + 1).replace(
    chunk(b'IHDR', struct.pack('>IIBBBBB', W, H + 1, 8, 2, 0, 0, 0)),
    chunk(b'IHDR', struct.pack('>IIBBBBB', W, H, 8, 2, 0, 0, 0))))
put('png-unknown-critical.png', png(8, 2, before=[(b'LEUK', b'x')]))
put('png-no-end.png', png(8, 2)[:-12])
put('png-profile-bomb.png', png(8, 2, before=[(b'iCCP', b'p\0\0' + zlib.compress(b'\0' * 10000000, 9))]))

# TIFF


def tiff(bits, spp, photometric, big=False, tile=None, planar=1, rows_per_strip=4, tags=(), value=sample, w=W, h=H,
         n_folders=1, bigtiff=False):
    """Uncompressed. bits: bits per sample; tags: (tag, type, values) more. Tiles and strips are padded."""
    order = '>' if big else '<'
    head = 16 if bigtiff else 8
    data = b''
    planes = [range(spp)] if planar == 1 else [[c] for c in range(spp)]
    tw, th = tile or (w, rows_per_strip)
    offsets, counts = [], []
    for plane in planes:
        for y0 in range(0, h, th):
            for x0 in range(0, w, tw):
                piece = b''
                for y in range(y0, y0 + th if tile else min(y0 + th, h)):
                    piece += pack([value(min(x, w - 1), min(y, h - 1), c, bits) for x in range(x0, x0 + tw) for c in plane],
                                  bits, big)
                offsets.append(head + len(data))
                counts.append(len(piece))
                data += piece
    entries = [(256, 4, [w]), (257, 4, [h]), (258, 3, [bits] * spp), (259, 3, [1]), (262, 3, [photometric]),
               (277, 3, [spp]), (284, 3, [planar])]
    entries += ([(322, 4, [tw]), (323, 4, [th]), (324, 4, offsets), (325, 4, counts)] if tile else
                [(273, 4, offsets), (278, 4, [th]), (279, 4, counts)])
    given = {t[0] for t in tags}
    entries = sorted([e for e in entries if e[0] not in given] + list(tags))
    code = {3: 'H', 4: 'I', 1: 'B'}
    long = 'Q' if bigtiff else 'I'
    at = head + len(data)
    size = (8 + 20 * len(entries) + 8) if bigtiff else (2 + 12 * len(entries) + 4)
    body = b''
    for n in range(n_folders):
        more, folder = b'', struct.pack(order + ('Q' if bigtiff else 'H'), len(entries))
        for tag, kind, values in entries:
            v = struct.pack(order + code[kind] * len(values), *values)
            room = 8 if bigtiff else 4
            if len(v) > room:
                where = at + size + len(more)
                more += v + b'\0' * (len(v) % 2)
                v = struct.pack(order + long, where)
            folder += struct.pack(order + 'HH' + long, tag, kind, len(values)) + v.ljust(room, b'\0')
        at += size + len(more)
        body += folder + struct.pack(order + long, at if n + 1 < n_folders else 0) + more
    first = head + len(data)
    start = (b'MM' if big else b'II') + (struct.pack(order + 'HHHQ', 43, 8, 0, first) if bigtiff else
                                         struct.pack(order + 'HI', 42, first))
    return start + data + body


def colors(bits):
    return (320, 3, [((i * 7919 + c * 9001) % 65536) for c in range(3) for i in range(1 << bits)])


def grays(bits):
    return (320, 3, [(i * 65535 // ((1 << bits) - 1)) for c in range(3) for i in range(1 << bits)])


ALPHA, PREMULTIPLIED, UNKNOWN = ((338, 3, [v]) for v in (2, 1, 0))


def dimmed(n_colors):
    """Colors multiplied by the alpha that follows them."""
    def value(x, y, c, bits):
        alpha = sample(x, y, 3, bits)
        return alpha if c == n_colors else sample(x, y, c, bits) * alpha >> bits
    return value


for big in (False, True):
    end = '-big' if big else ''
    for bits in (1, 2, 4, 8, 16):
        put('tif-gray%d%s.tif' % (bits, end), tiff(bits, 1, 1, big))
        put('tif-white-is-zero%d%s.tif' % (bits, end), tiff(bits, 1, 0, big))
    for bits in (1, 2, 4, 8):
        put('tif-palette%d%s.tif' % (bits, end), tiff(bits, 1, 3, big, tags=[colors(bits)]))
    for bits in (8, 16):
        put('tif-rgb%d%s.tif' % (bits, end), tiff(bits, 3, 2, big))
        put('tif-rgba%d%s.tif' % (bits, end), tiff(bits, 4, 2, big, tags=[ALPHA]))
        put('tif-planes%d%s.tif' % (bits, end), tiff(bits, 3, 2, big, planar=2))
        put('tif-tiles%d%s.tif' % (bits, end), tiff(bits, 3, 2, big, tile=(16, 16), w=37, h=21))
for bits in (8, 16):
    put('tif-premultiplied%d.tif' % bits, tiff(bits, 4, 2, tags=[PREMULTIPLIED], value=dimmed(3)))
    put('tif-unknown-fourth%d.tif' % bits, tiff(bits, 4, 2, tags=[UNKNOWN]))
    put('tif-untold-fourth%d.tif' % bits, tiff(bits, 4, 2))
    put('tif-gray-alpha%d.tif' % bits, tiff(bits, 2, 1, tags=[ALPHA]))
    put('tif-gray-premultiplied%d.tif' % bits, tiff(bits, 2, 1, tags=[PREMULTIPLIED], value=dimmed(1)))
    put('tif-white-is-zero-alpha%d.tif' % bits, tiff(bits, 2, 0, tags=[ALPHA]))
    put('tif-planes-alpha%d.tif' % bits, tiff(bits, 4, 2, planar=2, tags=[ALPHA]))
    put('tif-planar-tiles%d.tif' % bits, tiff(bits, 3, 2, planar=2, tile=(16, 16), w=37, h=21))
    put('tif-gray-tiles%d.tif' % bits, tiff(bits, 1, 1, tile=(16, 16), w=37, h=21))
    put('tif-five%d.tif' % bits, tiff(bits, 5, 2, tags=[(338, 3, [2, 0])]))
put('tif-bilevel-tiles.tif', tiff(1, 1, 1, tile=(16, 16), w=37, h=21))
put('tif-palette-tiles.tif', tiff(4, 1, 3, tile=(16, 16), w=37, h=21, tags=[colors(4)]))
put('tif-palette-gray.tif', tiff(4, 1, 3, tags=[grays(4)]))
put('tif-palette-alpha.tif', tiff(8, 2, 3, tags=[colors(8), ALPHA]))
put('tif-palette-none.tif', tiff(8, 1, 3))
put('tif-one-strip.tif', tiff(8, 3, 2, rows_per_strip=H))
put('tif-bigtiff.tif', tiff(8, 3, 2, bigtiff=True))
put('tif-three-folders.tif', tiff(8, 3, 2, n_folders=3))
for o in range(2, 10):
    put('tif-orientation%d.tif' % o, tiff(8, 3, 2, tags=[(274, 3, [o])]))
for bits, kind, name in ((32, 1, 'uint32'), (32, 2, 'int32'), (16, 2, 'int16'), (8, 2, 'int8'), (32, 3, 'float')):
    put('tif-rgb-%s.tif' % name, tiff(bits, 3, 2, tags=[(339, 3, [kind] * 3)]))
put('tif-cmyk16.tif', tiff(16, 4, 5))
put('tif-lab.tif', tiff(8, 3, 8))
put('tif-ycbcr.tif', tiff(8, 3, 6, tags=[(530, 3, [1, 1])]))
put('tif-ycbcr-halved.tif', tiff(8, 3, 6, tags=[(530, 3, [2, 2])]))
put('tif-depths-differ.tif', tiff(8, 3, 2, tags=[(258, 3, [8, 8, 4])]))
put('tif-bits12.tif', tiff(8, 1, 1, tags=[(258, 3, [12])]))
put('tif-bits0.tif', tiff(8, 1, 1, tags=[(258, 3, [0])]))
put('tif-samples0.tif', tiff(8, 1, 1, tags=[(277, 3, [0])]))
put('tif-samples-many.tif', tiff(8, 1, 1, tags=[(277, 3, [60000])]))
put('tif-photometric-odd.tif', tiff(8, 1, 1, tags=[(262, 3, [99])]))
put('tif-compression-odd.tif', tiff(8, 3, 2, tags=[(259, 3, [50123])]))
put('tif-width0.tif', tiff(8, 3, 2, tags=[(256, 4, [0])]))
put('tif-bomb.tif', tiff(8, 3, 2, tags=[(256, 4, [30000]), (257, 4, [30000])]))
put('tif-square.tif', tiff(8, 3, 2, tags=[(256, 4, [20000]), (257, 4, [20000])]))
put('tif-long.tif', tiff(8, 3, 2, tags=[(256, 4, [9999]), (257, 4, [9999]), (278, 4, [9999])]))
put('tif-strip-outside.tif', tiff(8, 3, 2, tags=[(273, 4, [8, 1 << 30, 8])]))
put('tif-strips-missing.tif', tiff(8, 3, 2, tags=[(273, 4, [8]), (279, 4, [156])]))
put('tif-tile-vast.tif', tiff(8, 3, 2, tile=(16, 16), tags=[(322, 4, [1 << 20]), (323, 4, [1 << 20])]))
put('tif-tile-bigger.tif', tiff(8, 3, 2, tile=(16, 16), tags=[(322, 4, [16384]), (323, 4, [16384])]))
loop = bytearray(tiff(8, 3, 2))
at = struct.unpack('<I', loop[4:8])[0]
n = struct.unpack('<H', loop[at:at + 2])[0]
loop[at + 2 + 12 * n:at + 6 + 12 * n] = loop[4:8]
put('tif-loop.tif', bytes(loop))

# BMP


def bmp(bits, value, w=W, h=H, header=40, compression=0, top=False, colors=None, n_colors=None, masks=(), body=None,
        planes=1, offset=None, gap=0):
    """value(x, y): the pixel as a number of `bits`; colors: B, G, R, 0 each (B, G, R with header 12)."""
    rows = b''
    for y in range(h) if top else reversed(range(h)):
        if bits >= 16:
            row = b''.join(value(x, y).to_bytes(bits // 8, 'little') for x in range(w))
        else:
            row = pack([value(x, y) for x in range(w)], bits)
        rows += row + b'\0' * (-len(row) % 4)
    body = rows if body is None else body
    if header == 12:
        info = struct.pack('<IHHHH', 12, w, h, planes, bits)
    else:
        info = struct.pack('<IiiHHIIiiII', header, w, -h if top else h, planes, bits, compression, len(body), 2835, 2835,
                           (len(colors) // 4 if colors else 0) if n_colors is None else n_colors, 0)
        extra = b''.join(struct.pack('<I', m) for m in masks)
        info += extra if header == 40 else extra.ljust(header - 40, b'\0')
    start = 14 + len(info) + len(colors or b'') + gap
    start = start if offset is None else offset
    return (b'BM' + struct.pack('<IHHI', start + len(body), 0, 0, start) + info + (colors or b'') + b'\0' * gap + body)


def bgr0(n):
    return b''.join(bytes(((i * 53) % 256, (i * 101 + 7) % 256, (255 - i * 29) % 256, 0)) for i in range(n))


def bgr(n):
    return b''.join(bgr0(n)[i:i + 3] for i in range(0, 4 * n, 4))


def index(bits):
    return lambda x, y: sample(x, y, 0, bits)


def wide(bits):
    return lambda x, y: (sample(x, y, 0, 16) | sample(x, y, 1, 16) << 16 | sample(x, y, 2, 16) << 24) % (1 << bits)


for bits in (1, 4, 8):
    put('bmp-%dbit.bmp' % bits, bmp(bits, index(bits), colors=bgr0(1 << bits)))
    put('bmp-%dbit-top.bmp' % bits, bmp(bits, index(bits), colors=bgr0(1 << bits), top=True))
    put('bmp-%dbit-core.bmp' % bits, bmp(bits, index(bits), colors=bgr(1 << bits), header=12))
    put('bmp-%dbit-v5.bmp' % bits, bmp(bits, index(bits), colors=bgr0(1 << bits), header=124))
for bits in (16, 24, 32):
    put('bmp-%dbit.bmp' % bits, bmp(bits, wide(bits)))
    put('bmp-%dbit-top.bmp' % bits, bmp(bits, wide(bits), top=True))
    put('bmp-%dbit-v4.bmp' % bits, bmp(bits, wide(bits), header=108))
put('bmp-24bit-core.bmp', bmp(24, wide(24), header=12))
put('bmp-24bit-os2.bmp', bmp(24, wide(24), header=64))
put('bmp-24bit-gap.bmp', bmp(24, wide(24), gap=10))
for name, bits, masks in (('565', 16, (0xf800, 0x7e0, 0x1f)), ('555', 16, (0x7c00, 0x3e0, 0x1f)),
                          ('444', 16, (0xf00, 0xf0, 0xf)), ('bgr565', 16, (0x1f, 0x7e0, 0xf800)),
                          ('888', 32, (0xff0000, 0xff00, 0xff)), ('rgbx', 32, (0xff, 0xff00, 0xff0000)),
                          ('high888', 32, (0xff000000, 0xff0000, 0xff00)),
                          ('101010', 32, (0x3ff00000, 0xffc00, 0x3ff)), ('holes', 32, (0xf0f0, 0xff0000, 0xff000000)),
                          ('overlap', 32, (0xffff, 0xff00, 0xff)), ('none', 32, (0, 0, 0)),
                          ('one', 16, (0x4000, 0x200, 1))):
    put('bmp-fields-%s.bmp' % name, bmp(bits, wide(bits), compression=3, masks=masks))
for name, bits, masks in (('8888', 32, (0xff0000, 0xff00, 0xff, 0xff000000)), ('1555', 16, (0x7c00, 0x3e0, 0x1f, 0x8000)),
                          ('4444', 16, (0xf00, 0xf0, 0xf, 0xf000)), ('8888-no', 32, (0xff0000, 0xff00, 0xff, 0))):
    for header in (56, 108, 124):
        put('bmp-fields-%s-v%d.bmp' % (name, header), bmp(bits, wide(bits), compression=3, masks=masks, header=header))
put('bmp-fields-v2.bmp', bmp(16, wide(16), compression=3, masks=(0xf800, 0x7e0, 0x1f), header=52))
put('bmp-alphafields.bmp', bmp(32, wide(32), compression=6, masks=(0xff0000, 0xff00, 0xff, 0xff000000)))
put('bmp-8bit-few.bmp', bmp(8, lambda x, y: (x + y) % 30, colors=bgr0(20)))
put('bmp-4bit-few.bmp', bmp(4, index(4), colors=bgr0(5)))
put('bmp-8bit-more.bmp', bmp(8, index(8), colors=bgr0(256), n_colors=300))
put('bmp-8bit-colors-vast.bmp', bmp(8, index(8), colors=bgr0(256), n_colors=0x7fffffff))
put('bmp-2bit.bmp', bmp(2, index(2), colors=bgr0(4)))
rle8 = bytes([5, 1, 0, 3, 7, 8, 9, 0, 5, 2, 0, 0,  # a run, three literals, a run, end of line
              0, 2, 4, 2, 6, 3, 0, 0,               # a jump of 4 right and 2 up
              20, 4, 0, 0,                          # a run beyond the row's end
              0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 3, 9, 0, 1])
put('bmp-rle8.bmp', bmp(8, None, w=W, h=0, compression=1, colors=bgr0(256), body=rle8).replace(
    struct.pack('<ii', W, 0), struct.pack('<ii', W, H)))
put('bmp-rle8-top.bmp', bmp(8, None, w=W, h=0, compression=1, colors=bgr0(256), body=rle8).replace(
    struct.pack('<ii', W, 0), struct.pack('<ii', W, -H)))
rle4 = bytes([5, 0x12, 0, 5, 0x78, 0x9a, 0xb0, 0, 2, 0x33, 0, 0, 0, 2, 3, 1, 7, 0x45, 0, 0, 13, 0x67, 0, 0, 0, 1])
put('bmp-rle4.bmp', bmp(4, None, w=W, h=0, compression=2, colors=bgr0(16), body=rle4).replace(
    struct.pack('<ii', W, 0), struct.pack('<ii', W, H)))
for name, body in (('past-top', bytes([3, 1, 0, 0] * 12 + [0, 1])), ('jump-out', bytes([0, 2, 200, 200, 5, 1, 0, 1])),
                   ('literal-cut', bytes([0, 200, 1, 2, 3])), ('delta-cut', bytes([0, 2, 1])), ('empty', b''),
                   ('end-early', bytes([13, 5, 0, 0, 13, 6, 0, 1]))):
    put('bmp-rle8-%s.bmp' % name, bmp(8, None, w=W, h=0, compression=1, colors=bgr0(256), body=body).replace(
        struct.pack('<ii', W, 0), struct.pack('<ii', W, H)))
for name, fields in (('width0', (0, H)), ('height0', (W, 0)), ('negative', (-W, H)), ('vast', (0x7fffffff, 0x7fffffff)),
                     ('lowest', (W, -0x80000000)), ('square', (20000, 20000)), ('long', (9999, 9999))):
    put('bmp-%s.bmp' % name, bmp(24, wide(24)).replace(struct.pack('<ii', W, H), struct.pack('<ii', *fields)))
put('bmp-planes2.bmp', bmp(24, wide(24), planes=2))
put('bmp-compression4.bmp', bmp(24, wide(24), compression=4))
put('bmp-rle8-24bit.bmp', bmp(24, wide(24), compression=1))
put('bmp-rle4-8bit.bmp', bmp(8, index(8), compression=2, colors=bgr0(256)))
put('bmp-fields-24bit.bmp', bmp(24, wide(24), compression=3, masks=(0xff0000, 0xff00, 0xff)))
put('bmp-offset0.bmp', bmp(24, wide(24), offset=0))
put('bmp-offset-in-header.bmp', bmp(24, wide(24), offset=30))
put('bmp-offset-far.bmp', bmp(24, wide(24), offset=1 << 30))
put('bmp-header-vast.bmp', bmp(24, wide(24), header=40).replace(struct.pack('<I', 40), struct.pack('<I', 0x7fffffff), 1))
put('bmp-header-16.bmp', bmp(24, wide(24)).replace(struct.pack('<Iii', 40, W, H), struct.pack('<Iii', 16, W, H)))

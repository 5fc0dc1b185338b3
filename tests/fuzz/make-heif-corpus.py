#!/usr/bin/env python3
"""Writes the HEIC and AVIF files of tests/fuzz/corpus/image, and what an independent reader makes of them.
usage: make-heif-corpus.py CORPUS_DIR GOLDEN_DIR   (pip: pillow pillow-heif; the files are kept in the repository)

x265 and libaom encode; the boxes around the codes are written here, so that each property is where the name says.
GOLDEN_DIR gets FILE.png for each file that can be read: pillow-heif's or Pillow's pixels, on white."""
import io, os, struct, sys
import pillow_heif
from PIL import Image, ImageCms

corpus, golden = sys.argv[1:]
pillow_heif.register_heif_opener()
SIDE = 64


def image(w=SIDE, h=SIDE, mode='RGB', shift=0):
    """A smooth image: subsampled chroma keeps it."""
    im = Image.new('RGB', (w, h))
    im.putdata([((30 + 2 * x + y + shift) % 256, (90 + x - y // 2 + shift) % 256, (200 - x - y + shift) % 256)
                for y in range(h) for x in range(w)])
    return im.convert(mode)


def encode(im, **options):
    b = io.BytesIO()
    pillow_heif.from_pillow(im).save(b, format='HEIF', **options)
    return b.getvalue()


def box(kind, body, version=None, flags=0):
    if version is not None:
        body = struct.pack('>I', version << 24 | flags) + body
    return struct.pack('>I', len(body) + 8) + kind + body


def boxes(data, start, end):
    while start < end:
        n, kind = struct.unpack_from('>I4s', data, start)
        yield kind, data[start + 8:start + n], data[start:start + n]
        start += n


def parts(data):
    """The properties and the codes of the first item of a file by libheif."""
    top = {kind: body for kind, body, _ in boxes(data, 0, len(data))}
    meta = {kind: body for kind, body, _ in boxes(top[b'meta'], 4, len(top[b'meta']))}
    ipco = next(body for kind, body, _ in boxes(meta[b'iprp'], 0, len(meta[b'iprp'])) if kind == b'ipco')
    iloc = meta[b'iloc']  # version 0, 4-byte offsets and lengths, base offset of 0 or 4 bytes
    n_base = iloc[5] >> 4
    at = 8 + 4 + n_base + 2
    offset, n = struct.unpack_from('>II', iloc, at)
    base = int.from_bytes(iloc[12:12 + n_base], 'big')
    return {kind: whole for kind, _, whole in boxes(ipco, 0, len(ipco))}, data[base + offset:base + offset + n]


def ispe(w, h):
    return box(b'ispe', struct.pack('>II', w, h), 0)


def heif(items, primary=1, refs=(), brand=b'heic', exif=None):
    """items: (id, kind, payload, properties, is_hidden); refs: (kind, from, [to])."""
    if exif:
        items = items + [(99, b'Exif', exif, [], True)]
        refs = list(refs) + [(b'cdsc', 99, [primary])]
    properties, associations, infos = [], b'', b''
    for i, kind, payload, own, hidden in items:
        indices = []
        for p in own:
            if p not in properties:
                properties.append(p)
            is_essential = p[4:8] in (b'hvcC', b'irot', b'imir', b'clap', b'av1C')
            indices.append(properties.index(p) + 1 | (0x80 if is_essential else 0))
        associations += struct.pack('>HB', i, len(indices)) + bytes(indices)
        infos += box(b'infe', struct.pack('>HH4sB', i, 0, kind, 0), 2, 1 if hidden else 0)
    iref = b''.join(box(k, struct.pack('>HH', a, len(b)) + b''.join(struct.pack('>H', x) for x in b))
                    for k, a, b in refs)
    ftyp = box(b'ftyp', brand + b'\0\0\0\0mif1' + brand)

    def meta(start):
        locations = b''
        for i, _, payload, _, _ in items:
            locations += struct.pack('>HHHII', i, 0, 1, start, len(payload))
            start += len(payload)
        return box(b'meta', box(b'hdlr', b'\0\0\0\0pict' + b'\0' * 13, 0) + box(b'pitm', struct.pack('>H', primary), 0) +
                   box(b'iloc', b'\x44\0' + struct.pack('>H', len(items)) + locations, 0) +
                   box(b'iinf', struct.pack('>H', len(items)) + infos, 0) + (box(b'iref', iref, 0) if iref else b'') +
                   box(b'iprp', box(b'ipco', b''.join(properties)) +
                       box(b'ipma', struct.pack('>I', len(items)) + associations, 0)), 0)

    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + box(b'mdat', b''.join(payload for _, _, payload, _, _ in items))


def put(name, data, is_read=True):
    open(os.path.join(corpus, name), 'wb').write(data)
    if is_read:
        im = Image.open(io.BytesIO(data))
        if im.mode == 'RGBA':
            white = Image.new('RGBA', im.size, 'white')
            white.alpha_composite(im)
            im = white
        im.convert('RGB').save(os.path.join(golden, name + '.png'), optimize=True)
    return data


os.makedirs(golden, exist_ok=True)
put('heic-420.heic', encode(image(50, 38), quality=90, chroma=420))
put('heic-444.heic', encode(image(), quality=95, chroma=444))
put('heic-gray.heic', encode(image(mode='L'), quality=90))
rgba = image(mode='RGBA')
rgba.putalpha(Image.linear_gradient('L').resize((SIDE, SIDE)))
put('heic-alpha.heic', encode(rgba, quality=95, chroma=444))
ten = pillow_heif.from_bytes(mode='RGB;16', size=(SIDE, SIDE), data=b''.join(
    struct.pack('<3H', 64 * (100 + 7 * x + y), 64 * (400 + 5 * x - 3 * y), 64 * (900 - 4 * x - 6 * y))
    for y in range(SIDE) for x in range(SIDE)))
b = io.BytesIO()
ten.save(b, format='HEIF', quality=95, chroma=444)
put('heic-10bit.heic', b.getvalue())

own, code = parts(encode(image(), quality=92, chroma=420))
plain = [own[b'hvcC'], own[b'colr'], ispe(SIDE, SIDE)]
exif_turned = b'\0\0\0\x06Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0'
for angle in (1, 2, 3):
    put(f'heic-irot{angle}.heic', heif([(1, b'hvc1', code, plain + [box(b'irot', bytes([angle]))], False)],
                                       exif=exif_turned if angle == 3 else None))
put('heic-imir.heic', heif([(1, b'hvc1', code, plain + [box(b'imir', b'\1')], False)]))
put('heic-exif6.heic', heif([(1, b'hvc1', code, plain, False)], exif=exif_turned))
put('heic-clap.heic', heif([(1, b'hvc1', code, plain + [box(b'clap', struct.pack('>8i', 31, 1, 21, 1, -9, 2, 5, 2))],
                             False)]))
other_own, other = parts(encode(image(shift=40), quality=92, chroma=420))
put('heic-two.heic', heif([(1, b'hvc1', other, plain, False), (2, b'hvc1', code, plain, False)], primary=2))
tiles = [parts(encode(image(shift=20 * i), quality=92, chroma=420)) for i in range(4)]
grid = [(2 + i, b'hvc1', t[1], [t[0][b'hvcC'], own[b'colr'], ispe(SIDE, SIDE)], True) for i, t in enumerate(tiles)]
turn = [box(b'irot', b'\3')]
whole = put('heic-grid.heic', heif([(1, b'grid', struct.pack('>BBBBHH', 0, 0, 1, 1, 120, 100),
                                     [own[b'colr'], ispe(120, 100)] + turn, False)] + grid,
                                   refs=[(b'dimg', 1, [2, 3, 4, 5])]))
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile('LAB')).tobytes()
put('heic-icc.heic', encode(image(), quality=92, icc_profile=profile))

put('heic-cut.heic', whole[:len(whole) * 2 // 3], False)
put('heic-head.heic', whole[:32], False)
put('heic-bomb.heic', heif([(1, b'hvc1', code, [own[b'hvcC'], ispe(60000, 60000)], False)]), False)
put('heic-area.heic', heif([(1, b'hvc1', code, [own[b'hvcC'], ispe(19000, 19000)], False)]), False)
put('heic-grid-bomb.heic', heif([(1, b'grid', struct.pack('>BBBBII', 0, 1, 255, 255, 16000, 16000),
                                  [ispe(16000, 16000)], False), (2, b'hvc1', code, plain, True)],
                                refs=[(b'dimg', 1, [2] * 300)]), False)
put('heic-lies.heic', heif([(1, b'hvc1', tiles[0][1], [tiles[0][0][b'hvcC'], ispe(SIDE // 2, SIDE // 4)], False)]), False)
put('heic-no-item.heic', heif([(1, b'hvc1', b'', plain, False)]), False)
put('heic-flipped.heic', heif([(1, b'hvc1', code[:40] + bytes(x ^ 0x5a for x in code[40:]), plain, False)]), False)
plain_file = bytearray(open(os.path.join(corpus, 'heic-420.heic'), 'rb').read())
plain_file[plain_file.index(b'\x42\x01\x01') + 20] ^= 0x80 # the width in the sequence parameter set: 63
put('heic-sps-size.heic', bytes(plain_file), False)
put('heic-jpeg-codes.heic', heif([(1, b'jpeg', b'\xff\xd8\xff\xd9', [ispe(SIDE, SIDE)], False)], brand=b'jpeg'), False)

b = io.BytesIO()
image().save(b, 'AVIF', quality=92, subsampling='4:2:0')
put('avif-420.avif', b.getvalue())
put('avif-cut.avif', b.getvalue()[:-100], False)
b = io.BytesIO()
rgba.save(b, 'AVIF', quality=95, subsampling='4:4:4')
put('avif-alpha.avif', b.getvalue())

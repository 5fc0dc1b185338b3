#!/usr/bin/env python3
"""Writes tests/fuzz/corpus/image/kind-*: images of every sample type that laboratories have, and their golden record
tests/golden/image-samples.json, made with independent readers. The files are kept in the repository.
usage: make-image-samples.py tests/fuzz/corpus/image tests/golden/image-samples.json
(needs numpy, tifffile with imagecodecs, pypng and Pillow; written with numpy 2, tifffile 2025, pypng 0.2025)

The values of a file are read back with tifffile, pypng or Pillow, and become 8 bits here by the rule in
src/image/sample-depth.h, in floating point. The record has a line a file: the number of the expected RGB image and
the expected notes, or the expected message."""
import base64, io, json, os, struct, sys, zlib
import numpy, png, tifffile
from PIL import Image

folder, record_path = sys.argv[1:]
W, H = 12, 8
record, images = {}, {}

y, x = numpy.mgrid[0:H, 0:W]
RGB8 = numpy.stack([(40 + 17 * x + 3 * y) % 256, (255 - 11 * x - 9 * y) % 256, (120 + 5 * x + 7 * y) % 256], -1)
RGB8[0, 0] = (255, 250, 5)
GRAY8 = RGB8[..., 1].copy()
GRAY8[0, 0] = 255
ALPHA8 = numpy.clip(255 - 30 * ((x + y) % 5), 0, 255)
DEPTHS = (8, 10, 12, 14, 16, 24, 32)


def put(name, data):
    with open(os.path.join(folder, name), 'wb') as f:
        f.write(data)
    return os.path.join(folder, name)


def depth_of(bits, *highest):
    """The number of bits in use, by the largest value."""
    if bits < 16 or not max(highest):
        return bits
    return min(d for d in DEPTHS if d <= bits and max(highest) < 1 << d)


def unit(values, bits=0, stated=0):
    """Samples as 0 to 1."""
    if values.dtype.kind == 'f':
        top = values.astype(float).max()
        white = 1.0 if max(top, stated) <= 1.001 else next(
            2.0 ** d - 1 for d in DEPTHS if top <= (2.0 ** d - 1) * 1.001)
        return values.astype(float) / white
    bits = bits or values.dtype.itemsize * 8
    depth = depth_of(bits, int(values.max()), stated)
    return values.astype(float) / (2.0 ** depth - 1)


def to_rgb8(values, n_colors, has_alpha, inverted=False, premultiplied=False, **how):
    """What a reader gave, (H, W, channels), as RGB8 on white."""
    values = values.reshape(H, W, -1)
    colors = unit(values[..., :n_colors], **how)
    colors = 1 - colors if inverted else colors
    if has_alpha:
        alpha = unit(values[..., n_colors:n_colors + 1])
        if values[..., n_colors].max() > 0:
            colors = colors + 1 - alpha if premultiplied else colors * alpha + 1 - alpha
    return numpy.broadcast_to(numpy.rint(numpy.clip(colors, 0, 1) * 255), (H, W, 3)).astype(numpy.uint8)


def keep(name, rgb, samples='', pages=''):
    record[name] = {'rgb': images.setdefault(base64.b64encode(rgb.tobytes()).decode(), len(images))}
    assert rgb.shape == (H, W, 3)
    if samples:
        record[name]['samples'] = samples
    if pages:
        record[name]['pages'] = pages


def refuse(name, message):
    record[name] = {'message': message}


# TIFF


def note_of(values, bits, depth):
    if values.dtype.kind == 'f':
        top = values.astype(float).max()
        return '%d-bit floating-point samples from 0 to %d' % (bits, 1 if top <= 1.001 else 2 ** depth - 1)
    if bits <= 8:
        return ''
    return ('%d-bit samples, reduced to 8 bits' % bits if depth == bits else
            '%d-bit samples with %d-bit values, %s' %
            (bits, depth, 'read as 8 bits' if depth == 8 else 'reduced to 8 bits'))


def scaled(array8, kind):
    """8-bit values in another type: u16-12 has 12 bits in 16, f32-255 floating-point numbers up to 255."""
    name, top = kind.split('-')
    dtype = {'u8': 'u1', 'u16': 'u2', 'u32': 'u4', 'f16': 'f2', 'f32': 'f4', 'f64': 'f8'}[name]
    if dtype[0] == 'f':
        return (array8 / 255 * float(top)).astype(dtype)
    return numpy.rint(array8 / 255 * (2.0 ** int(top) - 1)).astype(dtype)


LAYOUTS = ({}, {'byteorder': '>'}, {'compression': 'zlib', 'predictor': True}, {'tile': (16, 16)},
           {'byteorder': '>', 'bigtiff': True, 'rowsperstrip': 3}, {'compression': 'lzw', 'byteorder': '>'},
           {'planar': True}, {'planar': True, 'tile': (16, 16), 'byteorder': '>'}, {'compression': 'zlib'})
KINDS = ('u8-8', 'u16-8', 'u16-10', 'u16-12', 'u16-14', 'u16-16', 'u32-8', 'u32-12', 'u32-16', 'u32-32', 'f16-1',
         'f32-1', 'f32-255', 'f32-4095', 'f32-65535', 'f64-1', 'f64-255')


def write_tiff(name, array, photometric, extra=None, planar=False, byteorder='<', bigtiff=False, **more):
    if planar and array.ndim == 3:
        array = numpy.moveaxis(array, -1, 0)
        more['planarconfig'] = 'separate'
    elif array.ndim == 3:
        more['planarconfig'] = 'contig'
    out = io.BytesIO()
    with tifffile.TiffWriter(out, byteorder=byteorder, bigtiff=bigtiff) as tif:
        tif.write(numpy.ascontiguousarray(array), photometric=photometric, metadata=None, software='',
                  extrasamples=extra, **more)
    path = put(name, out.getvalue())
    values = tifffile.TiffFile(path).pages[0].asarray()
    return numpy.moveaxis(values, 0, -1) if planar and array.ndim == 3 else values


turn = 0
for kind in KINDS:
    bits, top = int(kind.split('-')[0][1:]), kind.split('-')[1]
    gray, rgb, alpha = (scaled(a, kind) for a in (GRAY8, RGB8, ALPHA8))
    for mode, array, photometric, extra in (
            ('gray', gray, 'minisblack', None), ('white0', gray.max() - gray, 'miniswhite', None),
            ('ga', numpy.dstack([gray, alpha]), 'minisblack', ['unassalpha']), ('rgb', rgb, 'rgb', None),
            ('rgba', numpy.dstack([rgb, alpha]), 'rgb', ['unassalpha']),
            ('rgbx', numpy.dstack([rgb, alpha]), 'rgb', ['unspecified'])):
        name = 'kind-%s-%s.tif' % (mode, kind)
        layout = LAYOUTS[turn % len(LAYOUTS)]
        turn += 1
        if kind == 'f16-1' and 'predictor' in layout:
            layout = LAYOUTS[0]
        values = write_tiff(name, array, photometric, extra, **layout)
        n_colors = 3 if mode.startswith('rgb') else 1
        result = to_rgb8(values, n_colors, mode in ('ga', 'rgba'), inverted=mode == 'white0')
        colors = values.reshape(H, W, -1)[..., :n_colors]
        depth = int(numpy.log2(float(top) + 1)) if kind[0] == 'f' else depth_of(bits, int(colors.max()))
        notes = ['a fourth channel that is not alpha is ignored'] if mode == 'rgbx' else []
        notes += [n for n in [note_of(values, bits, depth)] if n]
        notes += ['transparent pixels are shown on white'] if mode in ('ga', 'rgba') else []
        keep(name, result, '; '.join(notes))

# Files that state their largest value are not made brighter.
dark = scaled(RGB8, 'u16-12') // 5
for name, tag, value, depth in (('max', 281, 65535, 16), ('max', 281, 4095, 12), ('smax', 341, 16383, 14),
                                ('max-too-low', 281, 100, 10)):
    name = 'kind-%s-%d.tif' % (name, value)
    values = write_tiff(name, dark, 'rgb', extratags=[(tag, 'H', 3, (value,) * 3, True)])
    keep(name, to_rgb8(values, 3, False, stated=value), note_of(values, 16, depth))
name = 'kind-ome-12.tif'
values = write_tiff(name, dark, 'rgb', description='<OME><Image><Pixels SignificantBits="12"/></Image></OME>')
keep(name, to_rgb8(values, 3, False, stated=4095), note_of(values, 16, 12))
name = 'kind-smax-float.tif'
values = write_tiff(name, (RGB8 / 5).astype('f4'), 'rgb', extratags=[(341, 'f', 3, (255.0,) * 3, True)])
keep(name, to_rgb8(values, 3, False), note_of(values, 32, 8))

name = 'kind-premultiplied-u16-16.tif'
alpha = ALPHA8 / 255
values = write_tiff(name, scaled(numpy.dstack([RGB8 * alpha[..., None], ALPHA8]), 'u16-16'), 'rgb', ['assocalpha'])
keep(name, to_rgb8(values, 3, True, premultiplied=True), '16-bit samples, reduced to 8 bits; '
     'transparent pixels are shown on white')
name = 'kind-alpha-zero.tif'
values = write_tiff(name, numpy.dstack([RGB8, 0 * ALPHA8]).astype('u1'), 'rgb', ['unassalpha'])
keep(name, to_rgb8(values, 3, True), 'an alpha channel of 0 everywhere is ignored')
name = 'kind-overshoot.tif'  # resampling gives values beyond the ends of the range
values = write_tiff(name, (RGB8 / 255 * 1.0015 - 0.0006).astype('f4'), 'rgb')
keep(name, to_rgb8(values, 3, False), '32-bit floating-point samples from 0 to 1')
colors = numpy.linspace(0, 65535, 768).astype('u2').reshape(3, 256)
name = 'kind-palette16.tif'
values = write_tiff(name, GRAY8.astype('u1'), 'palette', colormap=colors)
keep(name, (numpy.moveaxis(colors[:, values], 0, -1) / 257).round().astype('u1'), 'a palette instead of colors')
for bits in (10, 12, 14):  # packed, without gaps
    name = 'kind-packed%d.tif' % bits
    values = write_tiff(name, scaled(GRAY8 // 3, 'u16-%d' % bits), 'minisblack', bitspersample=bits)
    keep(name, to_rgb8(values, 1, False, bits=bits), '%d-bit samples, reduced to 8 bits' % bits)
for name, options in (('kind-ycbcr.tif', {}), ('kind-ycbcr-lzw.tif', {'compression': 'tiff_lzw'})):
    out = io.BytesIO()
    Image.fromarray(RGB8.astype('u1')).convert('YCbCr').save(out, 'TIFF', **options)
    keep(name, numpy.asarray(Image.open(put(name, out.getvalue())).convert('RGB')))


def write_pages(name, pages, **file_options):
    """pages: (array, options of tifffile)"""
    out = io.BytesIO()
    with tifffile.TiffWriter(out, **file_options) as tif:
        for array, options in pages:
            tif.write(array, metadata=None, **{'software': '', **options})
    put(name, out.getvalue())


gray = GRAY8.astype('u1')
rgb = RGB8.astype('u1')
small = numpy.ascontiguousarray(rgb[::2, ::2])
RGB_PAGE, GRAY_PAGE = {'photometric': 'rgb'}, {'photometric': 'minisblack'}
for name, pages, note in (
        ('thumbnail-first', [(small, {'subfiletype': 1, **RGB_PAGE}), (rgb, RGB_PAGE)], ''),
        ('thumbnail-untold', [(small, RGB_PAGE), (rgb, RGB_PAGE)], 'pages not used: 1 of 2'),
        ('thumbnail-behind', [(rgb, RGB_PAGE), (small, {'subfiletype': 1, **RGB_PAGE})], ''),
        ('thumbnail-gray', [(gray[::2, ::2].copy(), {'subfiletype': 1, **GRAY_PAGE}), (rgb, RGB_PAGE)], ''),
        ('pyramid', [(rgb, RGB_PAGE), (small, RGB_PAGE), (small[::2, ::2].copy(), RGB_PAGE)],
         'pages not used: 2 of 3'),
        ('mask', [(rgb, RGB_PAGE), (GRAY8 > 100, {'subfiletype': 4, 'photometric': 'mask'})], 'pages not used: 1 of 2'),
        ('series', [(rgb, RGB_PAGE), (255 - rgb, RGB_PAGE), (rgb // 2, RGB_PAGE)], 'pages not used: 2 of 3')):
    write_pages('kind-pages-%s.tif' % name, pages)
    keep('kind-pages-%s.tif' % name, rgb, pages=note)
ADVICE = '*; export the image as *'
for name, pages in (('rgb', [(numpy.ascontiguousarray(rgb[..., c]), GRAY_PAGE) for c in range(3)]),
                    ('rgb16', [(scaled(RGB8[..., c], 'u16-12'), GRAY_PAGE) for c in range(3)]),
                    ('two', [(gray, GRAY_PAGE), (255 - gray, GRAY_PAGE)]),
                    ('float', [((RGB8[..., c] / 255).astype('f4'), GRAY_PAGE) for c in range(3)]),
                    ('rgba', [(numpy.ascontiguousarray(rgb[..., c % 3]), GRAY_PAGE) for c in range(4)])):
    write_pages('kind-gray-pages-%s.tif' % name, pages)
    refuse('kind-gray-pages-%s.tif' % name, '*tiff with several gray pages of equal size (%d) is not supported' % len(pages) +
           ADVICE)

# TIFF that is refused
f = RGB8 / 255
nan, infinite = f.copy(), f.copy()
nan[3, 4, 1], infinite[0, 0, 2] = numpy.nan, numpy.inf
for name, array, photometric, extra, what in (
        ('int8', rgb.astype('i1'), 'rgb', None, 'signed 8-bit integer samples'),
        ('int16', rgb.astype('i2'), 'rgb', None, 'signed 16-bit integer samples'),
        ('int32', gray.astype('i4'), 'minisblack', None, 'signed 32-bit integer samples'),
        ('uint64', gray.astype('u8'), 'minisblack', None, 'unsigned 64-bit integer samples'),
        ('complex64', gray.astype('c8'), 'minisblack', None, '64-bit complex samples'),
        ('nan', nan.astype('f4'), 'rgb', None, 'floating-point samples that are no finite numbers'),
        ('infinite', infinite.astype('f8'), 'rgb', None, 'floating-point samples that are no finite numbers'),
        ('negative', (f - 0.3).astype('f4'), 'rgb', None, 'floating-point samples from -0.28* to 0.7 *'),
        ('two', (f * 2).astype('f4'), 'rgb', None, 'floating-point samples from 0* to 2 *'),
        ('million', (f * 1e6).astype('f4'), 'rgb', None, 'floating-point samples from * to 1e+06 *'),
        ('five', numpy.dstack([rgb, gray, gray]), 'rgb', ['unspecified'] * 2, 'five channels (3 of them color)'),
        ('five16', scaled(numpy.dstack([RGB8, GRAY8, GRAY8]), 'u16-12'), 'rgb', ['unassalpha', 'unspecified'],
         'five channels (3 of them color)'),
        ('five-gray', numpy.dstack([rgb, gray, gray]), 'minisblack', ['unspecified'] * 4,
         'five channels (1 of them gray)'),
        ('seven', numpy.dstack([rgb, rgb, gray]), 'rgb', ['unspecified'] * 4, 'seven channels (3 of them color)'),
        ('three-gray', rgb, 'minisblack', ['unspecified'] * 2, 'three channels (1 of them gray)'),
        ('two-gray', rgb[..., :2], 'minisblack', ['unspecified'], 'two channels, of which neither is alpha')):
    name = 'kind-bad-%s.tif' % name
    write_tiff(name, array, photometric, extra, compression='zlib')
    refuse(name, '%s: tiff with %s is not supported' % (name, what) + ADVICE)
write_tiff('kind-bad-jpeg2000.tif', rgb, 'rgb')
jpeg2000 = bytearray(open(os.path.join(folder, 'kind-bad-jpeg2000.tif'), 'rb').read())
at = jpeg2000.index(struct.pack('<HHIHH', 259, 3, 1, 1, 0))
jpeg2000[at + 8:at + 10] = struct.pack('<H', 34712)
put('kind-bad-jpeg2000.tif', bytes(jpeg2000))
refuse('kind-bad-jpeg2000.tif', '*tiff with compression 34712 (JPEG 2000) is not supported' + ADVICE)

# Raw files of cameras: a small preview first, the sensor's samples elsewhere
RAW = '*: a raw file of a camera (%s) is not supported' + ADVICE
write_pages('kind-raw-dng.tif', [(small, {**RGB_PAGE, 'subfiletype': 1,
                                          'extratags': [(50706, 'B', 4, bytes((1, 4, 0, 0)), True)]})])
refuse('kind-raw-dng.tif', RAW % 'DNG')
DNG_VERSION = {'extratags': [(50706, 'B', 4, bytes((1, 6, 0, 0)), True)]}
CFA = {'photometric': 'CFA', 'extratags': [(33421, 'H', 2, (2, 2), True), (33422, 'B', 4, bytes((0, 1, 1, 2)), True)]}
for name, pages, options in (('dng-big-endian', [(rgb, {**RGB_PAGE, **DNG_VERSION})], {'byteorder': '>'}),
                             ('dng-sub-image', [(small, {**RGB_PAGE, **DNG_VERSION, 'subfiletype': 1, 'subifds': 1}), (gray, CFA)], {}),
                             ('dng-linear', [(rgb, {'photometric': 34892, 'planarconfig': 'contig', **DNG_VERSION})], {'bigtiff': True})):
    write_pages('kind-raw-%s.tif' % name, pages, **options)
    refuse('kind-raw-%s.tif' % name, RAW % 'DNG')
for name, maker, kind in (('nef', 'NIKON CORPORATION', 'NEF'), ('arw', 'SONY', 'ARW'), ('other', 'Some', 'raw samples')):
    name = 'kind-raw-%s.tif' % name
    write_pages(name, [(small, {**RGB_PAGE, 'subfiletype': 1, 'subifds': 2, 'extratags': [(271, 's', 0, maker, True)]}),
                       (rgb, {**RGB_PAGE, 'subfiletype': 1}), (gray, {'photometric': 'CFA', 'extratags': [
                           (33421, 'H', 2, (2, 2), True), (33422, 'B', 4, bytes((0, 1, 1, 2)), True)]})])
    refuse(name, RAW % kind)
write_pages('kind-raw-previews.tif', [(small, {**RGB_PAGE, 'subfiletype': 1, 'subifds': 1}), (rgb, RGB_PAGE)])
refuse('kind-raw-previews.tif', RAW % 'raw samples')
moved = io.BytesIO()
with tifffile.TiffWriter(moved, byteorder='<') as tif:
    tif.write(small, metadata=None, software='', **RGB_PAGE)
cr2 = bytearray(moved.getvalue())
cr2[8:8] = b'CR\x02\0\0\0\0\0'
cr2[4:8] = struct.pack('<I', 16)
put('kind-raw-cr2.tif', bytes(cr2))
refuse('kind-raw-cr2.tif', RAW % 'CR2')

# Slides and stacks of microscopes, told by their tags
SLIDE = '*: a whole slide or stack of a microscope (%s) is not supported; export fields of it as PNG or TIFF'


def describe(text):
    return {**RGB_PAGE, 'description': text}


tiled = {'tile': (16, 16)}
APERIO = 'Aperio Image Library v11.2.1 \r\n46000x32914 [0,100 46000x32814] (256x256) JPEG/RGB Q=30|AppMag = 20|MPP = 0.4990'
BYTES = lambda tag, value: {'extratags': [(tag, 'B', len(value), value, True)]}
for name, kind, pages, options in (
        ('svs', 'Aperio SVS', [(rgb, {**describe(APERIO), **tiled}), (small, describe(APERIO))], {}),
        ('svs-one-page', 'Aperio SVS', [(rgb, {**describe(APERIO), **tiled})], {}),
        ('svs-big', 'Aperio SVS', [(rgb, describe('Aperio Leica Biosystems GT450 v1.0.1'))], {'bigtiff': True}),
        ('ndpi', 'Hamamatsu NDPI', [(rgb, {**RGB_PAGE, 'extratags': [(65420, 'I', 1, 1, True), (65421, 'f', 1, 40.0, True)]})], {}),
        ('ndpi-gray', 'Hamamatsu NDPI', [(gray, {**GRAY_PAGE, 'extratags': [(65420, 'H', 1, 1, True)]})], {'byteorder': '>'}),
        ('scn', 'Leica SCN', [(small, RGB_PAGE), (rgb, {**RGB_PAGE, **tiled})], {'bigtiff': True}),
        ('bif', 'Ventana BIF', [(rgb, {**RGB_PAGE, **BYTES(700, b'<?xml version="1.0"?><Metadata><iScan Magnification="40"/></Metadata>')})], {}),
        ('philips', 'Philips TIFF', [(rgb, {**describe('<?xml version="1.0"?><DataObject ObjectType="DPUfsImport"></DataObject>'), **tiled})], {}),
        ('trestle', 'Trestle TIFF', [(rgb, {**RGB_PAGE, 'software': 'MedScan 2.1'})], {}),
        ('lsm', 'Zeiss LSM', [(gray, {**GRAY_PAGE, **BYTES(34412, b'I\x49\x03\0' + bytes(60))})], {}),
        ('stk', 'MetaMorph STK', [(gray, {**GRAY_PAGE, 'extratags': [(33629, 'I', 6, (1, 1, 0, 0, 0, 0), True)]})], {})):
    if name == 'scn':
        pages[0][1]['description'] = '<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"/>'
    write_pages('kind-slide-%s.tif' % name, pages, **options)
    refuse('kind-slide-%s.tif' % name, SLIDE % kind)
# What is no slide: a field that a slide viewer exported; OME-TIFF and ImageJ with one plane; with more
OME = '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image><Pixels SizeC="%d" SizeT="%d" SizeZ="%d"><Channel SamplesPerPixel="%d"/></Pixels></Image></OME>'
for name, pages, note in (
        ('aperio-field', [(rgb, describe(APERIO))], ''),
        ('ome-rgb', [(rgb, describe(OME % (3, 1, 1, 3)))], ''),
        ('ome-series', [(rgb, describe(OME % (3, 1, 2, 3))), (255 - rgb, RGB_PAGE)], 'pages not used: 1 of 2'),
        ('ome-elsewhere', [(rgb, describe(OME % (3, 2, 5, 3)))], 'pages not used: 9 of 10'),
        ('imagej', [(rgb, describe('ImageJ=1.53t\nunit=micron\n'))], ''),
        ('imagej-stack', [(rgb, describe('ImageJ=1.53t\nimages=4\nslices=4\n'))], 'pages not used: 3 of 4')):
    write_pages('kind-%s.tif' % name, pages)
    keep('kind-%s.tif' % name, rgb, pages=note)
for name, kind, n, first, others in (('ome-channels', 'OME-TIFF', 3, OME % (3, 1, 1, 1), 2), ('ome-channels-one', 'OME-TIFF', 4, OME % (2, 1, 2, 1), 0),
                                     ('imagej-channels', 'tiff', 3, 'ImageJ=1.53t\nimages=3\nchannels=3\n', 0)):
    write_pages('kind-%s.tif' % name, [(gray, {**GRAY_PAGE, 'description': first})] + [(255 - gray, GRAY_PAGE)] * others)
    refuse('kind-%s.tif' % name, '*%s with several gray pages of equal size (%d) is not supported' % (kind, n) + ADVICE)

# PNG


def chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def write_png(name, values, color, sbit=b'', interlaced=False):
    """values: (H, W, channels) of 8 or 16 bits"""
    bits = values.dtype.itemsize * 8
    values = values.reshape(H, W, -1).astype('>u%d' % (bits // 8))
    rows = b''
    for x0, y0, dx, dy in ADAM7 if interlaced else ((0, 0, 1, 1),):
        for row in values[y0::dy, x0::dx]:
            rows += b'\0' + row.tobytes() if row.size else b''
    return put(name, b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', W, H, bits, color, 0, 0, interlaced)) +
               (chunk(b'sBIT', sbit) if sbit else b'') + chunk(b'IDAT', zlib.compress(rows, 9)) + chunk(b'IEND', b''))


def read_png(path):
    w, h, rows, info = png.Reader(filename=path).read()
    return numpy.array([list(r) for r in rows], 'u2' if info['bitdepth'] == 16 else 'u1').reshape(h, w, -1)


for mode, color, array, n_colors in (('gray', 0, GRAY8, 1), ('rgb', 2, RGB8, 3), ('ga', 4, numpy.dstack([GRAY8, ALPHA8]), 1),
                                     ('rgba', 6, numpy.dstack([RGB8, ALPHA8]), 3)):
    has_alpha = mode in ('ga', 'rgba')
    end = '; transparent pixels are shown on white' if has_alpha else ''
    n = array.reshape(H, W, -1).shape[-1]
    for depth in (8, 10, 12, 14, 16):
        name = 'kind-%s-u16-%d.png' % (mode, depth)
        values = read_png(write_png(name, scaled(array, 'u16-%d' % depth), color, interlaced=depth == 12))
        keep(name, to_rgb8(values, n_colors, has_alpha), note_of(values, 16, depth) + end)
    for depth in (10, 12, 14):
        low = scaled(array, 'u16-%d' % depth)
        sbit = bytes([depth]) * n
        for place, values, used in (('low', low, depth), ('low-dark', low // 5, depth),
                                    ('high', low << (16 - depth) | low >> (2 * depth - 16), 16),
                                    ('high-dark', (low // 5) << (16 - depth), 16)):
            if has_alpha:
                values[..., -1] = 65535
            name = 'kind-%s-sbit%d-%s.png' % (mode, depth, place)
            values = read_png(write_png(name, values, color, sbit))
            keep(name, to_rgb8(values, n_colors, has_alpha, stated=2 ** used - 1), note_of(values, 16, used))
name = 'kind-gray-sbit16-dark.png'
values = read_png(write_png(name, scaled(GRAY8, 'u16-12'), 0, b'\x10'))
keep(name, to_rgb8(values, 1, False, stated=65535), '16-bit samples, reduced to 8 bits')
for bits in (8, 16):
    name = 'kind-alpha-zero%d.png' % bits
    values = scaled(numpy.dstack([RGB8, 0 * ALPHA8]), 'u%d-%d' % (bits, bits))
    note = 'an alpha channel of 0 everywhere is ignored'
    keep(name, to_rgb8(read_png(write_png(name, values, 6)), 3, True),
         note if bits == 8 else '16-bit samples, reduced to 8 bits; ' + note)
name = 'kind-alpha-full.png'
keep(name, to_rgb8(read_png(write_png(name, numpy.dstack([RGB8, 0 * ALPHA8 + 255]).astype('u1'), 6)), 3, True))


def save(name, image, note, fmt, **options):
    out = io.BytesIO()
    image.save(out, fmt, **options)
    keep(name, numpy.asarray(Image.open(put(name, out.getvalue())).convert('RGB')), note)


pil = Image.fromarray(rgb)
save('kind-palette.png', pil.convert('P', palette=Image.ADAPTIVE, colors=14), 'a palette instead of colors', 'PNG')
save('kind-one-bit.png', pil.convert('1'), '1-bit samples', 'PNG')

# BMP
save('kind-gray.bmp', pil.convert('L'), '', 'BMP')
save('kind-palette.bmp', pil.convert('P', palette=Image.ADAPTIVE, colors=14), 'a palette instead of colors', 'BMP')
save('kind-one-bit.bmp', pil.convert('1'), '1-bit samples', 'BMP')


def write_bmp(name, header, alpha, compression, order='BGRA'):
    bands = {'B': rgb[..., 2], 'G': rgb[..., 1], 'R': rgb[..., 0], 'A': alpha.astype('u1')}
    body = numpy.dstack([bands[b] for b in order])[::-1].tobytes()
    info = struct.pack('<IiiHHIIiiII', header, W, H, 1, 32, compression, len(body), 2835, 2835, 0, 0)
    info += b''.join(struct.pack('<I', 255 << 8 * order.index(b)) for b in 'RGBA') if header > 40 else b''
    info = info.ljust(header, b'\0')
    put(name, b'BM' + struct.pack('<IHHI', 14 + header + len(body), 0, 0, 14 + header) + info + body)


on_white = to_rgb8(numpy.dstack([RGB8, ALPHA8]).astype('u1'), 3, True)
for name, header, alpha, compression, order, result, note in (
        ('v4-alpha-zero', 108, 0 * ALPHA8, 3, 'BGRA', rgb, ''), ('v5-alpha-zero', 124, 0 * ALPHA8, 3, 'RGBA', rgb, ''),
        ('v4-plain-alpha-zero', 108, 0 * ALPHA8, 0, 'BGRA', rgb, ''), ('info-fourth', 40, ALPHA8, 0, 'BGRA', rgb, ''),
        ('v5-alpha-full', 124, 0 * ALPHA8 + 255, 3, 'BGRA', rgb, ''),
        ('v4-alpha', 108, ALPHA8, 3, 'BGRA', on_white, 'transparent pixels are shown on white'),
        ('v5-alpha', 124, ALPHA8, 3, 'ARGB', on_white, 'transparent pixels are shown on white')):
    write_bmp('kind-%s.bmp' % name, header, alpha, compression, order)
    keep('kind-%s.bmp' % name, result, note)

with open(record_path, 'w') as f:
    f.write('{"width": %d, "height": %d, "images": [\n%s],\n"files": {\n%s}}\n' %
            (W, H, ',\n'.join('"%s"' % i for i in images),
             ',\n'.join('%s: %s' % (json.dumps(k), json.dumps(v)) for k, v in sorted(record.items()))))
print(len(record), 'files,', len(images), 'different images')

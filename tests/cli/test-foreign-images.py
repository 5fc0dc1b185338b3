#!/usr/bin/env python3
"""Formats that are not read, color profiles and frames: `leuko check` and `leuko info` say what a file is and what to do."""
import json
import random
import os
import shutil

from harness import check, done, path, png, run, write

CORPUS = os.path.join(os.environ['LEUKO_TEST_DATA'], 'fuzz', 'corpus', 'image')
element = lambda group, number, kind, value: (group.to_bytes(2, 'little') + number.to_bytes(2, 'little') + kind +
                                              len(value).to_bytes(2, 'little') + value)
dataset = element(8, 5, b'CS', b'ISO_IR 100') + element(8, 0x16, b'UI', b'1.2.840.10008.5.1.4.1.1.4\0') + bytes(64)
plain = (8).to_bytes(2, 'little') + (8).to_bytes(2, 'little') + (16).to_bytes(4, 'little') + b'ORIGINAL\\PRIMARY'
plain += (8).to_bytes(2, 'little') + (0x16).to_bytes(2, 'little') + (4).to_bytes(4, 'little') + b'1.2\0' + bytes(64)
FOREIGN = {'IM000001': (bytes(128) + b'DICM' + dataset, 'a DICOM file', 'export it as PNG or TIFF'),
           '1.2.840.113619.2.55': (dataset, 'a DICOM file', 'export it as PNG or TIFF'),
           'I10': (plain, 'a DICOM file', 'export it as PNG or TIFF'),
           'a.dcm': (dataset, 'a DICOM file', 'export it as PNG or TIFF'),
           'photo': (b'\0\0\0\x0cjP  \r\n\x87\n' + bytes(40), 'a JPEG 2000 image', 'export it as PNG or TIFF'),
           'b.jxl': (b'\xff\x0a' + bytes(40), 'a JPEG XL image', 'export it as PNG or TIFF'),
           'c.orf': (b'IIRO\x08\0\0\0' + bytes(40), 'a raw image of a camera', 'export it as PNG or TIFF'),
           'slide': (b'ZISRAWFILE' + bytes(60), 'a Zeiss CZI file', 'export fields of it as PNG or TIFF'),
           'd.lif': (b'\x70\0\0\0\x10\0\0\0\x2a\x05\0\0\0<\0L\0' + bytes(40), 'a Leica LIF file', 'export fields of it as PNG or TIFF'),
           'e.raw': (b'\xda\xce\xbe\x0a' + bytes(60), 'a Nikon ND2 file', 'export fields of it as PNG or TIFF')}
BY_ENDING = {'f.mrxs': 'a MIRAX slide', 'g.vsi': 'an Olympus VSI slide', 'h.SVS': 'an Aperio SVS slide', 'i.NEF': 'a raw image of a camera'}
row = lambda i: random.Random(i).randbytes(96 * 3)  # stripes that are no shifted copies of each other
for k in 'ab':
    for i in range(4):
        write('cells/%s/%d.png' % (k, i), png(96, 96, 8, 2, row(i + 5 * (k == 'b'))))
for name, (data, what, advice) in FOREIGN.items():
    write('cells/a/' + name, data)
for name in BY_ENDING:
    write('cells/b/' + name, b'no signature ' * 9)
write('cells/b/NOTES', b'text without an ending')
r = run('check', 'cells', '--all', '--json', 'check.json')
skipped = {s['file']: s['why'] for s in json.load(open(path('check.json')))['skipped']}
for name, (data, what, advice) in FOREIGN.items():
    said = 'image format that is not read: %s; %s' % (what, advice)
    check(skipped.get('a/' + name) == said and said in r.stdout, 'check names %s' % name, (skipped.get('a/' + name), r.stdout))
    d = run('info', 'cells/a/' + name)
    check(d.returncode == 0 and what in d.stdout and advice in d.stdout, 'info names %s' % name, d)
for name, what in BY_ENDING.items():
    check(skipped.get('b/' + name, '').startswith('image format that is not read: %s; export' % what), 'check names %s' % name, skipped)
check(skipped.get('b/NOTES') == 'not an image', 'a text without an ending is no image', skipped)

# TIFF by its tags, whatever its name
for name, what in (('kind-slide-svs.tif', 'Aperio SVS'), ('kind-slide-ndpi.tif', 'Hamamatsu NDPI'), ('kind-slide-scn.tif', 'Leica SCN'),
                   ('kind-raw-dng.tif', 'DNG')):
    for to in ('cells/a/x.tif', 'cells/a/x'):
        shutil.copy(os.path.join(CORPUS, name), path(to))
        r, d = run('check', 'cells'), run('info', to)
        check(r.returncode == 0 and what in r.stdout and 'is not supported; export' in r.stdout, 'check names %s as %s' % (what, to), r)
        check(d.returncode == 0 and 'not read' in d.stdout and what in d.stdout and 'export' in d.stdout, 'info names %s as %s' % (what, to), d)
        os.remove(path(to))

# frames and profiles: --audit fails, info tells
for name, key, note in (('note-frames.gif', 'pages', 'frames not used: 3 of 4'), ('note-frames.webp', 'pages', 'frames not used: 3 of 4'),
                        ('note-frames.avif', 'pages', 'frames not used: 3 of 4'), ('note-frames.png', 'pages', 'frames not used: 3 of 4'),
                        ('note-p3.png', 'color', 'the color profile Display P3, not applied'),
                        ('note-p3.webp', 'color', 'the color profile Display P3, not applied')):
    one = 'cells/a/' + name
    shutil.copy(os.path.join(CORPUS, name), path(one))
    r, d = run('check', 'cells', '--audit'), run('info', one, '--json', '-')
    if 'not read' not in d.stdout:  # a build without that decoder
        check(r.returncode == 3 and '%s: 1 image: a/%s' % (note, name) in r.stdout, 'check --audit tells of %s' % name, r)
        check(json.loads(d.stdout)[key] == note, 'info tells of %s' % name, d)
    os.remove(path(one))
r = run('check', 'cells', '--audit')
check(r.returncode == 0, 'skipped files alone do not fail an audit', r)
done()

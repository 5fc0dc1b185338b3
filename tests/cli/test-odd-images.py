#!/usr/bin/env python3
"""`leuko check` tells of images that cannot be a cell and of files that were not read as they are; --audit fails on them."""
import json
import os
import random
import shutil

from harness import check, done, path, png, run, write

SIDE = 96


def rows(*colors):
    """A row of SIDE pixels, 8-bit RGB."""
    return b''.join(bytes(colors[i % len(colors)]) for i in range(SIDE))


def noise(seed, low=0, high=255, gray=False):
    draw = random.Random(seed)
    return rows(*[(draw.randint(low, high),) * 3 if gray else tuple(draw.randint(low, high) for _ in range(3))
                  for _ in range(SIDE)])


def folder(name, **images):
    """Twenty ordinary images in two classes, and these in the first: the row of a PNG, or a whole file."""
    for k in range(2):
        for i in range(10):
            write('%s/%s/c%d.png' % (name, 'ab'[k], i), png(SIDE, SIDE, 8, 2, noise((name, k, i).__repr__())))
    for file, row in images.items():
        write('%s/a/%s.png' % (name, file), row if row[:4] == b'\x89PNG' else png(SIDE, SIDE, 8, 2, row))


def looked(name):
    r = run('check', name, '--audit', '--json', name + '.json')
    return r, {o['what']: o['files'] for o in json.load(open(path(name + '.json')))['oddities']}


folder('usual', dark=noise(1, 0, 60), bright=noise(2, 200, 255), pale=noise(3, 100, 160))
r, odd = looked('usual')
check(r.returncode == 0 and odd == {}, 'dark, bright and pale images are usual', (r, odd))
kinds = {'of one color': {'blank': rows((120, 80, 90)), 'nothing': rows((0, 0, 0)), 'paper': rows((255, 255, 255)),
                          'almost': rows((120, 80, 90), (121, 81, 92))},
         'nearly black': {'lamp': noise(4, 0, 30), 'twelve': noise(5, 0, 15), 'edge': rows((0, 0, 0), (9, 30, 9))},
         'nearly white': {'empty': noise(6, 246, 255), 'glare': rows((255, 255, 255), (250, 252, 249))},
         'nearly without color': {'gray': noise(7, 0, 255, True), 'tinted': rows((90, 84, 88), (180, 170, 178)),
                                  'steps': rows((0, 0, 0), (128, 128, 128), (255, 255, 255))}}
for kind, images in kinds.items():
    name = kind.replace(' ', '-')
    folder(name, **images)
    r, odd = looked(name)
    check(r.returncode == 3 and odd == {kind: sorted('a/%s.png' % f for f in images)} and
          '%s: %d images: a/' % (kind, len(images)) in r.stdout and 'odd images' in r.stderr, kind, (r, odd))

for k in 'ab':
    for i in range(6):
        write('x-ray/%s/%d.png' % (k, i), png(SIDE, SIDE, 8, 2, noise(k + str(i), 0, 255, True)))
write('x-ray/a/c.png', png(SIDE, SIDE, 8, 2, noise(8)))
r, odd = looked('x-ray')
check(r.returncode == 0 and odd == {}, 'where most images have no color, that is usual', (r, odd))

deep = lambda bits, seed: b''.join(random.Random(seed + str(i)).randrange(1 << bits).to_bytes(2, 'big') for i in range(3 * SIDE))
folder('deep', x=png(SIDE, SIDE, 16, 2, deep(16, 'x')), y=png(SIDE, SIDE, 16, 2, deep(16, 'y')))
r, odd = looked('deep')
check(r.returncode == 3 and odd == {'16-bit samples, reduced to 8 bits': ['a/x.png', 'a/y.png']}, '16 bits', (r, odd))
folder('mixed', x=png(SIDE, SIDE, 16, 2, deep(16, 'x')), y=png(SIDE, SIDE, 16, 2, deep(12, 'y')))
r, odd = looked('mixed')
check(r.returncode == 3 and odd.get('files that use different numbers of bits: 12, 16') == ['a/x.png', 'a/y.png'] and
      odd.get('16-bit samples with 12-bit values, reduced to 8 bits') == ['a/y.png'], '16 and 12 bits', (r, odd))

cases = os.path.join(os.environ.get('LEUKO_SHARED', ''), 'cases', 'real-life', 'pictures')
if os.path.isdir(cases):
    folder('given')
    for f in os.listdir(cases):
        shutil.copy(os.path.join(cases, f), path('given/a', f))
    r, odd = looked('given')
    refused = {u['file']: u['why'] for u in json.load(open(path('given.json')))['unreadable']}
    check(set(refused) == {'a/five_channels.tif', 'a/three_pages_r_g_b.tif'} and 'five channels' in refused['a/five_channels.tif'] and
          'several gray pages of equal size (3)' in refused['a/three_pages_r_g_b.tif'], 'given images that are refused are named', refused)
    named = {f for files in odd.values() for f in files}
    check({'a/float_rgb_0_to_1.tif', 'a/float_gray_0_to_1.tif', 'a/rgb_uint32.tif', 'a/rgb_12_bits_in_16.tif'} <= named and
          not any('black' in o or 'one color' in o or 'white' in o for o in odd), 'the others are read and told of', odd)
else:
    print('# skipped: no folder of real cases')
done()

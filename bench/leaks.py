#!/usr/bin/env python3
"""usage: leaks.py LEUKO FOLDER [N]

How well `leuko check --audit` finds leaks between two splits. FOLDER has a folder per class. Its images become the
training split; of N images of it (default 40) copies of each kind, under random names, become the test split, and every
tenth image moves there instead. Prints the share found by kind, false alarms among the moved images, and the time.
Needs numpy and OpenCV."""
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import cv2
import numpy


def shifted(dx, dy, mode):
    def change(im):
        if mode == 'wrap':
            return numpy.roll(im, (dy, dx), (0, 1))
        border = cv2.BORDER_REPLICATE if mode == 'replicate' else cv2.BORDER_CONSTANT
        return cv2.warpAffine(im, numpy.float32([[1, 0, dx], [0, 1, dy]]), (im.shape[1], im.shape[0]), borderMode=border)
    return change


SAME = lambda im: im
# name: (changes, of which one is drawn for each image; ending; JPEG quality)
KINDS = {
    'copy': ([SAME], 'png', None),
    'mirrored': ([lambda im: im[:, ::-1], lambda im: im[::-1]], 'jpg', 95),
    'quarter turn': ([lambda im: numpy.rot90(im), lambda im: numpy.rot90(im, 3)], 'jpg', 95),
    'JPEG 50': ([SAME], 'jpg', 50),
    'half size': ([lambda im: cv2.resize(im, None, fx=.5, fy=.5, interpolation=cv2.INTER_AREA)], 'jpg', 90),
    'gray': ([lambda im: cv2.cvtColor(im, cv2.COLOR_BGR2GRAY)], 'png', None),
}
for mode in ('replicate', 'black', 'wrap'):
    KINDS['shifted 5 px, ' + mode] = ([shifted(dx, dy, mode) for dx in (-5, 0, 5) for dy in (-5, 0, 5) if dx or dy], 'jpg', 90)
KINDS['shifted 5 px, turned, JPEG 50'] = ([lambda im: numpy.rot90(shifted(5, -5, 'replicate')(im))], 'jpg', 50)


def main():
    leuko, folder = sys.argv[1:3]
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    draw = random.Random(14)
    images = [(k, f) for k in sorted(os.listdir(folder)) if os.path.isdir(os.path.join(folder, k))
              for f in sorted(os.listdir(os.path.join(folder, k)))]
    draw.shuffle(images)
    moved, kept = images[:len(images) // 10], images[len(images) // 10:]
    with tempfile.TemporaryDirectory() as folder_of_work:
        work = os.path.join(folder_of_work, 'cells')
        truth = {}
        for split, chosen in (('train', kept), ('test', moved)):
            for k, f in chosen:
                os.makedirs(os.path.join(work, split, k), exist_ok=True)
                shutil.copy(os.path.join(folder, k, f), os.path.join(work, split, k, f))
        for kind, (changes, ending, quality) in KINDS.items():
            for k, f in draw.sample(kept, min(n, len(kept))):
                name = 'test/%s/%012x.%s' % (k, draw.getrandbits(48), ending)
                im = draw.choice(changes)(cv2.imread(os.path.join(folder, k, f)))
                cv2.imwrite(os.path.join(work, name), im, [cv2.IMWRITE_JPEG_QUALITY, quality] if quality else [])
                truth[name] = (kind, 'train/%s/%s' % (k, f))
        report = os.path.join(folder_of_work, 'report.json')
        start = time.time()
        r = subprocess.run([leuko, 'check', work, '--audit', '--json', report, '--threads', '2'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if r.returncode not in (0, 3):
            sys.exit(r.stderr)
        wall, used = time.time() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        found, false = {}, []
        for leak in json.load(open(report))['leaks']:
            train, test = sorted(leak['files'], reverse=True)
            if test in truth and truth[test][1] == train:
                found[test] = True
            elif test not in truth:
                false.append(leak['files'])
    print('%d training and %d other images, %d planted copies; exit status %d' % (len(kept), len(moved), len(truth), r.returncode))
    for kind in KINDS:
        names = [f for f, (k, _) in truth.items() if k == kind]
        print('%-32s %d of %d found' % (kind, sum(f in found for f in names), len(names)))
    print('false alarms: %d of %d other images %s' % (len(false), len(moved), false[:3]))
    print('%.1f s wall, %.1f s of processor' % (wall, used.ru_utime + used.ru_stime))


main()

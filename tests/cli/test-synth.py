#!/usr/bin/env python3
"""The synthetic smear: the same seed draws the same bytes, and neither color nor size of the nucleus
separates blasts from lymphocytes in groups that were not trained on."""
import os

from harness import check, digest, done, path, run


SIDE = 96


def synth(out, *args):
    r = run('synth', out, *args)
    assert r.returncode == 0, r


def features(file, cv2, np):
    """Histograms of R, G, B, hue, saturation, value, and the area of the dark purple nucleus."""
    im = cv2.resize(cv2.imread(file), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(im, cv2.COLOR_BGR2HSV)
    out = []
    for source in (im, hsv):
        for c in range(3):
            out.append(cv2.calcHist([source], [c], None, [16], [0, 256]).ravel() / SIDE ** 2)
    green = im[:, :, 1]
    level, mask = cv2.threshold(green, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    out.append([mask.mean() / 255, (green < level - 20).mean(), level / 255])
    return np.concatenate(out).astype(np.float32)


small = ['--per-class', '4', '--groups', '2', '--size', '120', '--fields', '1',
         '--classes', 'blast,lymphocyte,neutrophil,monocyte,eosinophil']
synth('a', *small, '--threads', '1')
synth('b', *small, '--threads', '3')
synth('c', '--per-class', '1', '--size', '120', '--seed', '8')
check(digest('a') == digest('b'), 'one thread and three draw the same bytes')
check(None not in (digest('a/blast/P01_0000.jpg'), digest('c/blast/P01_0000.jpg')) and
      digest('a/blast/P01_0000.jpg') != digest('c/blast/P01_0000.jpg'), 'another seed draws another image')
truth = open(path('a', 'fields', 'P01_0000.csv')).read().strip().split('\n')
blasts = sum(line.endswith(',blast') for line in truth)
xyc = [x for x in open(path('a', 'fields', 'P01_0000.xyc')).read().split('\n') if x]
check(truth[0] == 'x,y,class' and len(truth) > 4 and len(xyc) == blasts,
      'a field has its ground truth, and as many blasts in .xyc', truth)
r = run('synth', 'a')
check(r.returncode == 1 and r.stderr.count('\n') == 1, 'a folder that is not empty is refused', r)
try:
    import cv2
    import numpy as np
except ImportError:
    check(True, 'color and size do not separate the classes # SKIP python3-opencv is absent')
else:
    synth('d', '--per-class', '180', '--groups', '12', '--size', str(SIDE))
    x, y, group = [], [], []
    for label, kind in enumerate(('blast', 'lymphocyte')):
        for f in sorted(os.listdir(path('d', kind))):
            x.append(features(path('d', kind, f), cv2, np))
            y.append(label)
            group.append(int(f[1:3]))
    x, y, group = np.array(x), np.array(y, np.int32), np.array(group)
    hits = {'forest': 0, 'linear': 0, 'neighbors': 0}
    for fold in range(3):
        test = group % 3 == fold
        mean, sd = x[~test].mean(0), x[~test].std(0) + 1e-6
        z = ((x - mean) / sd).astype(np.float32)
        forest = cv2.ml.RTrees_create()
        forest.setMaxDepth(12)
        forest.setTermCriteria((cv2.TERM_CRITERIA_MAX_ITER, 200, 0))
        forest.train(z[~test], cv2.ml.ROW_SAMPLE, y[~test])
        linear = cv2.ml.SVM_create()
        linear.setKernel(cv2.ml.SVM_LINEAR)
        linear.setC(0.01)
        linear.train(z[~test], cv2.ml.ROW_SAMPLE, y[~test])
        near = cv2.ml.KNearest_create()
        near.train(z[~test], cv2.ml.ROW_SAMPLE, y[~test])
        hits['forest'] += (forest.predict(z[test])[1].ravel() == y[test]).sum()
        hits['linear'] += (linear.predict(z[test])[1].ravel() == y[test]).sum()
        hits['neighbors'] += (near.findNearest(z[test], 9)[1].ravel() == y[test]).sum()
    for name, h in hits.items():
        accuracy = h / len(y)
        print('# %s on color histograms and nucleus area: accuracy %.3f on unseen groups' % (name, accuracy))
        check(accuracy < 0.65, '%s on color and size stays under 0.65' % name, accuracy)
done()

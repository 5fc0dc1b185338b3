#!/usr/bin/env python3
"""Compare heads on features of `leuko features`, by repeated cross-validation over groups. Needs numpy and scipy.

    bench/head-kinds.py turn IMAGES OUT VIEW          write the images of a folder turned: view 0 to 7 of image/views.h
    bench/head-kinds.py heads REGEX F.npy             logistic and discriminant heads, plain and square-root features
    bench/head-kinds.py views REGEX F0.npy F1.npy ... discriminant 0.3, mean of the first 1, 2, 4, 8 views or all as rows

REGEX: its first (part) in a file name is the group. F.csv lies beside F.npy.
"""
import csv
import os
import re
import sys

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

REPEATS, FOLDS = 3, 5


def load(path, regex):
    rows = list(csv.DictReader(open(path[:-4] + '.csv')))
    names = sorted({r['class'] for r in rows})
    groups = [re.search(regex, os.path.basename(r['file'])).group(1) for r in rows]
    return np.load(path).astype(float), np.array([names.index(r['class']) for r in rows]), np.array(groups)


def folds_of(y, groups, seed):
    """Whole groups, the largest first, each to the fold with the fewest rows of its classes."""
    rng, (units, unit_of) = np.random.default_rng(seed), np.unique(groups, return_inverse=True)
    counts = np.zeros((len(units), y.max() + 1))
    np.add.at(counts, (unit_of, y), 1)
    fold, rows = np.zeros(len(units), int), np.zeros((FOLDS, y.max() + 1))
    for u in sorted(range(len(units)), key=lambda u: (-counts[u].sum(), rng.random())):
        fold[u] = min(range(FOLDS), key=lambda f: (rows[f] @ counts[u], rows[f].sum()))
        rows[fold[u]] += counts[u]
    return fold[unit_of]


def discriminant(x, y, shrinkage):
    k, (n, c) = y.max() + 1, x.shape
    center = x.mean(0)
    means = np.array([x[y == i].mean(0) for i in range(k)]) - center
    r = x - center - means[y]
    cov = (1 - shrinkage) * r.T @ r / n + shrinkage * (r ** 2).sum() / n / c * np.eye(c)
    w = np.linalg.solve(cov, means.T).T
    b = np.log(np.bincount(y, minlength=k) / n) - 0.5 * (w * means).sum(1)
    return lambda t: (t - center) @ w.T + b


def logistic(x, y, share):
    """l2: `share` of a quarter of the largest eigenvalue of the standardized features."""
    k, mean, sd = y.max() + 1, x.mean(0), x.std(0)
    scale = np.where(sd > 1e-7 * abs(mean), 1 / np.maximum(sd, 1e-30), 0)
    z = (x - mean) * scale
    n, c = z.shape
    l2, one = share * 0.25 * np.linalg.norm(z, 2) ** 2, np.eye(k)[y]

    def loss(t):
        w, b = t[:k * c].reshape(k, c), t[k * c:]
        s = z @ w.T + b
        e = logsumexp(s, axis=1)
        d = np.exp(s - e[:, None]) - one
        return (e - s[np.arange(n), y]).sum() + l2 / 2 * (w ** 2).sum(), np.r_[(d.T @ z + l2 * w).ravel(), d.sum(0)]
    t = minimize(loss, np.zeros(k * (c + 1)), jac=True, method='L-BFGS-B', options={'maxiter': 500}).x
    return lambda q: (q - mean) * scale @ t[:k * c].reshape(k, c).T + t[k * c:]


def show(name, right, base, groups):
    """Mean accuracy, and the 95 % interval of its difference from `base` over groups."""
    units, unit_of = np.unique(groups, return_inverse=True)
    sums, sizes, rng = np.bincount(unit_of, right - base), np.bincount(unit_of), np.random.default_rng(0)
    draws = [rng.integers(0, len(units), len(units)) for _ in range(2000)]
    low, high = np.quantile([sums[d].sum() / sizes[d].sum() for d in draws], [.025, .975])
    print('%-40s %.4f  difference %+.4f (%+.4f to %+.4f)' % (name, right.mean(), (right - base).mean(), low, high))


def compare(y, groups, trials):
    """trials: name -> function of (training rows, test rows) that returns the logits of the test rows."""
    base = None
    for name, trial in trials.items():
        right = np.zeros(len(y))
        for seed in range(REPEATS):
            fold = folds_of(y, groups, seed)
            for f in range(FOLDS):
                train, test = fold != f, fold == f
                right[test] += (trial(train, test).argmax(1) == y[test]) / REPEATS
        base = right if base is None else base
        show(name, right, base, groups)


def heads(regex, path):
    x, y, groups = load(path, regex)
    trials = {}
    for s in (1e-2, 3e-3, 1e-3, 3e-4):
        trials['logistic, l2 share %g' % s] = lambda a, b, s=s: logistic(x[a], y[a], s)(x[b])
    for text, z in (('', x), ('square root, ', np.sqrt(np.maximum(x, 0)))):
        for s in (0.03, 0.1, 0.3, 0.6):
            trials['%sdiscriminant %g' % (text, s)] = lambda a, b, s=s, z=z: discriminant(z[a], y[a], s)(z[b])
    compare(y, groups, trials)


def views(regex, *paths):
    every = np.array([load(p, regex)[0] for p in paths])
    _, y, groups = load(paths[0], regex)
    trials, counts = {}, [n for n in (1, 2, 4, 8) if n <= len(paths)]
    for n in counts:
        for m in counts:
            trials['trained on mean of %d, used on mean of %d' % (n, m)] = lambda a, b, n=n, m=m: discriminant(
                every[:n].mean(0)[a], y[a], 0.3)(every[:m].mean(0)[b])
    for m in counts:
        trials['trained on %d rows each, used on mean of %d' % (len(paths), m)] = lambda a, b, m=m: discriminant(
            np.concatenate(every[:, a]), np.tile(y[a], len(paths)), 0.3)(every[:m].mean(0)[b])
    compare(y, groups, trials)


def turn(source, out, view):
    from PIL import Image
    turns = {1: Image.ROTATE_180, 2: Image.ROTATE_270, 3: Image.ROTATE_90}  # Pillow turns counterclockwise
    for folder, _, files in os.walk(source):
        for f in files:
            if os.path.splitext(f)[1].lower() not in ('.jpg', '.png', '.bmp'):
                continue
            image = Image.open(os.path.join(folder, f)).convert('RGB')
            image = image.transpose(turns[int(view) % 4]) if int(view) % 4 else image
            image = image.transpose(Image.FLIP_LEFT_RIGHT) if int(view) >= 4 else image
            to = os.path.join(out, os.path.relpath(folder, source))
            os.makedirs(to, exist_ok=True)
            image.save(os.path.join(to, os.path.splitext(f)[0] + '.png'))


if __name__ == '__main__':
    if len(sys.argv) < 4 or sys.argv[1] not in ('turn', 'heads', 'views'):
        sys.exit(__doc__)
    {'turn': turn, 'heads': heads, 'views': views}[sys.argv[1]](*sys.argv[2:])

#!/usr/bin/env python3
"""Compare heads on features of `leuko features`, by repeated cross-validation over groups. Needs numpy and scipy.

    bench/head-kinds.py turn IMAGES OUT VIEW          write the images of a folder turned: view 0 to 7 of image/views.h
    bench/head-kinds.py heads REGEX F.npy             logistic and discriminant heads, plain and square-root features
    bench/head-kinds.py views REGEX F0.npy F1.npy ... discriminant 0.3, mean of the first 1, 2, 4, 8 views, all as rows
    bench/head-kinds.py stain IMAGES OUT KIND REGEX   write the images with each group's stain normalized to the mean of
                                                      the set; KIND: reinhard (CIELAB) or macenko; REGEX
                                                      '(.*)': each image by itself
    bench/head-kinds.py other REGEX F.npy G.npy       discriminant 0.3 on G instead of F, or beside it, or as rows too;
                                                      G: another endpoint, or normalized images
    bench/head-kinds.py center REGEX F.npy            features minus the group's mean, instead or beside
    bench/head-kinds.py copies REGEX F.npy            training rows with noise or mixed, as rows too
    bench/head-kinds.py one REGEX F0.npy F1.npy ...   two classes, one with a single training group, the other with four

REGEX: its first (part) in a file name is the group. F.csv lies beside F.npy. Log-losses are of logits times the one
factor that suits the held-out rows best.
"""
import csv
import os
import re
import sys

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

REPEATS, FOLDS = 3, 5
XYZ = np.array([[.4124564, .3575761, .1804375], [.2126729, .7151522, .0721750], [.0193339, .1191920, .9503041]])  # sRGB


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
    means = np.array([x[y == i].mean(0) if (y == i).any() else center for i in range(k)]) - center
    r = x - center - means[y]
    cov = (1 - shrinkage) * r.T @ r / n + shrinkage * (r ** 2).sum() / n / c * np.eye(c)
    w = np.linalg.solve(cov, means.T).T
    b = np.log(np.maximum(np.bincount(y, minlength=k) / n, 1e-9)) - 0.5 * (w * means).sum(1)
    return lambda t: (t - center) @ w.T + b


def standardized(x, y, shrinkage):
    mean, sd = x.mean(0), np.maximum(x.std(0), 1e-30)
    scale = np.where(sd > 1e-7 * abs(mean), 1 / sd, 0)
    head = discriminant((x - mean) * scale, y, shrinkage)
    return lambda t: head((t - mean) * scale)


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


def interval(difference, groups):
    """The mean of differences, and its 95 % interval over groups."""
    units, unit_of = np.unique(groups, return_inverse=True)
    sums, sizes, rng = np.bincount(unit_of, difference), np.bincount(unit_of), np.random.default_rng(0)
    draws = [rng.integers(0, len(units), len(units)) for _ in range(2000)]
    low, high = np.quantile([sums[d].sum() / sizes[d].sum() for d in draws], [.025, .975])
    return '%+.4f (%+.4f to %+.4f)' % (difference.mean(), low, high)


def losses_of(logits, y):
    """The log-loss of each row, a mean over the repeats, with the best factor on all logits (repeats, n, K)."""
    def losses(log_factor):
        z = np.exp(log_factor) * logits
        return (logsumexp(z, axis=2) - z[:, np.arange(len(y)), y]).mean(0)
    return losses(minimize_scalar(lambda t: losses(t).mean(), bounds=(-5, 3), method='bounded').x)


def compare(y, groups, trials):
    """trials: name -> function of (training rows, test rows) that returns the logits of the test rows. With few groups
    each one is held out once."""
    base, units = None, np.unique(groups)
    divisions = [folds_of(y, groups, seed) for seed in range(REPEATS)]
    if len(units) < 20:
        divisions = [np.searchsorted(units, groups)]
    for name, trial in trials.items():
        logits = np.zeros((len(divisions), len(y), y.max() + 1))
        for z, fold in zip(logits, divisions):
            for f in range(fold.max() + 1):
                z[fold == f] = trial(fold != f, fold == f)
        figures = (logits.argmax(2) == y).mean(0), losses_of(logits, y)
        base = base or figures
        print('%-52s %.4f, difference %s; log-loss %.4f, difference %s' % (
            name, figures[0].mean(), interval(figures[0] - base[0], groups), figures[1].mean(),
            interval(figures[1] - base[1], groups)), flush=True)


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


def base_of(x, y):
    return {'discriminant 0.3': lambda a, b: discriminant(x[a], y[a], 0.3)(x[b])}


def scaled(*blocks):
    """Features side by side, each block with the same variance."""
    return np.concatenate([x / np.sqrt(x.var(0).sum()) for x in blocks], 1)


def other(regex, path, path_of_other):
    x, y, groups = load(path, regex)
    g = load(path_of_other, regex)[0]
    trials, two = base_of(x, y), np.array([x, g]) if x.shape == g.shape else None
    trials['the other instead'] = lambda a, b: discriminant(g[a], y[a], 0.3)(g[b])
    trials['both, side by side'] = lambda a, b, z=scaled(x, g): discriminant(z[a], y[a], 0.3)(z[b])
    if two is not None:
        trials['both as rows, used on the first'] = lambda a, b: discriminant(
            np.concatenate(two[:, a]), np.tile(y[a], 2), 0.3)(x[b])
        trials['both as rows, used on their mean'] = lambda a, b: discriminant(
            np.concatenate(two[:, a]), np.tile(y[a], 2), 0.3)(two.mean(0)[b])
    compare(y, groups, trials)


def center(regex, path):
    x, y, groups = load(path, regex)
    unit_of = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(unit_of)[unit_of]
    means = np.array([x[unit_of == u].mean(0) for u in range(unit_of.max() + 1)])[unit_of]
    trials = base_of(x, y)
    large = np.where(sizes[:, None] >= 10, means, x.mean(0))
    for text, z in (('groups', x - means), ('groups of 10 or more', x - large)):
        trials['centered, %s, instead' % text] = lambda a, b, z=z: discriminant(z[a], y[a], 0.3)(z[b])
        trials['centered, %s, beside' % text] = lambda a, b, z=scaled(x, z): discriminant(z[a], y[a], 0.3)(z[b])
    compare(y, groups, trials)


def noisy(x, y, rng):
    """Four copies of the rows, each with noise of half the covariance within the classes."""
    means = np.array([x[y == i].mean(0) if (y == i).any() else x.mean(0) for i in range(y.max() + 1)])
    noise = rng.standard_normal((4 * len(x), len(x))) @ (x - means[y]) * np.sqrt(0.5 / len(x))
    return np.concatenate([x, np.tile(x, (4, 1)) + noise]), np.tile(y, 5)


def mixed(x, y, rng):
    """Four copies of the rows, each mixed with a row of the same class by a share from Beta(0.4, 0.4)."""
    rows = [x]
    for _ in range(4):
        share = rng.beta(.4, .4, len(x))[:, None]
        rows.append(share * x + (1 - share) * x[[rng.choice(np.where(y == i)[0]) for i in y]])
    return np.concatenate(rows), np.tile(y, 5)


def copies(regex, path):
    x, y, groups = load(path, regex)
    trials = base_of(x, y)
    for name, make in (('noise within classes', noisy), ('mixed within classes', mixed)):
        trials['discriminant, ' + name] = lambda a, b, make=make: discriminant(
            *make(x[a], y[a], np.random.default_rng(a.sum())), 0.3)(x[b])
        trials['logistic, l2 share 0.01, ' + name] = lambda a, b, make=make: logistic(
            *make(x[a], y[a], np.random.default_rng(a.sum())), 1e-2)(x[b])
    trials['logistic, l2 share 0.01'] = lambda a, b: logistic(x[a], y[a], 1e-2)(x[b])
    compare(y, groups, trials)


def strong(x, y):
    """As `train` where a class has one group: the strongest regularization."""
    return logistic(x, y, 1.0)


def one(regex, *paths):
    """Mean AUC on unseen groups over tasks of two classes, drawn at random."""
    every = np.array([load(p, regex)[0] for p in paths])
    _, y, groups = load(paths[0], regex)
    rng, x, mean, n = np.random.default_rng(1), every[0], every.mean(0), len(paths)
    trials = {'logistic, strongest': lambda a, t, b: strong(x[a], t)(x[b]),
              'logistic, a tenth': lambda a, t, b: logistic(x[a], t, 0.1)(x[b]),
              'logistic, mean of all views': lambda a, t, b: strong(mean[a], t)(mean[b]),
              'logistic, all views as rows': lambda a, t, b: strong(np.concatenate(every[:, a]), np.tile(t, n))(x[b]),
              'discriminant 0.3': lambda a, t, b: discriminant(x[a], t, 0.3)(x[b]),
              'discriminant 0.9': lambda a, t, b: discriminant(x[a], t, 0.9)(x[b]),
              'discriminant 0.99': lambda a, t, b: discriminant(x[a], t, 0.99)(x[b])}
    for shrinkage in (0.3, 0.6, 0.9, 0.97):
        trials['discriminant %g, standardized' % shrinkage] = lambda a, t, b, s=shrinkage: standardized(x[a], t, s)(x[b])
    trials['discriminant 0.9, standardized, all views as rows'] = lambda a, t, b: standardized(
        np.concatenate(every[:, a]), np.tile(t, n), 0.9)(x[b])
    areas = {name: [] for name in trials}
    pairs = []
    for first in range(y.max() + 1):
        for second in range(y.max() + 1):
            for _ in range(3 if first != second else 0):
                units, sizes = np.unique(groups[y == first], return_counts=True)
                alone = rng.choice(units[sizes > 2])
                others = [u for u in np.unique(groups[y == second]) if u != alone]
                some = rng.choice(others, min(4, len(others) - 1), replace=False)
                train = ((groups == alone) & (y == first)) | (np.isin(groups, some) & (y == second))
                test = ((y == first) | (y == second)) & (groups != alone) & ~np.isin(groups, some)
                is_second = y[test] == second
                if is_second.all() or not is_second.any():
                    continue
                pairs.append('%d %d' % (first, second))
                for name, trial in trials.items():
                    z = trial(train, (y[train] == second).astype(int), test)
                    z = z[:, 1] - z[:, 0]
                    d = z[is_second][:, None] - z[~is_second]
                    areas[name].append(((d > 0) + 0.5 * (d == 0)).mean())
    for name in trials:
        a, first = np.array(areas[name]), np.array(areas['logistic, strongest'])
        print('%-52s AUC %.4f, difference %s' % (name, a.mean(), interval(a - first, np.array(pairs))))


def to_lab(rgb):
    """(n, 3) sRGB bytes to CIELAB."""
    v = rgb / 255
    v = np.where(v > .04045, ((v + .055) / 1.055) ** 2.4, v / 12.92) @ XYZ.T / XYZ.sum(1)
    f = np.where(v > 216 / 24389, np.cbrt(v), (24389 / 27 * v + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


def from_lab(lab):
    y = (lab[:, 0] + 16) / 116
    f = np.stack([y + lab[:, 1] / 500, y, y - lab[:, 2] / 200], 1)
    v = np.clip(np.where(f > 6 / 29, f ** 3, (116 * f - 16) * 27 / 24389) * XYZ.sum(1) @ np.linalg.inv(XYZ).T, 0, 1)
    return 255 * np.where(v > .0031308, 1.055 * v ** (1 / 2.4) - .055, 12.92 * v)


def densities(rgb):
    return -np.log((rgb + 1) / 256)


def macenko(rgb):
    """The two stains (2, 3) and the 99th percentile of their concentrations, as src/image/stain.h."""
    d = densities(rgb[(rgb >= 8).any(1)])
    d = d[d.min(1) >= .15]
    plane = np.linalg.eigh(np.cov(d.T))[1][:, :0:-1].T
    along = d.sum(0) @ plane.T
    forward, aside = along @ plane, np.array([-along[1], along[0]]) @ plane
    low, high = np.percentile(np.arctan2(d @ aside, d @ forward), [1, 99])
    axes = [np.cos(t) * forward + np.sin(t) * aside for t in (low, high)]
    axes = np.array(sorted([a / np.linalg.norm(a) for a in axes], key=lambda a: -a[0]))
    return axes, np.percentile(np.linalg.lstsq(axes.T, d.T, rcond=None)[0], 99, axis=1)


def third(axes):
    normal = np.cross(axes[0], axes[1])
    return np.vstack([axes, normal / np.linalg.norm(normal)])


def images_of(folder):
    """Path and (H, W, 3) bytes of each image."""
    from PIL import Image
    for at, _, files in os.walk(folder):
        for f in sorted(files):
            if os.path.splitext(f)[1].lower() in ('.jpg', '.png', '.bmp'):
                yield os.path.join(at, f), np.asarray(Image.open(os.path.join(at, f)).convert('RGB'))


def stain(source, out, kind, regex):
    from PIL import Image
    samples, measure = {}, macenko if kind == 'macenko' else lambda p: (to_lab(p).mean(0), to_lab(p).std(0))
    for path, image in images_of(source):
        samples.setdefault(re.search(regex, os.path.basename(path)).group(1), []).append(
            image.reshape(-1, 3)[::max(1, image.size // 12288)])
    own = {g: measure(np.concatenate(p).astype(float)) for g, p in samples.items()}
    target = [np.mean([m[i] for m in own.values()], 0) for i in (0, 1)]
    if kind == 'macenko':
        target = macenko(np.concatenate([p for parts in samples.values() for p in parts]).astype(float))
    for path, image in images_of(source):
        p, (a, b) = image.reshape(-1, 3).astype(float), own[re.search(regex, os.path.basename(path)).group(1)]
        if kind == 'macenko':
            amounts = densities(p) @ np.linalg.inv(third(a)) * np.r_[target[1] / b, 1]
            p = 256 * np.exp(-amounts @ third(target[0])) - 1
        else:
            p = from_lab((to_lab(p) - a) / np.maximum(b, 1e-6) * target[1] + target[0])
        to = os.path.join(out, os.path.relpath(os.path.splitext(path)[0], source) + '.png')
        os.makedirs(os.path.dirname(to), exist_ok=True)
        Image.fromarray(np.clip(np.rint(p), 0, 255).astype(np.uint8).reshape(image.shape)).save(to, compress_level=1)


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


COMMANDS = {'turn': turn, 'heads': heads, 'views': views, 'stain': stain, 'other': other, 'center': center,
            'copies': copies, 'one': one}

if __name__ == '__main__':
    if len(sys.argv) < 4 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]](*sys.argv[2:])

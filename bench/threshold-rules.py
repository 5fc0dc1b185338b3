#!/usr/bin/env python3
"""Compare rules that choose a decision threshold from few patients, by simulation.

    bench/threshold-rules.py [STUDIES]

Each study draws patients of one class each, with a random effect, 5, 10 or 30 images of each, and scores whose
calibration is off by a slope and a shift. A rule sees the scores; its loss is the balanced accuracy on new patients
against the best possible threshold. Prints the mean loss in percent, by number of patients and share of positive ones.

  0.5            0.5 for every study
  share          the share of positive images
  best           the threshold with the largest balanced accuracy on the images
  mean           mean over resamples of the patients, on the scale of log-odds
  shrunk to 0.5  ... shrunk towards 0.5 as stats/threshold.h describes
  leuko          ... shrunk towards the share of positive images
"""
import sys
from math import erf

import numpy as np

DRAWS = 60
rng = np.random.default_rng(5)
Phi = np.vectorize(lambda x: 0.5 * (1 + erf(x / 2 ** 0.5)))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def logit(p):
    return np.log(p / (1 - p))


def best(z, y, weights, nearest):
    """The best threshold of weighted images; among equal ones, the nearest to `nearest`; log-odds."""
    order = np.argsort(z)
    score, hit, w = sigmoid(z[order]), y[order], weights[order]
    positives, negatives = (w * hit).sum(), (w * (1 - hit)).sum()
    right = positives - np.concatenate([[0], np.cumsum(w * hit)])
    other = np.concatenate([[0], np.cumsum(w * (1 - hit))])
    value = right / positives + other / negatives
    low, high = np.concatenate([[0], score]), np.concatenate([score, [1]])
    t = np.clip(sigmoid(nearest), low + 0.25 * (high - low), high - 0.25 * (high - low))
    value[high <= low] = -1
    equal = t[value > value.max() - 1e-12]
    return logit(np.clip(equal[np.argmin(abs(equal - sigmoid(nearest)))], 1e-9, 1 - 1e-9))


def study(patients, share):
    distance, spread = rng.choice([2.0, 3.0, 4.0]), rng.choice([0.3, 0.7, 1.2])
    shift, slope = rng.normal(0, rng.choice([0.3, 1.0])), np.exp(rng.normal(0, 0.3))
    images = int(rng.choice([5, 10, 30]))
    n_positive = max(1, round(patients * share))
    label = np.arange(patients) < n_positive
    raw = np.repeat(np.where(label, distance, -distance) / 2 + rng.normal(0, spread, patients), images)
    raw += rng.normal(size=len(raw))
    y = np.repeat(label, images).astype(float)
    variance, prior = spread ** 2 + 1, logit(y.mean())
    z = slope * (distance * raw / variance + prior) + shift

    def accuracy(t):
        at = ((t - shift) / slope - prior) * variance / distance
        return 0.5 * (1 - Phi((at - distance / 2) / variance ** 0.5) + Phi((at + distance / 2) / variance ** 0.5))

    def shrunk(center):
        t = []
        for _ in range(DRAWS):
            weights = np.zeros(patients)
            for k in (False, True):
                members = np.flatnonzero(label == k)
                np.add.at(weights, rng.choice(members, len(members)), 1)
            t.append(best(z, y, np.repeat(weights, images), center))
        noise = np.var(t, ddof=1) + 1 / min(n_positive, patients - n_positive)
        return np.mean(t), center + (np.mean(t) - center) / (1 + noise)

    mean, leuko = shrunk(prior)
    chosen = {'0.5': 0.0, 'share': prior, 'best': best(z, y, np.ones(len(z)), prior), 'mean': mean,
              'shrunk to 0.5': shrunk(0.0)[1], 'leuko': leuko}
    top = accuracy(np.linspace(-6, 6, 601)).max()
    return {name: float(top - accuracy(t)) for name, t in chosen.items()}


def main():
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for share in (0.5, 0.2):
        for patients in (4, 8, 12, 20, 40, 100):
            losses = [study(patients, share) for _ in range(studies)]
            print('%3d patients, %d %% positive: ' % (patients, 100 * share) +
                  ', '.join('%s %.2f' % (name, 100 * np.mean([x[name] for x in losses])) for name in losses[0]), flush=True)


main()

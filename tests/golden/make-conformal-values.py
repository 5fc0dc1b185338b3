#!/usr/bin/env python3
"""Make conformal-values.json: class-conditional conformal quantiles and p-values of 20 small data sets.

    pip install numpy mapie crepes
    tests/golden/make-conformal-values.py > tests/golden/conformal-values.json

quantile  per class, MAPIE's split-conformal quantile of the scores of that class; null: MAPIE has none
p         per class, the p-values of `probes` among the scores of that class: crepes, Mondrian
          categories by class, without smoothing
pooled    per class, the quantile with groups: each score weighs 1 / (images of its group), the weight
          of one more group lies at infinity (Lee, Barber, Willett 2023), by fractions; null: infinity
Run once with MAPIE 1.6.0, crepes 0.9.1, NumPy 2.4.6; the output is kept.
"""
import fractions
import json
import math
import sys

import numpy as np
from crepes import ConformalClassifier
from mapie.utils import _compute_classification_quantile

rng = np.random.default_rng(414)


def mapie(scores, miss):
    n = len(scores)
    if math.ceil((n + 1) * (1 - fractions.Fraction(str(miss)))) > n:
        return None
    return float(_compute_classification_quantile(scores.reshape(-1, 1), np.array([miss]))[0])


def pooled(scores, groups, miss):
    names = sorted(set(groups.tolist()))
    size = {g: int((groups == g).sum()) for g in names}
    need = (1 - fractions.Fraction(str(miss))) * (len(names) + 1)
    total = fractions.Fraction(0)
    for i in np.argsort(scores, kind="stable"):
        total += fractions.Fraction(1, size[int(groups[i])])
        if total >= need:
            return float(scores[i])
    return None


def data_sets():
    for n, miss in ((1, 0.1), (2, 0.5), (9, 0.1), (10, 0.1), (18, 0.05), (19, 0.05), (20, 0.05), (99, 0.01),
                    (100, 0.01), (500, 0.2)):
        yield f"normal {n}", miss, rng.normal(size=n), np.zeros(n, int), rng.integers(0, max(n // 4, 1), n)
    yield "ties", 0.1, np.round(rng.normal(size=60)), np.zeros(60, int), rng.integers(0, 30, 60)
    yield "all equal", 0.1, np.full(30, 0.25), np.zeros(30, int), np.arange(30)
    yield "two classes", 0.05, rng.normal(size=200), rng.integers(0, 2, 200), rng.integers(0, 50, 200)
    yield "a class absent", 0.1, rng.normal(size=40), np.where(np.arange(40) < 40, 1, 0), rng.integers(0, 20, 40)
    yield "eight classes", 0.2, rng.normal(size=400), rng.integers(0, 8, 400), rng.integers(0, 40, 400)
    yield "one group", 0.1, rng.normal(size=50), np.zeros(50, int), np.zeros(50, int)
    yield "a large group", 0.1, rng.normal(size=120), np.zeros(120, int), np.where(np.arange(120) < 80, 0, np.arange(120))
    yield "groups of two", 0.05, rng.normal(size=80), np.zeros(80, int), np.arange(80) // 2
    yield "negative", 0.25, -rng.exponential(size=33), np.zeros(33, int), rng.integers(0, 11, 33)
    yield "large", 0.1, rng.normal(size=70) * 1e6, np.zeros(70, int), rng.integers(0, 35, 70)


def main():
    out = []
    for name, miss, scores, labels, groups in data_sets():
        scores = np.round(scores, 6)
        classes = []
        for k in range(labels.max() + 1):
            own, his = scores[labels == k], groups[labels == k]
            if len(own) == 0:
                classes.append({"quantile": None, "pooled": None, "probes": [], "p": []})
                continue
            probes = np.round(np.concatenate([own[:5], rng.normal(size=5)]), 6)
            c = ConformalClassifier().fit(scores, bins=labels)
            p = c.predict_p(probes.reshape(-1, 1), bins=np.full(len(probes), k), smoothing=False)
            classes.append({"quantile": mapie(own, miss), "pooled": pooled(own, his, miss),
                            "probes": probes.tolist(), "p": p[:, 0].tolist()})
        out.append({"name": name, "miss": miss, "scores": scores.tolist(), "labels": labels.tolist(),
                    "groups": groups.tolist(), "classes": classes})
    json.dump(out, sys.stdout)
    print()


main()

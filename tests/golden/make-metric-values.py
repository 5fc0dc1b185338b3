#!/usr/bin/env python3
"""Make metric-values.json: figures, intervals and tests of 20 small data sets by other programs.

    pip install numpy scipy scikit-learn statsmodels; apt-get install r-cran-proc
    tests/golden/make-metric-values.py > tests/golden/metric-values.json

figures      scikit-learn, each image one record
wilson       statsmodels.stats.proportion.proportion_confint(method='wilson') of each recall and of
             the accuracy
auc_var      DeLong's variance of the AUC, pROC::var
paired       pROC::roc.test(paired=TRUE, method='delong'), statsmodels mcnemar(exact=True)
calibration  scikit-learn's calibration_curve (equal width: strategy='uniform'; equal mass: the bins
             of np.quantile, compared with strategy='quantile'), IsotonicRegression of the labels on
             the probabilities of class 1, SciPy's brentq for the temperature, and the terms of
             Stephenson et al. 2008 (Weather and Forecasting 23, 752) written out
cluster_var  Obuchowski's covariance matrix of the two AUCs, written out pair by pair below from the
             paper's equations (1997, Biometrics 53, 567)
Run once with scikit-learn 1.9.1, SciPy 1.17.1, statsmodels 0.15.0, pROC 1.18.0; the output is kept.
"""
import json
import math
import subprocess
import sys
import warnings

import numpy as np
import sklearn.metrics as m
from scipy.optimize import brentq
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

warnings.filterwarnings("ignore")
rng = np.random.default_rng(14)


def rows(scores):
    """Probabilities that sum to 1 exactly as read from decimal text."""
    p = np.round(scores / scores.sum(axis=1, keepdims=True), 4)
    p[:, -1] = np.round(1 - p[:, :-1].sum(axis=1), 4)
    return np.clip(p, 0, 1)


def two(y, s):
    s = np.round(np.clip(s, 0, 1), 4)
    return np.array(y), np.stack([np.round(1 - s, 4), s], axis=1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def many(k, n, spread, labels=None):
    y = rng.integers(0, k, n) if labels is None else labels
    z = rng.normal(size=(n, k))
    z[np.arange(n), y] += spread
    return y, rows(np.exp(z))


def data_sets():
    y = rng.integers(0, 2, 60)
    yield "two classes", two(y, sigmoid(rng.normal(size=60) + 1.5 * (2 * y - 1)))
    yield "ties", two(y, np.round(sigmoid(rng.normal(size=60) + y - 0.5), 1))
    yield "chance", two(y, rng.random(60))
    yield "worse than chance", two(y, sigmoid(rng.normal(size=60) - 2 * (2 * y - 1)))
    yield "perfect separation", two(y, np.where(y == 1, 0.9, 0.2) + rng.random(60) * 0.1)
    yield "perfectly wrong", two(y, np.where(y == 0, 0.9, 0.2) + rng.random(60) * 0.1)
    yield "one score for all", two(y, np.full(60, 0.7))
    yield "hard answers", two(y, np.where(rng.random(60) < 0.8, y, 1 - y).astype(float))
    rare = (np.arange(60) < 3).astype(int)
    yield "three positives", two(rare, sigmoid(rng.normal(size=60) + 3 * rare - 2))
    one = (np.arange(30) < 1).astype(int)
    yield "one positive", two(one, sigmoid(rng.normal(size=30) + 2 * one))
    yield "no positive", two(np.zeros(20, int), rng.random(20))
    yield "no negative", two(np.ones(20, int), rng.random(20))
    yield "one image, right", two([1], np.array([0.8]))
    yield "one image, wrong", two([1], np.array([0.3]))
    yield "one of each", two([0, 1], np.array([0.4, 0.6]))
    yield "never predicted", two(y, 0.4 * rng.random(60))
    yield "three classes", many(3, 60, 1.5)
    yield "five classes", many(5, 50, 1.0)
    yield "eight classes", many(8, 60, 3.0)
    yield "a class absent", many(4, 40, 1.0, rng.integers(0, 3, 40))


def finite(x):
    return float(x) if x is not None and math.isfinite(x) else None


def figures(y, p):
    k = p.shape[1]
    decided = (p[:, 1] >= 0.5).astype(int) if k == 2 else p.argmax(axis=1)
    labels = list(range(k))
    recall = m.recall_score(y, decided, labels=labels, average=None, zero_division=np.nan)
    precision = m.precision_score(y, decided, labels=labels, average=None, zero_division=np.nan)
    f1 = m.f1_score(y, decided, labels=labels, average=None, zero_division=np.nan)
    present = all((y == c).any() for c in labels)
    predicted = len(set(decided.tolist())) > 1
    auc = [m.roc_auc_score(y == c, p[:, c]) if 0 < (y == c).sum() < len(y) else None
           for c in labels]
    return {
        "accuracy": m.accuracy_score(y, decided),
        "balanced_accuracy": finite(np.mean(recall)),
        "macro_f1": finite(np.mean(f1)),
        "micro_f1": m.f1_score(y, decided, labels=labels, average="micro"),
        "mcc": m.matthews_corrcoef(y, decided) if len(set(y.tolist())) > 1 and predicted else None,
        "kappa": finite(m.cohen_kappa_score(y, decided, labels=labels)),
        "auc": float(np.mean(auc)) if present else None,
        "auc_hand_till": m.roc_auc_score(y, p, multi_class="ovo", average="macro", labels=labels)
        if k > 2 and present else None,
        "average_precision": m.average_precision_score(y, p[:, 1]) if k == 2 and y.any() else None,
        "brier": float(np.mean(((p - np.eye(k)[y]) ** 2).sum(axis=1)) / (2 if k == 2 else 1)),
        "log_loss": m.log_loss(y, p, labels=labels),
        "recall": [finite(v) for v in recall], "precision": [finite(v) for v in precision],
        "f1": [finite(v) for v in f1], "class_auc": [None if v is None else float(v) for v in auc],
    }, decided


def wilson(y, decided, k):
    def one(hits, n):
        return [float(v) for v in proportion_confint(hits, n, method="wilson")] if n else None
    hit = y == decided
    return {"accuracy": one(hit.sum(), len(y)),
            "recall": [one(hit[y == c].sum(), (y == c).sum()) for c in range(k)]}


BINS = 15


def event(y, p):
    """The event of the reliability diagram: class 1 of two, else that the largest is right."""
    return (y == 1, p[:, 1]) if p.shape[1] == 2 else (p.argmax(axis=1) == y, p.max(axis=1))


def binned(hits, p, edges):
    bin_of = np.searchsorted(edges[1:-1], p)
    rows = [(int((bin_of == b).sum()), float(p[bin_of == b].mean()), float(hits[bin_of == b].mean()))
            for b in range(BINS) if (bin_of == b).any()]
    gaps = [abs(mean - observed) for _, mean, observed in rows]
    return {"rows": rows, "ece": sum(r[0] * g for r, g in zip(rows, gaps)) / len(p), "mce": max(gaps)}


def brier_parts(y, p):
    """reliability, resolution, uncertainty, within-bin variance and covariance, summed over the
    classes (class 1 of two)."""
    out = np.zeros(5)
    for k in [1] if p.shape[1] == 2 else range(p.shape[1]):
        f, o = p[:, k], (y == k).astype(float)
        bin_of = np.searchsorted(np.arange(1, BINS) / BINS, f)
        rel = res = wbv = wbc = 0.0
        for b in set(bin_of.tolist()):
            fk, ok = f[bin_of == b], o[bin_of == b]
            rel += len(fk) * (fk.mean() - ok.mean()) ** 2
            res += len(fk) * (ok.mean() - o.mean()) ** 2
            wbv += ((fk - fk.mean()) ** 2).sum()
            wbc += 2 * ((fk - fk.mean()) * (ok - ok.mean())).sum()
        n = len(f)
        out += np.array([rel / n, res / n, o.mean() * (1 - o.mean()), wbv / n, wbc / n])
        whole = rel / n - res / n + o.mean() * (1 - o.mean()) + wbv / n - wbc / n
        assert abs(whole - ((f - o) ** 2).mean()) < 1e-12
    return out.tolist()


def temperature(y, logits):
    """The root of the derivative, by the inverse temperature s = exp(u), of
    n * (mean log-loss) + u^2 / 2."""
    def slope(u):
        z = np.exp(u) * logits
        soft = np.exp(z - z.max(axis=1, keepdims=True))
        soft /= soft.sum(axis=1, keepdims=True)
        return ((soft * z).sum(axis=1) - z[np.arange(len(y)), y]).sum() + u

    def value(u):
        z = np.exp(u) * logits
        top = z.max(axis=1)
        return (top + np.log(np.exp(z - top[:, None]).sum(axis=1)) -
                z[np.arange(len(y)), y]).sum() + u * u / 2
    grid = np.linspace(-math.log(100), math.log(100), 4001)
    best = int(np.argmin([value(u) for u in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    if slope(low) >= 0 or slope(high) <= 0:  # at an end of the range
        return float(math.exp(-grid[best]))
    return float(math.exp(-brentq(slope, low, high, xtol=1e-15, rtol=1e-15)))


def calibration(y, p):
    hits, score = event(y, p)
    n = len(score)
    quantiles = [np.sort(score)[(n - 1) * b // BINS] * (1 - (n - 1) * b % BINS / BINS) +
                 np.sort(score)[min((n - 1) * b // BINS + 1, n - 1)] * ((n - 1) * b % BINS / BINS)
                 for b in range(BINS + 1)]
    width = binned(hits, score, np.arange(BINS + 1) / BINS)
    mass = binned(hits, score, np.array(quantiles))
    true, predicted = calibration_curve(hits, score, n_bins=BINS, strategy="uniform")
    assert np.allclose(true, [r[2] for r in width["rows"]], atol=1e-12)
    assert np.allclose(predicted, [r[1] for r in width["rows"]], atol=1e-12)
    true, predicted = calibration_curve(hits, score, n_bins=BINS, strategy="quantile")
    if len(true) != len(mass["rows"]) or not np.allclose(true, [r[2] for r in mass["rows"]]):
        print("rounding of a quantile differs from scikit-learn's", file=sys.stderr)
    logits = np.float32(np.log(np.clip(p, 1e-6, 1)))
    out = {"equal_width": width, "equal_mass": mass, "brier": brier_parts(y, p),
           "temperature": temperature(y, logits.astype(float)), "logits": logits.tolist()}
    if p.shape[1] == 2:
        out["isotonic"] = IsotonicRegression().fit(p[:, 1], y).predict(p[:, 1]).tolist()
    return out


def r_values(y, a, b):
    """AUC variances and the paired test by pROC."""
    text = ",".join
    code = """library(pROC); y<-c(%s); a<-c(%s); b<-c(%s)
    A<-roc(y,a,levels=c(0,1),direction='<',quiet=TRUE); B<-roc(y,b,levels=c(0,1),direction='<',quiet=TRUE)
    t<-tryCatch(roc.test(A,B,paired=TRUE,method='delong')$p.value,error=function(e) NA)
    cat(sprintf('%%.17g', c(var(A),var(B),cov(A,B),t)))""" % (
        text(map(str, y)), text(map(repr, a.tolist())), text(map(repr, b.tolist())))
    out = subprocess.run(["Rscript", "-e", code], check=True, capture_output=True, text=True).stdout
    return [finite(float(v)) if v not in ("NA", "NaN") else None for v in out.split()]


def obuchowski(y, scores, unit):
    pos, neg = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    units = sorted(set(unit))
    with_pos = sum(any(y[i] == 1 for i in np.flatnonzero(unit == u)) for u in units)
    with_neg = sum(any(y[i] == 0 for i in np.flatnonzero(unit == u)) for u in units)
    v10, v01, area = [], [], []
    for s in scores:
        psi = np.array([[1.0 if s[i] > s[j] else 0.5 if s[i] == s[j] else 0.0 for j in neg]
                        for i in pos])
        area.append(psi.mean())
        v10.append(np.array([sum(psi[a].mean() - area[-1] for a, i in enumerate(pos)
                                 if unit[i] == u) for u in units]))
        v01.append(np.array([sum(psi[:, b].mean() - area[-1] for b, j in enumerate(neg)
                                 if unit[j] == u) for u in units]))
    m_, n_, g = len(pos), len(neg), len(units)
    cov = [[0.0, 0.0], [0.0, 0.0]]
    for r in range(2):
        for s in range(2):
            s10 = with_pos / ((with_pos - 1) * m_) * (v10[r] * v10[s]).sum()
            s01 = with_neg / ((with_neg - 1) * n_) * (v01[r] * v01[s]).sum()
            s11 = g / (g - 1) * (v10[r] * v01[s]).sum()
            t11 = g / (g - 1) * (v10[s] * v01[r]).sum()
            cov[r][s] = float(s10 / m_ + s01 / n_ + (s11 + t11) / (m_ * n_))
    return cov


def main():
    out = []
    for name, (y, p) in data_sets():
        k = p.shape[1]
        values, decided = figures(y, p)
        row = {"name": name, "labels": y.tolist(), "p": p.tolist(), "figures": values,
               "wilson": wilson(y, decided, k), "calibration": calibration(y, p)}
        if k == 2 and 1 < y.sum() < len(y) - 1:
            other = np.round(np.clip(0.6 * p[:, 1] + 0.4 * rng.random(len(y)), 0, 1), 4)
            second = (other >= 0.5).astype(int)
            hit, hit2 = decided == y, second == y
            table = [[int((hit & hit2).sum()), int((hit & ~hit2).sum())],
                     [int((~hit & hit2).sum()), int((~hit & ~hit2).sum())]]
            var_a, var_b, cov, test = r_values(y, p[:, 1], other)
            unit = rng.integers(0, 15, len(y))
            row["auc_var"] = var_a
            row["paired"] = {"scores": other.tolist(), "var": var_b, "cov": cov, "delong_p": test,
                             "counts": table, "mcnemar_p": float(mcnemar(table, exact=True).pvalue)}
            row["cluster"] = {"unit": unit.tolist(),
                              "cov": obuchowski(y, [p[:, 1], other], unit)}
        out.append(row)
    json.dump(out, sys.stdout, separators=(",", ":"))
    print()


main()

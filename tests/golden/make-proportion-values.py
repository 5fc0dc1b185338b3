#!/usr/bin/env python3
"""Writes proportion-values.json for test-proportion: intervals of proportions over groups.

usage: make-proportion-values.py > proportion-values.json

Needs numpy, SciPy, and R with the package survey (Debian: r-cran-survey). svyciprop(method="beta")
gives the bounds; svydesign has the groups as clusters in strata. Where its effective number of images
is above the number of images, the bounds are SciPy's at the number of images.
"""
import json
import subprocess
import sys

import numpy as np
from scipy import stats

rng = np.random.default_rng(7)


def design(name, sizes, shares, strata, drop=()):
    """One group an entry: images that count, the share of successes among them, its stratum."""
    hits = [int(rng.binomial(n, p)) for n, p in zip(sizes, shares)]
    counts = [0 if i in drop else int(n) for i, n in enumerate(sizes)]
    hits = [0 if n == 0 else h for h, n in zip(hits, counts)]
    return {"name": name, "strata": [int(s) for s in strata], "hits": hits, "counts": counts}


def designs():
    beta = lambda p, icc, n: rng.beta(p * (1 / icc - 1), (1 - p) * (1 / icc - 1), n)
    yield design("ten groups", [20] * 10, beta(0.8, 0.2, 10), [0] * 10)
    yield design("unequal sizes", rng.integers(1, 60, 25), beta(0.9, 0.3, 25), [0] * 25)
    yield design("two strata", [20] * 30, beta(0.85, 0.4, 30), [i % 2 for i in range(30)])
    yield design("three strata", rng.integers(5, 30, 24), beta(0.6, 0.1, 24), [i % 3 for i in range(24)])
    yield design("groups that say nothing", [15] * 20, beta(0.7, 0.3, 20), [0] * 20, drop=(3, 4, 11))
    yield design("a stratum that says nothing", [12] * 20, beta(0.7, 0.3, 20),
                 [i % 2 for i in range(20)], drop=range(1, 20, 2))
    yield design("near one", [40] * 12, [0.99] * 12, [0] * 12)
    yield design("near zero", [40] * 12, [0.03] * 12, [0] * 12)
    yield design("single images", [1] * 40, [0.8] * 40, [0] * 40)
    yield design("groups of one answer", [10] * 14, [1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1], [0] * 14)


def bounds(d):
    text = lambda v: ",".join(map(str, v))
    code = """suppressMessages(library(survey)); options(survey.lonely.psu='fail')
    s<-c(%s); h<-c(%s); n<-c(%s); m<-pmax(n,1); g<-rep(seq_along(n),m)
    rows<-data.frame(g=g, s=rep(s,m), y=unlist(mapply(function(h,m) c(rep(1,h),rep(0,m-h)),h,m,SIMPLIFY=FALSE)),
                     use=rep(n>0,m))
    d<-subset(svydesign(ids=~g,strata=~s,weights=~1,data=rows,nest=TRUE),use)
    q<-svymean(~y,d); p<-coef(q)[[1]]; v<-vcov(q)[[1]]
    ci<-confint(svyciprop(~y,d,method='beta'))
    f<-(qt(.025,nrow(d)-1)/qt(.025,degf(d)))^2
    cat(sprintf('%%.17g', c(p,v,p*(1-p)/v*f,ci)))""" % (text(d["strata"]), text(d["hits"]), text(d["counts"]))
    out = subprocess.run(["Rscript", "-e", code], check=True, capture_output=True, text=True).stdout
    p, v, n, low, high = map(float, out.split())
    images = sum(d["counts"])
    if n > images:
        low = float(stats.beta.ppf(0.025, images * p, images * (1 - p) + 1))
        high = float(stats.beta.ppf(0.975, images * p + 1, images * (1 - p)))
    return {"low": low, "high": high}


def main():
    rows = [{**d, **bounds(d)} for d in designs()]
    print("[", ",\n".join(json.dumps(r) for r in rows), "]", sep="\n")


main()

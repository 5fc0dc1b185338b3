#!/usr/bin/env python3
"""The values of tests/unit/test-head-map.c: the change of a head with its logits as prior, by scipy's BFGS.
Needs numpy and scipy (1.17)."""
import numpy as np
from scipy.optimize import minimize

n, C, K = 12, 3, 3
x = np.array([[((i * 7 + c * 5) % 11) / 4 - 1 for c in range(C)] for i in range(n)])
y = np.array([(i * 5 + i // 4) % K for i in range(n)])
a = np.array([[((i * 3 + k * 4) % 7) / 3 - 1 for k in range(K)] for i in range(n)])
s = (x - x.mean(0)) / x.std(0)


def objective(t, l2):
    D, d = t[:K * C].reshape(K, C), t[K * C:]
    z = a + s @ D.T + d
    top = z.max(1, keepdims=True)
    lse = top[:, 0] + np.log(np.exp(z - top).sum(1))
    p = np.exp(z - lse[:, None])
    p[np.arange(n), y] -= 1
    gradient = np.concatenate([(p.T @ s + l2 * D).ravel(), p.sum(0) + l2 * d])
    return (lse - z[np.arange(n), y]).sum() + l2 / 2 * (t @ t), gradient


for l2 in (0.5, 20.0):
    r = minimize(objective, np.zeros(K * C + K), args=(l2,), jac=True, method='BFGS', options={'gtol': 1e-11})
    print(l2, ', '.join('%.9f' % v for v in r.x))

#!/usr/bin/env python3
"""Print the golden values of tests/unit/test-discriminant.c, by scikit-learn 1.9.1."""
from math import cos, sin

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

N, C, K = 60, 7, 3
x = np.array([[sin(0.7 * i * (c + 1)) + 0.3 * cos(i * 0.31 + c) + (0.8 if i % K == c % K else 0.0)
               for c in range(C)] for i in range(N)], dtype=np.float32).astype(float)
y = np.array([(i % K + (1 if i % 11 == 0 else 0)) % K for i in range(N)])
for shrinkage in (0.1, 0.5, 1.0):
    z = LinearDiscriminantAnalysis(solver='lsqr', shrinkage=shrinkage).fit(x, y).decision_function(x[[0, 7, 31]])
    print(shrinkage, [[float(v) for v in row - row.mean()] for row in z])

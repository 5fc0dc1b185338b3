#!/usr/bin/env python3
"""Write crossval-values.json: held-out probabilities of scikit-learn's LogisticRegression, standardized on each training
part, on the formula data of test-crossval-values.c. Needs numpy and scikit-learn (made with 1.9.1)."""
import json
import math
import os

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

N, C, K, FOLDS = 150, 12, 3, 5
x = np.array([[math.sin(0.7 * i * (c + 1)) + 0.3 * math.cos(i * 0.31 + c) + (0.8 if i % K == c % K else 0.0)
               for c in range(C)] for i in range(N)], dtype=np.float32).astype(np.float64)
y = np.array([(i % K + (1 if i % 11 == 0 else 0)) % K for i in range(N)])
fold = np.array([(i // 3) % FOLDS for i in range(N)])
out = []
for l2 in (0.3, 10.0):
    p = np.zeros((N, K))
    for f in range(FOLDS):
        s = StandardScaler().fit(x[fold != f])
        m = LogisticRegression(C=1 / l2, tol=1e-12, max_iter=100000, solver='newton-cg').fit(
            s.transform(x[fold != f]), y[fold != f])
        p[fold == f] = m.predict_proba(s.transform(x[fold == f]))
    out.append({'l2': l2, 'probabilities': [float('%.9g' % v) for v in p.ravel()]})
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'crossval-values.json'), 'w') as f:
    json.dump(out, f)
    f.write('\n')

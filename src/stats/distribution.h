/* stats/distribution.h: the distributions that intervals and tests need.
 *
 * Accuracy: 1e-12 relative for arguments up to 1e4, 1e-9 up to 1e7 (the logarithm of the gamma
 * function limits it). tests/unit/test-distribution.c compares with SciPy.
 * Threads: no shared state; any thread.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

double leuko_normal_cdf(double x);
double leuko_normal_quantile(double p); /* 0 < p < 1 */

/* Regularized incomplete beta function I_x(a, b); a, b > 0, 0 <= x <= 1. DLMF 8.17.22: a continued
 * fraction, by Lentz's method. */
double leuko_beta_cdf(double x, double a, double b);
double leuko_beta_quantile(double p, double a, double b); /* 0 <= p <= 1 */

double leuko_student_cdf(double t, double df);      /* df > 0 */
double leuko_student_quantile(double p, double df); /* 0 < p < 1 */

/* P(X <= k) for X binomial with n trials of probability p; 0 <= k <= n. */
double leuko_binomial_cdf(guint k, guint n, double p);

G_END_DECLS

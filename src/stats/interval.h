/* stats/interval.h: 95 % confidence intervals by published methods. */
#pragma once
#include <glib.h>

#define LEUKO_Z95 1.959963984540054

typedef struct {
    double low, high; /* NAN: not estimable */
} LeukoInterval;

/* Two-sided 95 % quantile of Student's t; df >= 1. Hill 1970, algorithm 396: 6 digits. */
double leuko_student_95(double df);

/* Score interval of a proportion of k successes in n (both may be fractional, n > 0). Wilson 1927;
 * Newcombe 1998, method 3. */
LeukoInterval leuko_wilson(double k, double n);

/* ROC-AUC by Mann and Whitney (a tie counts half) and its variance by DeLong, DeLong and
 * Clarke-Pearson 1988. positive (m), negative (n): scores, m, n >= 1. Variance needs m, n >= 2,
 * else NAN. O((m + n) log). */
void leuko_delong(const double *positive, guint m, const double *negative, guint n, double *auc,
                  double *variance);
/* Interval of an AUC in (0, 1) from its variance, on the logit scale. */
LeukoInterval leuko_logit_interval(double auc, double variance);
/* Score interval of an AUC from m positive and n negative scores; also defined for an AUC of 0 or
 * 1. Newcombe 2006 part 2, method 5. */
LeukoInterval leuko_newcombe_auc(double auc, double m, double n);

/* Bias-corrected and accelerated (BCa) interval from bootstrap draws of a statistic.
 * draws         (n_draws), sorted in place; no NAN
 * value         the statistic of the sample itself
 * acceleration  sum u^3 / (6 (sum u^2)^1.5) of the jackknife influences, 0: bias correction only
 * units         number of resampled units; few units widen the interval (Hesterberg 2015) */
LeukoInterval leuko_bca(double *draws, guint n_draws, double value, double acceleration,
                        guint units);

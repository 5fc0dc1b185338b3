/* stats/interval.h: 95 % confidence intervals by published methods. */
#pragma once
#include <glib.h>

#define LEUKO_Z95 1.959963984540054

typedef struct {
    double low, high; /* NAN: not estimable */
} LeukoInterval;

/* Score interval of a proportion of k successes in n (both may be fractional, n > 0). Wilson 1927;
 * Newcombe 1998, method 3. */
LeukoInterval leuko_wilson(double k, double n);

/* How many of the rising values are < x (or <= x, with or_equal). */
guint leuko_count_below(const double *sorted, guint n, double x, gboolean or_equal);

/* Bias-corrected and accelerated (BCa) interval from bootstrap draws of a statistic.
 * draws         (n_draws), sorted in place; no NAN
 * value         the statistic of the sample itself
 * acceleration  sum u^3 / (6 (sum u^2)^1.5) of the jackknife influences, 0: bias correction only
 * units         number of resampled units; few units widen the interval (Hesterberg 2015) */
LeukoInterval leuko_bca(double *draws, guint n_draws, double value, double acceleration,
                        guint units);

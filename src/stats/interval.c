#include "stats/interval.h"
#include <math.h>
#include <stdlib.h>

static double normal_cdf(double x) { return 0.5 * erfc(-x / G_SQRT2); }

/* 0 < p < 1 */
static double normal_quantile(double p)
{
    double low = -40, high = 40;
    for (int i = 0; i < 100; i++) {
        double middle = 0.5 * (low + high);
        if (normal_cdf(middle) < p)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

double leuko_student_95(double df)
{
    const double p = 0.05;
    if (df <= 1) /* the algorithm's own special cases */
        return 1 / tan(p * G_PI_2);
    if (df == 2)
        return sqrt(2 / (p * (2 - p)) - 2);
    double a = 1 / (df - 0.5), b = 48 / (a * a);
    double c = ((20700 * a / b - 98) * a - 16) * a + 96.36;
    double d = ((94.5 / (b + c) - 3) / b + 1) * sqrt(a * G_PI / 2) * df;
    double x = d * p, y = pow(x, 2 / df);
    if (y > 0.05 + a) {
        x = normal_quantile(p / 2);
        y = x * x;
        if (df < 5)
            c += 0.3 * (df - 4.5) * (x + 0.6);
        c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b;
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
        y = expm1(a * y * y);
    } else {
        y = ((1 / (((df + 6) / (df * y) - 0.089 * d - 0.822) * (df + 2) * 3) + 0.5 / (df + 4)) * y -
             1) *
                (df + 1) / (df + 2) +
            1 / y;
    }
    return sqrt(df * y);
}

LeukoInterval leuko_wilson(double k, double n)
{
    const double z2 = LEUKO_Z95 * LEUKO_Z95;
    double p = k / n;
    double center = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = LEUKO_Z95 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    /* at k = 0 and k = n a bound is exactly 0 or 1; rounding must not say otherwise */
    return (LeukoInterval){k <= 0 ? 0 : CLAMP(center - half, 0, 1),
                           k >= n ? 1 : CLAMP(center + half, 0, 1)};
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *sorted_copy(const double *values, guint n)
{
    double *copy = g_new(double, n);
    for (guint i = 0; i < n; i++)
        copy[i] = values[i];
    qsort(copy, n, sizeof *copy, compare_doubles);
    return copy;
}

/* How many of the sorted values are < x (or <= x). */
static guint count_below(const double *values, guint n, double x, gboolean or_equal)
{
    guint low = 0, high = n;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (values[middle] < x || (or_equal && values[middle] <= x))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Mean, and sample variance (NAN below 2), of the structural components of one side: for each
 * score the fraction of the sorted `others` below it, ties half. */
static void components(const double *scores, guint n, const double *others, guint n_others,
                       double *mean, double *variance)
{
    double sum = 0, sum_squares = 0;
    for (guint i = 0; i < n; i++) {
        guint below = count_below(others, n_others, scores[i], FALSE);
        guint not_above = count_below(others, n_others, scores[i], TRUE);
        double v = 0.5 * ((double)below + not_above) / n_others - 0.5; /* centered: less rounding */
        sum += v;
        sum_squares += v * v;
    }
    *mean = sum / n + 0.5;
    *variance = n < 2 ? (double)NAN : MAX(0, (sum_squares - sum * sum / n) / (n - 1));
}

void leuko_delong(const double *positive, guint m, const double *negative, guint n, double *auc,
                  double *variance)
{
    g_autofree double *p = sorted_copy(positive, m), *q = sorted_copy(negative, n);
    double var_positive, var_negative, mean_negative;
    components(p, m, q, n, auc, &var_positive);
    components(q, n, p, m, &mean_negative, &var_negative); /* 1 - component: same variance */
    *variance = var_positive / m + var_negative / n;
}

LeukoInterval leuko_logit_interval(double auc, double variance)
{
    double logit = log(auc / (1 - auc)), half = LEUKO_Z95 * sqrt(variance) / (auc * (1 - auc));
    return (LeukoInterval){1 / (1 + exp(half - logit)), 1 / (1 + exp(-half - logit))};
}

/* Hanley and McNeil's variance at theta, with both sizes at their mean in the bracket. */
static double newcombe_variance(double theta, double m, double n)
{
    double size = (m + n) / 2 - 1;
    return theta * (1 - theta) / (m * n) *
           (1 + size * ((1 - theta) / (2 - theta) + theta / (1 + theta)));
}

/* The theta between `from` (always inside) and `to` where |auc - theta| = z sd(theta). */
static double newcombe_bound(double auc, double m, double n, double from, double to)
{
    for (int i = 0; i < 100; i++) {
        double theta = 0.5 * (from + to);
        if (fabs(auc - theta) <= LEUKO_Z95 * sqrt(newcombe_variance(theta, m, n)))
            from = theta;
        else
            to = theta;
    }
    return 0.5 * (from + to);
}

LeukoInterval leuko_newcombe_auc(double auc, double m, double n)
{
    return (LeukoInterval){auc <= 0 ? 0 : newcombe_bound(auc, m, n, auc, 0),
                           auc >= 1 ? 1 : newcombe_bound(auc, m, n, auc, 1)};
}

/* Linear between order statistics (type 7). */
static double quantile(const double *sorted, guint n, double p)
{
    double at = p * (n - 1);
    guint i = MIN((guint)at, n - 1), j = MIN(i + 1, n - 1);
    return sorted[i] + (at - i) * (sorted[j] - sorted[i]);
}

LeukoInterval leuko_bca(double *draws, guint n_draws, double value, double acceleration,
                        guint units)
{
    if (n_draws < 2 || units < 2)
        return (LeukoInterval){NAN, NAN};
    qsort(draws, n_draws, sizeof *draws, compare_doubles);
    guint below = count_below(draws, n_draws, value, FALSE);
    guint not_above = count_below(draws, n_draws, value, TRUE);
    double fraction = 0.5 * ((double)below + not_above) / n_draws;
    double bias = normal_quantile(CLAMP(fraction, 1.0 / n_draws, 1 - 1.0 / n_draws));
    double z = leuko_student_95(units - 1) * sqrt(units / (units - 1.0));
    double low = bias - z, high = bias + z;
    low = normal_cdf(bias + low / MAX(1 - acceleration * low, 0.05));
    high = normal_cdf(bias + high / MAX(1 - acceleration * high, 0.05));
    return (LeukoInterval){quantile(draws, n_draws, low), quantile(draws, n_draws, high)};
}

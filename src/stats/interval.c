#include "stats/interval.h"
#include "base/sort-doubles.h"
#include "stats/distribution.h"
#include <math.h>

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

/* How many of the sorted values are < x (or <= x). */
guint leuko_count_below(const double *values, guint n, double x, gboolean or_equal)
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
    leuko_sort_doubles(draws, n_draws);
    guint below = leuko_count_below(draws, n_draws, value, FALSE);
    guint not_above = leuko_count_below(draws, n_draws, value, TRUE);
    double fraction = 0.5 * ((double)below + not_above) / n_draws;
    double bias = leuko_normal_quantile(CLAMP(fraction, 1.0 / n_draws, 1 - 1.0 / n_draws));
    double z = leuko_student_quantile(0.975, units - 1) * sqrt(units / (units - 1.0));
    double low = bias - z, high = bias + z;
    low = leuko_normal_cdf(bias + low / MAX(1 - acceleration * low, 0.05));
    high = leuko_normal_cdf(bias + high / MAX(1 - acceleration * high, 0.05));
    return (LeukoInterval){quantile(draws, n_draws, low), quantile(draws, n_draws, high)};
}

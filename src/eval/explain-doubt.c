#include "eval/explain-doubt.h"
#include "base/plural.h"
#include "base/sort-doubles.h"
#include <math.h>

/* The numbers that are not NAN, sorted; g_free. */
static double *sorted(const double *ratios, guint n, guint *n_known)
{
    double *known = g_new(double, MAX(n, 1));
    *n_known = 0;
    for (guint i = 0; i < n; i++)
        if (!isnan(ratios[i]))
            known[(*n_known)++] = ratios[i];
    leuko_sort_doubles(known, *n_known);
    return known;
}

double leuko_explain_median(const double *ratios, guint n)
{
    guint m;
    g_autofree double *known = sorted(ratios, n, &m);
    return m == 0 ? (double)NAN : m % 2 ? known[m / 2] : (known[m / 2 - 1] + known[m / 2]) / 2;
}

gchar *leuko_explain_doubt(const double *ratios, guint n)
{
    guint m;
    g_autofree double *known = sorted(ratios, n, &m);
    double median = leuko_explain_median(ratios, n);
    if (m == 0 || median >= LEUKO_EXPLAIN_LEAST_RATIO)
        return NULL;
    if (m == 1)
        return g_strdup_printf("the map does not show where the evidence lies: heat inside the "
                               "cell is %.2f times that outside, and at least %g is expected",
                               median, LEUKO_EXPLAIN_LEAST_RATIO);
    return g_strdup_printf("for this model, the map does not show where the evidence lies: heat "
                           "inside the cell is %.2f times that outside (median of %u %s), and "
                           "at least %g is expected",
                           median, m, LEUKO_PLURAL(m, "image"), LEUKO_EXPLAIN_LEAST_RATIO);
}

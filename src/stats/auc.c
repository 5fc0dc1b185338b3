#include "stats/auc.h"
#include "base/sort-doubles.h"
#include <math.h>
#include <string.h>

/* One score of all records, taken apart by class. */
typedef struct {
    double auc;
    double *positive; /* (n_units) sum over the unit's positive records of (component - AUC) */
    double *negative; /* (n_units) likewise over its negative records */
} Components;

/* The scores of the records of one class, rising. */
static double *sorted_scores(const LeukoAucInput *in, const double *scores, gboolean positive,
                             guint n)
{
    double *sorted = g_new(double, MAX(n, 1));
    for (guint i = 0, at = 0; i < in->n; i++)
        if (!in->positive[i] == !positive)
            sorted[at++] = scores[i];
    leuko_sort_doubles(sorted, n);
    return sorted;
}

/* The share of the sorted values below x, ties half. */
static double share_below(const double *sorted, guint n, double x)
{
    return 0.5 *
           ((double)leuko_count_below(sorted, n, x, FALSE) +
            leuko_count_below(sorted, n, x, TRUE)) /
           n;
}

static Components components_new(const LeukoAucInput *in, const double *scores, guint m, guint n)
{
    Components c = {0, g_new0(double, in->n_units), g_new0(double, in->n_units)};
    g_autofree double *positives = sorted_scores(in, scores, TRUE, m);
    g_autofree double *negatives = sorted_scores(in, scores, FALSE, n);
    g_autofree double *component = g_new(double, in->n);
    for (guint i = 0; i < in->n; i++) {
        component[i] = in->positive[i] ? share_below(negatives, n, scores[i])
                                       : 1 - share_below(positives, m, scores[i]);
        if (in->positive[i])
            c.auc += (component[i] - 0.5) / m; /* centered: less rounding */
    }
    c.auc += 0.5;
    for (guint i = 0; i < in->n; i++)
        (in->positive[i] ? c.positive : c.negative)[in->unit ? in->unit[i] : i] +=
            component[i] - c.auc;
    return c;
}

static void components_clear(Components *c)
{
    g_free(c->positive);
    g_free(c->negative);
}

static double product(const double *a, const double *b, guint n)
{
    double sum = 0;
    for (guint i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* u / (u - 1): the small-sample factor of a sum over u units. */
static double factor(guint units) { return units / (units - 1.0); }

void leuko_auc_compute(const LeukoAucInput *in, LeukoAuc *out)
{
    guint m = 0, with_positive = 0, with_negative = 0, used = 0;
    g_autofree guint8 *has = g_new0(guint8, in->n_units);
    for (guint i = 0; i < in->n; i++) {
        m += in->positive[i] ? 1 : 0;
        has[in->unit ? in->unit[i] : i] |= in->positive[i] ? 1 : 2;
    }
    for (guint u = 0; u < in->n_units; u++) {
        with_positive += has[u] & 1;
        with_negative += has[u] >> 1;
        used += has[u] > 0;
    }
    guint n = in->n - m, n_scores = in->scores[1] ? 2 : 1;
    memset(out, 0, sizeof *out);
    Components c[2] = {{0}};
    for (guint r = 0; r < n_scores; r++) {
        c[r] = components_new(in, in->scores[r], m, n);
        out->auc[r] = m && n ? c[r].auc : (double)NAN;
    }
    gboolean enough = with_positive > 1 && with_negative > 1;
    for (guint r = 0; r < n_scores; r++)
        for (guint s = 0; s < n_scores; s++) {
            double own = factor(with_positive) * product(c[r].positive, c[s].positive, in->n_units);
            double other =
                factor(with_negative) * product(c[r].negative, c[s].negative, in->n_units);
            double cross = factor(used) * (product(c[r].positive, c[s].negative, in->n_units) +
                                           product(c[s].positive, c[r].negative, in->n_units));
            out->covariance[r][s] =
                enough ? own / ((double)m * m) + other / ((double)n * n) + cross / ((double)m * n)
                       : (double)NAN;
        }
    for (guint r = 0; r < n_scores; r++)
        components_clear(&c[r]);
}

LeukoInterval leuko_auc_logit(double auc, double variance, double quantile)
{
    double logit = log(auc / (1 - auc)), half = quantile * sqrt(variance) / (auc * (1 - auc));
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

LeukoInterval leuko_auc_newcombe(double auc, double m, double n)
{
    return (LeukoInterval){auc <= 0 ? 0 : newcombe_bound(auc, m, n, auc, 0),
                           auc >= 1 ? 1 : newcombe_bound(auc, m, n, auc, 1)};
}

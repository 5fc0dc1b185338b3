#include "stats/proportion.h"
#include "stats/distribution.h"
#include <math.h>

typedef struct {
    double hits, counts; /* sums */
    guint n_groups;      /* with counts */
    guint df;
} Totals;

static Totals total(const LeukoGroupedCounts *g)
{
    Totals t = {0, 0, 0, 0};
    g_autofree gboolean *seen = g_new0(gboolean, g->n_strata);
    guint n_strata = 0;
    for (guint u = 0; u < g->n_units; u++) {
        if (g->counts[u] == 0)
            continue;
        t.hits += g->hits[u];
        t.counts += g->counts[u];
        t.n_groups++;
        n_strata += !seen[g->stratum[u]];
        seen[g->stratum[u]] = TRUE;
    }
    t.df = t.n_groups - n_strata;
    return t;
}

/* Of the ratio p: the variance of the sum of residuals between the groups of each stratum. */
static double variance(const LeukoGroupedCounts *g, const Totals *t)
{
    double p = t->hits / t->counts, sum = 0;
    g_autofree double *mean = g_new0(double, g->n_strata);
    g_autofree guint *n = g_new0(guint, g->n_strata);
    for (guint u = 0; u < g->n_units; u++) {
        mean[g->stratum[u]] += (g->hits[u] - p * g->counts[u]) / t->counts;
        n[g->stratum[u]]++;
    }
    for (guint u = 0; u < g->n_units; u++) {
        guint h = g->stratum[u];
        if (n[h] < 2)
            return NAN;
        double residual = (g->hits[u] - p * g->counts[u]) / t->counts - mean[h] / n[h];
        sum += n[h] / (n[h] - 1.0) * residual * residual;
    }
    return sum;
}

LeukoGroupedProportion leuko_korn_graubard(const LeukoGroupedCounts *g)
{
    Totals t = total(g);
    LeukoGroupedProportion out = {{NAN, NAN}, t.n_groups, FALSE};
    if (t.counts < 2 || t.df < 1)
        return out;
    double p = t.hits / t.counts, v = variance(g, &t);
    out.all_equal = v <= 1e-14; /* the rounding of equal shares */
    if (!isfinite(v) || out.all_equal)
        return out;
    double quantile =
        leuko_student_quantile(0.975, t.counts - 1) / leuko_student_quantile(0.975, t.df);
    double n = MIN(p * (1 - p) / v * quantile * quantile, t.counts);
    out.interval = (LeukoInterval){leuko_beta_quantile(0.025, n * p, n * (1 - p) + 1),
                                   leuko_beta_quantile(0.975, n * p + 1, n * (1 - p))};
    return out;
}

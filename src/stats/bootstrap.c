#include "stats/bootstrap.h"
#include "base/rng.h"
#include <math.h>

typedef struct {
    guint n_units, n_strata;
    guint *members; /* (n_units) units, stratum after stratum */
    guint *start;   /* (n_strata + 1) where each stratum begins in members */
} Strata;

static Strata strata_new(guint n_units, const guint *stratum, guint n_strata)
{
    Strata s = {n_units, n_strata, g_new0(guint, n_units), g_new0(guint, n_strata + 1)};
    for (guint u = 0; u < n_units; u++)
        s.start[stratum[u] + 1]++;
    for (guint h = 0; h < n_strata; h++)
        s.start[h + 1] += s.start[h];
    g_autofree guint *next = g_memdup2(s.start, sizeof(guint) * (n_strata + 1));
    for (guint u = 0; u < n_units; u++)
        s.members[next[stratum[u]]++] = u;
    return s;
}

static void draw_weights(const Strata *strata, LeukoRng *rng, guint *weights)
{
    for (guint u = 0; u < strata->n_units; u++)
        weights[u] = 0;
    for (guint h = 0; h < strata->n_strata; h++) {
        guint size = strata->start[h + 1] - strata->start[h];
        for (guint i = 0; i < size; i++)
            weights[strata->members[strata->start[h] + leuko_rng_below(rng, size)]]++;
    }
}

/* Influences u = (n_h - 1)/n_h (mean_h - theta without the unit); a = sum u^3 / (6 (sum u^2)^1.5).
 * Efron 1987, with strata as in Davison and Hinkley 1997, section 5.3. */
static void jackknife(const LeukoStatistics *s, const Strata *strata, guint n_stats,
                      double *acceleration)
{
    g_autofree guint *weights = g_new(guint, strata->n_units);
    g_autofree double *values = g_new(double, (gsize)strata->n_units *n_stats);
    g_autofree double *squares = g_new0(double, n_stats), *cubes = g_new0(double, n_stats);
    for (guint u = 0; u < strata->n_units; u++)
        weights[u] = 1;
    for (guint i = 0; i < strata->n_units; i++) {
        weights[strata->members[i]] = 0;
        leuko_statistics_compute(s, weights, values + (gsize)i * n_stats);
        weights[strata->members[i]] = 1;
    }
    for (guint h = 0; h < strata->n_strata; h++) {
        guint from = strata->start[h], to = strata->start[h + 1];
        for (guint t = 0; t < n_stats; t++) {
            double sum = 0;
            guint n = 0;
            for (guint i = from; i < to; i++)
                if (isfinite(values[(gsize)i * n_stats + t])) {
                    sum += values[(gsize)i * n_stats + t];
                    n++;
                }
            for (guint i = from; i < to; i++) {
                double u = (n - 1.0) / n * (sum / n - values[(gsize)i * n_stats + t]);
                if (!isfinite(u))
                    continue;
                squares[t] += u * u;
                cubes[t] += u * u * u;
            }
        }
    }
    for (guint t = 0; t < n_stats; t++)
        acceleration[t] = squares[t] > 0 ? cubes[t] / (6 * pow(squares[t], 1.5)) : 0;
}

LeukoBootstrap *leuko_bootstrap_new(const LeukoStatistics *s, guint n_units, const guint *stratum,
                                    guint n_strata, guint n_draws, guint64 seed)
{
    LeukoBootstrap *b = g_new0(LeukoBootstrap, 1);
    b->n_stats = leuko_statistics_count(s);
    b->n_draws = n_draws;
    b->draws = g_new(double, (gsize)b->n_stats *n_draws);
    b->acceleration = g_new0(double, b->n_stats);
    b->stratified = n_strata > 1;
    Strata strata = strata_new(n_units, stratum, n_strata);
    g_autofree guint *weights = g_new(guint, n_units);
    g_autofree double *one = g_new(double, b->n_stats);
    for (guint d = 0; d < n_draws; d++) {
        LeukoRng rng;
        leuko_rng_init(&rng, seed, "bootstrap", d);
        draw_weights(&strata, &rng, weights);
        leuko_statistics_compute(s, weights, one);
        for (guint t = 0; t < b->n_stats; t++)
            b->draws[(gsize)t * n_draws + d] = one[t];
    }
    if (n_units <= LEUKO_JACKKNIFE_MAX_UNITS)
        jackknife(s, &strata, b->n_stats, b->acceleration);
    g_free(strata.members);
    g_free(strata.start);
    return b;
}

void leuko_bootstrap_free(LeukoBootstrap *b)
{
    if (!b)
        return;
    g_free(b->draws);
    g_free(b->acceleration);
    g_free(b);
}

double *leuko_bootstrap_draws(const LeukoBootstrap *b, guint stat, guint *n_defined)
{
    double *out = g_new(double, b->n_draws);
    guint n = 0;
    for (guint d = 0; d < b->n_draws; d++)
        if (isfinite(b->draws[(gsize)stat * b->n_draws + d]))
            out[n++] = b->draws[(gsize)stat * b->n_draws + d];
    *n_defined = n;
    return out;
}

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

double leuko_acceleration(const double *influence, guint n)
{
    double squares = 0, cubes = 0;
    for (guint i = 0; i < n; i++) {
        squares += influence[i] * influence[i];
        cubes += influence[i] * influence[i] * influence[i];
    }
    return squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
}

double leuko_bootstrap_acceleration(const LeukoBootstrap *b, guint stat)
{
    return b->influence ? leuko_acceleration(b->influence + (gsize)stat * b->n_units, b->n_units)
                        : 0;
}

/* (n_h - 1)/n_h (mean_h - theta without the unit), the mean over the units h of its stratum. Efron
 * 1987, with strata as in Davison and Hinkley 1997, section 5.3. */
static double *jackknife(const LeukoStatistics *s, const Strata *strata, guint n_stats)
{
    guint n_units = strata->n_units;
    g_autofree guint *weights = g_new(guint, n_units);
    g_autofree double *values = g_new(double, n_stats);
    double *influence = g_new(double, (gsize)n_stats *n_units);
    for (guint u = 0; u < n_units; u++)
        weights[u] = 1;
    for (guint u = 0; u < n_units; u++) {
        weights[u] = 0;
        leuko_statistics_compute(s, weights, values);
        weights[u] = 1;
        for (guint t = 0; t < n_stats; t++)
            influence[(gsize)t * n_units + u] = values[t];
    }
    for (guint t = 0; t < n_stats; t++)
        for (guint h = 0; h < strata->n_strata; h++) {
            double *theta = influence + (gsize)t * n_units, sum = 0;
            guint n = 0;
            for (guint i = strata->start[h]; i < strata->start[h + 1]; i++)
                if (isfinite(theta[strata->members[i]])) {
                    sum += theta[strata->members[i]];
                    n++;
                }
            for (guint i = strata->start[h]; i < strata->start[h + 1]; i++) {
                double *one = &theta[strata->members[i]];
                *one = isfinite(*one) ? (n - 1.0) / n * (sum / n - *one) : 0;
            }
        }
    return influence;
}

LeukoBootstrap *leuko_bootstrap_new(const LeukoStatistics *s, guint n_units, const guint *stratum,
                                    guint n_strata, guint n_draws, guint64 seed)
{
    LeukoBootstrap *b = g_new0(LeukoBootstrap, 1);
    b->n_stats = leuko_statistics_count(s);
    b->n_draws = n_draws;
    b->draws = g_new(double, (gsize)b->n_stats *n_draws);
    b->n_units = n_units;
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
        b->influence = jackknife(s, &strata, b->n_stats);
    g_free(strata.members);
    g_free(strata.start);
    return b;
}

void leuko_bootstrap_free(LeukoBootstrap *b)
{
    if (!b)
        return;
    g_free(b->draws);
    g_free(b->influence);
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

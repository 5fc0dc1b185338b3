#include "stats/bootstrap.h"
#include "base/huge-memory.h"
#include "base/rng.h"
#include <math.h>
#include <string.h>

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

/* A stratum of more units is drawn block by block, in memory that stays in the cache. */
enum { BLOCK_BITS = 7, BLOCK = 1 << BLOCK_BITS, DRAWN_AT_ONCE = 16384 };

/* `n` of the `size` units, with replacement; `weights` at their first one of a lane. */
static void draw_units(LeukoRng *rng, const guint *members, guint size, guint n, double *weights)
{
    for (guint i = 0; i < n; i++)
        weights[(gsize)members[leuko_rng_below(rng, size)] * LEUKO_LANES] += 1;
}

/* As many as the stratum has, for each lane: first how many units come from each block, then which
 * they are. */
static void draw_by_block(LeukoRng *rngs, guint n_lanes, const guint *members, guint size,
                          double *weights)
{
    guint n_blocks = (size + BLOCK - 1) / BLOCK;
    g_autofree guint *counts = g_new0(guint, (gsize)n_blocks * n_lanes);
    for (guint l = 0; l < n_lanes; l++)
        for (guint i = 0; i < size; i++)
            counts[(gsize)l * n_blocks + (leuko_rng_below(&rngs[l], size) >> BLOCK_BITS)]++;
    for (guint b = 0; b < n_blocks; b++)
        for (guint l = 0; l < n_lanes; l++)
            draw_units(&rngs[l], members + b * BLOCK, MIN(BLOCK, size - b * BLOCK),
                       counts[(gsize)l * n_blocks + b], weights + l);
}

/* weights  (n_units, LEUKO_LANES) all 0; out: how often each unit is drawn in each lane */
static void draw_weights(const Strata *strata, LeukoRng *rngs, guint n_lanes, double *weights)
{
    for (guint h = 0; h < strata->n_strata; h++) {
        const guint *members = strata->members + strata->start[h];
        guint size = strata->start[h + 1] - strata->start[h];
        if (size > DRAWN_AT_ONCE)
            draw_by_block(rngs, n_lanes, members, size, weights);
        else
            for (guint l = 0; l < n_lanes; l++)
                draw_units(&rngs[l], members, size, size, weights + l);
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
    double *weights = leuko_statistics_weights(s, 1);
    g_autofree double *values = g_new(double, (gsize)n_stats *LEUKO_LANES);
    double *influence = g_new(double, (gsize)n_stats *n_units);
    for (guint first = 0; first < n_units; first += LEUKO_LANES) { /* lane l: without first + l */
        guint n_lanes = MIN(LEUKO_LANES, n_units - first);
        double *diagonal = weights + (gsize)first * LEUKO_LANES;
        for (guint l = 0; l < n_lanes; l++)
            diagonal[l * (LEUKO_LANES + 1)] = 0;
        leuko_statistics_compute(s, weights, values);
        for (guint l = 0; l < n_lanes; l++) {
            diagonal[l * (LEUKO_LANES + 1)] = 1;
            for (guint t = 0; t < n_stats; t++)
                influence[(gsize)t * n_units + first + l] = values[(gsize)l * n_stats + t];
        }
    }
    leuko_huge_free(weights);
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
    double *weights = leuko_statistics_weights(s, 0);
    g_autofree double *values = g_new(double, (gsize)b->n_stats *LEUKO_LANES);
    for (guint first = 0; first < n_draws; first += LEUKO_LANES) {
        guint n_lanes = MIN(LEUKO_LANES, n_draws - first);
        memset(weights, 0, sizeof *weights * LEUKO_LANES * n_units);
        LeukoRng rngs[LEUKO_LANES];
        for (guint l = 0; l < n_lanes; l++)
            leuko_rng_init(&rngs[l], seed, "bootstrap", first + l);
        draw_weights(&strata, rngs, n_lanes, weights);
        leuko_statistics_compute(s, weights, values);
        for (guint l = 0; l < n_lanes; l++)
            for (guint t = 0; t < b->n_stats; t++)
                b->draws[(gsize)t * n_draws + first + l] = values[(gsize)l * b->n_stats + t];
    }
    leuko_huge_free(weights);
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

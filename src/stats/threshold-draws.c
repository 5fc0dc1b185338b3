#include "stats/threshold-draws.h"
#include "base/rng.h"
#include <stdlib.h>
#include <string.h>

static const guint64 DRAW_SEED = 50;

static int by_score(const void *a, const void *b)
{
    double x = ((const LeukoScored *)a)->score, y = ((const LeukoScored *)b)->score;
    return (x > y) - (x < y);
}

LeukoScored *leuko_threshold_sort(const LeukoThresholdInput *in)
{
    LeukoScored *s = g_new(LeukoScored, MAX(in->n, 1));
    for (guint i = 0; i < in->n; i++)
        s[i] = (LeukoScored){in->scores[i], in->unit ? in->unit[i] : i, in->positives[i] != FALSE};
    qsort(s, in->n, sizeof *s, by_score);
    return s;
}

void leuko_threshold_units_clear(LeukoThresholdUnits *u)
{
    g_free(u->members[0]);
    g_free(u->members[1]);
    g_free(u->weights);
}

void leuko_threshold_units_init(LeukoThresholdUnits *u, const LeukoThresholdInput *in)
{
    guint n_units = in->unit ? in->n_units : in->n;
    g_autofree guint8 *seen = g_new0(guint8, MAX(n_units, 1));
    *u = (LeukoThresholdUnits){.n_units = n_units, .weights = g_new0(guint, MAX(n_units, 1))};
    for (guint i = 0; i < in->n; i++)
        seen[in->unit ? in->unit[i] : i] |= in->positives[i] ? 2 : 1;
    for (guint k = 0; k < 2; k++)
        u->members[k] = g_new(guint, MAX(n_units, 1));
    for (guint i = 0; i < n_units; i++)
        for (guint k = 0; k < 2; k++)
            if (seen[i] & (k + 1)) {
                u->members[k][u->n[k]++] = i;
                u->mixed |= seen[i] == 3;
            }
}

/* Draw among `n` units with replacement. */
static void draw_among(LeukoThresholdUnits *u, const guint *members, guint n, LeukoRng *rng)
{
    for (guint i = 0; i < n; i++) {
        guint drawn = (guint)leuko_rng_below(rng, n);
        u->weights[members ? members[drawn] : drawn]++;
    }
}

void leuko_threshold_draw(LeukoThresholdUnits *u, guint draw)
{
    LeukoRng rng;
    leuko_rng_init(&rng, DRAW_SEED, "threshold", draw);
    memset(u->weights, 0, u->n_units * sizeof *u->weights);
    if (u->mixed) {
        draw_among(u, NULL, u->n_units, &rng);
        return;
    }
    for (guint k = 0; k < 2; k++)
        draw_among(u, u->members[k], u->n[k], &rng);
}

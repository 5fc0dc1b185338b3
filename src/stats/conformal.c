#include "stats/conformal.h"
#include "stats/distribution.h"
#include <math.h>
#include <stdlib.h>

#define ROUNDING 1e-12 /* of sums of weights near 1 */

typedef struct {
    double score, weight;
} Weighted;

static int by_score(const void *a, const void *b)
{
    double x = ((const Weighted *)a)->score, y = ((const Weighted *)b)->score;
    return (x > y) - (x < y);
}

/* Each score with the weight 1 / (images of its unit). *n_used: units with a score. */
static Weighted *weigh(const double *scores, const guint *units, gsize n, guint n_units,
                       guint *n_used)
{
    g_autofree guint *counts = g_new0(guint, MAX(n_units, 1));
    Weighted *w = g_new(Weighted, MAX(n, 1));
    *n_used = units ? 0 : (guint)n;
    for (gsize i = 0; units && i < n; i++)
        *n_used += counts[units[i]]++ == 0;
    for (gsize i = 0; i < n; i++)
        w[i] = (Weighted){scores[i], units ? 1.0 / counts[units[i]] : 1};
    qsort(w, n, sizeof *w, by_score);
    return w;
}

double leuko_conformal_quantile(const double *scores, const guint *units, gsize n, guint n_units,
                                double miss)
{
    guint n_used;
    g_autofree Weighted *w = weigh(scores, units, n, n_units, &n_used);
    double needed = (n_used + 1.0) * (1 - miss), sum = 0;
    needed -= ROUNDING * needed;
    for (gsize i = 0; i < n; i++)
        if ((sum += w[i].weight) >= needed)
            return w[i].score;
    return INFINITY;
}

guint leuko_conformal_units_on_average(double miss)
{
    return (guint)ceil((1 - ROUNDING) / miss) - 1;
}

void leuko_unit_sums_change(LeukoUnitSums *s, double m, double a, double new_m, double new_a)
{
    s->m += new_m - m;
    s->a += new_a - a;
    s->mm += new_m * new_m - m * m;
    s->ma += new_m * new_a - m * a;
    s->aa += new_a * new_a - a * a;
    s->mmm += new_m * new_m * new_m - m * m * m;
    s->mma += new_m * new_m * new_a - m * m * a;
    s->maa += new_m * new_a * new_a - m * a * a;
    s->aaa += new_a * new_a * new_a - a * a * a;
}

double leuko_conformal_correction(guint n, guint n_images, double confidence)
{
    if (n < 2 || n_images < 2)
        return 0;
    double ratio = leuko_student_quantile(confidence, n_images - 1.0) /
                   leuko_student_quantile(confidence, n - 1.0);
    return ratio * ratio;
}

gboolean leuko_conformal_ratio_is_below(const LeukoUnitSums *s, guint n_images, double correction,
                                        double bound, double confidence)
{
    double n = s->n_units, needed = leuko_conformal_units_with_confidence(bound, confidence);
    if (!(s->a > 0) || s->a * s->a < (needed - 1e-6) * s->aa || n < 2)
        return FALSE;
    double r = s->m / s->a, mean = s->a / n;
    if (s->m < ROUNDING * s->a || r >= bound)
        return r < bound;
    double second = (s->mm - 2 * r * s->ma + r * r * s->aa) / (mean * mean * n),
           third = (s->mmm - 3 * r * s->mma + 3 * r * r * s->maa - r * r * r * s->aaa) /
                   (mean * mean * mean * n);
    double variance = MAX(second * n / (n - 1), n * r * (1 - r) / n_images); /* of a unit's loss */
    double size =
        MAX((r * r * r + 3 * r * second + third) / (r * r + second), variance / (r * (1 - r)));
    double possible = n / size * correction;
    double q = (1 - sqrt(MAX(1 - 4 * variance / size, 0))) / 2;
    double upper = bound - (r - q);
    return upper >= 1 || leuko_beta_cdf(upper, possible * q + 1, possible * (1 - q)) >= confidence;
}

gboolean leuko_conformal_ratio_is_below_on_average(const LeukoUnitSums *s, double bound)
{
    return s->m - bound * s->a <= bound - 1 + ROUNDING * (1 + s->a);
}

gboolean leuko_conformal_share_is_below(guint k, guint n, double bound, double confidence)
{
    return n > 0 && leuko_binomial_cdf(k, n, bound) <= 1 - confidence + ROUNDING;
}

guint leuko_conformal_units_with_confidence(double bound, double confidence)
{
    return (guint)ceil(log(1 - confidence) / log1p(-bound) - 1e-9);
}

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

double leuko_conformal_correction(guint n, guint n_images, double confidence)
{
    if (n < 2 || n_images < 2)
        return 0;
    double ratio = leuko_student_quantile(confidence, n_images - 1.0) /
                   leuko_student_quantile(confidence, n - 1.0);
    return ratio * ratio;
}

gboolean leuko_conformal_mean_is_below(const double *losses, guint n, guint n_images,
                                       double correction, double bound, double confidence)
{
    double sum = 0, squares = 0;
    for (guint i = 0; i < n; i++)
        sum += losses[i];
    if (sum == 0)
        return n >= leuko_conformal_units_with_confidence(bound, confidence);
    double mean = sum / MAX(n, 1);
    if (n < 2 || mean >= bound)
        return FALSE;
    for (guint i = 0; i < n; i++)
        squares += (losses[i] - mean) * (losses[i] - mean);
    double variance = squares / (n - 1.0) / n;
    double independent = variance > 0 ? mean * (1 - mean) / variance : n_images;
    independent = MIN(independent * correction, n_images);
    double k = mean * independent;
    return leuko_beta_cdf(bound, k + 1, independent - k) >= confidence;
}

gboolean leuko_conformal_share_is_below(guint k, guint n, double bound, double confidence)
{
    return n > 0 && leuko_binomial_cdf(k, n, bound) <= 1 - confidence + ROUNDING;
}

guint leuko_conformal_units_with_confidence(double bound, double confidence)
{
    return (guint)ceil(log(1 - confidence) / log1p(-bound) - 1e-9);
}

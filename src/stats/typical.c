#include "stats/typical.h"
#include "base/rng.h"
#include "stats/conformal.h"
#include "stats/distribution.h"
#include <math.h>
#include <string.h>

enum { BLOCK = LEUKO_TYPICAL_AXES + 8, ITERATIONS = 6 };

/* --- fit -------------------------------------------------------------------------------------- */

/* The means (K, C) of the classes; FALSE: a class has no row. */
static gboolean class_means(const float *x, const gint *labels, guint n, guint n_features,
                            guint n_classes, float *means)
{
    gboolean all = TRUE;
    g_autofree double *sum = g_new(double, n_features);
    for (guint k = 0; k < n_classes; k++) {
        guint count = 0;
        memset(sum, 0, n_features * sizeof *sum);
        for (guint i = 0; i < n; i++) {
            if (labels[i] != (gint)k)
                continue;
            count++;
            for (guint c = 0; c < n_features; c++)
                sum[c] += (double)x[(gsize)i * n_features + c];
        }
        all &= count > 0;
        for (guint c = 0; c < n_features; c++)
            means[(gsize)k * n_features + c] = (float)(sum[c] / MAX(count, 1));
    }
    return all;
}

/* y (n, BLOCK) = x (n, C) q (C, BLOCK) */
static void multiply(const float *x, const float *q, guint n, guint n_features, float *y)
{
    memset(y, 0, (gsize)n * BLOCK * sizeof *y);
    for (guint i = 0; i < n; i++)
        for (guint c = 0; c < n_features; c++) {
            float value = x[(gsize)i * n_features + c];
            for (guint b = 0; b < BLOCK; b++)
                y[(gsize)i * BLOCK + b] += value * q[(gsize)c * BLOCK + b];
        }
}

/* q (C, BLOCK) = x^T y */
static void multiply_transposed(const float *x, const float *y, guint n, guint n_features, float *q)
{
    memset(q, 0, (gsize)n_features * BLOCK * sizeof *q);
    for (guint i = 0; i < n; i++)
        for (guint c = 0; c < n_features; c++) {
            float value = x[(gsize)i * n_features + c];
            for (guint b = 0; b < BLOCK; b++)
                q[(gsize)c * BLOCK + b] += value * y[(gsize)i * BLOCK + b];
        }
}

static double column_dot(const float *a, guint j, guint k, guint n)
{
    double sum = 0;
    for (guint i = 0; i < n; i++)
        sum += (double)a[(gsize)i * BLOCK + j] * (double)a[(gsize)i * BLOCK + k];
    return sum;
}

/* Gram and Schmidt's columns of q (C, BLOCK), twice; a column of zero length stays zero. */
static void orthonormalize(float *q, guint n)
{
    for (guint j = 0; j < BLOCK; j++) {
        for (guint pass = 0; pass < 2; pass++)
            for (guint k = 0; k < j; k++) {
                float dot = (float)column_dot(q, j, k, n);
                for (guint i = 0; i < n; i++)
                    q[(gsize)i * BLOCK + j] -= dot * q[(gsize)i * BLOCK + k];
            }
        double length = sqrt(column_dot(q, j, j, n));
        float scale = length > 1e-20 ? (float)(1 / length) : 0;
        for (guint i = 0; i < n; i++)
            q[(gsize)i * BLOCK + j] *= scale;
    }
}

/* Directions of large variance by subspace iteration. q (C, BLOCK), out; variances (BLOCK), out. */
static void find_axes(const float *x, guint n, guint n_features, double df, float *q,
                      double *variances)
{
    g_autofree float *y = g_new(float, (gsize)n *BLOCK);
    LeukoRng rng;
    leuko_rng_init(&rng, 1, "typical", 0);
    for (gsize i = 0; i < (gsize)n_features * BLOCK; i++)
        q[i] = (float)leuko_rng_normal(&rng);
    orthonormalize(q, n_features);
    for (guint t = 0; t < ITERATIONS; t++) {
        multiply(x, q, n, n_features, y);
        multiply_transposed(x, y, n, n_features, q);
        orthonormalize(q, n_features);
    }
    multiply(x, q, n, n_features, y);
    for (guint b = 0; b < BLOCK; b++)
        variances[b] = column_dot(y, b, b, n) / df;
}

/* Ledoit and Wolf's share of the identity, with the spectrum that is kept. */
static double shrinkage(const float *x, guint n, guint n_features, double mean, double squares)
{
    double fourth = 0;
    for (guint i = 0; i < n; i++) {
        double length = 0;
        for (guint c = 0; c < n_features; c++)
            length += (double)x[(gsize)i * n_features + c] * (double)x[(gsize)i * n_features + c];
        fourth += length * length;
    }
    double distance = squares - mean * mean * n_features;
    double noise = (fourth / n - squares) / n;
    return distance > 0 ? CLAMP(noise / distance, 0.01, 1) : 1;
}

static void keep_axes(LeukoTypical *t, const float *x, guint n, const float *q,
                      const double *variances, double total)
{
    guint n_features = t->n_features;
    double rest = total, mean = total / n_features, squares = 0;
    for (guint a = 0; a < t->n_axes; a++) {
        rest -= variances[a];
        squares += variances[a] * variances[a];
        for (guint c = 0; c < n_features; c++)
            t->axes[(gsize)a * n_features + c] = q[(gsize)c * BLOCK + a];
    }
    rest = MAX(rest, 0) / MAX(n_features - t->n_axes, 1);
    squares += rest * rest * (n_features - t->n_axes);
    double share = shrinkage(x, n, n_features, mean, squares);
    for (guint a = 0; a <= t->n_axes; a++)
        t->precisions[a] =
            (float)(1 / ((1 - share) * (a < t->n_axes ? variances[a] : rest) + share * mean));
}

LeukoTypical *leuko_typical_fit(const float *x, const gint *labels, guint n, guint n_features,
                                guint n_classes)
{
    g_autoptr(LeukoTypical) t = g_new0(LeukoTypical, 1);
    t->n_features = n_features;
    t->n_classes = n_classes;
    t->n_axes = MIN(LEUKO_TYPICAL_AXES, n_features / 2);
    t->means = g_new(float, (gsize)n_classes *n_features);
    t->axes = g_new(float, (gsize)MAX(t->n_axes, 1) * n_features);
    t->precisions = g_new(float, t->n_axes + 1);
    t->limit = t->reference.mean = t->reference.between = t->reference.within = NAN;
    if (n < 2 * n_classes || !class_means(x, labels, n, n_features, n_classes, t->means))
        return NULL;
    g_autofree float *centered = g_new(float, (gsize)n *n_features);
    g_autofree float *q = g_new(float, (gsize)n_features *BLOCK);
    double variances[BLOCK], total = 0, df = n - n_classes;
    for (guint i = 0; i < n; i++)
        for (guint c = 0; c < n_features; c++) {
            gsize at = (gsize)i * n_features + c;
            centered[at] = x[at] - t->means[(gsize)labels[i] * n_features + c];
            total += (double)centered[at] * (double)centered[at] / df;
        }
    if (!(total > 1e-20) || !isfinite(total))
        return NULL;
    find_axes(centered, n, n_features, df, q, variances);
    keep_axes(t, centered, n, q, variances, total);
    return g_steal_pointer(&t);
}

void leuko_typical_free(LeukoTypical *t)
{
    if (!t)
        return;
    g_free(t->means);
    g_free(t->axes);
    g_free(t->precisions);
    g_free(t);
}

/* --- use -------------------------------------------------------------------------------------- */

static double dot(const float *a, const float *b, guint n)
{
    double sum[4] = {0};
    guint c = 0;
    for (; c + 4 <= n; c += 4)
        for (guint j = 0; j < 4; j++)
            sum[j] += (double)a[c + j] * (double)b[c + j];
    for (; c < n; c++)
        sum[0] += (double)a[c] * (double)b[c];
    return sum[0] + sum[1] + sum[2] + sum[3];
}

double leuko_typical_score(const LeukoTypical *t, const float *features)
{
    guint n_features = t->n_features;
    double nearest = INFINITY, rest = (double)t->precisions[t->n_axes];
    g_autofree float *difference = g_new(float, n_features);
    for (guint k = 0; k < t->n_classes; k++) {
        for (guint c = 0; c < n_features; c++)
            difference[c] = features[c] - t->means[(gsize)k * n_features + c];
        double distance = dot(difference, difference, n_features) * rest;
        for (guint a = 0; a < t->n_axes; a++) {
            double along = dot(difference, t->axes + (gsize)a * n_features, n_features);
            distance += along * along * ((double)t->precisions[a] - rest);
        }
        nearest = distance < nearest || !isfinite(distance) ? distance : nearest;
    }
    return isfinite(nearest) ? 0.5 * log(MAX(nearest / n_features, 1e-30)) : (double)NAN;
}

gboolean leuko_typical_is_outside(const LeukoTypical *t, double score)
{
    return t && isfinite(t->limit) && score > t->limit;
}

/* --- the scores of the calibration ------------------------------------------------------------ */

/* Variances between and within groups by the analysis of variance; each group counts by its
 * images. */
static void split_variance(LeukoTypicalReference *r, const double *scores, const guint *groups,
                           guint n)
{
    g_autofree double *sums = g_new0(double, MAX(r->n_groups, 1));
    g_autofree guint *counts = g_new0(guint, MAX(r->n_groups, 1));
    double inside = 0, outside = 0, squares = 0;
    guint n_used = 0;
    for (guint i = 0; i < n; i++) {
        sums[groups[i]] += scores[i];
        counts[groups[i]]++;
    }
    for (guint i = 0; i < n; i++) {
        double d = scores[i] - sums[groups[i]] / counts[groups[i]];
        inside += d * d;
    }
    for (guint g = 0; g < r->n_groups; g++) {
        if (counts[g] == 0)
            continue;
        double d = sums[g] / counts[g] - r->mean;
        n_used++;
        outside += counts[g] * d * d;
        squares += (double)counts[g] * counts[g] / n;
    }
    r->n_groups = n_used;
    r->within = n > n_used ? inside / (n - n_used) : 0;
    r->between = n_used > 1 && n > squares
                     ? MAX((outside / (n_used - 1) - r->within) * (n_used - 1) / (n - squares), 0)
                     : 0;
}

void leuko_typical_calibrate(LeukoTypical *t, const double *scores, const guint *groups, guint n,
                             guint n_groups)
{
    double sum = 0, squares = 0;
    LeukoTypicalReference *r = &t->reference;
    double limit = leuko_conformal_quantile(scores, NULL, n, 0, LEUKO_TYPICAL_SHARE);
    t->limit = isfinite(limit) ? limit : (double)NAN;
    for (guint i = 0; i < n; i++)
        sum += scores[i];
    *r = (LeukoTypicalReference){n, groups ? n_groups : 0, sum / MAX(n, 1), 0, 0};
    for (guint i = 0; i < n; i++)
        squares += (scores[i] - r->mean) * (scores[i] - r->mean);
    r->within = squares / MAX(n - 1.0, 1);
    if (groups && n > 0)
        split_variance(r, scores, groups, n);
}

gboolean leuko_typical_differs(const LeukoTypical *t, double mean, guint n, guint n_groups,
                               double *p)
{
    enum { MIN_IMAGES = 20, MIN_GROUPS = 5 };
    const LeukoTypicalReference *r = &t->reference;
    *p = NAN;
    if (n < MIN_IMAGES || r->n_images < MIN_IMAGES || (r->n_groups > 0 && r->n_groups < MIN_GROUPS))
        return FALSE;
    double variance = r->within * (1.0 / n + 1.0 / r->n_images);
    if (r->n_groups > 0)
        variance += r->between * (1.0 / n_groups + 1.0 / r->n_groups);
    if (!(variance > 0) || !isfinite(mean))
        return FALSE;
    double df = (r->n_groups > 0 ? r->n_groups : r->n_images) - 1.0;
    *p = leuko_student_cdf((r->mean - mean) / sqrt(variance), df);
    return *p <= LEUKO_TYPICAL_FALSE_ALARM;
}

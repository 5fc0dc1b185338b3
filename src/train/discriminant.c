#include "train/discriminant.h"
#include "base/error.h"
#include "train/cholesky.h"
#include <math.h>
#include <string.h>

struct LeukoDiscriminant {
    guint n_features, n_classes; /* C, K */
    double *center;              /* (C) mean of all rows */
    double *means;               /* (K, C) of the classes, minus `center` */
    double *share;               /* (K) of the rows' weight */
    double *covariance;          /* (C, C), lower triangle: within the classes */
    double *factor;              /* (C, C), lower triangle: of the last shrinkage */
    double trace;
};

void leuko_discriminant_free(LeukoDiscriminant *d)
{
    if (!d)
        return;
    g_free(d->center);
    g_free(d->means);
    g_free(d->share);
    g_free(d->covariance);
    g_free(d->factor);
    g_free(d);
}

static double weight_of(const LeukoHeadData *data, gsize row)
{
    return data->weights ? data->weights[row] : 1.0;
}

/* Set the means and shares of the classes and the center. */
static gboolean set_means(LeukoDiscriminant *d, const LeukoHeadData *data, const guint *rows,
                          gsize n, GError **error)
{
    guint C = d->n_features, K = d->n_classes;
    double total = 0;
    for (gsize i = 0; i < n; i++) {
        gsize row = rows ? rows[i] : i;
        double u = weight_of(data, row), *mean = d->means + (gsize)data->labels[row] * C;
        d->share[data->labels[row]] += u;
        total += u;
        for (guint c = 0; c < C; c++)
            mean[c] += u * (double)data->x[row * C + c];
    }
    for (guint k = 0; k < K; k++) {
        if (!(d->share[k] > 0))
            return leuko_fail(LEUKO_ERROR_DATA, error,
                              "a discriminant needs rows of every class; class %u has none", k);
        for (guint c = 0; c < C; c++) {
            d->center[c] += d->means[(gsize)k * C + c] / total;
            d->means[(gsize)k * C + c] /= d->share[k];
        }
        d->share[k] /= total;
    }
    for (guint c = 0; c < C; c++) {
        if (!isfinite(d->center[c]))
            return leuko_fail(LEUKO_ERROR_DATA, error, "feature %u is not finite", c);
        for (guint k = 0; k < K; k++)
            d->means[(gsize)k * C + c] -= d->center[c];
    }
    return TRUE;
}

/* Set the covariance within the classes. */
static gboolean set_covariance(LeukoDiscriminant *d, const LeukoHeadData *data, const guint *rows,
                               gsize n, GCancellable *cancellable, GError **error)
{
    guint C = d->n_features;
    g_autofree double *block = g_new(double, (gsize)LEUKO_CHOLESKY_ROWS *C); /* (m, C) */
    double total = 0;
    for (gsize i = 0; i < n; i += LEUKO_CHOLESKY_ROWS) {
        guint m = (guint)MIN(LEUKO_CHOLESKY_ROWS, n - i);
        for (guint r = 0; r < m; r++) {
            gsize row = rows ? rows[i + r] : i + r;
            const double *mean = d->means + (gsize)data->labels[row] * C;
            double u = weight_of(data, row), root = sqrt(u);
            total += u;
            for (guint c = 0; c < C; c++)
                block[(gsize)r * C + c] =
                    root * ((double)data->x[row * C + c] - d->center[c] - mean[c]);
        }
        leuko_cholesky_add_rows(d->covariance, C, block, m);
        if (leuko_is_cancelled(cancellable, error))
            return FALSE;
    }
    for (gsize i = 0; i < (gsize)C * C; i++)
        d->covariance[i] /= total;
    for (guint c = 0; c < C; c++)
        d->trace += d->covariance[(gsize)c * C + c];
    return (d->trace > 0 && isfinite(d->trace)) ||
           leuko_fail(LEUKO_ERROR_DATA, error,
                      "a discriminant needs features that vary within the classes");
}

LeukoDiscriminant *leuko_discriminant_new(const LeukoHeadData *data, const guint *rows, gsize n,
                                          GCancellable *cancellable, GError **error)
{
    g_autoptr(LeukoDiscriminant) d = g_new0(LeukoDiscriminant, 1);
    guint C = d->n_features = data->n_features, K = d->n_classes = data->n_classes;
    n = rows ? n : data->n_rows;
    d->center = g_new0(double, C);
    d->means = g_new0(double, (gsize)K *C);
    d->share = g_new0(double, K);
    d->covariance = g_try_new0(double, (gsize)C *C);
    d->factor = g_try_new0(double, (gsize)C *C);
    if (!d->covariance || !d->factor) {
        leuko_fail(LEUKO_ERROR_MEMORY, error, "no memory for a discriminant of %u features", C);
        return NULL;
    }
    return set_means(d, data, rows, n, error) &&
                   set_covariance(d, data, rows, n, cancellable, error)
               ? g_steal_pointer(&d)
               : NULL;
}

LeukoHead *leuko_discriminant_head(LeukoDiscriminant *d, double shrinkage,
                                   GCancellable *cancellable, GError **error)
{
    guint C = d->n_features, K = d->n_classes;
    g_assert(shrinkage > 0 && shrinkage <= 1);
    if (leuko_is_cancelled(cancellable, error))
        return NULL;
    for (guint i = 0; i < C; i++) {
        for (guint j = 0; j <= i; j++)
            d->factor[(gsize)i * C + j] = (1 - shrinkage) * d->covariance[(gsize)i * C + j];
        d->factor[(gsize)i * C + i] += shrinkage * d->trace / C;
    }
    leuko_cholesky_factor(d->factor, C);
    g_autoptr(LeukoHead) h = leuko_head_new(C, K);
    memcpy(h->mean, d->center, C * sizeof *h->mean);
    for (guint c = 0; c < C; c++)
        h->inv_sd[c] = 1.0;
    for (guint k = 0; k < K; k++) {
        const double *mean = d->means + (gsize)k * C;
        double *w = h->w + (gsize)k * C, along = 0;
        memcpy(w, mean, C * sizeof *w);
        leuko_cholesky_solve(d->factor, C, w);
        for (guint c = 0; c < C; c++)
            along += w[c] * mean[c];
        h->b[k] = log(d->share[k]) - 0.5 * along;
    }
    return g_steal_pointer(&h);
}

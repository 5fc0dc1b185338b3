#include "train/head-objective.h"
#include "leuko/error.h"
#include "stats/decide.h"
#include <math.h>
#include <string.h>

/* A fixed number, so that the number of threads does not change the sums. */
#define CHUNKS 16
/* Each weight is loaded once for four rows. */
#define BLOCK LEUKO_HEAD_BLOCK

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) &&                        \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FAST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FAST
#endif

static gsize theta_size(const LeukoHeadObjective *o)
{
    return (gsize)o->data->n_classes * (o->data->n_features + 1);
}

gboolean leuko_head_objective_init(LeukoHeadObjective *o, GError **error)
{
    o->partial = g_try_new(double, CHUNKS *(theta_size(o) + 1));
    if (!o->partial) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "no memory to train a head of %u classes on %u features", o->data->n_classes,
                    o->data->n_features);
        return FALSE;
    }
    return TRUE;
}

void leuko_head_objective_clear(LeukoHeadObjective *o) { g_clear_pointer(&o->partial, g_free); }

FAST void leuko_head_standardize(const float *x, guint n_features, const double *mean,
                                 const double *inv_sd, double *out)
{
    for (guint c = 0; c < n_features; c++)
        out[c] = ((double)x[c] - mean[c]) * inv_sd[c];
}

FAST void leuko_head_scores(const double *rows_mc, guint m, guint n_features, guint n_classes,
                            const double *theta, double *z_mk)
{
    const double *b = theta + (gsize)n_classes * n_features;
    for (guint k = 0; k < n_classes; k++) {
        const double *w = theta + (gsize)k * n_features;
        if (m == BLOCK) {
            const double *r0 = rows_mc, *r1 = r0 + n_features, *r2 = r1 + n_features,
                         *r3 = r2 + n_features;
            double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
            for (guint c = 0; c < n_features; c++) {
                s0 += w[c] * r0[c];
                s1 += w[c] * r1[c];
                s2 += w[c] * r2[c];
                s3 += w[c] * r3[c];
            }
            z_mk[k] = s0 + b[k];
            z_mk[n_classes + k] = s1 + b[k];
            z_mk[2 * n_classes + k] = s2 + b[k];
            z_mk[3 * n_classes + k] = s3 + b[k];
            continue;
        }
        for (guint r = 0; r < m; r++) {
            const double *row = rows_mc + (gsize)r * n_features;
            double s = 0;
#pragma omp simd reduction(+ : s)
            for (guint c = 0; c < n_features; c++)
                s += w[c] * row[c];
            z_mk[(gsize)r * n_classes + k] = s + b[k];
        }
    }
}

FAST void leuko_head_add_outer(const double *rows_mc, guint m, guint n_features, guint n_classes,
                               const double *d_mk, double *gradient)
{
    double *gb = gradient + (gsize)n_classes * n_features;
    for (guint k = 0; k < n_classes; k++) {
        double *g = gradient + (gsize)k * n_features;
        double d[BLOCK] = {0};
        for (guint r = 0; r < m; r++) {
            d[r] = d_mk[(gsize)r * n_classes + k];
            gb[k] += d[r];
        }
        if (m == BLOCK) {
            const double *r0 = rows_mc, *r1 = r0 + n_features, *r2 = r1 + n_features,
                         *r3 = r2 + n_features;
#pragma omp simd
            for (guint c = 0; c < n_features; c++)
                g[c] += d[0] * r0[c] + d[1] * r1[c] + d[2] * r2[c] + d[3] * r3[c];
            continue;
        }
        for (guint r = 0; r < m; r++)
#pragma omp simd
            for (guint c = 0; c < n_features; c++)
                g[c] += d[r] * rows_mc[(gsize)r * n_features + c];
    }
}

static gsize row_at(const LeukoHeadObjective *o, gsize i) { return o->rows ? o->rows[i] : i; }

/* Return the loss of rows begin..end and add their gradient to `gradient`. */
static double chunk_loss(const LeukoHeadObjective *o, gsize begin, gsize end, const double *theta,
                         double *gradient)
{
    guint C = o->data->n_features, K = o->data->n_classes;
    g_autofree double *block = g_new(double, (gsize)BLOCK *C); /* (m, C) */
    g_autofree double *z = g_new(double, (gsize)BLOCK *K);     /* (m, K) */
    double loss = 0;
    for (gsize i = begin; i < end; i += BLOCK) {
        guint m = (guint)MIN(BLOCK, end - i);
        for (guint r = 0; r < m; r++)
            leuko_head_standardize(o->data->x + row_at(o, i + r) * C, C, o->mean, o->inv_sd,
                                   block + (gsize)r * C);
        leuko_head_scores(block, m, C, K, theta, z);
        for (guint r = 0; r < m; r++) {
            gsize row = row_at(o, i + r);
            double *zr = z + (gsize)r * K;
            for (guint k = 0; o->offsets && k < K; k++)
                zr[k] += o->offsets[row * K + k];
            double u = o->data->weights ? o->data->weights[row] : 1.0;
            double at_label = zr[o->data->labels[row]];
            loss += u * (leuko_softmax(zr, K) - at_label);
            zr[o->data->labels[row]] -= 1.0;
            for (guint k = 0; k < K; k++)
                zr[k] *= u;
        }
        leuko_head_add_outer(block, m, C, K, z, gradient);
    }
    return loss;
}

double leuko_head_objective(const LeukoHeadObjective *o, const double *theta, double *gradient)
{
    gsize size = theta_size(o), n_weights = (gsize)o->data->n_classes * o->data->n_features;
#pragma omp parallel for schedule(static) num_threads(o->n_threads)
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
        double *part = o->partial + (gsize)chunk * (size + 1); /* gradient, then loss */
        memset(part, 0, (size + 1) * sizeof *part);
        gsize begin = o->n * (gsize)chunk / CHUNKS, end = o->n * (gsize)(chunk + 1) / CHUNKS;
        part[size] = chunk_loss(o, begin, end, theta, part);
    }
    double loss = 0, square = 0;
    memset(gradient, 0, size * sizeof *gradient);
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
        const double *part = o->partial + (gsize)chunk * (size + 1);
        for (gsize i = 0; i < size; i++)
            gradient[i] += part[i];
        loss += part[size];
    }
    for (gsize i = 0; i < (o->penalizes_biases ? size : n_weights); i++) {
        gradient[i] += o->l2 * theta[i];
        square += theta[i] * theta[i];
    }
    return loss + 0.5 * o->l2 * square;
}

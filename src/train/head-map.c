#include "train/head-map.h"
#include "base/error.h"
#include "train/cholesky.h"
#include "train/head-objective.h"
#include "train/lbfgs.h"
#include <math.h>

#define JITTER 1e-9 /* of the diagonal: equal rows do not make the matrix singular */

static double evaluate(const double *theta, double *gradient, gpointer user_data)
{
    return leuko_head_objective(user_data, theta, gradient);
}

gboolean leuko_head_map_fit(const LeukoHeadPrior *p, const guint *rows, gsize n, double l2,
                            double tolerance, guint n_threads, double *theta,
                            GCancellable *cancellable, GError **error)
{
    gsize size = (gsize)p->data->n_classes * (p->data->n_features + 1);
    if (2.0 * (double)(n * size) < LEUKO_HEAD_WORTH_THREADS)
        n_threads = 1;
    LeukoHeadObjective objective = {.data = p->data,
                                    .rows = rows,
                                    .n = n,
                                    .mean = p->mean,
                                    .inv_sd = p->inv_sd,
                                    .l2 = l2,
                                    .n_threads = n_threads,
                                    .offsets = p->offsets,
                                    .penalizes_biases = TRUE};
    if (!leuko_head_objective_init(&objective, error))
        return FALSE;
    const LeukoLbfgs problem = {.evaluate = evaluate,
                                .user_data = &objective,
                                .n = size,
                                .tolerance = tolerance * (double)n,
                                .max_iterations = 5000};
    g_autofree double *gradient = g_new(double, size);
    double value;
    guint n_iterations;
    gboolean ok =
        leuko_lbfgs_minimize(&problem, theta, gradient, &value, &n_iterations, cancellable, error);
    leuko_head_objective_clear(&objective);
    return ok;
}

void leuko_head_map_standardize(const LeukoHeadData *d, const guint *rows, gsize n, double *mean,
                                double *inv_sd)
{
    for (guint c = 0; c < d->n_features; c++) {
        double sum = 0, square = 0;
        for (gsize i = 0; i < n; i++)
            sum += (double)d->x[rows[i] * (gsize)d->n_features + c];
        mean[c] = sum / (double)n;
        for (gsize i = 0; i < n; i++) {
            double v = (double)d->x[rows[i] * (gsize)d->n_features + c] - mean[c];
            square += v * v;
        }
        double sd = sqrt(square / (double)n);
        inv_sd[c] = sd > 1e-7 * fabs(mean[c]) && sd > 1e-30 ? 1 / sd : 0;
    }
}

guint leuko_head_map_rank(const LeukoHeadData *data)
{
    return (guint)MIN(data->n_rows, data->n_features);
}

/* The standardized features themselves. */
static void copy_standardized(const LeukoHeadPrior *p, float *out)
{
    guint C = p->data->n_features;
    g_autofree double *row = g_new(double, C);
    for (gsize i = 0; i < p->data->n_rows; i++) {
        leuko_head_standardize(p->data->x + i * C, C, p->mean, p->inv_sd, row);
        for (guint c = 0; c < C; c++)
            out[i * C + c] = (float)row[c];
    }
}

/* The rows of Cholesky's factor of the matrix of inner products. */
static gboolean factor_products(const LeukoHeadPrior *p, float *out, GError **error)
{
    guint n = (guint)p->data->n_rows, C = p->data->n_features;
    g_autofree double *products = g_try_malloc0_n((gsize)n * n, sizeof(double));
    g_autofree float *x = g_try_malloc_n((gsize)n * C, sizeof(float));
    if (!products || !x)
        return leuko_fail(LEUKO_ERROR_MEMORY, error, "no memory for the products of %u images", n);
    copy_standardized(p, x);
    double trace = 0;
    for (guint i = 0; i < n; i++)
        for (guint j = 0; j <= i; j++) {
            const float *a = x + (gsize)i * C, *b = x + (gsize)j * C;
            double sum = 0;
#pragma omp simd reduction(+ : sum)
            for (guint c = 0; c < C; c++)
                sum += (double)a[c] * (double)b[c];
            products[(gsize)i * n + j] = sum;
            trace += i == j ? sum : 0;
        }
    for (guint i = 0; i < n; i++)
        products[(gsize)i * n + i] += JITTER * (trace / n + 1);
    leuko_cholesky_factor(products, n);
    for (guint i = 0; i < n; i++)
        for (guint j = 0; j < n; j++)
            out[(gsize)i * n + j] = j <= i ? (float)products[(gsize)i * n + j] : 0;
    return TRUE;
}

float *leuko_head_map_coordinates(const LeukoHeadPrior *p, GError **error)
{
    guint rank = leuko_head_map_rank(p->data);
    g_autofree float *out = g_try_malloc_n(p->data->n_rows * rank, sizeof(float));
    if (!out) {
        leuko_fail(LEUKO_ERROR_MEMORY, error, "no memory for the features of %zu images",
                   p->data->n_rows);
        return NULL;
    }
    if (rank == p->data->n_features)
        copy_standardized(p, out);
    else if (!factor_products(p, out, error))
        return NULL;
    return g_steal_pointer(&out);
}

#include "train/head-curvature.h"
#include "stats/decide.h"
#include "train/head-objective.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row is used if its curvature along itself is at least this share of l2. */
#define LEAST_SHARE 0.02

/* The block of one class. */
typedef struct {
    guint n;             /* rows of A */
    guint *index;        /* (n) into the rows of the curvature */
    double *root;        /* (n) sqrt(u p (1 - p)) */
    double *factor;      /* (n, n): the lower Cholesky factor of I + A D^-1 A^T */
    double weight, bias; /* D: of the weights, and of the bias */
} Block;

struct LeukoHeadCurvature {
    LeukoHead *head;
    guint n_rows;
    double *x;     /* (n_rows, C), standardized */
    Block *blocks; /* (K) */
};

void leuko_head_curvature_free(LeukoHeadCurvature *c)
{
    if (!c)
        return;
    for (guint k = 0; k < c->head->n_classes; k++) {
        g_free(c->blocks[k].index);
        g_free(c->blocks[k].root);
        g_free(c->blocks[k].factor);
    }
    leuko_head_free(c->head);
    g_free(c->x);
    g_free(c->blocks);
    g_free(c);
}

/* h (n_rows, K) = u p (1 - p); norm (n_rows) = |x|^2 of the standardized rows. */
static void find_weights(const LeukoHeadData *d, const LeukoHead *head, double *h, double *norm,
                         guint n_threads)
{
    guint C = d->n_features, K = d->n_classes;
#pragma omp parallel for schedule(static) num_threads(n_threads)
    for (gsize i = 0; i < d->n_rows; i++) {
        double u = d->weights ? d->weights[i] : 1.0;
        leuko_head_logits(head, d->x + i * C, h + i * K);
        leuko_softmax(h + i * K, K);
        for (guint k = 0; k < K; k++)
            h[i * K + k] *= u * (1 - h[i * K + k]);
        norm[i] = 0;
        for (guint c = 0; c < C; c++)
            norm[i] += pow(((double)d->x[i * C + c] - head->mean[c]) * head->inv_sd[c], 2);
    }
}

typedef struct {
    double value; /* curvature of a row along itself, the largest over the classes */
    guint row;
} Ranked;

static int largest_first(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The rows that matter most, the most curved first: (*n), g_free. */
static guint *choose_rows(const LeukoHeadData *d, const double *h, const double *norm, double l2,
                          guint *n)
{
    guint K = d->n_classes;
    g_autofree Ranked *ranked = g_new(Ranked, d->n_rows);
    for (gsize i = 0; i < d->n_rows; i++) {
        ranked[i] = (Ranked){0, (guint)i};
        for (guint k = 0; k < K; k++)
            ranked[i].value = fmax(ranked[i].value, h[i * K + k] * norm[i]);
    }
    qsort(ranked, d->n_rows, sizeof *ranked, largest_first);
    guint *rows = g_new(guint, LEUKO_CURVATURE_ROWS);
    for (*n = 0; *n < MIN(d->n_rows, LEUKO_CURVATURE_ROWS); (*n)++) {
        if (ranked[*n].value < LEAST_SHARE * l2)
            break;
        rows[*n] = ranked[*n].row;
    }
    return rows;
}

/* gram (n, n) = x x^T, lower half. */
static double *multiply_rows(const double *x, guint n, guint n_features, guint n_threads)
{
    double *gram = g_new(double, (gsize)n *n);
#pragma omp parallel for schedule(dynamic) num_threads(n_threads)
    for (guint i = 0; i < n; i++)
        for (guint j = 0; j <= i; j++) {
            const double *a = x + (gsize)i * n_features, *b = x + (gsize)j * n_features;
            double sum = 0;
#pragma omp simd reduction(+ : sum)
            for (guint c = 0; c < n_features; c++)
                sum += a[c] * b[c];
            gram[(gsize)i * n + j] = sum;
        }
    return gram;
}

/* a (n, n), of which the lower half is given: its Cholesky factor, in place. */
static void factorize(double *a, guint n)
{
    for (guint i = 0; i < n; i++) {
        double *row = a + (gsize)i * n;
        for (guint j = 0; j <= i; j++) {
            const double *other = a + (gsize)j * n;
            double sum = 0;
#pragma omp simd reduction(+ : sum)
            for (guint k = 0; k < j; k++)
                sum += row[k] * other[k];
            row[j] = i == j ? sqrt(row[j] - sum) : (row[j] - sum) / other[j];
        }
    }
}

/* y (n) = (L L^T)^-1 y. */
static void solve(const double *factor, guint n, double *y)
{
    for (guint i = 0; i < n; i++) {
        const double *row = factor + (gsize)i * n;
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (guint j = 0; j < i; j++)
            sum += row[j] * y[j];
        y[i] = (y[i] - sum) / row[i];
    }
    for (guint i = n; i-- > 0;) {
        const double *row = factor + (gsize)i * n;
        y[i] /= row[i];
#pragma omp simd
        for (guint j = 0; j < i; j++)
            y[j] -= row[j] * y[i];
    }
}

/* The block of class k. rows (n): those of the curvature. */
static void make_block(LeukoHeadCurvature *c, guint k, const LeukoHeadData *d, const guint *rows,
                       const double *h, const double *norm, const double *gram)
{
    Block *b = &c->blocks[k];
    guint K = d->n_classes, n = c->n_rows;
    double rest = 0, bias = 0, all = 0;
    for (gsize i = 0; i < d->n_rows; i++) {
        rest += h[i * K + k] * norm[i] / d->n_features;
        bias += h[i * K + k];
        all += h[i * K + k];
    }
    b->index = g_new(guint, n);
    b->root = g_new(double, n);
    for (guint r = 0; r < n; r++) {
        double w = h[(gsize)rows[r] * K + k];
        if (w * norm[rows[r]] < LEAST_SHARE * c->head->l2)
            continue;
        rest -= w * norm[rows[r]] / d->n_features;
        bias -= w;
        b->index[b->n] = r;
        b->root[b->n++] = sqrt(w);
    }
    b->weight = c->head->l2 + fmax(rest, 0);
    b->bias = fmax(bias, 1e-3 * all + 1e-9);
    b->factor = g_new(double, (gsize)b->n * b->n);
    for (guint i = 0; i < b->n; i++)
        for (guint j = 0; j <= i; j++) {
            guint row = MAX(b->index[i], b->index[j]), column = MIN(b->index[i], b->index[j]);
            double product = gram[(gsize)row * n + column] / b->weight + 1 / b->bias;
            b->factor[(gsize)i * b->n + j] = b->root[i] * b->root[j] * product + (i == j ? 1 : 0);
        }
    factorize(b->factor, b->n);
}

LeukoHeadCurvature *leuko_head_curvature_new(const LeukoHeadData *d, const LeukoHead *head,
                                             guint n_threads)
{
    guint C = d->n_features, K = d->n_classes;
    LeukoHeadCurvature *c = g_new0(LeukoHeadCurvature, 1);
    c->head = leuko_head_copy(head);
    c->blocks = g_new0(Block, K);
    g_autofree double *h = g_new(double, d->n_rows *K), *norm = g_new(double, d->n_rows);
    find_weights(d, head, h, norm, n_threads);
    g_autofree guint *rows = choose_rows(d, h, norm, head->l2, &c->n_rows);
    c->x = g_new(double, (gsize)c->n_rows *C);
    for (guint r = 0; r < c->n_rows; r++)
        leuko_head_standardize(d->x + (gsize)rows[r] * C, C, head->mean, head->inv_sd,
                               c->x + (gsize)r * C);
    g_autofree double *gram = multiply_rows(c->x, c->n_rows, C, n_threads);
#pragma omp parallel for schedule(dynamic) num_threads(n_threads)
    for (guint k = 0; k < K; k++)
        make_block(c, k, d, rows, h, norm, gram);
    return c;
}

/* Split off the mean over the classes of each feature and of the bias: mean (C + 1). */
static void remove_mean(double *v, guint n_features, guint n_classes, double *mean)
{
    double *b = v + (gsize)n_classes * n_features;
    memset(mean, 0, (n_features + 1) * sizeof *mean);
    for (guint k = 0; k < n_classes; k++) {
        for (guint c = 0; c < n_features; c++)
            mean[c] += v[(gsize)k * n_features + c] / n_classes;
        mean[n_features] += b[k] / n_classes;
    }
    for (guint k = 0; k < n_classes; k++) {
        for (guint c = 0; c < n_features; c++)
            v[(gsize)k * n_features + c] -= mean[c];
        b[k] -= mean[n_features];
    }
}

/* z (n_rows, K) = D^-1 (v . x + bias) becomes the coefficients of the rows, by the system of each
 * class. */
static void solve_blocks(const LeukoHeadCurvature *c, const double *bias, double *z)
{
    guint K = c->head->n_classes;
    g_autofree double *y = g_new(double, c->n_rows + 1);
    for (guint k = 0; k < K; k++) {
        const Block *b = &c->blocks[k];
        for (guint i = 0; i < b->n; i++)
            y[i] = b->root[i] * (z[(gsize)b->index[i] * K + k] / b->weight + bias[k] / b->bias);
        solve(b->factor, b->n, y);
        for (guint r = 0; r < c->n_rows; r++)
            z[(gsize)r * K + k] = 0;
        for (guint i = 0; i < b->n; i++)
            z[(gsize)b->index[i] * K + k] = -b->root[i] * y[i];
    }
}

void leuko_head_curvature_apply(const LeukoHeadCurvature *c, double *v)
{
    guint C = c->head->n_features, K = c->head->n_classes;
    gsize n_weights = (gsize)K * C;
    g_autofree double *mean = g_new(double, C + 1), *again = g_new(double, C + 1);
    g_autofree double *z = g_new(double, (gsize)c->n_rows *K + 1);
    g_autofree double *bias = g_new0(double, K);
    remove_mean(v, C, K, mean);
    memcpy(bias, v + n_weights, K * sizeof *bias);
    memset(v + n_weights, 0, K * sizeof *v);
    for (guint r = 0; r < c->n_rows; r += LEUKO_HEAD_BLOCK)
        leuko_head_scores(c->x + (gsize)r * C, MIN(LEUKO_HEAD_BLOCK, c->n_rows - r), C, K, v,
                          z + (gsize)r * K);
    memcpy(v + n_weights, bias, K * sizeof *bias);
    solve_blocks(c, bias, z);
    for (guint r = 0; r < c->n_rows; r += LEUKO_HEAD_BLOCK)
        leuko_head_add_outer(c->x + (gsize)r * C, MIN(LEUKO_HEAD_BLOCK, c->n_rows - r), C, K,
                             z + (gsize)r * K, v);
    for (guint k = 0; k < K; k++) {
        for (guint f = 0; f < C; f++)
            v[(gsize)k * C + f] /= c->blocks[k].weight;
        v[n_weights + k] /= c->blocks[k].bias;
    }
    remove_mean(v, C, K, again);
    for (guint k = 0; k < K; k++)
        for (guint f = 0; f < C; f++)
            v[(gsize)k * C + f] += mean[f] / c->head->l2;
}

static void precondition(double *v, gpointer curvature)
{
    leuko_head_curvature_apply(curvature, v);
}

LeukoHead *leuko_head_fit_near(const LeukoHeadData *data, const guint *rows, gsize n,
                               const LeukoHeadCurvature *near, double tolerance, guint n_threads,
                               GCancellable *cancellable, GError **error)
{
    const LeukoHeadStart start = {near->head, precondition, (gpointer)near};
    return leuko_head_fit_from(data, rows, n, near->head->l2, &start, tolerance, n_threads,
                               cancellable, error);
}

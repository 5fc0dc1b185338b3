#include "train/head.h"
#include "base/plural.h"
#include "leuko/error.h"
#include "stats/decide.h"
#include "train/head-objective.h"
#include "train/lbfgs.h"
#include <math.h>
#include <string.h>

void leuko_head_free(LeukoHead *h)
{
    if (!h)
        return;
    g_free(h->mean);
    g_free(h->inv_sd);
    g_free(h->w);
    g_free(h);
}

LeukoHead *leuko_head_copy(const LeukoHead *head)
{
    guint C = head->n_features, K = head->n_classes;
    LeukoHead *h = g_memdup2(head, sizeof *head);
    h->mean = g_memdup2(head->mean, C * sizeof(double));
    h->inv_sd = g_memdup2(head->inv_sd, C * sizeof(double));
    h->w = g_memdup2(head->w, (gsize)K * (C + 1) * sizeof(double));
    h->b = h->w + (gsize)K * C;
    return h;
}

static gboolean check(const LeukoHeadData *d, const guint *rows, gsize n, double l2, GError **error)
{
    if (d->n_classes < 2 || d->n_features < 1 || n == 0 || !(l2 > 0) || !isfinite(l2)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "cannot fit a head of %u %s on %u %s of %zu %s with l2 = %g", d->n_classes,
                    leuko_plural(d->n_classes, "class", "classes"), d->n_features,
                    LEUKO_PLURAL(d->n_features, "feature"), n, LEUKO_PLURAL(n, "row"), l2);
        return FALSE;
    }
    gint first = -1;
    gboolean two = FALSE;
    for (gsize i = 0; i < n; i++) {
        gsize row = rows ? rows[i] : i;
        gint label = d->labels[row];
        if (row >= d->n_rows || label < 0 || (guint)label >= d->n_classes ||
            (d->weights && !(d->weights[row] >= 0))) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                        "row %zu of the head's data: the label or weight is out of range", row);
            return FALSE;
        }
        if (d->weights && d->weights[row] == 0)
            continue;
        two |= first >= 0 && label != first;
        first = label;
    }
    if (!two) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "a head needs training images of at least two classes");
        return FALSE;
    }
    return TRUE;
}

/* Set the weighted mean and 1 / sd of each feature over the rows (0 for a constant feature), and
 * *total, the total weight of the rows. */
static gboolean measure(LeukoHead *h, const LeukoHeadData *d, const guint *rows, gsize n,
                        double *total, GError **error)
{
    guint C = d->n_features;
    g_autofree double *square = g_new0(double, C);
    *total = 0;
    for (guint pass = 0; pass < 2; pass++) {
        for (gsize i = 0; i < n; i++) {
            gsize row = rows ? rows[i] : i;
            double u = d->weights ? d->weights[row] : 1.0;
            const float *x = d->x + row * C;
            *total += pass == 0 ? u : 0;
            for (guint c = 0; c < C; c++) {
                double v = pass == 0 ? (double)x[c] : (double)x[c] - h->mean[c];
                *(pass == 0 ? &h->mean[c] : &square[c]) += pass == 0 ? u * v : u * v * v;
            }
        }
        for (guint c = 0; pass == 0 && c < C; c++)
            h->mean[c] /= *total;
    }
    for (guint c = 0; c < C; c++) {
        double sd = sqrt(square[c] / *total);
        if (!isfinite(sd) || !isfinite(h->mean[c])) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "feature %u is not finite", c);
            return FALSE;
        }
        h->inv_sd[c] = sd > 1e-7 * fabs(h->mean[c]) && sd > 1e-30 ? 1.0 / sd : 0.0;
    }
    return TRUE;
}

static double evaluate(const double *theta, double *gradient, gpointer user_data)
{
    return leuko_head_objective(user_data, theta, gradient);
}

/* Adding one number to all of b does not change the loss; choose sum(b) = 0. */
static void center_biases(LeukoHead *h)
{
    double mean = 0;
    for (guint k = 0; k < h->n_classes; k++)
        mean += h->b[k] / h->n_classes;
    for (guint k = 0; k < h->n_classes; k++)
        h->b[k] -= mean;
}

LeukoHead *leuko_head_new(guint n_features, guint n_classes)
{
    LeukoHead *h = g_new0(LeukoHead, 1);
    h->n_features = n_features;
    h->n_classes = n_classes;
    h->mean = g_new0(double, n_features);
    h->inv_sd = g_new0(double, n_features);
    h->w = g_new0(double, (gsize)n_classes *(n_features + 1)); /* W, then b */
    h->b = h->w + (gsize)n_classes * n_features;
    return h;
}

/* Write the start's function of the raw features as weights for h's standardized ones. */
static void start_from(LeukoHead *h, const LeukoHead *start)
{
    g_assert(start->n_features == h->n_features && start->n_classes == h->n_classes);
    for (guint k = 0; k < h->n_classes; k++) {
        h->b[k] = start->b[k];
        for (guint c = 0; c < h->n_features; c++) {
            gsize i = (gsize)k * h->n_features + c;
            double raw = start->w[i] * start->inv_sd[c];
            h->w[i] = h->inv_sd[c] > 0 ? raw / h->inv_sd[c] : 0;
            h->b[k] += raw * (h->mean[c] - start->mean[c]);
        }
    }
}

LeukoHead *leuko_head_fit_from(const LeukoHeadData *data, const guint *rows, gsize n, double l2,
                               const LeukoHeadStart *start, double tolerance, guint n_threads,
                               GCancellable *cancellable, GError **error)
{
    n = rows ? n : data->n_rows;
    if (!check(data, rows, n, l2, error))
        return NULL;
    g_autoptr(LeukoHead) h = leuko_head_new(data->n_features, data->n_classes);
    h->l2 = l2;
    double total = 0;
    if (!measure(h, data, rows, n, &total, error))
        return NULL;
    gsize size = (gsize)data->n_classes * (data->n_features + 1);
    if (start->head)
        start_from(h, start->head);
    double multiply_adds = 2.0 * (double)n * data->n_features * data->n_classes;
    n_threads = multiply_adds < LEUKO_HEAD_WORTH_THREADS ? 1 : MAX(n_threads, 1);
    LeukoHeadObjective objective = {.data = data,
                                    .rows = rows,
                                    .n = n,
                                    .mean = h->mean,
                                    .inv_sd = h->inv_sd,
                                    .l2 = l2,
                                    .n_threads = n_threads};
    if (!leuko_head_objective_init(&objective, error))
        return NULL;
    LeukoLbfgs problem = {.evaluate = evaluate,
                          .user_data = &objective,
                          .n = size,
                          .tolerance = tolerance * total,
                          .max_iterations = 5000,
                          .precondition = start->precondition,
                          .precondition_data = start->data};
    g_autofree double *gradient = g_new(double, size);
    gboolean ok = leuko_lbfgs_minimize(&problem, h->w, gradient, &h->loss, &h->n_iterations,
                                       cancellable, error);
    leuko_head_objective_clear(&objective);
    if (!ok)
        return NULL;
    for (gsize i = 0; i < size; i++)
        h->gradient = fmax(h->gradient, fabs(gradient[i]) / total);
    center_biases(h);
    return g_steal_pointer(&h);
}

LeukoHead *leuko_head_fit(const LeukoHeadData *data, const guint *rows, gsize n, double l2,
                          const LeukoHead *start, double tolerance, guint n_threads,
                          GCancellable *cancellable, GError **error)
{
    const LeukoHeadStart from = {.head = start};
    return leuko_head_fit_from(data, rows, n, l2, &from, tolerance, n_threads, cancellable, error);
}

void leuko_head_logits(const LeukoHead *head, const float *x, double *z)
{
    g_autofree double *row = g_new(double, head->n_features);
    leuko_head_standardize(x, head->n_features, head->mean, head->inv_sd, row);
    leuko_head_scores(row, 1, head->n_features, head->n_classes, head->w, z);
}

float *leuko_head_logits_of_rows(const LeukoHead *head, const float *x, gsize n)
{
    guint n_classes = head->n_classes;
    float *logits = g_new(float, n *n_classes);
    g_autofree double *z = g_new(double, n_classes);
    for (gsize i = 0; i < n; i++) {
        leuko_head_logits(head, x + i * head->n_features, z);
        for (guint k = 0; k < n_classes; k++)
            logits[i * n_classes + k] = (float)z[k];
    }
    return logits;
}

double leuko_head_log_loss(const LeukoHead *head, const LeukoHeadData *data, const guint *rows,
                           gsize n, double *accuracy)
{
    g_autofree double *z = g_new(double, head->n_classes);
    double loss = 0, right = 0, total = 0;
    n = rows ? n : data->n_rows;
    for (gsize i = 0; i < n; i++) {
        gsize row = rows ? rows[i] : i;
        double u = data->weights ? data->weights[row] : 1.0;
        leuko_head_logits(head, data->x + row * data->n_features, z);
        gint label = data->labels[row];
        guint top = 0;
        for (guint k = 1; k < head->n_classes; k++)
            top = z[k] > z[top] ? k : top;
        double at_label = z[label];
        loss += u * (leuko_softmax(z, head->n_classes) - at_label);
        right += (gint)top == label ? u : 0;
        total += u;
    }
    if (accuracy)
        *accuracy = total > 0 ? right / total : NAN;
    return total > 0 ? loss / total : NAN;
}

void leuko_head_fold(const LeukoHead *head, float *weights_ck, float *biases)
{
    for (guint k = 0; k < head->n_classes; k++) {
        double bias = head->b[k];
        for (guint c = 0; c < head->n_features; c++) {
            double w = head->w[(gsize)k * head->n_features + c] * head->inv_sd[c];
            weights_ck[(gsize)c * head->n_classes + k] = (float)w;
            bias -= w * head->mean[c];
        }
        biases[k] = (float)bias;
    }
}

void leuko_head_scale(LeukoHead *head, double factor)
{
    gsize n = (gsize)head->n_classes * (head->n_features + 1); /* W, then b, in one block */
    for (gsize i = 0; i < n; i++)
        head->w[i] *= factor;
}

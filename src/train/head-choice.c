#include "train/head-choice.h"
#include "base/progress.h"
#include "stats/decide.h"
#include "train/head-objective.h"
#include <math.h>
#include <string.h>

#define PER_DECADE 2
/* Tighter fits change held-out losses by less than 1e-3, a tenth of their standard errors. */
#define TOLERANCE 3e-4

void leuko_head_choice_free(LeukoHeadChoice *choice)
{
    if (!choice)
        return;
    g_array_unref(choice->trials);
    g_free(choice->logits);
    leuko_head_free(choice->start);
    g_free(choice);
}

typedef struct {
    guint *train, *held; /* row indices: of the rows to fit on, of those that are held out */
    gsize n_train, n_held;
    const LeukoHead *head; /* fitted with the last l2; the next fit starts from it; borrowed */
    double loss, accuracy; /* of the held-out rows, with the last l2 */
} Fold;

static void folds_free(Fold *folds, guint n)
{
    for (guint f = 0; f < n; f++) {
        g_free(folds[f].train);
        g_free(folds[f].held);
    }
    g_free(folds);
}

static Fold *folds_new(const LeukoHeadData *data, const LeukoHeadData *fit, const guint *fold,
                       guint n_folds)
{
    Fold *folds = g_new0(Fold, n_folds);
    for (guint f = 0; f < n_folds; f++) {
        folds[f].train = g_new(guint, fit->n_rows);
        folds[f].held = g_new(guint, data->n_rows);
        for (gsize i = 0; i < data->n_rows; i++)
            if (fold[i] == f)
                folds[f].held[folds[f].n_held++] = (guint)i;
        for (gsize j = 0; j < fit->n_rows; j++)
            if (fold[j % data->n_rows] != f)
                folds[f].train[folds[f].n_train++] = (guint)j;
    }
    return folds;
}

/* Fit one fold with one l2; set its held-out figures. Returns its head, new; NULL without rows. */
static LeukoHead *try_fold(const LeukoHeadData *data, const LeukoHeadData *fit, Fold *fold,
                           double l2, guint n_threads, GCancellable *cancellable, GError **error)
{
    if (fold->n_held == 0)
        return NULL;
    LeukoHead *head = leuko_head_fit(fit, fold->train, fold->n_train, l2, fold->head, TOLERANCE,
                                     n_threads, cancellable, error);
    if (!head)
        return NULL;
    fold->head = head;
    fold->loss = leuko_head_log_loss(head, data, fold->held, fold->n_held, &fold->accuracy);
    return head;
}

/* The logits (n_rows, K) of all rows, each by the head (n_folds) of the fold that holds it out. */
static double *held_out_logits(const LeukoHeadData *data, const Fold *folds, guint n_folds,
                               LeukoHead *const *heads, guint n_threads)
{
    double *logits = g_new0(double, data->n_rows * data->n_classes);
#pragma omp parallel for schedule(dynamic) num_threads(n_threads)
    for (guint f = 0; f < n_folds; f++)
        for (gsize i = 0; i < folds[f].n_held; i++) {
            gsize row = folds[f].held[i];
            leuko_head_logits(heads[f], data->x + row * data->n_features,
                              logits + row * data->n_classes);
        }
    return logits;
}

/* Fit all folds with one l2, one fold per thread; set the trial's figures and the heads (n_folds),
 * new. */
static gboolean try_l2(const LeukoHeadData *data, const LeukoHeadData *fit, Fold *folds,
                       guint n_folds, LeukoHeadTrial *trial, LeukoHead **heads, guint n_threads,
                       GCancellable *cancellable, GError **error)
{
    g_autofree GError **errors = g_new0(GError *, n_folds);
#pragma omp parallel for schedule(dynamic) num_threads(n_threads)
    for (guint f = 0; f < n_folds; f++)
        heads[f] = try_fold(data, fit, &folds[f], trial->l2, 1, cancellable, &errors[f]);
    double sum = 0, square = 0, right = 0, n_held = 0;
    guint n = 0, n_errors = 0;
    for (guint f = 0; f < n_folds; f++) {
        const Fold *fold = &folds[f];
        if (errors[f] && n_errors++ == 0)
            g_propagate_error(error, errors[f]);
        else
            g_clear_error(&errors[f]);
        if (fold->n_held == 0)
            continue;
        sum += fold->loss;
        square += fold->loss * fold->loss;
        right += fold->accuracy * (double)fold->n_held;
        n_held += (double)fold->n_held;
        n++;
    }
    trial->loss = sum / n;
    double variance = n > 1 ? (square - sum * sum / n) / (n - 1) : 0;
    trial->se = sqrt(fmax(variance, 0) / n);
    trial->accuracy = right / n_held;
    return n_errors == 0;
}

static void pick(LeukoHeadChoice *c)
{
    const LeukoHeadTrial *trials = (const LeukoHeadTrial *)(void *)c->trials->data;
    c->best = c->chosen = 0;
    for (guint i = 1; i < c->trials->len; i++)
        if (trials[i].loss < trials[c->best].loss)
            c->best = i;
    while (trials[c->chosen].loss > trials[c->best].loss + trials[c->best].se)
        c->chosen++;
}

/* The heads (n_folds) of a trial. */
static LeukoHead **heads_of(GPtrArray *heads, guint trial, guint n_folds)
{
    return (LeukoHead **)heads->pdata + (gsize)trial * n_folds;
}

LeukoHeadChoice *leuko_head_choose(const LeukoHeadData *data, const LeukoHeadData *fit,
                                   const guint *fold, guint n_folds, double strong, double weak,
                                   guint n_threads, LeukoReporter reporter,
                                   GCancellable *cancellable, GError **error)
{
    guint n_steps = (guint)lround(PER_DECADE * log10(strong / weak)) + 1;
    g_autoptr(LeukoHeadChoice) c = g_new0(LeukoHeadChoice, 1);
    g_autoptr(GPtrArray) heads = g_ptr_array_new_with_free_func(
        (GDestroyNotify)leuko_head_free); /* n_folds for each trial */
    c->trials = g_array_new(FALSE, TRUE, sizeof(LeukoHeadTrial));
    Fold *folds = folds_new(data, fit, fold, n_folds);
    gboolean ok = TRUE;
    for (guint step = 0; ok && step < n_steps; step++) {
        LeukoHeadTrial trial = {.l2 = strong * pow(10.0, -(double)step / PER_DECADE)};
        g_ptr_array_set_size(heads, (gint)((step + 1) * n_folds));
        ok = try_l2(data, fit, folds, n_folds, &trial, heads_of(heads, step, n_folds), n_threads,
                    cancellable, error);
        if (!ok)
            break;
        g_array_append_val(c->trials, trial);
        pick(c);
        g_autofree gchar *note =
            g_strdup_printf("held-out loss %.4f accuracy %.4f", trial.loss, trial.accuracy);
        leuko_report(reporter, "regularization", step + 1, n_steps, "strengths", note);
        if (step >= c->best + 2)
            break;
    }
    if (ok) {
        LeukoHead **chosen = heads_of(heads, c->chosen, n_folds);
        c->logits = held_out_logits(data, folds, n_folds, chosen, n_threads);
        c->start = g_steal_pointer(&chosen[0]);
    }
    folds_free(folds, n_folds);
    return ok ? g_steal_pointer(&c) : NULL;
}

double leuko_head_strong_l2(const LeukoHeadData *data)
{
    guint C = data->n_features;
    g_autofree double *mean = g_new0(double, C), *inv_sd = g_new0(double, C);
    g_autofree double *v = g_new(double, C), *next = g_new(double, C), *row = g_new(double, C);
    for (gsize i = 0; i < data->n_rows; i++)
        for (guint c = 0; c < C; c++)
            mean[c] += (double)data->x[i * C + c] / (double)data->n_rows;
    for (gsize i = 0; i < data->n_rows; i++)
        for (guint c = 0; c < C; c++)
            inv_sd[c] += pow((double)data->x[i * C + c] - mean[c], 2) / (double)data->n_rows;
    for (guint c = 0; c < C; c++) {
        inv_sd[c] =
            inv_sd[c] > 1e-14 * mean[c] * mean[c] && inv_sd[c] > 0 ? 1 / sqrt(inv_sd[c]) : 0;
        v[c] = 1.0 / sqrt(C) * (c % 3 == 1 ? -1 : 1);
    }
    double top = 0;
    for (guint pass = 0; pass < 30; pass++) { /* power iteration; a few percent are enough */
        memset(next, 0, C * sizeof *next);
        for (gsize i = 0; i < data->n_rows; i++) {
            double along = 0;
            leuko_head_standardize(data->x + i * C, C, mean, inv_sd, row);
            for (guint c = 0; c < C; c++)
                along += row[c] * v[c];
            for (guint c = 0; c < C; c++)
                next[c] += along * row[c];
        }
        double norm = 0;
        for (guint c = 0; c < C; c++)
            norm += next[c] * next[c];
        norm = sqrt(norm);
        gboolean settled = fabs(norm - top) < 1e-3 * norm;
        top = norm;
        for (guint c = 0; c < C && norm > 0; c++)
            v[c] = next[c] / norm;
        if (settled)
            break;
    }
    return fmax(0.25 * top, 1.0);
}

double leuko_head_held_out_loss(const LeukoHeadData *data, const double *logits, double factor)
{
    guint K = data->n_classes;
    g_autofree double *z = g_new(double, K);
    double loss = 0, total = 0;
    for (gsize i = 0; i < data->n_rows; i++) {
        for (guint k = 0; k < K; k++)
            z[k] = factor * logits[i * K + k];
        double at_label = z[data->labels[i]], u = data->weights ? data->weights[i] : 1.0;
        loss += u * (leuko_softmax(z, K) - at_label);
        total += u;
    }
    return loss / total;
}

double leuko_head_slope(const LeukoHeadData *data, const double *logits)
{
    /* The loss is convex in the factor, so it has one minimum in log(factor). Find the minimum by
 * golden-section search. */
    const double golden = 0.6180339887498949;
    double low = log(0.01), high = log(1000.0);
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double fa = leuko_head_held_out_loss(data, logits, exp(a)),
           fb = leuko_head_held_out_loss(data, logits, exp(b));
    while (high - low > 1e-4) {
        if (fa <= fb) {
            high = b;
            b = a;
            fb = fa;
            a = high - golden * (high - low);
            fa = leuko_head_held_out_loss(data, logits, exp(a));
        } else {
            low = a;
            a = b;
            fa = fb;
            b = low + golden * (high - low);
            fb = leuko_head_held_out_loss(data, logits, exp(b));
        }
    }
    return exp(0.5 * (low + high));
}

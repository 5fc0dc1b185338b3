#include "train/discriminant-choice.h"
#include "base/progress.h"
#include "leuko/error.h"
#include "train/discriminant.h"
#include "train/head-choice.h"
#include <math.h>

/* Held-out losses between these differ by less than their standard errors. */
static const double shrinkages[] = {0.03, 0.1, 0.3, 0.6};
enum { N = G_N_ELEMENTS(shrinkages) };

void leuko_discriminant_choice_clear(LeukoDiscriminantChoice *c)
{
    g_clear_pointer(&c->logits, g_free);
}

/* Write the logits of the rows of fold f, for each shrinkage, from a fit of the other rows. */
static gboolean try_fold(const LeukoHeadData *data, const LeukoHeadData *fit, const guint *fold,
                         guint f, double **logits, GCancellable *cancellable, GError **error)
{
    g_autofree guint *rows = g_new(guint, fit->n_rows);
    gsize n = 0;
    for (gsize j = 0; j < fit->n_rows; j++)
        if (fold[j % data->n_rows] != f)
            rows[n++] = (guint)j;
    g_autoptr(LeukoDiscriminant) d = leuko_discriminant_new(fit, rows, n, cancellable, error);
    for (guint s = 0; d && s < N; s++) {
        g_autoptr(LeukoHead) head = leuko_discriminant_head(d, shrinkages[s], cancellable, error);
        if (!head)
            return FALSE;
        for (gsize i = 0; i < data->n_rows; i++)
            if (fold[i] == f)
                leuko_head_logits(head, data->x + i * data->n_features,
                                  logits[s] + i * data->n_classes);
    }
    return d != NULL;
}

static gboolean try_folds(const LeukoHeadData *data, const LeukoHeadData *fit, const guint *fold,
                          guint n_folds, guint n_threads, double **logits,
                          GCancellable *cancellable, GError **error)
{
    g_autofree GError **errors = g_new0(GError *, n_folds);
#pragma omp parallel for schedule(dynamic) num_threads(n_threads)
    for (guint f = 0; f < n_folds; f++)
        try_fold(data, fit, fold, f, logits, cancellable, &errors[f]);
    guint n_errors = 0;
    for (guint f = 0; f < n_folds; f++)
        if (errors[f] && n_errors++ == 0)
            g_propagate_error(error, errors[f]);
        else
            g_clear_error(&errors[f]);
    return n_errors == 0;
}

static double share_right(const LeukoHeadData *data, const double *logits)
{
    double right = 0, total = 0;
    for (gsize i = 0; i < data->n_rows; i++) {
        const double *z = logits + i * data->n_classes;
        guint top = 0;
        for (guint k = 1; k < data->n_classes; k++)
            top = z[k] > z[top] ? k : top;
        double u = data->weights ? data->weights[i] : 1.0;
        right += data->labels[i] == (gint)top ? u : 0;
        total += u;
    }
    return right / total;
}

/* Keep the logits with the smallest loss. */
static void pick(const LeukoHeadData *data, double **logits, LeukoDiscriminantChoice *c)
{
    guint best = 0;
    for (guint s = 0; s < N; s++) {
        double slope = leuko_head_slope(data, logits[s]);
        double loss = leuko_head_held_out_loss(data, logits[s], slope);
        if (s > 0 && !(loss < c->loss))
            continue;
        best = s;
        c->shrinkage = shrinkages[s];
        c->slope = slope;
        c->loss = loss;
    }
    c->logits = g_steal_pointer(&logits[best]);
    c->accuracy = share_right(data, c->logits);
    for (gsize i = 0; i < data->n_rows * data->n_classes; i++)
        c->logits[i] *= c->slope;
}

gboolean leuko_discriminant_choose(const LeukoHeadData *data, const LeukoHeadData *fit,
                                   const guint *fold, guint n_folds, guint n_threads,
                                   LeukoDiscriminantChoice *choice, LeukoReporter reporter,
                                   GCancellable *cancellable, GError **error)
{
    g_autoptr(GError) failed = NULL;
    double *logits[N];
    *choice = (LeukoDiscriminantChoice){NAN, 1.0, NAN, NAN, NULL};
    for (guint s = 0; s < N; s++)
        logits[s] = g_new0(double, data->n_rows * data->n_classes);
    gboolean ok = try_folds(data, fit, fold, n_folds, n_threads, logits, cancellable, &failed);
    if (ok) {
        pick(data, logits, choice);
        g_autofree gchar *note =
            g_strdup_printf("held-out loss %.4f accuracy %.4f", choice->loss, choice->accuracy);
        leuko_report(reporter, "shrinkage", N, N, "strengths", note);
    }
    for (guint s = 0; s < N; s++)
        g_free(logits[s]);
    if (ok || g_error_matches(failed, LEUKO_ERROR, LEUKO_ERROR_DATA))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failed));
    return FALSE;
}

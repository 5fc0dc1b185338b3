#include "study/stress-permute.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/sort-doubles.h"
#include "train/head-choice.h"
#include <math.h>

enum { MIN_PERMUTATIONS = 20 };

/* The AUC of heads that are fitted to these labels; NAN: a class is missing somewhere. */
static double auc_of(const LeukoStressRows *rows, const float *x, guint n_features,
                     const gint *labels, double l2, GCancellable *cancellable, GError **error)
{
    g_autofree guint *fold = g_memdup2(rows->fold, (rows->n + 1) * sizeof *fold);
    LeukoStressRows own = *rows;
    g_autoptr(GError) why = NULL;
    own.fold = fold;
    gboolean divides = rows->n == rows->n_answered; /* no training data */
    if (divides && !leuko_stress_rows_divide(&own, labels, &why))
        return NAN;
    g_autofree double *p =
        leuko_stress_rows_answer(&own, x, n_features, labels, l2, 1, cancellable, &why);
    if (p)
        return leuko_stress_rows_auc(&own, p, labels);
    if (!g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_DATA))
        g_propagate_error(error, g_steal_pointer(&why));
    return NAN;
}

/* AUCs (n) of permuted labels. */
static gboolean permute_all(LeukoStressRun *run, const LeukoStressData *d, const float *x,
                            double l2, guint n, double *aucs, GError **error)
{
    GError *failed = NULL;
    guint done = 0;
#pragma omp parallel for schedule(dynamic) num_threads(d->n_threads)
    for (guint i = 0; i < n; i++) {
        gboolean skip;
        GError *own = NULL;
#pragma omp critical(leuko_stress)
        skip = failed != NULL;
        if (skip)
            continue;
        g_autofree gint *labels = leuko_stress_rows_permute(d->rows, i);
        aucs[i] = auc_of(d->rows, x, d->n_features, labels, l2, run->cancellable, &own);
#pragma omp critical(leuko_stress)
        {
            leuko_report(run->reporter, "permutations", ++done, n, "heads", NULL);
            if (own && failed)
                g_clear_error(&own);
            failed = own ? own : failed;
        }
    }
    if (failed)
        g_propagate_error(error, failed);
    return failed == NULL;
}

/* As numpy.quantile: linear between the order statistics. values (n), rising. */
static double quantile(const double *values, guint n, double share)
{
    double at = share * (n - 1);
    guint low = (guint)at;
    return low + 1 < n ? values[low] + (at - low) * (values[low + 1] - values[low]) : values[low];
}

static void summarize(double *aucs, guint n, LeukoStressChance *c)
{
    double squares = 0;
    guint reached = 0;
    c->n = n;
    c->mean = 0;
    for (guint i = 0; i < n; i++) {
        c->mean += aucs[i] / n;
        reached += aucs[i] >= c->auc - 1e-12; /* rounding is no difference */
    }
    for (guint i = 0; i < n; i++)
        squares += (aucs[i] - c->mean) * (aucs[i] - c->mean);
    c->standard_error = sqrt(squares / (n - 1) / n);
    c->p_value = (1.0 + reached) / (1.0 + n);
    leuko_sort_doubles(aucs, n);
    c->p025 = quantile(aucs, n, 0.025);
    c->p95 = quantile(aucs, n, 0.95);
    c->p975 = quantile(aucs, n, 0.975);
}

gboolean leuko_stress_permute(LeukoStressRun *run, LeukoStressData *d, const float *x,
                              LeukoStressChance *out, GError **error)
{
    const LeukoStressRows *rows = d->rows;
    const LeukoHeadData data = {x, rows->labels, NULL, rows->n, d->n_features, rows->n_classes};
    double l2 = leuko_head_strong_l2(&data);
    guint n = run->options->n_permutations, n_valid = 0;
    g_autofree double *aucs = g_new(double, n);
    GError *failed = NULL;
    out->auc = auc_of(rows, x, d->n_features, rows->labels, l2, run->cancellable, &failed);
    if (failed) {
        g_propagate_error(error, failed);
        return FALSE;
    }
    if (!permute_all(run, d, x, l2, n, aucs, error))
        return FALSE;
    for (guint i = 0; i < n; i++)
        if (isfinite(aucs[i]))
            aucs[n_valid++] = aucs[i];
    if (n_valid < MIN_PERMUTATIONS || !isfinite(out->auc))
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "too few groups: only %u of %u %s every class in training and in the "
                          "judged images, and at least %d are needed",
                          n_valid, n, leuko_plural(n, "permutation leaves", "permutations leave"),
                          MIN_PERMUTATIONS);
    summarize(aucs, n_valid, out);
    return TRUE;
}

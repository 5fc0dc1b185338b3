/* Figures from the held-out answers of a cross-validation. */
#include "eval/eval.h"
#include "stats/auc.h"
#include "stats/distribution.h"
#include "study/crossval-repeat.h"
#include <math.h>
#include <string.h>

/* --- all repeats ------------------------------------------------------------------------------ */

enum { N_OVERALL = 15 };

/* The metrics of an evaluation, always in this order: (N_OVERALL + 4 K), g_free. */
static LeukoMetric **list_metrics(LeukoEvaluation *e, guint *n)
{
    LeukoMetric *const overall[N_OVERALL] = {&e->accuracy,
                                             &e->balanced_accuracy,
                                             &e->macro_f1,
                                             &e->auc,
                                             &e->hand_till,
                                             &e->mcc,
                                             &e->kappa,
                                             &e->log_loss,
                                             &e->brier,
                                             &e->ece,
                                             &e->ppv,
                                             &e->npv,
                                             &e->sensitivity,
                                             &e->specificity,
                                             &e->average_precision};
    LeukoMetric **list = g_new(LeukoMetric *, N_OVERALL + 4 * e->n_classes);
    memcpy(list, overall, sizeof overall);
    *n = N_OVERALL;
    for (guint k = 0; k < e->n_classes; k++) {
        list[(*n)++] = &e->precision[k];
        list[(*n)++] = &e->recall[k];
        list[(*n)++] = &e->f1[k];
        list[(*n)++] = &e->class_auc[k];
    }
    return list;
}

/* Give metric `index` of `figures` the means over the repeats. */
static void average(LeukoCrossvalResult *r, LeukoMetric *mean, guint index)
{
    LeukoSpread *spread = g_new0(LeukoSpread, 1);
    double sum[3] = {0, 0, 0}, square = 0;
    *spread = (LeukoSpread){NAN, INFINITY, -INFINITY};
    for (guint i = 0; i < r->n_repeats; i++) {
        guint n;
        g_autofree LeukoMetric **list = list_metrics(r->repeats[i], &n);
        const LeukoMetric *m = list[index];
        sum[0] += m->value / r->n_repeats;
        sum[1] += m->low / r->n_repeats;
        sum[2] += m->high / r->n_repeats;
        spread->smallest = fmin(spread->smallest, m->value);
        spread->largest = fmax(spread->largest, m->value);
        if (!isfinite(m->low) && isfinite(mean->low))
            mean->method = m->method; /* why there is no interval */
    }
    for (guint i = 0; i < r->n_repeats; i++) {
        guint n;
        g_autofree LeukoMetric **list = list_metrics(r->repeats[i], &n);
        square += pow(list[index]->value - sum[0], 2);
    }
    if (r->n_repeats > 1)
        spread->sd = sqrt(square / (r->n_repeats - 1));
    mean->value = sum[0];
    mean->low = sum[1];
    mean->high = sum[2];
    g_hash_table_insert(r->spreads, mean, spread);
}

const LeukoSpread *leuko_crossval_spread(const LeukoCrossvalResult *r, const LeukoMetric *m)
{
    return r->n_repeats > 1 ? g_hash_table_lookup(r->spreads, m) : NULL;
}

/* --- pairs ------------------------------------------------------------------------------------ */

/* The AUC of the held-out images of a fold; NAN if a class is absent. */
static double fold_auc(const LeukoCrossvalData *d, const LeukoFoldAnswers *a)
{
    gint positive = d->positive >= 0 ? d->positive : 1;
    g_autofree gboolean *positives = g_new(gboolean, a->n_held + 1);
    g_autofree double *scores = g_new(double, a->n_held + 1);
    if (d->n_classes != 2 || a->n_held == 0)
        return NAN;
    for (guint j = 0; j < a->n_held; j++) {
        positives[j] = d->labels[a->held[j]] == positive;
        scores[j] = a->p[2 * (gsize)j + (guint)positive];
    }
    const LeukoAucInput in = {
        .n = a->n_held, .positive = positives, .scores = {scores, NULL}, .n_units = a->n_held};
    LeukoAuc auc;
    leuko_auc_compute(&in, &auc);
    return auc.auc[0];
}

/* The sample variance of the means sums[i] / n_each of the units that have any. */
static double variance_of_means(const double *sums, const gboolean *of_class, guint n_units,
                                guint n_each)
{
    double mean = 0, square = 0;
    guint n = 0;
    for (guint u = 0; u < n_units; u++) {
        mean += of_class[u] ? sums[u] / n_each : 0;
        n += of_class[u] != FALSE;
    }
    mean /= n;
    for (guint u = 0; u < n_units; u++)
        square += of_class[u] ? pow(sums[u] / n_each - mean, 2) : 0;
    return square / (n - 1);
}

/* The mean of the AUCs within the pairs. Its variance is that of a two-sample U-statistic whose
 * items are the groups (Obuchowski 1997, each group with the same weight). */
static void compute_pairs(LeukoCrossvalResult *r)
{
    const LeukoCrossvalData *d = r->data;
    g_autofree double *sums = g_new0(double, d->n_units + 1);
    g_autofree gboolean *positive = g_new0(gboolean, d->n_units + 1);
    g_autofree gboolean *negative = g_new0(gboolean, d->n_units + 1);
    guint n[2] = {0, 0};
    double total = 0;
    for (guint i = 0; i < d->n; i++)
        (d->labels[i] == d->positive ? positive : negative)[d->unit[i]] = TRUE;
    for (guint u = 0; u < d->n_units; u++)
        n[positive[u] ? 1 : 0]++;
    for (guint f = 0; f < r->folds->len; f++) {
        const LeukoFold *fold = r->folds->pdata[f];
        double auc = fold_auc(d, r->answers->pdata[f]);
        total += auc / r->folds->len;
        for (guint j = 0; j < fold->n_units; j++)
            sums[fold->units[j]] += auc;
    }
    LeukoMetric *m = &r->pair_auc;
    *m = (LeukoMetric){.value = total,
                       .low = NAN,
                       .high = NAN,
                       .method = LEUKO_NOT_ESTIMABLE "fewer than 10 groups in a class",
                       .n = d->n_scored,
                       .n_groups = d->n_units};
    if (MIN(n[0], n[1]) < LEUKO_MIN_GROUPS)
        return;
    double variance = variance_of_means(sums, positive, d->n_units, n[0]) / n[1] +
                      variance_of_means(sums, negative, d->n_units, n[1]) / n[0];
    gboolean inside = total > 0 && total < 1 && variance > 0;
    LeukoInterval interval =
        inside
            ? leuko_auc_logit(total, variance, leuko_student_quantile(0.975, MIN(n[0], n[1]) - 1))
            : leuko_auc_newcombe(total, n[1], n[0]);
    m->low = interval.low;
    m->high = interval.high;
    m->method = inside ? "U-statistic over groups, logit scale" : "Newcombe, groups as units";
}

/* --- both ------------------------------------------------------------------------------------- */

/* The names of the groups that each fold holds out. */
static void name_folds(LeukoCrossvalResult *r)
{
    r->held_out = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < r->folds->len; i++) {
        const LeukoFold *f = r->folds->pdata[i];
        GString *names = g_string_new(NULL);
        for (guint j = 0; r->data->has_groups && j < f->n_units; j++)
            g_string_append_printf(names, "%s%s", j > 0 ? ", " : "",
                                   (const char *)r->data->names->pdata[f->units[j]]);
        g_ptr_array_add(r->held_out, g_string_free(names, FALSE));
    }
}

gboolean leuko_crossval_compute(LeukoCrossvalResult *r, guint n_threads, GError **error)
{
    g_autofree GError **errors = g_new0(GError *, r->n_repeats);
    r->repeats = g_new0(LeukoEvaluation *, r->n_repeats);
    r->spreads = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    r->pair_auc.value = NAN;
    name_folds(r);
#pragma omp parallel for schedule(dynamic) num_threads(n_threads)
    for (guint i = 0; i <= r->n_repeats; i++) { /* once more the first, for `figures` */
        g_auto(LeukoRepeatAnswers) a = {0};
        leuko_repeat_answers_init(&a, r, i % r->n_repeats);
        const LeukoEvalInput in = leuko_repeat_input(r, &a);
        if (i < r->n_repeats)
            r->repeats[i] = leuko_evaluate(&in, &errors[i]);
        else
            r->figures = leuko_evaluate(&in, NULL);
    }
    for (guint i = 0; i < r->n_repeats; i++)
        if (errors[i]) {
            g_propagate_error(error, errors[i]);
            return FALSE;
        }
    guint n;
    g_autofree LeukoMetric **list = list_metrics(r->figures, &n);
    for (guint j = 0; j < n; j++)
        average(r, list[j], j);
    g_auto(LeukoRepeatAnswers) first = {0};
    leuko_repeat_answers_init(&first, r, 0);
    const LeukoEvalInput in = leuko_repeat_input(r, &first);
    gboolean learned = !isnan(((const LeukoFoldAnswers *)r->answers->pdata[0])->patient_share);
    r->patients = leuko_evaluate_patients(&in, learned ? 0.5 : (double)NAN);
    if (r->hold_out == LEUKO_HOLD_OUT_PAIR)
        compute_pairs(r);
    return TRUE;
}

/* --- reading the result ----------------------------------------------------------------------- */

gboolean leuko_crossval_result_figure(const LeukoCrossvalResult *r, const char *name,
                                      LeukoCrossvalFigure *out)
{
    gboolean pairs = strcmp(name, "pair_auc") == 0;
    const LeukoMetric *m = pairs ? &r->pair_auc : leuko_evaluation_find(r->figures, name);
    if (!m || (pairs && r->hold_out != LEUKO_HOLD_OUT_PAIR))
        return FALSE;
    const LeukoSpread *s = leuko_crossval_spread(r, m);
    *out = (LeukoCrossvalFigure){m->value,
                                 m->low,
                                 m->high,
                                 m->method,
                                 m->n,
                                 m->n_groups,
                                 s ? s->sd : (double)NAN,
                                 s ? s->smallest : m->value,
                                 s ? s->largest : m->value};
    return TRUE;
}

guint leuko_crossval_result_n_folds(const LeukoCrossvalResult *r) { return r->folds->len; }

void leuko_crossval_result_fold(const LeukoCrossvalResult *r, guint index, LeukoCrossvalFold *out)
{
    g_assert(index < r->folds->len);
    const LeukoFold *f = r->folds->pdata[index];
    const LeukoFoldAnswers *a = r->answers->pdata[index];
    const LeukoCrossvalData *d = r->data;
    guint right = 0;
    for (guint j = 0; j < a->n_held; j++)
        right += leuko_decide(a->p + (gsize)j * d->n_classes, d->n_classes, d->positive,
                              a->threshold) == d->labels[a->held[j]];
    *out = (LeukoCrossvalFold){.repeat = f->repeat + 1,
                               .fold = f->index + 1,
                               .held_out = r->held_out->pdata[index],
                               .n_training = a->n_training,
                               .n_held = a->n_held,
                               .n_held_groups = d->has_groups ? f->n_units : 0,
                               .kind = !isnan(a->shrinkage) ? LEUKO_HEAD_DISCRIMINANT
                                       : !isnan(a->l2)      ? LEUKO_HEAD_LOGISTIC
                                                            : LEUKO_HEAD_CHOSEN,
                               .shrinkage = a->shrinkage,
                               .l2 = a->l2,
                               .threshold = a->threshold,
                               .patient_share = a->patient_share,
                               .accuracy = (double)right / MAX(a->n_held, 1),
                               .auc = fold_auc(d, a)};
}

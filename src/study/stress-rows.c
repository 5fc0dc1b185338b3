#include "study/stress-rows.h"
#include "base/error.h"
#include "base/rng.h"
#include "data/dataset-copies.h"
#include "eval/labels.h"
#include "stats/statistic.h"
#include "study/crossval-folds.h"
#include "study/crossval-units.h"
#include "train/head-recipe.h"
#include <math.h>
#include <string.h>

enum { INNER_FOLDS = 5 };

void leuko_stress_rows_free(LeukoStressRows *r)
{
    if (!r)
        return;
    g_strfreev(r->classes);
    g_free(r->labels);
    g_free(r->groups);
    g_free(r->sources);
    g_free(r->unit);
    g_free(r->fold);
    g_free(r);
}

/* --- which rows ------------------------------------------------------------------------------- */

/* Number the classes that the judged images have; -1: another class. (K of the model), g_free. */
static gint *number_classes(LeukoStressRows *r, const LeukoModel *m, const gint *labels, guint n)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    gint *number = g_new(gint, m->spec.n_classes);
    for (guint k = 0; k < m->spec.n_classes; k++) {
        number[k] = -1;
        for (guint i = 0; i < n && number[k] < 0; i++)
            if (labels[i] == (gint)k)
                number[k] = (gint)r->n_classes;
        if (number[k] < 0)
            continue;
        r->n_classes++;
        g_strv_builder_add(names, m->classes[k]);
    }
    r->classes = g_strv_builder_end(names);
    return number;
}

/* Append the records of a data set. labels: by the model's classes; number: their new numbers. */
static void append(LeukoStressRows *r, LeukoDataset *d, const gint *labels, const gint *number,
                   guint fold)
{
    for (guint i = 0; i < leuko_dataset_n_records(d); i++, r->n++) {
        const LeukoRecord *record = leuko_dataset_record(d, i);
        r->labels[r->n] = number[labels[i]];
        r->groups[r->n] = record->group;
        r->sources[r->n] = record->source;
        r->fold[r->n] = r->labels[r->n] < 0 ? LEUKO_ROW_UNUSED : fold;
        r->labels[r->n] = MAX(r->labels[r->n], 0);
    }
}

/* With training data: the judged images were kept apart when it was divided, and copies are a
 * matter of that division. */
static gboolean find_units(LeukoStressRows *r, LeukoDataset *d, gboolean training, guint n_threads,
                           LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    g_autofree guint *copy_of = g_new(guint, r->n + 1);
    guint n_unsure;
    for (guint i = 0; i < r->n; i++)
        copy_of[i] = i;
    if (!training &&
        !leuko_dataset_find_copies(d, n_threads, copy_of, &n_unsure, reporter, cancellable, error))
        return FALSE;
    r->n_units = leuko_crossval_find_units(r->groups, r->sources, copy_of, r->n, r->unit).n_units;
    return TRUE;
}

static gboolean check_classes(const LeukoStressRows *r, LeukoDataset *training, GError **error)
{
    if (r->n_classes < 2)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "the images have one class only, and a control needs two");
    for (gint k = 0; training && k < (gint)r->n_classes; k++) {
        guint n = 0;
        for (guint i = r->n_answered; i < r->n; i++)
            n += r->fold[i] == r->n_folds && r->labels[i] == k;
        if (n == 0)
            return leuko_fail(LEUKO_ERROR_DATA, error,
                              "%s: the training data has no image of class \"%s\"",
                              leuko_dataset_path(training), r->classes[k]);
    }
    return TRUE;
}

LeukoStressRows *leuko_stress_rows_new(LeukoEvalJob *job, LeukoDataset *training, guint64 seed,
                                       guint n_threads, LeukoReporter reporter,
                                       GCancellable *cancellable, GError **error)
{
    LeukoDataset *d = leuko_eval_job_dataset(job);
    const LeukoModel *m = leuko_classifier_model(leuko_eval_job_classifier(job));
    g_autofree gint *labels = leuko_eval_match_labels(d, m, error);
    g_autofree gint *training_labels =
        training && labels ? leuko_eval_match_labels(training, m, error) : NULL;
    if (!labels || (training && !training_labels))
        return NULL;
    g_autoptr(LeukoStressRows) r = g_new0(LeukoStressRows, 1);
    guint n = leuko_dataset_n_records(d);
    gsize n_all = (gsize)n + (training ? leuko_dataset_n_records(training) : 0) + 1;
    r->n_answered = n;
    r->seed = seed;
    r->has_groups = leuko_dataset_has_groups(d);
    r->labels = g_new(gint, n_all);
    r->groups = g_new(const char *, n_all);
    r->sources = g_new(const char *, n_all);
    r->unit = g_new(guint, n_all);
    r->fold = g_new(guint, n_all);
    g_autofree gint *number = number_classes(r, m, labels, n);
    append(r, d, labels, number, 0);
    r->n_folds = training ? 1 : 0;
    if (training)
        append(r, training, training_labels, number, 1);
    return check_classes(r, training, error) &&
                   find_units(r, d, training != NULL, n_threads, reporter, cancellable, error)
               ? g_steal_pointer(&r)
               : NULL;
}

gboolean leuko_stress_rows_divide(LeukoStressRows *r, const gint *labels, GError **error)
{
    g_autofree gboolean *scored = g_new(gboolean, r->n + 1);
    g_autofree const char **names = g_new(const char *, r->n_units + 1);
    for (guint i = r->n; i-- > 0;) {
        scored[i] = TRUE;
        names[r->unit[i]] = *r->groups[i] ? r->groups[i] : r->sources[i];
    }
    const LeukoFoldPlan plan = {.hold_out = LEUKO_HOLD_OUT_FOLDS,
                                .n_repeats = 1,
                                .seed = r->seed,
                                .n = r->n,
                                .n_units = r->n_units,
                                .n_classes = r->n_classes,
                                .positive = -1,
                                .classes = (const gchar *const *)r->classes,
                                .unit_names = names,
                                .has_groups = r->has_groups,
                                .unit = r->unit,
                                .labels = labels,
                                .scored = scored};
    g_autoptr(GPtrArray) folds = leuko_crossval_folds_make(&plan, &r->n_folds, error);
    if (!folds)
        return FALSE;
    g_autofree guint *of_unit = g_new0(guint, r->n_units + 1);
    for (guint f = 0; f < folds->len; f++) {
        const LeukoFold *fold = folds->pdata[f];
        for (guint j = 0; j < fold->n_units; j++)
            of_unit[fold->units[j]] = f;
    }
    for (guint i = 0; i < r->n; i++)
        r->fold[i] = of_unit[r->unit[i]];
    return TRUE;
}

/* --- permutation ------------------------------------------------------------------------------ */

/* The rows of each unit: those of unit u are rows[start[u]] to rows[start[u + 1] - 1]. */
static void list_units(const LeukoStressRows *r, guint first, guint *start, guint *rows)
{
    memset(start, 0, (r->n_units + 1) * sizeof *start);
    for (guint i = first; i < r->n; i++)
        start[r->unit[i] + 1] += r->fold[i] != LEUKO_ROW_UNUSED;
    for (guint u = 0; u < r->n_units; u++)
        start[u + 1] += start[u];
    g_autofree guint *next = g_memdup2(start, (r->n_units + 1) * sizeof *start);
    for (guint i = first; i < r->n; i++)
        if (r->fold[i] != LEUKO_ROW_UNUSED)
            rows[next[r->unit[i]]++] = i;
}

gint *leuko_stress_rows_permute(const LeukoStressRows *r, guint draw)
{
    guint first = r->n > r->n_answered ? r->n_answered : 0; /* of the rows that are fitted on */
    g_autofree guint *start = g_new(guint, r->n_units + 1), *rows = g_new(guint, r->n + 1);
    g_autofree guint *from = g_new(guint, r->n_units + 1), *order = g_new(guint, r->n + 1);
    gint *labels = g_memdup2(r->labels, (r->n + 1) * sizeof *labels);
    guint n_filled = 0;
    LeukoRng rng;
    list_units(r, first, start, rows);
    g_autofree guint *filled = g_new(guint, r->n_units + 1);
    for (guint u = 0; u < r->n_units; u++)
        if (start[u + 1] > start[u])
            from[n_filled] = filled[n_filled] = u, n_filled++;
    leuko_rng_init(&rng, r->seed, "permuted labels", draw);
    leuko_rng_shuffle(&rng, from, n_filled);
    for (guint j = 0; j < n_filled; j++) {
        guint to = filled[j], n_to = start[to + 1] - start[to];
        guint n_from = start[from[j] + 1] - start[from[j]];
        memcpy(order, rows + start[from[j]], n_from * sizeof *order);
        leuko_rng_shuffle(&rng, order, n_from);
        for (guint i = 0; i < n_to; i++)
            labels[rows[start[to] + i]] = r->labels[order[i % n_from]];
    }
    return labels;
}

/* --- heads ------------------------------------------------------------------------------------ */

static gboolean answer_fold(const LeukoStressRows *r, const LeukoHeadData *data, guint fold,
                            double l2, guint n_threads, double *p, GCancellable *cancellable,
                            GError **error)
{
    g_autofree guint *rows = g_new(guint, r->n + 1);
    gsize n = 0;
    for (guint i = 0; i < r->n; i++)
        if (r->fold[i] != fold && r->fold[i] != LEUKO_ROW_UNUSED)
            rows[n++] = i;
    const LeukoHeadRecipe recipe = {.data = data,
                                    .rows = rows,
                                    .n = n,
                                    .groups = r->groups,
                                    .sources = r->sources,
                                    .l2 = l2,
                                    .kind = l2 > 0 ? LEUKO_HEAD_LOGISTIC : LEUKO_HEAD_CHOSEN,
                                    .n_folds = INNER_FOLDS,
                                    .seed = r->seed,
                                    .n_threads = n_threads};
    const LeukoReporter silent = {NULL, NULL};
    g_autoptr(LeukoHeadFit) fit = leuko_head_recipe_fit(&recipe, silent, cancellable, error);
    for (guint i = 0; fit && i < r->n_answered; i++)
        if (r->fold[i] == fold) {
            double *z = p + (gsize)i * r->n_classes;
            leuko_head_logits(fit->head, data->x + (gsize)i * data->n_features, z);
            leuko_softmax(z, r->n_classes);
        }
    return fit != NULL;
}

double *leuko_stress_rows_answer(const LeukoStressRows *r, const float *x, guint n_features,
                                 const gint *labels, double l2, guint n_threads,
                                 GCancellable *cancellable, GError **error)
{
    const LeukoHeadData data = {x, labels, NULL, r->n, n_features, r->n_classes};
    g_autofree double *p = g_new0(double, (gsize)r->n * r->n_classes + 1);
    for (guint f = 0; f < r->n_folds; f++)
        if (!answer_fold(r, &data, f, l2, n_threads, p, cancellable, error))
            return NULL;
    return g_steal_pointer(&p);
}

LeukoEvaluation *leuko_stress_rows_evaluate(const LeukoStressRows *r, const double *p, guint fold,
                                            GError **error)
{
    guint n = 0, K = r->n_classes;
    g_autofree gint *labels = g_new(gint, r->n_answered + 1);
    g_autofree const char **groups = g_new(const char *, r->n_answered + 1);
    g_autofree double *chosen = g_new(double, (gsize)r->n_answered *K + 1);
    for (guint i = 0; i < r->n_answered; i++) {
        if (r->fold[i] == LEUKO_ROW_UNUSED || (fold != LEUKO_ROW_UNUSED && r->fold[i] != fold))
            continue;
        labels[n] = r->labels[i];
        groups[n] = r->groups[i];
        memcpy(chosen + (gsize)n++ * K, p + (gsize)i * K, K * sizeof *p);
    }
    const LeukoEvalInput in = {.n = n,
                               .n_classes = K,
                               .classes = (const char *const *)r->classes,
                               .labels = labels,
                               .probabilities = chosen,
                               .groups = r->has_groups ? groups : NULL,
                               .positive = -1,
                               .threshold = NAN,
                               .prevalence = NAN};
    return leuko_evaluate(&in, error);
}

double leuko_stress_rows_auc(const LeukoStressRows *r, const double *p, const gint *labels)
{
    g_autofree guint *unit = g_new0(guint, r->n_answered + 1);
    g_autofree gint *decided = g_new0(gint, r->n_answered + 1);
    g_autoptr(LeukoStatistics) s =
        leuko_statistics_new(r->n_answered, r->n_classes, labels, decided, p, unit, 1, -1);
    g_autofree double *values = leuko_statistics_of_sample(s);
    return values[LEUKO_STAT_AUC];
}

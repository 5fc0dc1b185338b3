#include "study/stress-data.h"
#include "base/error.h"
#include "base/sort-doubles.h"
#include "data/dataset-image.h"
#include "data/each-record.h"
#include "engine/precision-choice.h"
#include "eval/dataset-choice.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Images of each data set whose cells are measured; the box's bounds. */
enum { MAX_MEASURED = 500 };
#define SHARE_HIDDEN 0.95
#define MIN_BOX      0.2
#define MAX_BOX      0.9

void leuko_stress_data_free(LeukoStressData *d)
{
    if (!d)
        return;
    leuko_dataset_unref(d->training);
    leuko_start_free(d->start);
    leuko_stress_rows_free(d->rows);
    g_free(d);
}

/* --- opening ---------------------------------------------------------------------------------- */

static gboolean open_training(LeukoStressRun *run, LeukoStressData *d, GError **error)
{
    static const char *const order[] = {"train", NULL};
    const char *path = run->options->train_path, *split = NULL;
    LeukoDatasetChoice choice = {NULL, run->options->train_folder, order};
    if (!path)
        return TRUE;
    if (leuko_dataset_has_split(path, "train")) /* shards hold their groups and classes */
        choice.folder = (LeukoFolderOptions){.classes = choice.folder.classes};
    d->training = leuko_eval_open_dataset(path, &choice, &split, run->reporter, error);
    if (d->training &&
        strcmp(leuko_dataset_path(d->training), leuko_dataset_path(d->judged)) == 0 &&
        g_strcmp0(split, leuko_eval_job_split(run->eval)) == 0)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "%s: the training data must not be the images that are judged", path);
    return d->training != NULL;
}

static gboolean open_start(LeukoStressRun *run, LeukoStressData *d, GError **error)
{
    LeukoSession *session = leuko_classifier_session(leuko_eval_job_classifier(run->eval));
    const LeukoRunnable *runnable = leuko_session_runnable(session);
    if (!runnable || runnable->graph)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "%s: a compiled graph gives no features; use the model that it was "
                          "compiled from",
                          run->model_path);
    const LeukoStartOptions options = {.weights = run->model_path, .seed = run->options->seed};
    d->start = leuko_start_new(&options, run->reporter, error);
    return d->start != NULL;
}

LeukoStressData *leuko_stress_data_new(LeukoStressRun *run, GError **error)
{
    g_autoptr(LeukoStressData) d = g_new0(LeukoStressData, 1);
    guint asked = run->options->eval.classifier.n_threads;
    d->judged = leuko_eval_job_dataset(run->eval);
    d->n_threads = asked ? asked : g_get_num_processors();
    if (!open_start(run, d, error) || !open_training(run, d, error))
        return NULL;
    d->rows = leuko_stress_rows_new(run->eval, d->training, run->options->seed, d->n_threads,
                                    run->reporter, run->cancellable, error);
    return d->rows ? g_steal_pointer(&d) : NULL;
}

/* --- features --------------------------------------------------------------------------------- */

gboolean leuko_stress_hide(LeukoImage *image, gpointer hiding, GError **error)
{
    const LeukoStressHiding *h = hiding;
    g_auto(LeukoCellMask) mask = {0};
    if (!leuko_cell_mask_init(&mask, image, error))
        return FALSE;
    leuko_cell_hide(&mask, h->box, image);
    return TRUE;
}

float *leuko_stress_data_features(LeukoStressRun *run, LeukoStressData *d,
                                  LeukoStressHiding *hiding, GError **error)
{
    const LeukoClassifierOptions *o = &run->options->eval.classifier;
    LeukoDataset *const sets[] = {d->judged, d->training};
    g_auto(LeukoPrecisionChoice) precision = {0};
    leuko_precision_choose(o->precision, LEUKO_WORK_INFERENCE, &precision);
    const LeukoFeatureOptions options = {
        .precision = precision.precision, .batch = 1, .n_threads = d->n_threads, .n_views = 1};
    g_autofree gchar *key =
        hiding ? g_strdup_printf("cell hidden, box %.6g, 2", hiding->box) : NULL;
    const LeukoFeatureChange change = {leuko_stress_hide, hiding, key};
    g_autofree float *x = NULL;
    gsize n_before = 0;
    for (guint s = 0; s < G_N_ELEMENTS(sets) && sets[s]; s++) {
        g_autoptr(LeukoFeatures) f =
            leuko_features_compute_changed(sets[s], d->start, &options, hiding ? &change : NULL,
                                           run->reporter, run->cancellable, error);
        if (!f)
            return NULL;
        d->n_features = f->n_features;
        if (!x)
            x = g_try_malloc0_n((gsize)d->rows->n + 1, f->n_features * sizeof(float));
        if (!x) {
            leuko_fail(LEUKO_ERROR_MEMORY, error, "no memory for the features of %u images",
                       d->rows->n);
            return NULL;
        }
        memcpy(x + n_before * f->n_features, f->x, f->n * f->n_features * sizeof(float));
        n_before += f->n;
    }
    return g_steal_pointer(&x);
}

/* --- the box ---------------------------------------------------------------------------------- */

typedef struct {
    LeukoDataset *dataset;
    double *extents; /* of each record; -1: not measured */
} Measuring;

static gboolean measure_one(gpointer data, guint record, GError **error)
{
    Measuring *m = data;
    g_autoptr(LeukoImage) image = leuko_dataset_decode(m->dataset, record, NULL, error);
    g_auto(LeukoCellMask) mask = {0};
    if (!image || !leuko_cell_mask_init(&mask, image, error))
        return FALSE;
    m->extents[record] = mask.extent;
    return TRUE;
}

/* Append the extents of evenly spaced images. */
static gboolean measure_some(LeukoStressRun *run, LeukoStressData *d, LeukoDataset *dataset,
                             GArray *extents, GError **error)
{
    guint n = leuko_dataset_n_records(dataset), n_chosen = MIN(n, MAX_MEASURED);
    g_autofree double *all = g_new(double, n + 1);
    g_autoptr(GArray) records = g_array_new(FALSE, FALSE, sizeof(guint));
    Measuring m = {dataset, all};
    for (guint i = 0; i < n_chosen; i++) {
        guint record = (guint)((guint64)i * n / n_chosen);
        g_array_append_val(records, record);
    }
    if (!leuko_each_record(records, d->n_threads, "cells", measure_one, &m, run->reporter,
                           run->cancellable, error))
        return FALSE;
    for (guint i = 0; i < n_chosen; i++)
        g_array_append_val(extents, all[g_array_index(records, guint, i)]);
    return TRUE;
}

gboolean leuko_stress_data_box(LeukoStressRun *run, LeukoStressData *d, double *box,
                               double *share_hidden, GError **error)
{
    g_autoptr(GArray) extents = g_array_new(FALSE, FALSE, sizeof(double));
    if (!measure_some(run, d, d->judged, extents, error) ||
        (d->training && !measure_some(run, d, d->training, extents, error)))
        return FALSE;
    double *values = (double *)(gpointer)extents->data;
    leuko_sort_doubles(values, extents->len);
    guint at = (guint)floor(SHARE_HIDDEN * (extents->len - 1)), n_hidden = 0;
    if (!(*box > 0)) /* whole percents, so that a few more images do not change it */
        *box = CLAMP(ceil(values[at] * 100) / 100, MIN_BOX, MAX_BOX);
    for (guint i = 0; i < extents->len; i++)
        n_hidden += values[i] <= *box;
    *share_hidden = (double)n_hidden / extents->len;
    return TRUE;
}

#include "study/crossval-fit.h"
#include "answer/session.h"
#include "base/error.h"
#include "data/dataset-view.h"
#include "leuko/error.h"
#include "train/decision.h"
#include "train/head-folds.h"
#include "train/head-recipe.h"
#include "train/trainer.h"
#include <math.h>
#include <string.h>

/* The largest number of inner folds; a network validates on one of them. */
#define INNER_FOLDS 5

/* --- which records ---------------------------------------------------------------------------- */

/* The records inside or outside the fold's units. */
static guint *records_of(const LeukoCrossvalData *d, const LeukoFold *fold, gboolean inside,
                         guint *n)
{
    g_autofree gboolean *held = g_new0(gboolean, d->n_units + 1);
    guint *records = g_new(guint, d->n + 1);
    for (guint j = 0; j < fold->n_units; j++)
        held[fold->units[j]] = TRUE;
    *n = 0;
    for (guint i = 0; i < d->n; i++)
        if (held[d->unit[i]] == inside && (!inside || d->scored[i]))
            records[(*n)++] = i;
    return records;
}

guint *leuko_crossval_held(const LeukoCrossvalData *d, const LeukoFold *fold, guint *n_held)
{
    return records_of(d, fold, TRUE, n_held);
}

guint *leuko_crossval_training(const LeukoCrossvalData *d, const LeukoFold *fold, guint *n_training)
{
    return records_of(d, fold, FALSE, n_training);
}

static LeukoDataset *view_of(const LeukoCrossvalData *d, const guint *records, guint n)
{
    g_autofree LeukoRecordPlace *places = g_new(LeukoRecordPlace, n + 1);
    for (guint i = 0; i < n; i++)
        places[i] = (LeukoRecordPlace){0, records[i]};
    return leuko_dataset_view(&d->dataset, 1, places, n);
}

static LeukoFoldAnswers *answers_new(const LeukoCrossvalJob *job, const LeukoFold *fold)
{
    LeukoFoldAnswers *a = g_new0(LeukoFoldAnswers, 1);
    gboolean decides = job->data->n_classes == 2 && job->data->positive >= 0;
    a->held = leuko_crossval_held(job->data, fold, &a->n_held);
    a->p = g_new(double, (gsize)a->n_held * job->data->n_classes + 1);
    a->l2 = a->shrinkage = a->patient_share = NAN;
    a->threshold = decides ? 0.5 : (double)NAN;
    return a;
}

/* --- the head --------------------------------------------------------------------------------- */

/* Logits as the network computes them, in float; g_free. */
static float *to_float(const double *logits, gsize n)
{
    float *out = g_new(float, n + 1);
    for (gsize i = 0; i < n; i++)
        out[i] = (float)logits[i];
    return out;
}

/* What turns logits into probabilities and decisions, fitted on the inner held-out logits as
 * training fits it on its validation split; nothing is fitted with a fixed strength. */
static LeukoModel *fit_decision(const LeukoCrossvalJob *job, const LeukoHeadFit *fit,
                                const guint *training, guint n, LeukoFoldAnswers *a, GError **error)
{
    const LeukoThresholdRule rule = leuko_threshold_rule_balanced();
    LeukoNetSpec spec = job->start->spec;
    spec.n_classes = job->data->n_classes;
    g_autoptr(LeukoModel) m = leuko_model_new(&spec);
    m->positive = job->data->positive;
    m->threshold = a->threshold;
    if (!fit->logits)
        return g_steal_pointer(&m);
    m->classes = g_strdupv((GStrv)leuko_dataset_classes(job->data->dataset));
    g_autofree float *logits = to_float(fit->logits, (gsize)n * spec.n_classes);
    g_autoptr(LeukoDataset) view = view_of(job->data, training, n);
    if (!leuko_decision_fit(m, view, logits, &rule, error))
        return NULL;
    a->threshold = m->threshold;
    a->patient_share = m->patient_share;
    return g_steal_pointer(&m);
}

LeukoFoldAnswers *leuko_crossval_fit_head(const LeukoCrossvalJob *job, const LeukoFold *fold,
                                          guint n_threads, GCancellable *cancellable,
                                          GError **error)
{
    const LeukoCrossvalData *d = job->data;
    guint n = 0, n_classes = d->n_classes;
    g_autofree guint *training = leuko_crossval_training(d, fold, &n);
    g_autoptr(LeukoFoldAnswers) a = answers_new(job, fold);
    const LeukoHeadRecipe recipe = {.data = &job->features,
                                    .views = job->views,
                                    .n_views = job->n_views,
                                    .rows = training,
                                    .n = n,
                                    .groups = d->inner_groups,
                                    .sources = d->inner_sources,
                                    .l2 = job->options->l2,
                                    .kind = job->options->head,
                                    .n_folds = INNER_FOLDS,
                                    .seed = job->options->start.seed,
                                    .n_threads = n_threads,
                                    .near = job->near};
    const LeukoReporter silent = {NULL, NULL};
    g_autoptr(LeukoHeadFit) fit = leuko_head_recipe_fit(&recipe, silent, cancellable, error);
    if (!fit)
        return NULL;
    a->n_training = n;
    a->l2 = fit->kind == LEUKO_HEAD_LOGISTIC ? fit->l2 : (double)NAN;
    a->shrinkage = fit->shrinkage;
    a->inner_folds = fit->n_folds;
    a->strong_l2 = fit->strong_l2;
    g_autoptr(LeukoModel) decision = fit_decision(job, fit, training, n, a, error);
    if (!decision)
        return NULL;
    for (guint i = 0; i < a->n_held; i++) {
        double *p = a->p + (gsize)i * n_classes;
        leuko_head_logits(fit->head, job->features.x + (gsize)a->held[i] * job->features.n_features,
                          p);
        g_autofree float *logits = to_float(p, n_classes);
        leuko_model_probabilities(decision, logits, p);
    }
    return g_steal_pointer(&a);
}

/* --- the network ------------------------------------------------------------------------------ */

/* names[records[i]] for each record; g_free. */
static const char **pick_names(const char **names, const guint *records, guint n)
{
    const char **picked = g_new(const char *, n + 1);
    for (guint i = 0; i < n; i++)
        picked[i] = names[records[i]];
    return picked;
}

/* Divide the training part into `sides`, training and validation, which are views of the data. */
static gboolean divide_training(const LeukoCrossvalJob *job, const LeukoFold *fold,
                                LeukoFoldAnswers *a, LeukoDataset **sides, GError **error)
{
    const LeukoCrossvalData *d = job->data;
    guint n = 0, n_sides[2] = {0, 0};
    g_autofree guint *all = leuko_crossval_training(d, fold, &n), *inner = g_new(guint, n + 1);
    g_autofree guint *first = g_new(guint, n + 1), *second = g_new(guint, n + 1);
    guint *const records[2] = {first, second};
    g_autofree gint *labels = g_new(gint, n + 1);
    g_autofree const char **groups = pick_names(d->inner_groups, all, n);
    g_autofree const char **sources = pick_names(d->inner_sources, all, n);
    LeukoFoldKind kind;
    for (guint i = 0; i < n; i++)
        labels[i] = d->labels[all[i]];
    a->n_training = n;
    a->inner_folds = INNER_FOLDS;
    if (!leuko_head_folds_make(labels, groups, sources, n, d->n_classes, job->options->start.seed,
                               inner, &a->inner_folds, &kind, error))
        return FALSE;
    a->strong_l2 = kind == LEUKO_FOLDS_HALF;
    for (guint i = 0; i < n; i++) {
        guint side = inner[i] == 0 ? 1 : 0;
        if (side == 0 || d->scored[all[i]])
            records[side][n_sides[side]++] = all[i];
    }
    for (guint side = 0; side < 2; side++)
        sides[side] = view_of(d, records[side], n_sides[side]);
    return TRUE;
}

static LeukoModel *train_network(const LeukoCrossvalJob *job, const LeukoFold *fold,
                                 LeukoDataset *const *sides, LeukoReporter reporter,
                                 GCancellable *cancellable, GError **error)
{
    static const LeukoTrainEvents no_events = {0};
    const LeukoCrossvalOptions *o = job->options;
    g_autofree gchar *run = leuko_fold_run_folder(job->run_folder, fold);
    const LeukoTrainerOptions options = {.recipe = *job->recipe,
                                         .precision = job->precision.precision,
                                         .precision_reason = job->precision.reason,
                                         .n_threads = o->features.n_threads,
                                         .seed = o->start.seed,
                                         .positive = job->data->positive,
                                         .threshold = leuko_threshold_rule_balanced(),
                                         .run_folder = run,
                                         .resume = TRUE,
                                         .checkpoint_steps = o->tune->checkpoint_steps,
                                         .checkpoint_seconds = o->tune->checkpoint_seconds,
                                         .no_cache = o->features.no_cache};
    LeukoTrainReport report;
    return leuko_trainer_run(sides[0], sides[1], job->start, &options, &no_events, NULL, &report,
                             reporter, cancellable, error);
}

/* Answer the held-out images with the trained model. */
static gboolean answer(const LeukoCrossvalJob *job, const LeukoModel *model, LeukoFoldAnswers *a,
                       LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    enum { BATCH = 8 };
    guint n_threads = job->options->features.n_threads;
    const LeukoProgramOptions options = {job->precision.precision, BATCH, n_threads};
    const LeukoRecordsOptions records = {
        .records = a->held, .n = a->n_held, .n_threads = n_threads, .phase = "held-out images"};
    g_autoptr(LeukoNet) net = leuko_net_new(&model->spec, error);
    g_autoptr(LeukoProgram) program =
        net ? leuko_program_new(net, model->params, &options, error) : NULL;
    g_autoptr(LeukoSession) session =
        program ? leuko_session_new_for_program(model, program, BATCH, error) : NULL;
    return session && leuko_session_classify_records(session, job->data->dataset, &records, a->p,
                                                     cancellable, reporter, error);
}

LeukoFoldAnswers *leuko_crossval_fit_network(const LeukoCrossvalJob *job, const LeukoFold *fold,
                                             LeukoReporter reporter, GCancellable *cancellable,
                                             GError **error)
{
    g_autoptr(LeukoFoldAnswers) a = answers_new(job, fold);
    LeukoDataset *sides[2] = {NULL, NULL};
    gboolean ok = divide_training(job, fold, a, sides, error);
    g_autoptr(LeukoModel) model =
        ok ? train_network(job, fold, sides, reporter, cancellable, error) : NULL;
    leuko_dataset_unref(sides[0]);
    leuko_dataset_unref(sides[1]);
    if (!model || !answer(job, model, a, reporter, cancellable, error))
        return NULL;
    if (!isnan(a->threshold)) {
        a->threshold = model->threshold;
        a->patient_share = model->patient_share;
    }
    return g_steal_pointer(&a);
}

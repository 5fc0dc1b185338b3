#include "train/head-trainer.h"
#include "base/error.h"
#include "base/json.h"
#include "train/decision.h"
#include "train/head-model.h"
#include "train/head-recipe.h"
#include "train/provenance.h"
#include "train/splits.h"
#include <math.h>

LeukoHeadTrainerOptions leuko_head_trainer_options_default(void)
{
    return (LeukoHeadTrainerOptions){.features = {LEUKO_FP32, .batch = 1, .n_threads = 1},
                                     .precision_reason = "default",
                                     .positive = -1,
                                     .threshold = leuko_threshold_rule_balanced(),
                                     .n_folds = 5,
                                     .seed = 50};
}

/* One split of the data, ready for the head. */
typedef struct {
    LeukoDataset *dataset;
    LeukoFeatures *features;
    gint *labels;
    const char **groups, **sources; /* borrowed from the data set */
    LeukoHeadData data;
} Split;

static void split_clear(Split *p)
{
    leuko_features_free(p->features);
    g_free(p->labels);
    g_free(p->groups);
    g_free(p->sources);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Split, split_clear)

static gboolean split_init(Split *p, LeukoDataset *dataset, const LeukoStart *start,
                           const LeukoFeatureOptions *options, LeukoReporter reporter,
                           GCancellable *cancellable, GError **error)
{
    guint n = leuko_dataset_n_records(dataset);
    p->dataset = dataset;
    p->labels = g_new(gint, n);
    p->groups = g_new(const char *, n);
    p->sources = g_new(const char *, n);
    for (guint i = 0; i < n; i++) {
        const LeukoRecord *r = leuko_dataset_record(dataset, i);
        p->labels[i] = r->label;
        p->groups[i] = r->group;
        p->sources[i] = r->source;
    }
    p->features = leuko_features_compute(dataset, start, options, reporter, cancellable, error);
    if (!p->features)
        return FALSE;
    p->data = (LeukoHeadData){p->features->x,
                              p->labels,
                              NULL,
                              n,
                              p->features->n_features,
                              leuko_dataset_n_classes(dataset)};
    return TRUE;
}

/* The choice holds out images of every class, so a class needs two originals. */
static gboolean check_held_out(const LeukoDataset *training, GError **error)
{
    g_autofree guint *n_images = leuko_train_count_originals(training);
    for (guint i = 0; i < leuko_dataset_n_records(training); i++) {
        const LeukoRecord *r = leuko_dataset_record(training, i);
        if (r->label >= 0 && n_images[r->label] == 1)
            return leuko_fail(LEUKO_ERROR_DATA, error,
                              "%s: class \"%s\" has a single training image (%s); at least two are "
                              "needed",
                              leuko_dataset_path(training),
                              leuko_dataset_classes(training)[r->label], r->source);
    }
    return TRUE;
}

/* Choose the settings of the head on the training split, and fit it. */
static LeukoHeadFit *fit_head(const Split *p, const LeukoHeadTrainerOptions *o,
                              LeukoTrainHeadReport *r, LeukoReporter reporter,
                              GCancellable *cancellable, GError **error)
{
    const LeukoHeadRecipe recipe = {.data = &p->data,
                                    .views = p->features->views,
                                    .n_views = p->features->n_train_views,
                                    .groups = p->groups,
                                    .sources = p->sources,
                                    .kind = o->kind,
                                    .n_folds = o->n_folds,
                                    .seed = o->seed,
                                    .n_threads = o->features.n_threads};
    LeukoHeadFit *fit = leuko_head_recipe_fit(&recipe, reporter, cancellable, error);
    if (!fit)
        return NULL;
    r->n_folds = fit->n_folds;
    r->folds = fit->folds;
    r->strong_l2 = fit->strong_l2;
    r->kind = fit->kind;
    r->l2 = fit->l2;
    r->shrinkage = fit->shrinkage;
    r->logistic_loss = fit->logistic_loss;
    r->discriminant_loss = fit->discriminant_loss;
    r->slope = fit->slope;
    r->held_out_accuracy = fit->held_out_accuracy;
    r->held_out_loss = fit->held_out_loss;
    return fit;
}

static json_t *figures(const LeukoTrainHeadReport *r)
{
    static const char *const kinds[] = {"grouped", "half grouped", "ungrouped"};
    json_t *losses = json_pack("{s:o, s:o}", "logistic", leuko_json_real_or_null(r->logistic_loss),
                               "discriminant", leuko_json_real_or_null(r->discriminant_loss));
    json_t *json =
        json_pack("{s:i, s:i, s:i, s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                  "n_training", (int)r->n_training, "n_validation", (int)r->n_validation, "n_views",
                  (int)r->n_views, "folds", kinds[r->folds], "n_folds", (int)r->n_folds, "kind",
                  r->kind == LEUKO_HEAD_DISCRIMINANT ? "discriminant" : "logistic", "kind_losses",
                  losses, "l2", leuko_json_real_or_null(r->l2 > 0 ? r->l2 : NAN), "shrinkage",
                  leuko_json_real_or_null(r->shrinkage), "slope", leuko_json_real_or_null(r->slope),
                  "training_accuracy", leuko_json_real_or_null(r->training_accuracy),
                  "held_out_accuracy", leuko_json_real_or_null(r->held_out_accuracy),
                  "held_out_loss", leuko_json_real_or_null(r->held_out_loss), "validation_accuracy",
                  leuko_json_real_or_null(r->validation_accuracy), "validation_loss",
                  leuko_json_real_or_null(r->validation_loss));
    if (r->n_train_views > 0)
        json_object_set_new(json, "n_train_views", json_integer(r->n_train_views));
    return json;
}

static void add_provenance(LeukoModel *m, const LeukoProvenanceInput *in, LeukoTrainingList *list,
                           const LeukoHeadTrainerOptions *o, const LeukoTrainHeadReport *r)
{
    leuko_provenance_add_training(m, in, list);
    json_object_set_new(m->provenance, "recipe", json_string("head"));
    json_object_set_new(m->provenance, "feature_precision",
                        json_string(leuko_precision_name(o->features.precision)));
    json_object_set_new(m->provenance, "precision_reason", json_string(o->precision_reason));
    json_object_set_new(m->provenance, "figures", figures(r));
}

/* Without a validation split: the temperature from the held-out logits of the folds. Images of one
 * group in several folds would make it too small. */
static gboolean calibrate_by_folds(LeukoModel *m, const Split *training, const LeukoHeadFit *fit,
                                   GError **error)
{
    gsize n = training->data.n_rows * training->data.n_classes;
    g_autofree float *logits = g_new(float, n);
    for (gsize i = 0; i < n; i++)
        logits[i] = (float)fit->logits[i];
    return fit->folds == LEUKO_FOLDS_HALF ||
           leuko_decision_calibrate(m, training->dataset, logits, LEUKO_FITTED_FOLDS, error);
}

/* Calibrate the model, choose how it decides, and measure it on both splits.
 * logits  of the training split; validation NULL: none */
static gboolean decide(LeukoModel *m, const Split *training, const Split *validation,
                       const LeukoHeadFit *fit, const float *logits, const LeukoThresholdRule *rule,
                       LeukoTrainHeadReport *r, GError **error)
{
    r->validation_accuracy = r->validation_loss = NAN;
    m->threshold = m->spec.n_classes == 2 ? 0.5 : (double)NAN;
    if (validation) {
        g_autofree float *own =
            leuko_head_logits_of_rows(fit->head, validation->data.x, validation->data.n_rows);
        if (!leuko_decision_fit(m, validation->dataset, own, rule, error))
            return FALSE;
        LeukoDecisionFigures f = leuko_decision_measure(m, validation->dataset, own);
        r->validation_accuracy = f.accuracy;
        r->validation_loss = f.loss;
    } else if (!calibrate_by_folds(m, training, fit, error)) {
        return FALSE;
    }
    r->training_accuracy = leuko_decision_measure(m, training->dataset, logits).accuracy;
    r->threshold = m->threshold;
    r->threshold_low = m->threshold_choice.low;
    r->threshold_high = m->threshold_choice.high;
    r->patient_share = m->patient_share;
    return TRUE;
}

static guint count_sources(const Split *p)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < p->data.n_rows; i++)
        g_hash_table_add(seen, (gpointer)p->sources[i]);
    return g_hash_table_size(seen);
}

static void count_features(LeukoTrainHeadReport *r, const LeukoFeatures *f)
{
    r->n_features = f->n_features;
    r->n_views = f->n_views;
    r->n_cached += f->n_cached;
    r->n_computed += f->n_computed;
    r->feature_seconds += f->seconds;
}

LeukoModel *leuko_head_trainer_run(LeukoDataset *training, LeukoDataset *validation,
                                   const LeukoStart *start, const LeukoHeadTrainerOptions *options,
                                   LeukoSplitFeatures *kept, LeukoTrainHeadReport *report,
                                   LeukoReporter reporter, GCancellable *cancellable,
                                   GError **error)
{
    g_auto(Split) train = {0}, valid = {0};
    const LeukoFeatureOptions *f = &options->features;
    *report = (LeukoTrainHeadReport){.precision = f->precision};
    if (!leuko_train_check_classes(training, validation, error) ||
        !check_held_out(training, error) ||
        !split_init(&train, training, start, f, reporter, cancellable, error))
        return NULL;
    report->n_training = leuko_dataset_n_records(training);
    report->n_validation = validation ? leuko_dataset_n_records(validation) : 0;
    report->n_sources = count_sources(&train);
    count_features(report, train.features);
    report->n_train_views = train.features->n_train_views;
    const LeukoProvenanceInput in = {training,        train.features->sha256, start,
                                     LEUKO_PART_HEAD, options->seed,          f->n_threads};
    g_autoptr(LeukoTrainingList) list = leuko_provenance_list(&in, reporter, cancellable, error);
    if (!list)
        return NULL;
    gint64 start_us = g_get_monotonic_time();
    g_autoptr(LeukoHeadFit) fit = fit_head(&train, options, report, reporter, cancellable, error);
    if (!fit)
        return NULL;
    const LeukoHead *head = fit->head;
    g_autofree float *logits = leuko_head_logits_of_rows(head, train.data.x, train.data.n_rows);
    report->head_seconds = (double)(g_get_monotonic_time() - start_us) / 1e6;
    g_clear_pointer(&train.features->views, g_free);
    if (!kept)
        g_clear_pointer(&train.features->x, g_free); /* the features of one split at a time */
    if (validation) {
        LeukoFeatureOptions own = *f;
        own.n_train_views = 0;
        if (!split_init(&valid, validation, start, &own, reporter, cancellable, error))
            return NULL;
        count_features(report, valid.features);
    }
    g_autoptr(LeukoModel) model = leuko_head_model_new(start, head, leuko_dataset_classes(training),
                                                       options->positive, error);
    if (!model || !decide(model, &train, validation ? &valid : NULL, fit, logits,
                          &options->threshold, report, error))
        return NULL;
    add_provenance(model, &in, g_steal_pointer(&list), options, report);
    model->n_views = report->n_views;
    if (kept) {
        kept->training = g_steal_pointer(&train.features);
        kept->validation = g_steal_pointer(&valid.features);
    }
    return g_steal_pointer(&model);
}

/* The head-training job: features, prior, head, figures, model. */
#include "base/digest.h"
#include "base/json.h"
#include "leuko/error.h"
#include "train/head-objective.h"
#include "train/threshold.h"
#include "train/train.h"
#include <math.h>
#include <string.h>

LeukoTrainHeadOptions leuko_train_head_options_default(void)
{
    return (LeukoTrainHeadOptions){.features = {leuko_features_precision(), 1, 1, FALSE},
                                   .positive = -1,
                                   .n_folds = 5,
                                   .seed = 50};
}

/* One part of the data, ready for the head. */
typedef struct {
    LeukoDataset *dataset;
    LeukoFeatures *features;
    gint *labels;
    const char **groups, **sources; /* borrowed from the data set */
    LeukoHeadData data;
} Part;

static void part_clear(Part *p)
{
    leuko_features_free(p->features);
    g_free(p->labels);
    g_free(p->groups);
    g_free(p->sources);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Part, part_clear)

static gboolean part_init(Part *p, LeukoDataset *dataset, const LeukoStart *start,
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

gboolean leuko_check_classes(LeukoDataset *training, LeukoDataset *validation, GError **error)
{
    const gchar *const *classes = leuko_dataset_classes(training);
    guint n_classes = leuko_dataset_n_classes(training), present = 0;
    g_autofree guint *count = g_new0(guint, n_classes);
    for (guint i = 0; i < leuko_dataset_n_records(training); i++)
        present += count[leuko_dataset_record(training, i)->label]++ == 0;
    if (present < 2) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: the training part has images of one class only; two are needed to learn "
                    "a difference",
                    leuko_dataset_path(training));
        return FALSE;
    }
    for (guint k = 0; k < n_classes; k++)
        if (count[k] == 0) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s: the training part has no image of class \"%s\"",
                        leuko_dataset_path(training), classes[k]);
            return FALSE;
        }
    if (validation && !g_strv_equal(classes, leuko_dataset_classes(validation))) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: training and validation have different classes",
                    leuko_dataset_path(training));
        return FALSE;
    }
    return TRUE;
}

/* Weaker priors than this have never been the best; the path ends before, at the turn. */
#define PATH_DECADES 5.5

static LeukoHeadChoice *choose_prior(const Part *p, const LeukoTrainHeadOptions *o,
                                     LeukoTrainHeadReport *r, LeukoReporter reporter,
                                     GCancellable *cancellable, GError **error)
{
    g_autofree guint *fold = g_new(guint, p->data.n_rows);
    r->n_folds = o->n_folds;
    if (!leuko_head_deal_folds(p->labels, p->groups, p->sources, p->data.n_rows, p->data.n_classes,
                               o->seed, fold, &r->n_folds, &r->folds, error))
        return NULL;
    double strong = leuko_head_strong_prior(&p->data);
    r->strong_prior = r->folds == LEUKO_FOLDS_HALF;
    double weak = r->strong_prior ? strong : strong * pow(10, -PATH_DECADES);
    LeukoHeadChoice *c = leuko_head_choose(&p->data, fold, r->n_folds, strong, weak,
                                           o->features.n_threads, reporter, cancellable, error);
    if (!c)
        return NULL;
    LeukoHeadTrial t = g_array_index(c->trials, LeukoHeadTrial, c->chosen);
    r->l2 = t.l2;
    r->held_out_accuracy = t.accuracy;
    r->held_out_loss = t.loss;
    r->slope = 1.0;
    if (r->strong_prior) {
        r->slope = leuko_head_slope(&p->data, c->logits);
        for (gsize i = 0; i < p->data.n_rows * p->data.n_classes; i++)
            c->logits[i] *= r->slope;
    }
    return c;
}

static double best_threshold(const LeukoHead *head, const LeukoHeadData *data, gint positive)
{
    g_autofree double *scores = g_new(double, data->n_rows);
    g_autofree gboolean *positives = g_new(gboolean, data->n_rows);
    for (gsize i = 0; i < data->n_rows; i++) {
        double z[2];
        leuko_head_logits(head, data->x + i * data->n_features, z);
        leuko_head_softmax(z, 2);
        scores[i] = z[positive];
        positives[i] = data->labels[i] == positive;
    }
    return leuko_best_threshold(scores, positives, data->n_rows);
}

static json_t *figures(const LeukoTrainHeadReport *r)
{
    static const char *const kinds[] = {"grouped", "half grouped", "ungrouped"};
    return json_pack("{s:i, s:i, s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "n_training",
                     (int)r->n_training, "n_validation", (int)r->n_validation, "folds",
                     kinds[r->folds], "n_folds", (int)r->n_folds, "l2",
                     leuko_json_real_or_null(r->l2), "slope", leuko_json_real_or_null(r->slope),
                     "training_accuracy", leuko_json_real_or_null(r->training_accuracy),
                     "held_out_accuracy", leuko_json_real_or_null(r->held_out_accuracy),
                     "held_out_loss", leuko_json_real_or_null(r->held_out_loss),
                     "validation_accuracy", leuko_json_real_or_null(r->validation_accuracy),
                     "validation_loss", leuko_json_real_or_null(r->validation_loss));
}

static gboolean add_provenance(LeukoModel *m, const Part *training, const LeukoStart *start,
                               const LeukoTrainHeadOptions *o, const LeukoTrainHeadReport *r,
                               GError **error)
{
    g_autofree gchar *digest = leuko_dataset_digest(training->dataset, error);
    if (!digest)
        return FALSE;
    g_autoptr(LeukoDigestSet) groups = leuko_digest_set_new(), images = leuko_digest_set_new();
    for (guint i = 0; i < training->data.n_rows; i++) {
        leuko_digest_set_add_group(groups, training->groups[i]);
        g_autoptr(GString) hex = g_string_new(NULL);
        for (guint b = 0; b < 8; b++) /* as leuko_image_digest(), from the digest we have */
            g_string_append_printf(hex, "%02x", training->features->sha256[(gsize)i * 32 + b]);
        leuko_digest_set_add(images, hex->str);
    }
    leuko_digest_set_add_json(groups, json_object_get(start->provenance, LEUKO_PROVENANCE_GROUPS));
    leuko_digest_set_add_json(images, json_object_get(start->provenance, LEUKO_PROVENANCE_IMAGES));
    json_t *p = m->provenance;
    json_object_set_new(p, "dataset", json_string(digest));
    json_object_set_new(p, LEUKO_PROVENANCE_GROUPS, leuko_digest_set_to_json(groups));
    json_object_set_new(p, LEUKO_PROVENANCE_IMAGES, leuko_digest_set_to_json(images));
    json_object_set_new(p, "weights", leuko_json_text(start->weights));
    json_object_set_new(p, "weights_digest", json_string(start->digest));
    json_object_set_new(p, "recipe", json_string("head"));
    json_object_set_new(p, "seed", json_integer((json_int_t)o->seed));
    json_object_set_new(p, "feature_precision",
                        json_string(leuko_precision_name(o->features.precision)));
    json_object_set_new(p, "figures", figures(r));
    return TRUE;
}

/* The figures of the finished head, and the threshold. */
static void measure(const LeukoHead *head, const Part *training, const Part *validation,
                    gint positive, LeukoTrainHeadReport *r)
{
    leuko_head_log_loss(head, &training->data, NULL, 0, &r->training_accuracy);
    r->validation_accuracy = r->validation_loss = NAN;
    r->threshold = head->n_classes == 2 ? 0.5 : NAN;
    if (!validation)
        return;
    r->validation_loss =
        leuko_head_log_loss(head, &validation->data, NULL, 0, &r->validation_accuracy);
    if (head->n_classes == 2 && positive >= 0)
        r->threshold = best_threshold(head, &validation->data, positive);
}

static guint count_sources(const Part *p)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < p->data.n_rows; i++)
        g_hash_table_add(seen, (gpointer)p->sources[i]);
    return g_hash_table_size(seen);
}

static void count(LeukoTrainHeadReport *r, const Part *training, const Part *validation)
{
    const LeukoFeatures *f[] = {training->features, validation ? validation->features : NULL};
    r->n_training = (guint)f[0]->n;
    r->n_validation = f[1] ? (guint)f[1]->n : 0;
    r->n_sources = count_sources(training);
    r->n_features = f[0]->n_features;
    for (guint i = 0; i < 2 && f[i]; i++) {
        r->n_cached += f[i]->n_cached;
        r->n_computed += (guint)f[i]->n - f[i]->n_cached;
        r->feature_seconds += f[i]->seconds;
    }
}

LeukoModel *leuko_train_head(LeukoDataset *training, LeukoDataset *validation,
                             const LeukoStart *start, const LeukoTrainHeadOptions *options,
                             LeukoTrainHeadReport *report, LeukoReporter reporter,
                             GCancellable *cancellable, GError **error)
{
    g_auto(Part) train = {0}, valid = {0};
    const LeukoFeatureOptions *f = &options->features;
    *report = (LeukoTrainHeadReport){0};
    if (!leuko_check_classes(training, validation, error) ||
        !part_init(&train, training, start, f, reporter, cancellable, error) ||
        (validation && !part_init(&valid, validation, start, f, reporter, cancellable, error)))
        return NULL;
    const Part *v = validation ? &valid : NULL;
    count(report, &train, v);
    gint64 start_us = g_get_monotonic_time();
    g_autoptr(LeukoHeadChoice) choice =
        choose_prior(&train, options, report, reporter, cancellable, error);
    g_autoptr(LeukoHead) head =
        choice ? leuko_head_fit(&train.data, NULL, 0, report->l2, choice->start,
                                LEUKO_HEAD_TOLERANCE, f->n_threads, cancellable, error)
               : NULL;
    if (!head)
        return NULL;
    leuko_head_scale(head, report->slope);
    measure(head, &train, v, options->positive, report);
    report->head_seconds = (double)(g_get_monotonic_time() - start_us) / 1e6;
    g_autoptr(LeukoModel) model = leuko_model_from_head(
        start, head, leuko_dataset_classes(training), options->positive, error);
    if (!model || !add_provenance(model, &train, start, options, report, error))
        return NULL;
    model->threshold = report->threshold;
    return g_steal_pointer(&model);
}

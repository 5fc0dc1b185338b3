#include "train/trainer.h"
#include "base/io-error.h"
#include "base/progress.h"
#include "data/dataset-digest.h"
#include "formats/model-file.h"
#include "leuko/error.h"
#include "train/head-trainer.h"
#include "train/splits.h"
#include "train/trainer-batches.h"
#include "train/trainer-checkpoint.h"
#include "train/trainer-front.h"
#include "train/trainer-model.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* --- setting up ------------------------------------------------------------------------------- */

static void trainer_clear(LeukoTrainer *t)
{
    leuko_backprop_free(t->backprop);
    leuko_trainer_clear_front(t);
    leuko_optimizer_free(t->optimizer);
    leuko_net_free(t->net);
    g_free(t->class_weights);
    g_free(t->targets);
    g_free(t->weights);
    g_free(t->mixed);
    g_free(t->keys);
    g_free(t->gradients);
    g_free(t->sha256);
    leuko_training_list_free(t->list);
    g_free(t->dataset_digest);
    g_free(t->validation_digest);
    leuko_lock_free(t->lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoTrainer, trainer_clear)

/* Initialize the classifier by fitting a head on the features. */
static gboolean head_from_features(LeukoTrainer *t, LeukoParams *params, GError **error)
{
    LeukoHeadTrainerOptions o = leuko_head_trainer_options_default();
    LeukoTrainHeadReport r;
    o.features.precision = t->options->precision;
    o.features.n_threads = t->options->n_threads;
    o.features.no_cache = t->options->no_cache;
    o.positive = t->options->positive;
    o.seed = t->options->seed;
    g_autoptr(LeukoModel) m = leuko_head_trainer_run(t->training, t->validation, t->start, &o, NULL,
                                                     &r, t->reporter, t->cancellable, error);
    gint logits = leuko_net_find(t->net, LEUKO_HEAD_LAYER);
    return m && leuko_params_copy_layer(params, m->params, leuko_net_layer(t->net, (guint)logits),
                                        error);
}

/* The initial parameters: the trunk of `start`, a random or fitted classifier, a random auxiliary
 * head. */
static LeukoParams *initial_params(LeukoTrainer *t, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new_random(t->net, t->options->seed, error);
    for (guint i = 0; params && i < leuko_net_n_layers(t->net); i++) {
        const LeukoLayer *l = leuko_net_layer(t->net, i);
        if (l->batch_norm && !leuko_layer_is_aux(l) &&
            !leuko_params_copy_layer(params, t->start->params, l, error))
            return NULL;
    }
    if (!params || (t->options->recipe.head_from_features && !head_from_features(t, params, error)))
        return NULL;
    return g_steal_pointer(&params);
}

static gboolean make_optimizer(LeukoTrainer *t, GError **error)
{
    guint n = leuko_backprop_n_parameters(t->backprop);
    g_autofree LeukoTrainedTensor *tensors = g_new0(LeukoTrainedTensor, n);
    LeukoOptimizerOptions o = leuko_recipe_optimizer(&t->options->recipe, t->options->n_threads);
    t->gradients = g_new(const float *, n);
    for (guint i = 0; i < n; i++) {
        const LeukoBackpropParameter *s = leuko_backprop_parameter(t->backprop, i);
        tensors[i] = (LeukoTrainedTensor){s->name, s->n, s->values, s->is_weights,
                                          s->is_head ? t->options->recipe.head_rate_scale : 1.0};
        t->gradients[i] = s->gradients;
    }
    t->optimizer = leuko_optimizer_new(tensors, n, &o, error);
    return t->optimizer != NULL;
}

static gboolean make_backprop(LeukoTrainer *t, GError **error)
{
    const LeukoRecipe *r = &t->options->recipe;
    LeukoBackpropOptions o = {.precision = t->options->precision,
                              .batch = t->batch,
                              .n_threads = t->options->n_threads,
                              .batch_norm_trained = r->batch_norm_trained,
                              .batch_norm_decay = r->batch_norm_decay,
                              .aux_weight = r->auxiliary_weight};
    if (strcmp(r->tune, "all") != 0)
        g_strlcpy(o.first_block, r->tune, sizeof o.first_block);
    if (r->batch_norm_trained && leuko_params_batch_norm_is_folded(t->start->params)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: batch norm is folded into the weights; use a recipe with "
                    "batch_norm = frozen, such as finetune",
                    t->start->weights);
        return FALSE;
    }
    g_autoptr(LeukoParams) params = initial_params(t, error);
    t->backprop = params ? leuko_backprop_new(t->net, params, &o, error) : NULL;
    return t->backprop && leuko_trainer_make_front(t, error) && make_optimizer(t, error);
}

/* Weights n / (K n_k), larger for rare classes; (K), g_free. */
static float *find_class_weights(LeukoDataset *d)
{
    guint n = leuko_dataset_n_records(d), n_classes = leuko_dataset_n_classes(d);
    g_autofree guint *count = g_new0(guint, n_classes);
    float *weights = g_new(float, n_classes);
    for (guint i = 0; i < n; i++)
        count[leuko_dataset_record(d, i)->label]++;
    for (guint k = 0; k < n_classes; k++)
        weights[k] = (float)n / (float)(n_classes * count[k]);
    return weights;
}

/* Make the run folder and lock it. */
static gboolean open_folder(LeukoTrainer *t, GError **error)
{
    const LeukoTrainerOptions *o = t->options;
    if (g_mkdir_with_parents(o->run_folder, 0777) != 0)
        return leuko_fail_io(o->run_folder, "create the folder", error);
    t->lock = leuko_lock_take(o->run_folder, error);
    return t->lock && leuko_trainer_check_folder(o->run_folder, o->resume, o->restart, error);
}

static gboolean hash_validation(LeukoTrainer *t, GError **error)
{
    if (!t->validation)
        return TRUE;
    g_autofree guint8 *sha256 = g_malloc0_n(leuko_dataset_n_records(t->validation), 32);
    if (!leuko_dataset_hash_images(t->validation, sha256, t->cancellable, error))
        return FALSE;
    t->validation_digest = leuko_dataset_digest_of(t->validation, sha256);
    return TRUE;
}

static gboolean set_up(LeukoTrainer *t, GError **error)
{
    const LeukoRecipe *r = &t->options->recipe;
    guint n = leuko_dataset_n_records(t->training);
    LeukoNetSpec spec = t->start->spec;
    t->n_classes = leuko_dataset_n_classes(t->training);
    t->batch = MIN(r->batch, n);
    t->steps_per_epoch = n / t->batch;
    t->n_steps = t->steps_per_epoch * r->epochs;
    t->schedule = leuko_recipe_schedule(r, t->steps_per_epoch);
    t->best_loss = INFINITY;
    t->jitters = r->jitter != LEUKO_JITTER_NONE;
    t->jitter = r->jitter == LEUKO_JITTER_SLIM ? leuko_jitter_slim() : leuko_jitter_cells();
    if (r->jitter == LEUKO_JITTER_CELLS)
        t->jitter.stain = r->stain;
    gsize side = t->start->preprocess.side_px, image = LEUKO_CHANNELS * side * side;
    t->targets = g_new(float, (gsize)t->batch * t->n_classes);
    t->weights = g_new(float, t->batch);
    t->keys = g_new(guint64, t->batch);
    t->mixed = r->mixup > 0 ? g_new(float, t->batch *image) : NULL;
    t->class_weights = r->balance == LEUKO_BALANCE_WEIGHTS ? find_class_weights(t->training) : NULL;
    spec.n_classes = t->n_classes;
    spec.aux_head = r->auxiliary_weight > 0;
    t->net = leuko_net_new(&spec, error);
    if (!t->net) {
        g_prefix_error(error, "recipe %s: auxiliary_weight = %g: ", r->name, r->auxiliary_weight);
        return FALSE;
    }
    if (!open_folder(t, error))
        return FALSE;
    t->sha256 = g_malloc0_n(n, 32);
    if (!leuko_dataset_hash_images(t->training, t->sha256, t->cancellable, error))
        return FALSE;
    t->dataset_digest = leuko_dataset_digest_of(t->training, t->sha256);
    const LeukoProvenanceInput in = leuko_trainer_provenance(t);
    t->list = leuko_provenance_list(&in, t->reporter, t->cancellable, error);
    if (!t->list)
        return FALSE;
    return hash_validation(t, error) && make_backprop(t, error);
}

/* --- steps ------------------------------------------------------------------------------------ */

static double share_right(const LeukoTrainer *t, const LeukoBatch *b)
{
    const float *p = leuko_backprop_probabilities(t->backprop);
    guint right = 0;
    for (guint i = 0; i < b->n; i++) {
        guint best = 0;
        for (guint k = 1; k < t->n_classes; k++)
            if (p[i * t->n_classes + k] > p[i * t->n_classes + best])
                best = k;
        right += (gint)best == b->labels[i];
    }
    return (double)right / b->n;
}

static gboolean one_step(LeukoTrainer *t, const LeukoBatch *b, const LeukoEpochImages *images,
                         LeukoTrainStep *done, GError **error)
{
    const float *x = leuko_trainer_prepare(t, b, images);
    done->rate = leuko_schedule_rate(&t->schedule, t->step);
    if (!leuko_trainer_forward(t, x, b->indices, TRUE, &done->loss, error) ||
        !leuko_backprop_backward(t->backprop, error) ||
        !leuko_optimizer_step(t->optimizer, done->rate, t->gradients, &done->gradient_norm,
                              error)) {
        g_prefix_error(error,
                       "step %" G_GUINT64_FORMAT " (the last checkpoint is of an earlier step): ",
                       t->step + 1);
        return FALSE;
    }
    t->step++;
    done->step = t->step;
    done->epoch = (guint)images->epoch + 1;
    done->accuracy = share_right(t, b);
    return TRUE;
}

static gboolean save_if_due(LeukoTrainer *t, GError **error)
{
    const LeukoTrainerOptions *o = t->options;
    double seconds = (double)(g_get_monotonic_time() - t->saved_us) / 1e6;
    gboolean due = seconds >= o->checkpoint_seconds ||
                   (o->checkpoint_steps > 0 && t->step % o->checkpoint_steps == 0);
    /* end_epoch() writes a checkpoint after validation */
    return t->step % t->steps_per_epoch == 0 || !due || leuko_trainer_save(t, error);
}

static gboolean stop_if_cancelled(LeukoTrainer *t, GError **error)
{
    if (!t->cancellable || !g_cancellable_is_cancelled(t->cancellable))
        return TRUE;
    if (leuko_trainer_save(t, error))
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_CANCELLED,
                    "interrupted after step %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                    "; the checkpoint is written",
                    t->step, t->n_steps);
    return FALSE;
}

/* An event function failed: write a checkpoint and set its error. Takes over `failed`. */
static gboolean stop_for_event(LeukoTrainer *t, GError *failed, GError **error)
{
    g_assert(failed);
    if (leuko_trainer_save(t, NULL))
        g_prefix_error(&failed,
                       "stopped after step %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT ": ",
                       t->step, t->n_steps);
    g_propagate_error(error, failed);
    return FALSE;
}

static gboolean report_step(LeukoTrainer *t, const LeukoTrainStep *s, GError **error)
{
    GError *failed = NULL;
    g_autofree gchar *note =
        g_strdup_printf("epoch %u of %u, loss %.4f, accuracy %.3f, %.1f images/s", s->epoch,
                        t->options->recipe.epochs, s->loss, s->accuracy, s->images_per_s);
    leuko_report(t->reporter, "training", t->step, t->n_steps, "steps", note);
    if (t->events->step && !t->events->step(s, t->events->user_data, &failed))
        return stop_for_event(t, failed, error);
    return TRUE;
}

/* Before the first step of an epoch, report its first batch. */
static gboolean report_images(LeukoTrainer *t, const LeukoBatch *b, GError **error)
{
    GError *failed = NULL;
    if (t->events->images && t->step % t->steps_per_epoch == 0 &&
        !t->events->images(b->x_nchw, b->n, t->start->preprocess.side_px, t->step + 1,
                           t->events->user_data, &failed))
        return stop_for_event(t, failed, error);
    return TRUE;
}

/* Run the rest of the current epoch. *loss: mean over these steps. */
static gboolean run_epoch(LeukoTrainer *t, double *loss, GError **error)
{
    guint64 epoch = t->step / t->steps_per_epoch;
    g_auto(LeukoEpochOrder) order = leuko_trainer_order(t, epoch);
    LeukoEpochImages images = {t, &order, epoch, t->step % t->steps_per_epoch * t->batch};
    g_autoptr(LeukoLoader) loader = leuko_trainer_loader(&images, TRUE, error);
    guint64 n = 0, end = (epoch + 1) * t->steps_per_epoch;
    if (!loader)
        return FALSE;
    *loss = 0;
    while (t->step < end) {
        gint64 start = g_get_monotonic_time();
        GError *failed = NULL;
        LeukoTrainStep done = {0};
        LeukoBatch b;
        if (!leuko_loader_next(loader, &b, &failed)) {
            if (failed && g_error_matches(failed, LEUKO_ERROR, LEUKO_ERROR_CANCELLED)) {
                g_clear_error(&failed);
                return stop_if_cancelled(t, error);
            }
            g_propagate_error(error, failed);
            return FALSE;
        }
        if (!report_images(t, &b, error) || !one_step(t, &b, &images, &done, error))
            return FALSE;
        done.images_per_s = b.n / ((double)(g_get_monotonic_time() - start) / 1e6);
        *loss += done.loss;
        n++;
        if (!report_step(t, &done, error) || !save_if_due(t, error) || !stop_if_cancelled(t, error))
            return FALSE;
    }
    *loss /= (double)MAX(n, 1);
    return TRUE;
}

/* --- the run ---------------------------------------------------------------------------------- */

/* Validate the current model; if it is the best so far, write best.safetensors. */
static gboolean validate(LeukoTrainer *t, LeukoTrainValidation *v, GError **error)
{
    LeukoDecisionFigures f;
    g_autoptr(LeukoModel) m = leuko_trainer_model(t, FALSE, &f, error);
    if (!m)
        return FALSE;
    *v = (LeukoTrainValidation){.step = t->step,
                                .epoch = (guint)(t->step / t->steps_per_epoch),
                                .n_epochs = t->options->recipe.epochs,
                                .loss = f.loss,
                                .accuracy = f.accuracy,
                                .best = f.loss < t->best_loss};
    t->since_best = v->best ? 0 : t->since_best + 1;
    if (!v->best)
        return TRUE;
    g_autofree gchar *path = leuko_trainer_file(t, LEUKO_BEST_MODEL);
    t->best_loss = f.loss;
    t->best_epoch = v->epoch;
    return leuko_model_save(m, path, error);
}

/* After the last step of an epoch, validate and write a checkpoint. */
static gboolean end_epoch(LeukoTrainer *t, GError **error)
{
    LeukoTrainValidation v;
    GError *failed = NULL;
    if (t->validation && !validate(t, &v, &failed)) {
        if (g_error_matches(failed, LEUKO_ERROR, LEUKO_ERROR_CANCELLED)) {
            g_clear_error(&failed);
            return stop_if_cancelled(t, error);
        }
        g_propagate_error(error, failed);
        return FALSE;
    }
    t->n_ended++;
    if (t->validation)
        leuko_report_line(t->reporter, "training",
                          "epoch %u of %u: validation loss %.4f, accuracy %.4f%s", v.epoch,
                          v.n_epochs, v.loss, v.accuracy, v.best ? "  (best so far)" : "");
    if (t->validation && t->events->validated &&
        !t->events->validated(&v, t->events->user_data, &failed))
        return stop_for_event(t, failed, error);
    return leuko_trainer_save(t, error);
}

static gboolean is_patient(const LeukoTrainer *t)
{
    double patience = t->options->recipe.patience_epochs;
    return !(patience > 0 && t->validation && t->since_best >= patience);
}

/* The model to return: the best one if the recipe exports it and it exists, else the last one. */
static LeukoModel *choose_model(LeukoTrainer *t, LeukoTrainReport *r, GError **error)
{
    LeukoDecisionFigures f;
    r->written_best = t->options->recipe.export_best && t->best_epoch > 0;
    g_autofree gchar *path = leuko_trainer_file(t, LEUKO_BEST_MODEL);
    g_autoptr(LeukoModel) m =
        r->written_best ? leuko_model_load(path, error) : leuko_trainer_model(t, TRUE, &f, error);
    if (!m)
        return NULL;
    r->validation_loss = r->validation_accuracy = NAN;
    if (t->validation) {
        if (r->written_best && !leuko_trainer_validate(t, m, TRUE, &f, error))
            return NULL;
        r->validation_loss = f.loss;
        r->validation_accuracy = f.accuracy;
    }
    r->threshold = m->threshold;
    r->threshold_low = m->threshold_choice.low;
    r->threshold_high = m->threshold_choice.high;
    r->patient_share = m->patient_share;
    leuko_trainer_add_provenance(t, m, r);
    return g_steal_pointer(&m);
}

static gboolean begin(LeukoTrainer *t, LeukoTrainReport *r, GError **error)
{
    GError *failed = NULL;
    if (t->options->restart && !leuko_trainer_discard(t, error))
        return FALSE;
    if (t->options->resume && !leuko_trainer_restore(t, &failed) && failed) {
        g_propagate_error(error, failed);
        return FALSE;
    }
    r->resumed_from = t->step;
    r->n_training = leuko_dataset_n_records(t->training);
    r->n_validation = t->validation ? leuko_dataset_n_records(t->validation) : 0;
    t->saved_us = g_get_monotonic_time();
    if (t->step > 0)
        leuko_report_line(t->reporter, "training",
                          "resuming after step %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                          t->step, t->n_steps);
    return (!t->events->begun || t->events->begun(t->options->run_folder, t->step, t->n_steps,
                                                  t->events->user_data, error)) &&
           (!t->events->precision ||
            t->events->precision(t->options->precision, t->options->precision_reason, t->step,
                                 t->events->user_data, error));
}

LeukoModel *leuko_trainer_run(LeukoDataset *training, LeukoDataset *validation,
                              const LeukoStart *start, const LeukoTrainerOptions *options,
                              const LeukoTrainEvents *events, LeukoSplitFeatures *kept,
                              LeukoTrainReport *r, LeukoReporter reporter,
                              GCancellable *cancellable, GError **error)
{
    g_auto(LeukoTrainer) t = {.training = training,
                              .validation = validation,
                              .start = start,
                              .options = options,
                              .events = events,
                              .reporter = reporter,
                              .cancellable = cancellable,
                              .kept = kept};
    *r = (LeukoTrainReport){.n_epochs_planned = options->recipe.epochs,
                            .precision = options->precision};
    g_strlcpy(r->recipe, options->recipe.name, sizeof r->recipe);
    g_strlcpy(r->tune, options->recipe.tune, sizeof r->tune);
    if (!leuko_train_check_classes(training, validation, error) || !set_up(&t, error) ||
        !begin(&t, r, error))
        return NULL;
    gint64 first = g_get_monotonic_time();
    guint last = options->until_epoch ? MIN(options->until_epoch, options->recipe.epochs)
                                      : options->recipe.epochs;
    while (is_patient(&t) && t.n_ended < last) {
        gboolean in_progress = t.step < (t.n_ended + 1) * t.steps_per_epoch;
        if (!(in_progress ? run_epoch(&t, &r->loss, error) : end_epoch(&t, error)))
            return NULL;
    }
    r->seconds = (double)(g_get_monotonic_time() - first) / 1e6;
    r->images_per_s = (double)((t.step - r->resumed_from) * t.batch) / MAX(r->seconds, 1e-9);
    r->n_steps = t.step;
    r->n_epochs = (guint)(t.step / t.steps_per_epoch);
    r->best_epoch = t.best_epoch;
    r->stopped_early = t.n_ended < last;
    return choose_model(&t, r, error);
}

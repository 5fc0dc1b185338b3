/* The training job: epochs of steps, validation, checkpoints, the model at the end. */
#include "train/trainer.h"
#include "formats/model-file.h"
#include "leuko/error.h"
#include "train/train.h"
#include "train/trainer-internal.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* --- setting up -------------------------------------------------------------------------------- */

static void trainer_clear(LeukoTrainer *t)
{
    leuko_training_free(t->plan);
    leuko_trainer_clear_front(t);
    leuko_optimizer_free(t->optimizer);
    leuko_net_free(t->net);
    g_free(t->class_weights);
    g_free(t->targets);
    g_free(t->weights);
    g_free(t->mixed);
    g_free(t->keys);
    g_free(t->gradients);
    g_free(t->dataset_digest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoTrainer, trainer_clear)

/* The classifier as training it alone would leave it. */
static gboolean head_from_features(LeukoTrainer *t, LeukoParams *params, GError **error)
{
    LeukoTrainHeadOptions o = leuko_train_head_options_default();
    LeukoTrainHeadReport r;
    o.features.n_threads = t->options->n_threads;
    o.features.no_cache = t->options->no_cache;
    o.positive = t->options->positive;
    o.seed = t->options->seed;
    g_autoptr(LeukoModel) m = leuko_train_head(t->training, t->validation, t->start, &o, &r,
                                               t->reporter, t->cancellable, error);
    gint logits = leuko_net_find(t->net, LEUKO_HEAD_LAYER);
    return m && leuko_params_copy_layer(params, m->params, leuko_net_layer(t->net, (guint)logits),
                                        error);
}

/* The start's trunk; classifier and auxiliary head random or from the features. */
static LeukoParams *first_params(LeukoTrainer *t, GError **error)
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
    guint n = leuko_training_n_slots(t->plan);
    g_autofree LeukoSlot *slots = g_new0(LeukoSlot, n);
    LeukoOptimizerOptions o = leuko_recipe_optimizer(&t->options->recipe, t->options->n_threads);
    t->gradients = g_new(const float *, n);
    for (guint i = 0; i < n; i++) {
        const LeukoTrainingSlot *s = leuko_training_slot(t->plan, i);
        slots[i] = (LeukoSlot){s->name, s->n, s->values, s->is_weights,
                               s->is_head ? t->options->recipe.head_rate_scale : 1.0};
        t->gradients[i] = s->gradients;
    }
    t->optimizer = leuko_optimizer_new(slots, n, &o, error);
    return t->optimizer != NULL;
}

static gboolean make_plan(LeukoTrainer *t, GError **error)
{
    const LeukoRecipe *r = &t->options->recipe;
    LeukoTrainingOptions o = {.precision = t->options->precision,
                              .batch = t->batch,
                              .n_threads = t->options->n_threads,
                              .batch_norm_trained = r->batch_norm_trained,
                              .batch_norm_decay = r->batch_norm_decay,
                              .aux_weight = r->auxiliary_weight};
    if (strcmp(r->tune, "all") != 0)
        g_strlcpy(o.first_block, r->tune, sizeof o.first_block);
    if (r->batch_norm_trained && leuko_params_batch_norm_is_folded(t->start->params)) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_DATA,
            "%s: its batch norm is folded into the weights, so it can only be trained frozen "
            "(--recipe finetune, or batch_norm = frozen)",
            t->start->weights);
        return FALSE;
    }
    g_autoptr(LeukoParams) params = first_params(t, error);
    t->plan = params ? leuko_training_new(t->net, params, &o, error) : NULL;
    return t->plan && leuko_trainer_make_front(t, error) && make_optimizer(t, error);
}

/* Rare classes weigh more: n / (K n_k). */
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
    if (g_mkdir_with_parents(t->options->run_folder, 0777) != 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot make this folder: %s",
                    t->options->run_folder, g_strerror(errno));
        return FALSE;
    }
    t->dataset_digest = leuko_dataset_digest(t->training, error);
    return t->dataset_digest && make_plan(t, error);
}

/* --- steps -------------------------------------------------------------------------------------- */

static double share_right(const LeukoTrainer *t, const LeukoBatch *b)
{
    const float *p = leuko_training_probabilities(t->plan);
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
                         LeukoTrainerStep *done, GError **error)
{
    const float *x = leuko_trainer_prepare(t, b, images);
    done->rate = leuko_schedule_rate(&t->schedule, t->step);
    if (!leuko_trainer_forward(t, x, b->indices, TRUE, &done->loss, error) ||
        !leuko_training_backward(t->plan, error) ||
        !leuko_optimizer_step(t->optimizer, done->rate, t->gradients, &done->gradient_norm,
                              error)) {
        g_prefix_error(error, "step %" G_GUINT64_FORMAT " (last.checkpoint is of a step before): ",
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
    /* an epoch's end saves by itself, after validation */
    return t->step % t->steps_per_epoch == 0 || !due || leuko_trainer_save(t, error);
}

static gboolean stop_if_cancelled(LeukoTrainer *t, GError **error)
{
    if (!t->cancellable || !g_cancellable_is_cancelled(t->cancellable))
        return TRUE;
    if (leuko_trainer_save(t, error))
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_CANCELLED,
                    "stopped behind step %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                    "; nothing is lost: the same command with --resume goes on from there",
                    t->step, t->n_steps);
    return FALSE;
}

static void tell_step(const LeukoTrainer *t, const LeukoTrainerStep *s)
{
    g_autofree gchar *note = g_strdup_printf("epoch %u, loss %.4f, accuracy %.3f, %.1f images/s",
                                             s->epoch, s->loss, s->accuracy, s->images_per_s);
    leuko_report(t->reporter, "training", t->step, t->n_steps, "steps", note);
    if (t->events->step)
        t->events->step(s, t->events->user_data);
}

/* The rest of the epoch that is under way. *loss: mean of its steps. */
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
        LeukoTrainerStep done = {0};
        LeukoBatch b;
        if (!leuko_loader_next(loader, &b, &failed)) {
            if (failed && g_error_matches(failed, LEUKO_ERROR, LEUKO_ERROR_CANCELLED)) {
                g_clear_error(&failed);
                return stop_if_cancelled(t, error);
            }
            g_propagate_error(error, failed);
            return FALSE;
        }
        if (n == 0 && t->events->images && epoch * t->steps_per_epoch == t->step)
            t->events->images(b.x_nchw, b.n, t->start->preprocess.side_px, t->step + 1,
                              t->events->user_data);
        if (!one_step(t, &b, &images, &done, error))
            return FALSE;
        done.images_per_s = b.n / ((double)(g_get_monotonic_time() - start) / 1e6);
        *loss += done.loss;
        n++;
        tell_step(t, &done);
        if (!save_if_due(t, error) || !stop_if_cancelled(t, error))
            return FALSE;
    }
    *loss /= (double)MAX(n, 1);
    return TRUE;
}

/* --- the run ------------------------------------------------------------------------------------ */

/* Behind an epoch: how good is it? The best is kept as a model. */
static gboolean end_epoch(LeukoTrainer *t, GError **error)
{
    LeukoTrainerFigures f;
    if (t->validation) {
        g_autoptr(GError) failed = NULL;
        g_autoptr(LeukoModel) m = leuko_trainer_model(t, &f, &failed);
        if (!m && g_error_matches(failed, LEUKO_ERROR, LEUKO_ERROR_CANCELLED))
            return stop_if_cancelled(t, error);
        if (!m) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return FALSE;
        }
        guint epoch = (guint)(t->step / t->steps_per_epoch);
        LeukoTrainerValidation v = {t->step, epoch, f.loss, f.accuracy, f.loss < t->best_loss};
        t->since_best = v.best ? 0 : t->since_best + 1;
        if (v.best) {
            g_autofree gchar *path = leuko_trainer_file(t, "best.safetensors");
            t->best_loss = f.loss;
            t->best_epoch = epoch;
            if (!leuko_model_save(m, path, error))
                return FALSE;
        }
        if (t->events->validated)
            t->events->validated(&v, t->events->user_data);
    }
    t->n_ended++;
    return leuko_trainer_save(t, error);
}

static gboolean is_patient(const LeukoTrainer *t)
{
    double patience = t->options->recipe.patience_epochs;
    return !(patience > 0 && t->validation && t->since_best >= patience);
}

/* The model to hand over: the best where the recipe says so and there is one. */
static LeukoModel *choose_model(LeukoTrainer *t, LeukoTrainerReport *r, GError **error)
{
    LeukoTrainerFigures f;
    r->exported_best = t->options->recipe.export_best && t->best_epoch > 0;
    g_autofree gchar *path = leuko_trainer_file(t, "best.safetensors");
    g_autoptr(LeukoModel) m =
        r->exported_best ? leuko_model_load(path, error) : leuko_trainer_model(t, &f, error);
    if (!m)
        return NULL;
    r->validation_loss = r->validation_accuracy = NAN;
    if (t->validation) {
        if (r->exported_best && !leuko_trainer_validate(t, m, &f, error))
            return NULL;
        r->validation_loss = f.loss;
        r->validation_accuracy = f.accuracy;
    }
    r->threshold = m->threshold;
    return leuko_trainer_add_provenance(t, m, r, error) ? g_steal_pointer(&m) : NULL;
}

static gboolean begin(LeukoTrainer *t, LeukoTrainerReport *r, GError **error)
{
    GError *failed = NULL;
    if (t->options->resume && !leuko_trainer_restore(t, &failed) && failed) {
        g_propagate_error(error, failed);
        return FALSE;
    }
    r->resumed_from = t->step;
    r->n_training = leuko_dataset_n_records(t->training);
    r->n_validation = t->validation ? leuko_dataset_n_records(t->validation) : 0;
    t->saved_us = g_get_monotonic_time();
    if (t->events->begun)
        t->events->begun(t->step, t->n_steps, t->events->user_data);
    return TRUE;
}

LeukoModel *leuko_trainer_run(LeukoDataset *training, LeukoDataset *validation,
                              const LeukoStart *start, const LeukoTrainerOptions *options,
                              const LeukoTrainerEvents *events, LeukoTrainerReport *r,
                              LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    g_auto(LeukoTrainer) t = {.training = training,
                              .validation = validation,
                              .start = start,
                              .options = options,
                              .events = events,
                              .reporter = reporter,
                              .cancellable = cancellable};
    *r = (LeukoTrainerReport){0};
    if (!leuko_check_classes(training, validation, error) || !set_up(&t, error) ||
        !begin(&t, r, error))
        return NULL;
    gint64 first = g_get_monotonic_time();
    guint last = options->until_epoch ? MIN(options->until_epoch, options->recipe.epochs)
                                      : options->recipe.epochs;
    while (is_patient(&t) && t.n_ended < last) {
        gboolean under_way = t.step < (t.n_ended + 1) * t.steps_per_epoch;
        if (!(under_way ? run_epoch(&t, &r->loss, error) : end_epoch(&t, error)))
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

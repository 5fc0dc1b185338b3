#include "train/trainer-checkpoint.h"
#include "base/json.h"
#include "leuko/error.h"
#include "train/checkpoint.h"
#include <math.h>

gchar *leuko_trainer_file(const LeukoTrainer *t, const char *name)
{
    return g_build_filename(t->options->run_folder, name, NULL);
}

/* All arrays of a checkpoint; borrowed. */
static GArray *collect(LeukoTrainer *t)
{
    GArray *all = g_array_new(FALSE, TRUE, sizeof(LeukoTrainedTensor));
    for (guint i = 0; i < leuko_backprop_n_parameters(t->backprop); i++) {
        const LeukoBackpropParameter *s = leuko_backprop_parameter(t->backprop, i);
        LeukoTrainedTensor tensor = {.name = s->name, .n = s->n, .values = s->values};
        g_array_append_val(all, tensor);
    }
    for (guint i = 0; i < leuko_optimizer_n_arrays(t->optimizer); i++) {
        LeukoTrainedTensor tensor = {0};
        leuko_optimizer_array(t->optimizer, i, &tensor.name, &tensor.n, &tensor.values);
        g_array_append_val(all, tensor);
    }
    for (guint i = 0; i < leuko_backprop_n_statistics(t->backprop); i++) {
        LeukoTrainedTensor tensor = {0};
        leuko_backprop_statistics(t->backprop, i, &tensor.name, &tensor.n, &tensor.values);
        g_array_append_val(all, tensor);
    }
    return all;
}

/* The identity of this run; a checkpoint must have the same one. */
static LeukoCheckpoint identity(const LeukoTrainer *t)
{
    const LeukoNetSpec *s = leuko_net_spec(t->net);
    return (LeukoCheckpoint){
        .network = g_strdup_printf("inception_v3 x %g to %s, %u px, %u classes%s; %s, %s; from %s",
                                   s->depth_multiplier, s->endpoint, s->side_px, s->n_classes,
                                   s->aux_head ? " with auxiliary head" : "",
                                   leuko_precision_name(t->options->precision),
                                   leuko_backprop_layout(t->backprop), t->start->digest),
        .dataset = g_strdup(t->dataset_digest),
        .recipe = leuko_recipe_to_text(&t->options->recipe),
        .seed = t->options->seed,
        .precision = t->options->precision,
        .precision_reason = g_strdup(t->options->precision_reason)};
}

gboolean leuko_trainer_save(LeukoTrainer *t, GError **error)
{
    g_auto(LeukoCheckpoint) c = identity(t);
    g_autoptr(GArray) arrays = collect(t);
    g_autofree gchar *path = leuko_trainer_file(t, LEUKO_LAST_CHECKPOINT);
    c.step = t->step;
    c.epoch = t->step / t->steps_per_epoch;
    c.position = t->step % t->steps_per_epoch * t->batch;
    c.notes = json_pack("{s:o, s:i, s:i, s:i}", "best_loss", leuko_json_real_or_null(t->best_loss),
                        "best_epoch", (int)t->best_epoch, "since_best", (int)t->since_best,
                        "epochs_ended", (int)t->n_ended);
    if (!leuko_checkpoint_save(&c, (const LeukoTrainedTensor *)(gpointer)arrays->data, arrays->len,
                               path, error))
        return FALSE;
    t->saved_us = g_get_monotonic_time();
    return TRUE;
}

gboolean leuko_trainer_restore(LeukoTrainer *t, GError **error)
{
    g_auto(LeukoCheckpoint) c = identity(t);
    g_autofree gchar *path = leuko_trainer_file(t, LEUKO_LAST_CHECKPOINT);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return FALSE;
    g_autoptr(GArray) arrays = collect(t);
    gint64 best_epoch, since_best, n_ended;
    if (!leuko_checkpoint_load(&c, (const LeukoTrainedTensor *)(gpointer)arrays->data, arrays->len,
                               path, error) ||
        !leuko_json_get_int(c.notes, "best_epoch", 0, G_MAXINT, &best_epoch, path, error) ||
        !leuko_json_get_int(c.notes, "since_best", 0, G_MAXINT, &since_best, path, error) ||
        !leuko_json_get_int(c.notes, "epochs_ended", 0, G_MAXINT, &n_ended, path, error))
        return FALSE;
    guint64 n_epochs = c.step / t->steps_per_epoch; /* the last epoch may not be validated yet */
    if (c.step > t->n_steps || n_epochs < (guint64)n_ended || n_epochs > (guint64)n_ended + 1 ||
        c.position != c.step % t->steps_per_epoch * t->batch) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: step %" G_GUINT64_FORMAT ", position %" G_GUINT64_FORMAT
                    " are impossible in this training run; the checkpoint is damaged",
                    path, c.step, c.position);
        return FALSE;
    }
    json_t *loss = json_object_get(c.notes, "best_loss");
    t->best_loss = json_is_number(loss) ? json_number_value(loss) : INFINITY;
    t->best_epoch = (guint)best_epoch;
    t->since_best = (guint)since_best;
    t->n_ended = (guint)n_ended;
    t->step = c.step;
    leuko_optimizer_set_n_steps(t->optimizer, c.step);
    return TRUE;
}

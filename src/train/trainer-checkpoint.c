#include "train/trainer-checkpoint.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/json.h"
#include "base/progress.h"
#include "train/checkpoint.h"
#include "train/run-settings.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

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

static void set_text(json_t *settings, const char *key, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static void set_text(json_t *settings, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    json_object_set_new(settings, key, leuko_json_text(text));
}

/* "blast", "lymphocyte" */
static gchar *join_classes(const LeukoDataset *d)
{
    g_autofree gchar *inner = g_strjoinv("\", \"", (GStrv)leuko_dataset_classes(d));
    return g_strdup_printf("\"%s\"", inner);
}

/* The settings of this run (train/run-settings.h); new reference. */
static json_t *settings_of(const LeukoTrainer *t)
{
    const LeukoTrainerOptions *o = t->options;
    const LeukoNetSpec *s = leuko_net_spec(t->net);
    json_t *all = json_object();
    g_autofree gchar *classes = join_classes(t->training),
                     *weights = g_path_get_basename(t->start->weights);
    leuko_run_settings_add_recipe(all, &o->recipe);
    set_text(all, "seed", "%" G_GUINT64_FORMAT, o->seed);
    set_text(all, "precision", "%s", leuko_precision_name(o->precision));
    set_text(all, "threads", "%u", o->n_threads);
    set_text(all, "weights", "%s", weights);
    set_text(all, "weights digest", "%s", t->start->digest);
    set_text(all, "depth multiplier", "%g", s->depth_multiplier);
    set_text(all, "endpoint", "%s", s->endpoint);
    set_text(all, "size", "%u", s->side_px);
    set_text(all, "processor", "%s", leuko_backprop_layout(t->backprop));
    set_text(all, "classes", "%s", classes);
    set_text(all, "number of classes", "%u", t->n_classes);
    set_text(all, "positive class", "%s",
             o->positive < 0 ? "none" : leuko_dataset_classes(t->training)[o->positive]);
    set_text(all, "training images", "%u", leuko_dataset_n_records(t->training));
    set_text(all, "training data", "%s", t->dataset_digest);
    set_text(all, "validation images", "%u",
             t->validation ? leuko_dataset_n_records(t->validation) : 0);
    set_text(all, "validation data", "%s", t->validation_digest ? t->validation_digest : "none");
    return all;
}

gboolean leuko_trainer_save(LeukoTrainer *t, GError **error)
{
    g_auto(LeukoCheckpoint) c = {.settings = settings_of(t),
                                 .precision = t->options->precision,
                                 .precision_reason = g_strdup(t->options->precision_reason)};
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

/* TRUE if the finished steps had the learning rates that they have in this run.
 * *reason: why not. */
static gboolean epochs_may_differ(const LeukoTrainer *t, const LeukoCheckpoint *c,
                                  const char **reason)
{
    LeukoRecipe before = t->options->recipe;
    const char *epochs = json_string_value(json_object_get(c->settings, "epochs"));
    before.epochs = (guint)g_ascii_strtoull(epochs, NULL, 10);
    LeukoSchedule old = leuko_recipe_schedule(&before, t->steps_per_epoch);
    *reason = c->step > t->n_steps ? "fewer than are finished"
                                   : "the learning rates of its cosine schedule depend on it";
    if (c->step > t->n_steps)
        return FALSE;
    for (guint64 s = 0; s < c->step; s++)
        if (leuko_schedule_rate(&old, s) != leuko_schedule_rate(&t->schedule, s))
            return FALSE;
    return TRUE;
}

/* TRUE if the run can go on in spite of this difference. */
static gboolean is_harmless(LeukoTrainer *t, const LeukoCheckpoint *c, gboolean same_schedule,
                            LeukoSettingDifference *d)
{
    if (strcmp(d->setting, "epochs") == 0 && same_schedule)
        return epochs_may_differ(t, c, &d->reason);
    if (strcmp(d->setting, "threads") != 0)
        return FALSE;
    leuko_report_line(t->reporter, "training",
                      "WARNING: %s threads in the checkpoint, now %s: the model may differ in the "
                      "last digits from that of an uninterrupted run",
                      d->before, d->now);
    return TRUE;
}

/* No other setting of the schedule or the data decides about the epochs. */
static gboolean has_same_schedule(const GArray *differences)
{
    static const char *const settings[] = {
        "batch",      "rate",           "schedule",        "factor", "every_epochs",
        "last_share", "warm_up_epochs", "training images", NULL};
    for (guint i = 0; i < differences->len; i++)
        if (g_strv_contains(settings,
                            g_array_index(differences, LeukoSettingDifference, i).setting))
            return FALSE;
    return TRUE;
}

static gboolean check_settings(LeukoTrainer *t, const LeukoCheckpoint *c, const char *path,
                               GError **error)
{
    const LeukoTrainerOptions *o = t->options;
    g_autoptr(json_t) now = settings_of(t);
    g_autoptr(GArray) differences = leuko_run_settings_compare(c->settings, now);
    g_autoptr(GString) text = g_string_new(NULL);
    gboolean same_schedule = has_same_schedule(differences);
    for (guint i = 0; i < differences->len; i++) {
        LeukoSettingDifference d = g_array_index(differences, LeukoSettingDifference, i);
        if (is_harmless(t, c, same_schedule, &d))
            continue;
        const LeukoTrainDifference told = {d.setting, d.before, d.now, d.reason};
        if (o->differs)
            o->differs(&told, o->differs_data);
        g_string_append_printf(text, "%s%s %s, now %s", text->len ? "; " : "", d.setting, d.before,
                               d.now);
        if (d.reason)
            g_string_append_printf(text, " (%s)", d.reason);
    }
    return text->len == 0 ||
           leuko_fail(LEUKO_ERROR_DATA, error,
                      "%s: the checkpoint belongs to a training run with other settings: %s", path,
                      text->str);
}

gboolean leuko_trainer_restore(LeukoTrainer *t, GError **error)
{
    g_auto(LeukoCheckpoint) c = {0};
    g_autofree gchar *path = leuko_trainer_file(t, LEUKO_LAST_CHECKPOINT);
    if (leuko_is_absent(path))
        return FALSE;
    g_autoptr(GArray) arrays = collect(t);
    gint64 best_epoch, since_best, n_ended;
    if (!leuko_checkpoint_read(&c, path, error) || !check_settings(t, &c, path, error) ||
        !leuko_json_get_int(c.notes, "best_epoch", 0, G_MAXINT, &best_epoch, path, error) ||
        !leuko_json_get_int(c.notes, "since_best", 0, G_MAXINT, &since_best, path, error) ||
        !leuko_json_get_int(c.notes, "epochs_ended", 0, G_MAXINT, &n_ended, path, error))
        return FALSE;
    guint64 n_epochs = c.step / t->steps_per_epoch; /* the last epoch may not be validated yet */
    if (c.step > t->n_steps || n_epochs < (guint64)n_ended || n_epochs > (guint64)n_ended + 1 ||
        c.position != c.step % t->steps_per_epoch * t->batch)
        return leuko_fail(LEUKO_ERROR_FORMAT, error,
                          "%s: step %" G_GUINT64_FORMAT ", position %" G_GUINT64_FORMAT
                          " are impossible in this training run; the checkpoint is damaged",
                          path, c.step, c.position);
    if (!leuko_checkpoint_read_tensors((const LeukoTrainedTensor *)(gpointer)arrays->data,
                                       arrays->len, path, error))
        return FALSE;
    json_t *loss = json_object_get(c.notes, "best_loss");
    t->best_loss = json_is_number(loss) ? json_number_value(loss) : INFINITY;
    t->best_epoch = (guint)best_epoch;
    t->since_best = (guint)since_best;
    t->n_ended = (guint)n_ended;
    t->step = c.step;
    leuko_optimizer_set_n_steps(t->optimizer, c.step);
    return TRUE;
}

gboolean leuko_trainer_check_folder(const char *run_folder, gboolean resume, gboolean restart,
                                    GError **error)
{
    g_autofree gchar *path = g_build_filename(run_folder, LEUKO_LAST_CHECKPOINT, NULL);
    g_auto(LeukoCheckpoint) c = {0};
    if (resume || restart || leuko_is_absent(path))
        return TRUE;
    if (!leuko_checkpoint_read(&c, path, NULL))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "%s: a training run has left this file, which cannot be read", path);
    return leuko_fail(
        LEUKO_ERROR_ARGUMENT, error,
        "%s: holds a training run (epoch %" G_GUINT64_FORMAT " of %s, step %" G_GUINT64_FORMAT ")",
        run_folder, c.epoch, json_string_value(json_object_get(c.settings, "epochs")), c.step);
}

static gboolean remove_file(const LeukoTrainer *t, const char *name, GError **error)
{
    g_autofree gchar *path = leuko_trainer_file(t, name);
    return g_unlink(path) == 0 || errno == ENOENT || leuko_fail_io(path, "remove", error);
}

gboolean leuko_trainer_discard(const LeukoTrainer *t, GError **error)
{
    return remove_file(t, LEUKO_LAST_CHECKPOINT, error) && remove_file(t, LEUKO_BEST_MODEL, error);
}

#include "cli/train-tune.h"
#include "base/json.h"
#include "formats/model-file.h"
#include "image/image-grid.h"
#include "report/events.h"
#include "report/run-log.h"
#include "train/trainer.h"
#include <math.h>
#include <string.h>

/* Seconds between checkpoints: what a crash may cost. */
#define CHECKPOINT_SECONDS 60.0

void cli_tune_clear(CliTuneOptions *o)
{
    g_free(o->tune);
    g_free(o->recipe);
}

gboolean cli_tunes(const CliTuneOptions *o)
{
    return o->recipe || (o->tune && strcmp(o->tune, "head") != 0);
}

/* --- what happens: the log, TensorBoard, lines ------------------------------------------------- */

typedef struct {
    const char *run_folder;
    guint epochs;
    LeukoRunLog *log;
    LeukoEvents *events;
    GError *failed; /* of writing either: training goes on to its next look at the cancellable */
} Watch;

static void watch_clear(Watch *w)
{
    g_clear_pointer(&w->log, leuko_run_log_free);
    g_clear_pointer(&w->events, leuko_events_free);
    g_clear_error(&w->failed);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Watch, watch_clear)

/* The first failure to write stops the run, as Ctrl-C would: the checkpoint is saved. */
static void check_written(Watch *w, gboolean ok, GError *error)
{
    if (ok)
        return;
    if (w->failed)
        g_clear_error(&error);
    else
        w->failed = error;
    g_cancellable_cancel(cli_cancellable());
}

static void on_begun(guint64 step, guint64 n_steps, gpointer data)
{
    Watch *w = data;
    GError *error = NULL;
    g_autofree gchar *path = g_build_filename(w->run_folder, "train.jsonl", NULL);
    w->log = step > 0 ? leuko_run_log_resume(path, step, &error) : leuko_run_log_new(path, &error);
    w->events = w->log ? leuko_events_open(w->run_folder, step > 0 ? step + 1 : 0, &error) : NULL;
    check_written(w, w->events != NULL, error);
    if (step > 0)
        cli_note("going on behind step %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, step, n_steps);
}

static void on_step(const LeukoTrainerStep *s, gpointer data)
{
    Watch *w = data;
    GError *error = NULL;
    LeukoRunLogStep line = {s->step, s->epoch, s->loss, s->accuracy, s->rate, s->images_per_s};
    if (!w->log || !w->events)
        return;
    gboolean ok =
        leuko_run_log_step(w->log, &line, &error) &&
        leuko_events_scalar(w->events, "loss/training", s->step, s->loss, &error) &&
        leuko_events_scalar(w->events, "accuracy/training", s->step, s->accuracy, &error) &&
        leuko_events_scalar(w->events, "learning_rate", s->step, s->rate, &error) &&
        leuko_events_scalar(w->events, "gradient_norm", s->step, s->gradient_norm, &error);
    check_written(w, ok, error);
}

static void on_validated(const LeukoTrainerValidation *v, gpointer data)
{
    Watch *w = data;
    GError *error = NULL;
    g_autoptr(json_t) figures = json_pack("{s:o, s:o}", "loss", leuko_json_real_or_null(v->loss),
                                          "accuracy", leuko_json_real_or_null(v->accuracy));
    cli_progress_clear();
    leuko_report_line(cli_reporter(), "training",
                      "epoch %u of %u: validation loss %.4f, accuracy %.4f%s", v->epoch, w->epochs,
                      v->loss, v->accuracy, v->best ? "  (best so far)" : "");
    if (!w->log || !w->events)
        return;
    gboolean ok =
        leuko_run_log_validation(w->log, v->step, v->epoch, figures, &error) &&
        leuko_events_scalar(w->events, "loss/validation", v->step, v->loss, &error) &&
        leuko_events_scalar(w->events, "accuracy/validation", v->step, v->accuracy, &error) &&
        leuko_events_flush(w->events, &error);
    check_written(w, ok, error);
}

/* The first images of an epoch as the network sees them. */
static void on_images(const float *x_nchw, guint n, guint side, guint64 step, gpointer data)
{
    Watch *w = data;
    GError *error = NULL;
    g_autoptr(GPtrArray) images = g_ptr_array_new_with_free_func((GDestroyNotify)leuko_image_free);
    for (guint i = 0; i < MIN(n, 16); i++) {
        gsize floats = (gsize)LEUKO_CHANNELS * side * side;
        LeukoImage *image = leuko_image_from_chw(x_nchw + i * floats, side, side, &error);
        if (!image)
            break;
        g_ptr_array_add(images, image);
    }
    g_autoptr(LeukoImage) grid =
        error ? NULL
              : leuko_image_grid((const LeukoImage *const *)images->pdata, images->len, 4, &error);
    gboolean ok =
        grid && (!w->events || leuko_events_image(w->events, "inputs", step, grid, &error));
    check_written(w, ok, error);
}

/* --- options ------------------------------------------------------------------------------------ */

/* The recipe, and what the command line changes in it. */
static gboolean find_recipe(const CliTuneOptions *o, const CliTuneJob *job, const char *weights,
                            LeukoRecipe *recipe, GError **error)
{
    gboolean random = strcmp(weights, "random") == 0;
    if (!leuko_recipe_load(o->recipe ? o->recipe : random ? "scratch" : "finetune", recipe, error))
        return FALSE;
    if (o->tune)
        g_strlcpy(recipe->tune, o->tune, sizeof recipe->tune);
    if (o->epochs > 0)
        recipe->epochs = (guint)o->epochs;
    if (o->rate > 0)
        recipe->rate = o->rate;
    if (job->batch > 0)
        recipe->batch = job->batch;
    if (strcmp(recipe->tune, "head") == 0)
        return cli_wrong_usage(error, "--tune head trains without a recipe");
    return TRUE;
}

gboolean cli_check_tune(const CliTuneOptions *o, GError **error)
{
    if (o->tune && strcmp(o->tune, "head") != 0 && strcmp(o->tune, "all") != 0 &&
        !g_strv_contains(leuko_net_endpoints(), o->tune)) {
        g_autofree gchar *list = g_strjoinv(", ", (GStrv)leuko_net_endpoints());
        return cli_wrong_usage(error, "--tune %s: must be head, all or one of %s", o->tune, list);
    }
    if (o->epochs < 0 || o->epochs > 100000)
        return cli_wrong_usage(error, "--epochs %d: must be 1 to 100000", o->epochs);
    if (!(o->rate >= 0 && o->rate <= 100))
        return cli_wrong_usage(error, "--lr %g: must be above 0, to 100", o->rate);
    if (o->until < 0)
        return cli_wrong_usage(error, "--until %d: must be 1 or more", o->until);
    if (o->checkpoint_steps < 0)
        return cli_wrong_usage(error, "--checkpoint-steps %d: must be 1 or more",
                               o->checkpoint_steps);
    return TRUE;
}

/* --- the report --------------------------------------------------------------------------------- */

static void print_report(const LeukoTrainerReport *r, const LeukoTrainerOptions *o,
                         const LeukoModel *m, const char *out)
{
    cli_print("trained: %s by recipe %s, %u of %u epochs%s, %" G_GUINT64_FORMAT
              " steps, %.1f s (%.1f images/s)",
              o->recipe.tune, o->recipe.name, r->n_epochs, o->recipe.epochs,
              r->stopped_early ? " (stopped early: validation no longer improved)" : "", r->n_steps,
              r->seconds, r->images_per_s);
    if (r->n_validation > 0)
        cli_print("%-34s %6u  %8.4f  log-loss %.4f", "validation", r->n_validation,
                  r->validation_accuracy, r->validation_loss);
    if (r->exported_best)
        cli_print("the model is of epoch %u, the one of the lowest validation loss", r->best_epoch);
    else
        cli_print("the model is of the last step");
    cli_train_print_end(m, r->n_validation, out);
}

static json_t *report_json(const LeukoTrainerReport *r, const LeukoModel *m, const char *out)
{
    g_autoptr(json_t) j = json_deep_copy(json_object_get(m->provenance, "figures"));
    json_object_set_new(j, "model", leuko_json_text(out));
    json_object_set_new(j, "checkpoint", json_string(r->exported_best ? "best" : "last"));
    json_object_set_new(j, "resumed_from", json_integer((json_int_t)r->resumed_from));
    json_object_set_new(j, "seconds", json_real(r->seconds));
    json_object_set_new(j, "images_per_s", json_real(r->images_per_s));
    json_object_set_new(j, "threshold", leuko_json_real_or_null(m->threshold));
    return json_incref(j);
}

static gboolean write_results(const CliTuneJob *job, const LeukoTrainerOptions *o,
                              const LeukoTrainerReport *r, LeukoModel *m, GError **error)
{
    cli_train_add_provenance(m->provenance, job->dir, job->command);
    if (!leuko_model_save(m, job->model, error))
        return FALSE;
    if (job->json) {
        g_autoptr(json_t) json = report_json(r, m, job->model);
        if (!leuko_json_save(json, job->json, error))
            return FALSE;
    }
    if (!job->json || strcmp(job->json, "-") != 0)
        print_report(r, o, m, job->model);
    return TRUE;
}

static gchar *run_folder_of(const char *model)
{
    g_autofree gchar *base = g_str_has_suffix(model, ".safetensors")
                                 ? g_strndup(model, strlen(model) - strlen(".safetensors"))
                                 : g_strdup(model);
    return g_strconcat(base, ".run", NULL);
}

gboolean cli_train_tune(const CliTuneJob *job, const CliTuneOptions *options,
                        const CliStartOptions *start_options, GError **error)
{
    LeukoStartOptions so;
    LeukoFeatureOptions features;
    LeukoTrainerOptions o = {.resume = options->resume,
                             .checkpoint_seconds = CHECKPOINT_SECONDS,
                             .checkpoint_steps = (guint)options->checkpoint_steps,
                             .positive = -1};
    g_autoptr(LeukoDataset) training = NULL, validation = NULL;
    if (!cli_start_options(start_options, &so, &features, error) ||
        !cli_train_open(job->dir, job->positive, &training, &validation, &o.positive, error))
        return FALSE;
    g_autoptr(LeukoStart) start = leuko_start_new(&so, cli_reporter(), error);
    if (!start || !find_recipe(options, job, start->weights, &o.recipe, error))
        return FALSE;
    g_autofree gchar *run_folder = run_folder_of(job->model);
    o.run_folder = run_folder;
    o.precision = features.precision;
    o.n_threads = features.n_threads;
    o.seed = so.seed;
    o.no_cache = features.no_cache;
    o.until_epoch = (guint)options->until;
    g_auto(Watch) watch = {.run_folder = run_folder, .epochs = o.recipe.epochs};
    LeukoTrainerEvents events = {on_begun, on_step, on_validated, on_images, &watch};
    LeukoTrainerReport report;
    g_autoptr(LeukoModel) m = leuko_trainer_run(training, validation, start, &o, &events, &report,
                                                cli_reporter(), cli_cancellable(), error);
    if (watch.failed) {
        g_clear_error(error);
        g_propagate_error(error, g_steal_pointer(&watch.failed));
        return FALSE;
    }
    return m && write_results(job, &o, &report, m, error);
}

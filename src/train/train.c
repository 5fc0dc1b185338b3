/* leuko_train_head() and leuko_train_network(): open the data and the weights, train, write the
 * model. */
#include "leuko/train.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/lock.h"
#include "base/outputs.h"
#include "base/plural.h"
#include "base/progress.h"
#include "data/dataset-colors.h"
#include "engine/precision-choice.h"
#include "formats/model-file.h"
#include "leuko/error.h"
#include "stats/threshold.h"
#include "train/checkpoint.h"
#include "train/guards.h"
#include "train/head-trainer.h"
#include "train/provenance.h"
#include "train/splits.h"
#include "train/trainer-checkpoint.h"
#include "train/trainer.h"
#include "train/tuning.h"
#include <string.h>

LeukoTrainOptions leuko_train_options_default(void)
{
    return (LeukoTrainOptions){.threshold = leuko_threshold_rule_balanced(),
                               .miss_bound = LEUKO_REFERRAL_MISS_BOUND,
                               .confidence = LEUKO_REFERRAL_CONFIDENCE,
                               .start = {.weights = "backbone", .seed = 50},
                               .features = {.precision = LEUKO_PRECISION_AUTO,
                                            .batch = 1,
                                            .n_threads = g_get_num_processors()}};
}

LeukoTuneOptions leuko_tune_options_default(void)
{
    return (LeukoTuneOptions){.checkpoint_seconds = 60.0};
}

static gboolean check(const LeukoTrainOptions *o, GError **error)
{
    if (!(o->miss_bound >= 0 && o->miss_bound <= 0.5 && o->confidence >= 0.5 && o->confidence < 1))
        return leuko_fail(
            LEUKO_ERROR_ARGUMENT, error,
            "miss bound %g with confidence %g: must be 0 to 0.5, and at least 0.5 and "
            "below 1",
            o->miss_bound, o->confidence);
    if (o->features.batch >= 1 && o->features.batch <= 256 && o->features.n_threads >= 1 &&
        o->features.precision != LEUKO_INT8)
        return leuko_threshold_rule_check(&o->threshold, error);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "batch %u, %u %s, %s: training needs a batch of 1 to 256, at least one thread, "
                "and fp32 or bf16",
                o->features.batch, o->features.n_threads,
                LEUKO_PLURAL(o->features.n_threads, "thread"),
                leuko_precision_name(o->features.precision));
    return FALSE;
}

/* What a run holds from its beginning to its end. */
typedef struct {
    LeukoLock *lock; /* on the model, so that no other training writes it */
    json_t *split;   /* how the data were divided, or NULL */
    LeukoTrainSplits splits;
    LeukoStart *start;
} Job;

static void job_clear(Job *job)
{
    leuko_start_free(job->start);
    leuko_train_splits_clear(&job->splits);
    g_clear_pointer(&job->split, json_decref);
    leuko_lock_free(job->lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

/* A rule that a user asks for needs images to choose the threshold on. */
static gboolean check_rule(const LeukoTrainOptions *o, const LeukoTrainSplits *s, GError **error)
{
    if (o->threshold.kind != LEUKO_THRESHOLD_SENSITIVITY &&
        o->threshold.kind != LEUKO_THRESHOLD_COST)
        return TRUE;
    if (leuko_dataset_n_classes(s->training) != 2 || s->positive < 0)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "%s: a threshold for a %s needs two classes, one of them positive",
                          o->shards, leuko_threshold_kind_name(o->threshold.kind));
    return s->validation ||
           leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                      "%s: a threshold for a %s is chosen on a validation split, and there is none",
                      o->shards, leuko_threshold_kind_name(o->threshold.kind));
}

/* Lock the model, open the data and the weights. */
static gboolean open_all(const LeukoTrainOptions *o, LeukoReporter reporter,
                         GCancellable *cancellable, Job *job, GError **error)
{
    const LeukoSplitsOptions splits = {.shards = o->shards,
                                       .positive = o->positive,
                                       .allow_leaks = o->allow_leaks,
                                       .ignore_audit = o->ignore_audit,
                                       .refused = o->refused,
                                       .refused_data = o->refused_data,
                                       .n_threads = o->features.n_threads};
    g_assert(o->shards && o->model && o->start.weights);
    const char *const outputs[] = {o->model, NULL}, *const inputs[] = {o->shards, o->start.weights,
                                                                       NULL};
    if (!check(o, error) || !leuko_outputs_check(outputs, inputs, error) ||
        !leuko_output_check_file(o->model, error) ||
        !(job->lock = leuko_lock_take_file(o->model, error)) ||
        !leuko_train_splits_open(&splits, reporter, cancellable, &job->splits, error) ||
        !check_rule(o, &job->splits, error) ||
        !leuko_provenance_load_split(o->shards, &job->split, error))
        return FALSE;
    job->start = leuko_start_new(&o->start, reporter, error);
    return job->start != NULL;
}

/* Fit what the model refers, and write it to o->model. Takes over `model`, which may be NULL;
 * returns it, or NULL on error.
 * start, known  as in LeukoGuardOptions */
static LeukoModel *write_model(LeukoModel *model, const LeukoTrainOptions *o, const Job *job,
                               const LeukoStart *start, const LeukoSplitFeatures *known,
                               LeukoPrecision precision, LeukoReporter reporter,
                               GCancellable *cancellable, GError **error)
{
    g_autoptr(LeukoModel) m = model;
    LeukoGuardOptions guards = {start,         o->features,   o->miss_bound, o->miss_of_all,
                                o->confidence, o->start.seed, known};
    guards.features.precision = precision;
    guards.features.n_train_views = 0;
    guards.features.no_cache |= !start;
    if (m && !start)
        guards.features.n_views = m->n_views;
    if (!m || !leuko_guards_fit(m, &job->splits, &guards, reporter, cancellable, error) ||
        !leuko_dataset_measure_colors(job->splits.training, o->features.n_threads, &m->colors,
                                      reporter, cancellable, error))
        return NULL;
    m->colors = leuko_color_reference_after(&m->colors, &m->preprocess.color);
    leuko_provenance_add_job(m, job->split, o->command_line);
    leuko_provenance_add_leaks(m, job->splits.leaks, job->splits.leaks_text);
    return leuko_model_save(m, o->model, error) ? g_steal_pointer(&m) : NULL;
}

static void choose_precision(LeukoPrecision asked, LeukoWork work, LeukoPrecisionChoice *choice,
                             LeukoReporter reporter)
{
    leuko_precision_choose(asked, work, choice);
    if (asked == LEUKO_PRECISION_AUTO)
        leuko_precision_choice_report(choice, reporter, "training");
}

LeukoModel *leuko_train_head(const LeukoTrainOptions *o, LeukoTrainHeadReport *report,
                             LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    g_auto(Job) job = {0};
    g_auto(LeukoPrecisionChoice) choice = {0};
    LeukoHeadTrainerOptions trainer = leuko_head_trainer_options_default();
    if (!open_all(o, reporter, cancellable, &job, error))
        return NULL;
    choose_precision(o->features.precision, LEUKO_WORK_INFERENCE, &choice, reporter);
    trainer.features = o->features;
    trainer.features.precision = choice.precision;
    trainer.precision_reason = choice.reason;
    trainer.kind = o->head;
    trainer.positive = job.splits.positive;
    trainer.seed = o->start.seed;
    trainer.threshold = o->threshold;
    g_auto(LeukoSplitFeatures) features = {NULL, NULL};
    gboolean keeps = o->features.no_cache; /* else the cache has them, and memory is spared */
    LeukoModel *m =
        leuko_head_trainer_run(job.splits.training, job.splits.validation, job.start, &trainer,
                               keeps ? &features : NULL, report, reporter, cancellable, error);
    return write_model(m, o, &job, job.start, keeps ? &features : NULL, choice.precision, reporter,
                       cancellable, error);
}

/* MODEL.safetensors -> MODEL.run */
static gchar *default_run_folder(const char *model)
{
    gsize n = strlen(model), n_suffix = strlen(".safetensors");
    return g_strdup_printf(
        "%.*s.run", (int)(g_str_has_suffix(model, ".safetensors") ? n - n_suffix : n), model);
}

static gchar *run_folder_of(const char *model, const LeukoTuneOptions *tune)
{
    return tune->run_folder ? g_strdup(tune->run_folder) : default_run_folder(model);
}

gboolean leuko_train_has_checkpoint(const char *model, const LeukoTuneOptions *tune)
{
    g_autofree gchar *folder = run_folder_of(model, tune);
    g_autofree gchar *checkpoint = g_build_filename(folder, LEUKO_LAST_CHECKPOINT, NULL);
    return !leuko_is_absent(checkpoint);
}

/* As choose_precision(), but a resumed run keeps the precision of its checkpoint. */
static gboolean resume_precision(const LeukoTrainOptions *o, const char *checkpoint,
                                 LeukoPrecisionChoice *choice, LeukoReporter reporter,
                                 GError **error)
{
    if (o->features.precision != LEUKO_PRECISION_AUTO || leuko_is_absent(checkpoint)) {
        choose_precision(o->features.precision, LEUKO_WORK_TRAINING, choice, reporter);
        return TRUE;
    }
    g_auto(LeukoCheckpoint) c = {0};
    if (!leuko_checkpoint_read(&c, checkpoint, error))
        return FALSE;
    choice->precision = c.precision;
    choice->reason = g_steal_pointer(&c.precision_reason);
    leuko_report_line(reporter, "training", "precision: %s (recorded in the checkpoint)",
                      leuko_precision_name(choice->precision));
    return TRUE;
}

LeukoModel *leuko_train_network(const LeukoTrainOptions *o, const LeukoTuneOptions *tune,
                                const LeukoTrainEvents *events, LeukoTrainReport *report,
                                LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    static const LeukoTrainEvents no_events = {0};
    g_auto(Job) job = {0};
    g_auto(LeukoPrecisionChoice) choice = {0};
    LeukoTrainerOptions trainer = {0};
    g_autofree gchar *run_folder = run_folder_of(o->model, tune);
    if (!leuko_trainer_check_folder(run_folder, tune->resume, tune->restart, error) ||
        !open_all(o, reporter, cancellable, &job, error) ||
        !leuko_tuning_load(tune, job.start->weights, &trainer.recipe, error))
        return NULL;
    g_autofree gchar *checkpoint = g_build_filename(run_folder, LEUKO_LAST_CHECKPOINT, NULL);
    if (!tune->resume)
        choose_precision(o->features.precision, LEUKO_WORK_TRAINING, &choice, reporter);
    else if (!resume_precision(o, checkpoint, &choice, reporter, error))
        return NULL;
    trainer.precision = choice.precision;
    trainer.precision_reason = choice.reason;
    trainer.n_threads = o->features.n_threads;
    trainer.no_cache = o->features.no_cache;
    trainer.seed = o->start.seed;
    trainer.positive = job.splits.positive;
    trainer.threshold = o->threshold;
    trainer.run_folder = run_folder;
    trainer.resume = tune->resume;
    trainer.restart = tune->restart;
    trainer.differs = tune->differs;
    trainer.differs_data = tune->differs_data;
    trainer.checkpoint_steps = tune->checkpoint_steps;
    trainer.checkpoint_seconds = tune->checkpoint_seconds;
    trainer.until_epoch = tune->until_epoch;
    g_auto(LeukoSplitFeatures) features = {NULL, NULL};
    LeukoModel *m = leuko_trainer_run(job.splits.training, job.splits.validation, job.start,
                                      &trainer, events ? events : &no_events, &features, report,
                                      reporter, cancellable, error);
    return write_model(m, o, &job, NULL, &features, choice.precision, reporter, cancellable, error);
}

#include "pipeline/run-stages.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/stage.h"
#include "leuko/check.h"
#include "leuko/compile.h"
#include "leuko/report-study.h"
#include "leuko/sort.h"
#include "leuko/train.h"
#include "pipeline/command-text.h"
#include "study/crossval.h"
#include <glib/gstdio.h>
#include <string.h>

/* A precision that is chosen by its speed may be another one in the next call. */
#define PRECISION LEUKO_FP32

/* --- the commands ----------------------------------------------------------------------------- */

static void add_number(LeukoCommandText *t, const char *name, double value, gboolean is_given)
{
    gchar text[G_ASCII_DTOSTR_BUF_SIZE];
    if (is_given)
        leuko_command_text_option(t, name, g_ascii_formatd(text, sizeof text, "%.10g", value),
                                  TRUE);
}

static void add_folder(LeukoCommandText *t, const LeukoFolderOptions *f)
{
    leuko_command_text_option(t, "group-by", f->group_by, FALSE);
    leuko_command_text_option(t, "group-by-path", f->group_by_path, FALSE);
    leuko_command_text_option(t, "groups", f->groups, FALSE);
    leuko_command_text_option(t, "labels", f->labels, FALSE);
    leuko_command_text_option(t, "layout", f->layout, FALSE);
    if (f->labels_from_names)
        leuko_command_text_switch(t, "labels-from-names");
    leuko_command_text_option(t, "classes", f->classes, FALSE);
}

static void add_start(LeukoCommandText *t, const LeukoRunJob *job)
{
    const LeukoStartOptions *s = &job->options->start;
    gboolean is_word = strcmp(s->weights, "random") == 0 || strcmp(s->weights, "backbone") == 0;
    leuko_command_text_option(t, "positive", job->options->positive, FALSE);
    leuko_command_text_option(t, "weights", s->weights, is_word);
    leuko_command_text_option(t, "endpoint", s->endpoint, TRUE);
    add_number(t, "depth-multiplier", s->depth_multiplier, s->depth_multiplier > 0);
    add_number(t, "size", s->side_px, s->side_px > 0);
    leuko_command_text_option(t, "precision", leuko_precision_name(PRECISION), TRUE);
    add_number(t, "seed", (double)s->seed, TRUE);
}

static void write_commands(LeukoRunJob *job)
{
    g_autoptr(LeukoCommandText) check = leuko_command_text_new("check");
    leuko_command_text_path(check, job->data);
    leuko_command_text_option(check, "json", job->check, FALSE);
    add_folder(check, &job->options->folder);
    g_autoptr(LeukoCommandText) sort = leuko_command_text_new("sort");
    leuko_command_text_path(sort, job->data);
    leuko_command_text_option(sort, "out", job->shards, FALSE);
    leuko_command_text_switch(sort, "skip-unreadable");
    add_folder(sort, &job->options->folder);
    add_number(sort, "seed", (double)job->options->start.seed, TRUE);
    g_autoptr(LeukoCommandText) train = leuko_command_text_new("train");
    leuko_command_text_path(train, job->shards);
    leuko_command_text_option(train, "model", job->model, FALSE);
    add_start(train, job);
    g_autoptr(LeukoCommandText) crossval = leuko_command_text_new("crossval");
    leuko_command_text_path(crossval, job->shards);
    leuko_command_text_option(crossval, "run-folder", job->folds, FALSE);
    leuko_command_text_option(crossval, "json", job->json, FALSE);
    leuko_command_text_option(crossval, "csv", job->csv, FALSE);
    leuko_command_text_option(crossval, "report", job->report, FALSE);
    add_start(crossval, job);
    g_autoptr(LeukoCommandText) compile = leuko_command_text_new("compile");
    leuko_command_text_path(compile, job->model);
    leuko_command_text_option(compile, "out", job->graph, FALSE);
    const LeukoCommandText *const all[LEUKO_N_RUN_STAGES] = {check, sort, train, crossval, compile};
    for (guint i = 0; i < LEUKO_N_RUN_STAGES; i++)
        job->commands[i] = g_strdup(all[i]->line->str);
    job->record = g_strdup(train->record->str);
}

void leuko_run_job_init(LeukoRunJob *job)
{
    job->check = g_build_filename(job->out, "check.json", NULL);
    job->shards = g_build_filename(job->out, "shards", NULL);
    job->model = g_build_filename(job->out, "model.safetensors", NULL);
    job->folds = g_build_filename(job->out, "crossval", NULL);
    job->json = g_build_filename(job->out, "crossval.json", NULL);
    job->csv = g_build_filename(job->out, "crossval.csv", NULL);
    job->report = g_build_filename(job->out, "report", NULL);
    job->graph = g_build_filename(job->out, "AML.graph", NULL);
    write_commands(job);
}

void leuko_run_job_clear(LeukoRunJob *job)
{
    gchar *const paths[] = {job->check, job->shards, job->model,  job->folds, job->json,
                            job->csv,   job->graph,  job->record, job->report};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
        g_free(paths[i]);
    for (guint i = 0; i < LEUKO_N_RUN_STAGES; i++)
        g_free(job->commands[i]);
}

/* --- check ------------------------------------------------------------------------------------ */

static void note(const LeukoRunJob *job, GPtrArray *notes, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
static void note(const LeukoRunJob *job, GPtrArray *notes, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    leuko_report_line(job->reporter, "run", "%s", text);
    g_autofree gchar *line = leuko_one_line(text);
    if (!g_ptr_array_find_with_equal_func(notes, line, g_str_equal, NULL)) /* a stage done again */
        g_ptr_array_add(notes, g_steal_pointer(&line));
}

static gboolean class_suffices(const LeukoRunJob *job, const LeukoCheckReport *r,
                               const LeukoCheckClass *k, GError **error)
{
    guint n_unreadable = k->n_images - k->n_readable, n_copies = MIN(k->n_copies, k->n_readable),
          n = k->n_readable - n_copies;
    if (n < LEUKO_RUN_MIN_IMAGES)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "%s: class \"%s\" has too few images for a model (readable originals: "
                          "%u, unreadable: %u, at least %d are needed)",
                          job->data, k->name, n, n_unreadable, LEUKO_RUN_MIN_IMAGES);
    return !r->has_groups || k->n_groups >= LEUKO_RUN_MIN_GROUPS ||
           leuko_fail(LEUKO_ERROR_DATA, error,
                      "%s: class \"%s\" has too few groups (patients) to train, to validate and to "
                      "measure on (%u, at least %d are needed)",
                      job->data, k->name, k->n_groups, LEUKO_RUN_MIN_GROUPS);
}

/* Stop with one sentence where the data cannot carry a model. */
static gboolean data_suffice(const LeukoRunJob *job, const LeukoCheckReport *r, GError **error)
{
    if (r->n_leaks > 0)
        return leuko_fail(LEUKO_ERROR_GATE, error,
                          "%s: the given splits share groups or images (number: %u; first: %s); a "
                          "model would be measured on what it was trained on",
                          job->data, r->n_leaks, r->leaks[0]);
    if (r->n_classes == 0)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "%s: the images have no classes; a folder for each class or a table of "
                          "labels gives them",
                          job->data);
    if (r->n_classes == 1)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "%s: the images have only one class (%s); a classifier needs two",
                          job->data, r->classes[0].name);
    for (guint k = 0; k < r->n_classes; k++)
        if (!class_suffices(job, r, &r->classes[k], error))
            return FALSE;
    return TRUE;
}

/* What the cross-validation notes too, in its words, is only reported here. */
static void note_findings(const LeukoRunJob *job, const LeukoCheckReport *r, GPtrArray *notes)
{
    if (!r->has_groups)
        leuko_report_line(job->reporter, "run",
                          "groups (patients) are unknown: cells of one patient may be on both "
                          "sides of a division, and the figures then are too good");
    if (r->n_unreadable > 0)
        note(job, notes, "%u unreadable %s left out, such as %s", r->n_unreadable,
             leuko_plural(r->n_unreadable, "image is", "images are"), r->unreadable[0].reason);
    if (r->n_duplicates > 0)
        leuko_report_line(job->reporter, "run",
                          "%u %s of another image: copies stay on one side of every division",
                          r->n_duplicates,
                          leuko_plural(r->n_duplicates, "image is a copy", "images are copies"));
    if (r->n_across_classes > 0)
        note(job, notes, "%u %s in two classes and left out", r->n_across_classes,
             leuko_plural(r->n_across_classes, "image is", "images are"));
    for (guint i = 0; i < r->n_oddities; i++)
        note(job, notes, "%s: %u %s, such as %s", r->oddities[i].what, r->oddities[i].n_files,
             LEUKO_PLURAL(r->oddities[i].n_files, "image"), r->oddities[i].files[0]);
}

static gboolean run_check(const LeukoRunJob *job, GPtrArray *notes, GError **error)
{
    LeukoCheckOptions o = leuko_check_options_default();
    o.folder = job->options->folder;
    o.n_threads = job->options->n_threads;
    o.cancellable = job->cancellable;
    o.reporter = job->reporter;
    g_autoptr(LeukoCheckReport) r = leuko_check_folder(job->data, &o, error);
    if (!r || !data_suffice(job, r, error) || !leuko_check_report_save(r, job->check, error))
        return FALSE;
    note_findings(job, r, notes);
    return TRUE;
}

/* --- the others ------------------------------------------------------------------------------- */

static gboolean run_sort(const LeukoRunJob *job, GPtrArray *notes, GError **error)
{
    LeukoSortOptions o = leuko_sort_options_default();
    o.folder = job->options->folder;
    o.skip_unreadable = TRUE;
    o.seed = job->options->start.seed;
    o.n_threads = job->options->n_threads;
    o.cancellable = job->cancellable;
    o.reporter = job->reporter;
    g_auto(LeukoSortResult) r = {0};
    if ((!leuko_is_absent(job->shards) && !leuko_remove_tree(job->shards, error)) ||
        !leuko_sort(job->data, job->shards, &o, &r, error))
        return FALSE;
    for (guint i = 0; r.shares[i]; i++)
        note(job, notes, "%s", r.shares[i]);
    if (r.split_kept)
        note(job, notes,
             "the splits are those of the folders; their test split, if there is one, is not "
             "opened here");
    return TRUE;
}

static LeukoFeatureOptions features_of(const LeukoRunJob *job)
{
    LeukoFeatureOptions f = leuko_train_options_default().features;
    f.precision = PRECISION;
    f.n_threads = job->options->n_threads;
    return f;
}

static gboolean run_train(const LeukoRunJob *job, GPtrArray *notes G_GNUC_UNUSED, GError **error)
{
    LeukoTrainOptions o = leuko_train_options_default();
    LeukoTrainHeadReport report;
    o.shards = job->shards;
    o.model = job->model;
    o.positive = job->options->positive;
    o.start = job->options->start;
    o.features = features_of(job);
    o.command_line = job->record;
    g_autoptr(LeukoModel) model =
        leuko_train_head(&o, &report, job->reporter, job->cancellable, error);
    return model != NULL;
}

/* The page names every command of the run. */
static gboolean write_report(const LeukoRunJob *job, const LeukoCrossvalResult *r, GError **error)
{
    g_autoptr(GString) commands = g_string_new(job->commands[0]);
    for (guint i = 1; i < LEUKO_N_RUN_STAGES; i++)
        g_string_append_printf(commands, " && %s", job->commands[i]);
    LeukoReportOptions o = leuko_report_options_default();
    o.command = commands->str;
    return leuko_report_write_crossval(r, job->report, &o, error);
}

static gboolean run_crossval(const LeukoRunJob *job, GPtrArray *notes, GError **error)
{
    LeukoCrossvalOptions o = leuko_crossval_options_default();
    o.positive = job->options->positive;
    o.start = job->options->start;
    o.features = features_of(job);
    o.run_folder = job->folds;
    o.command = "leuko crossval";
    g_autoptr(LeukoCrossvalResult) r =
        leuko_crossval_run(job->shards, &o, job->cancellable, job->reporter, error);
    if (!r)
        return FALSE;
    g_autofree gchar *rows = leuko_crossval_result_to_csv(r);
    g_autoptr(json_t) json = leuko_crossval_result_json(r);
    if (!write_report(job, r, error) ||
        !leuko_durable_set_contents(job->csv, rows, strlen(rows), error) ||
        !leuko_json_save(json, job->json, error))
        return FALSE;
    const gchar *const *said = leuko_crossval_result_notes(r);
    for (guint i = 0; said[i]; i++)
        if (!g_ptr_array_find_with_equal_func(notes, said[i], g_str_equal, NULL))
            g_ptr_array_add(notes, g_strdup(said[i]));
    return TRUE;
}

static gboolean run_compile(const LeukoRunJob *job, GPtrArray *notes G_GNUC_UNUSED, GError **error)
{
    LeukoCompileOptions o = leuko_compile_options_default();
    o.n_threads = job->options->n_threads;
    return leuko_compile_run(job->model, job->graph, &o, NULL, job->cancellable, job->reporter,
                             error);
}

gboolean leuko_run_stage_has_results(const LeukoRunJob *job, guint stage)
{
    g_autofree gchar *page = g_build_filename(job->report, "report.html", NULL);
    const gchar *const results[LEUKO_N_RUN_STAGES][4] = {
        {job->check}, {job->shards}, {job->model}, {job->csv, job->json, page}, {job->graph}};
    for (guint i = 0; results[stage][i]; i++)
        if (leuko_is_absent(results[stage][i]))
            return FALSE;
    return TRUE;
}

gboolean leuko_run_stage(const LeukoRunJob *job, guint stage, GPtrArray *notes, GError **error)
{
    static gboolean (*const stages[LEUKO_N_RUN_STAGES])(
        const LeukoRunJob *, GPtrArray *, GError **) = {run_check, run_sort, run_train,
                                                        run_crossval, run_compile};
    leuko_report_line(job->reporter, "run", "%s", job->commands[stage]);
    return stages[stage](job, notes, error);
}

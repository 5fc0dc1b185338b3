#include "leuko/run.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/lock.h"
#include "base/outputs.h"
#include "base/progress.h"
#include "leuko/train.h"
#include "pipeline/run-data.h"
#include "pipeline/run-stages.h"
#include <glib/gstdio.h>
#include <string.h>

struct LeukoRun {
    GPtrArray *commands, *notes; /* of gchar *, NULL-terminated */
    guint n_kept;
};

LeukoRunOptions leuko_run_options_default(void)
{
    LeukoTrainOptions train = leuko_train_options_default();
    return (LeukoRunOptions){.start = train.start, .n_threads = train.features.n_threads};
}

void leuko_run_free(LeukoRun *run)
{
    if (!run)
        return;
    g_ptr_array_unref(run->commands);
    g_ptr_array_unref(run->notes);
    g_free(run);
}

static gboolean open_folder(const char *data, const char *out, LeukoLock **lock, GError **error)
{
    if (!leuko_output_check(out, data, error) || !leuko_output_check(data, out, error))
        return FALSE;
    if (g_mkdir_with_parents(out, 0777) != 0)
        return leuko_fail_io(out, "create the folder", error);
    *lock = leuko_lock_take(out, error);
    return *lock != NULL;
}

static gboolean write_commands(const char *out, const LeukoRunJob *job, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree gchar *path = g_build_filename(out, "commands.txt", NULL);
    for (guint i = 0; i < LEUKO_N_RUN_STAGES; i++)
        g_string_append_printf(text, "%s\n", job->commands[i]);
    return leuko_durable_set_contents(path, text->str, text->len, error);
}

/* Do what is not finished. */
static gboolean run_stages(const LeukoRunJob *job, LeukoRunState *state, guint *n_kept,
                           GError **error)
{
    for (guint i = 0; i < LEUKO_N_RUN_STAGES; i++) {
        if (state->finished[i] && !leuko_run_stage_has_results(job, i)) {
            leuko_report_line(job->reporter, "run", "%s: its results are gone; it is done again",
                              leuko_run_stage_name(i));
            state->finished[i] = FALSE;
        }
        if (state->finished[i]) {
            leuko_report_line(job->reporter, "run", "%s: finished in an earlier call",
                              leuko_run_stage_name(i));
            ++*n_kept;
            continue;
        }
        if (!leuko_run_stage(job, i, state->notes, error))
            return FALSE;
        state->finished[i] = TRUE;
        if (!leuko_run_state_save(state, error))
            return FALSE;
    }
    return TRUE;
}

LeukoRun *leuko_run(const char *data, const char *out, const LeukoRunOptions *options,
                    GCancellable *cancellable, LeukoReporter reporter, GError **error)
{
    const LeukoRunOptions standard = leuko_run_options_default();
    g_auto(LeukoRunJob) job = {.data = data,
                               .out = out,
                               .options = options ? options : &standard,
                               .reporter = reporter,
                               .cancellable = cancellable};
    LeukoLock *lock = NULL;
    g_autofree gchar *digest = leuko_run_data_digest(data, job.options, error);
    if (!digest || !open_folder(data, out, &lock, error))
        return NULL;
    leuko_run_job_init(&job);
    guint n_kept = 0;
    g_autoptr(LeukoRunState) state = leuko_run_state_open(out, job.commands, digest, error);
    gboolean ok =
        state && run_stages(&job, state, &n_kept, error) && write_commands(out, &job, error);
    leuko_lock_free(lock);
    if (!ok)
        return NULL;
    LeukoRun *run = g_new0(LeukoRun, 1);
    run->n_kept = n_kept;
    run->commands = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < LEUKO_N_RUN_STAGES; i++)
        g_ptr_array_add(run->commands, g_strdup(job.commands[i]));
    g_ptr_array_add(run->commands, NULL);
    run->notes = g_steal_pointer(&state->notes);
    g_ptr_array_add(run->notes, NULL);
    return run;
}

const gchar *const *leuko_run_commands(const LeukoRun *run)
{
    return (const gchar *const *)run->commands->pdata;
}

const gchar *const *leuko_run_notes(const LeukoRun *run)
{
    return (const gchar *const *)run->notes->pdata;
}

guint leuko_run_n_kept(const LeukoRun *run) { return run->n_kept; }

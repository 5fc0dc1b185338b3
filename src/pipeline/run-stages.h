/* pipeline/run-stages.h: the stages of a run: the command of each, and the call that does the same.
 */
#pragma once
#include "leuko/progress.h"
#include "leuko/run-types.h"
#include "pipeline/run-state.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* What the stages share; borrowed, but for the members that leuko_run_job_init() makes. */
typedef struct {
    const char *data, *out;
    const LeukoRunOptions *options;
    LeukoReporter reporter;
    GCancellable *cancellable;
    gchar *check, *shards, *model, *folds, *json, *csv, *report, *graph; /* below `out` */
    gchar *commands[LEUKO_N_RUN_STAGES];
    gchar *record; /* of the training, for the model */
} LeukoRunJob;

/* Set the paths and the commands of a job whose first members are set. */
void leuko_run_job_init(LeukoRunJob *job);
void leuko_run_job_clear(LeukoRunJob *job);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoRunJob, leuko_run_job_clear)

/* Do one stage, from the beginning: what an interrupted call left is removed first, but for
 * finished folds. notes: what a reader must know is appended, and reported.
 * Errors: those of leuko_run(). */
gboolean leuko_run_stage(const LeukoRunJob *job, guint stage, GPtrArray *notes, GError **error);

/* Whether all files and folders that a finished stage leaves are still there. */
gboolean leuko_run_stage_has_results(const LeukoRunJob *job, guint stage);

G_END_DECLS

/* report/run-log.h: train.jsonl, the log of a training: one JSON object per line.
 *
 *   {"step":0,"precision":"fp32","precision_reason":"this AVX2 processor has no bf16"}
 *   {"step":12,"epoch":1,"loss":0.693,"accuracy":0.5,"learning_rate":0.001,"images_per_s":4.2}
 *   {"step":40,"epoch":1,"validation":{"loss":0.51,"accuracy":0.81}}
 *
 * Numbers that are not finite are null. Each line is written at once. A resumed run produces the
 * same file as an uninterrupted run, except for images_per_s: opening the log removes the lines of
 * steps after the checkpoint, and a line that the file already has is not written again.
 *
 * Threads: one object, one thread at a time.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

typedef struct {
    guint64 step;  /* steps done, from 1 */
    guint64 epoch; /* in progress, from 1 */
    double loss, accuracy, learning_rate, images_per_s;
} LeukoRunLogStep;

typedef struct LeukoRunLog LeukoRunLog;

/* Start a new log; an older file at `path` is replaced. Errors: LEUKO_ERROR_IO. */
LeukoRunLog *leuko_run_log_new(const char *path, GError **error);
/* Continue after `steps_done` steps. Lines of later steps and an incomplete last line are removed;
 * the file is replaced whole or not at all. Without a file, a new log starts.
 * Errors  LEUKO_ERROR_IO
 *         LEUKO_ERROR_FORMAT  a line is not a line of a log (its number is named); the file is
 *                             unchanged */
LeukoRunLog *leuko_run_log_resume(const char *path, guint64 steps_done, GError **error);

/* Errors: LEUKO_ERROR_IO. */
gboolean leuko_run_log_step(LeukoRunLog *log, const LeukoRunLogStep *step, GError **error);
/* figures: a JSON object of numbers by name; borrowed. Errors: LEUKO_ERROR_IO. */
gboolean leuko_run_log_validation(LeukoRunLog *log, guint64 step, guint64 epoch, json_t *figures,
                                  GError **error);
/* The precision of the run; `step` steps are done. Written unless the log names it already.
 * Errors: LEUKO_ERROR_IO. */
gboolean leuko_run_log_precision(LeukoRunLog *log, guint64 step, const char *precision,
                                 const char *reason, GError **error);
void leuko_run_log_free(LeukoRunLog *log); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoRunLog, leuko_run_log_free)

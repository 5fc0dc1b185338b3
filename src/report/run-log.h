/* report/run-log.h: train.jsonl, the log of a training: one JSON object a line.
 *
 *   {"step":12,"epoch":1,"loss":0.693,"accuracy":0.5,"learning_rate":0.001,"images_per_s":4.2}
 *   {"step":40,"epoch":1,"validation":{"loss":0.51,"accuracy":0.81}}
 *
 * Numbers that are not finite are null. Every line is handed to the system at once. A resumed run
 * gives the file that the unbroken run gives, but for images_per_s: lines behind the checkpoint are
 * cut off when the log is opened, and a line that is there already (it was written after the
 * checkpoint's step but before the end of the process) is not written twice.
 *
 * Threads: one object, one thread at a time.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

typedef struct {
    guint64 step;  /* that was done, from 1 */
    guint64 epoch; /* as the trainer counts them */
    double loss, accuracy, learning_rate, images_per_s;
} LeukoRunLogStep;

typedef struct LeukoRunLog LeukoRunLog;

/* A new log, in place of an older one of this name. Errors: LEUKO_ERROR_IO. */
LeukoRunLog *leuko_run_log_new(const char *path, GError **error);
/* Go on after `steps_done` steps: lines of later steps are cut off, and a last line that was not
 * finished; the file is replaced whole or not at all. No file: as new.
 * Errors  LEUKO_ERROR_IO
 *         LEUKO_ERROR_FORMAT  a line is not one of a log (named by its number); nothing is changed */
LeukoRunLog *leuko_run_log_resume(const char *path, guint64 steps_done, GError **error);

/* Errors: LEUKO_ERROR_IO. */
gboolean leuko_run_log_step(LeukoRunLog *log, const LeukoRunLogStep *step, GError **error);
/* figures  an object of numbers by name, borrowed */
gboolean leuko_run_log_validation(LeukoRunLog *log, guint64 step, guint64 epoch, json_t *figures,
                                  GError **error);
void leuko_run_log_free(LeukoRunLog *log); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoRunLog, leuko_run_log_free)

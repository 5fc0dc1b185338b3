/* leuko/report.h: write a result as one page for a reader, and everything in it as JSON.
 *
 *     g_autoptr(GError) error = NULL;
 *     g_autoptr(LeukoEvalResult) r = leuko_eval_run(model, data, NULL, NULL, reporter, &error);
 *     if (r && leuko_report_write_eval(r, "report", NULL, NULL, &error))
 *         puts("see report/report.html");
 *
 * The folder holds
 *   1. report.html: one page that needs no other file, no script and no network: summary, figures
 *      with intervals, curves with their tables, the worst mistakes, the flow of the data, audit,
 *      provenance, the model, and the items of four reporting guidelines
 *   2. report.json: all of it but the images (docs/formats.md)
 * It names files and groups: it is for people who may see the data.
 * The folder appears whole or not at all. A folder that holds an earlier report and nothing else is
 * replaced.
 * Threads: no shared state.
 */
#pragma once
#include "leuko/eval.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* Start from leuko_report_options_default(); later versions may add members. */
typedef struct {
    const char *command; /* the command line, for the provenance; NULL: none */
    guint n_mistakes;    /* images of wrong decisions that are shown at most */
} LeukoReportOptions;

/* No command, 12 mistakes. */
LeukoReportOptions leuko_report_options_default(void);

/* Check, before a long job, that a report can be written to `dir`: nothing is there, an empty
 * folder, or an earlier report. Errors: LEUKO_ERROR_ARGUMENT. */
gboolean leuko_report_check(const char *dir, GError **error);

/* Write the report of an evaluation.
 * options  NULL: leuko_report_options_default()
 * Errors   those of leuko_report_check(); LEUKO_ERROR_IO: also if the data cannot be read any more;
 *          LEUKO_ERROR_CANCELLED
 * Cost     reading of every image once for the digest of the data */
gboolean leuko_report_write_eval(const LeukoEvalResult *result, const char *dir,
                                 const LeukoReportOptions *options, GCancellable *cancellable,
                                 GError **error);

G_END_DECLS

/* base/progress-log.h: the progress of a long job as lines of a log, for a standard error that is
 * not a terminal.
 *
 * A phase of LEUKO_PROGRESS_LOG_UNITS units or more gets a line at its start (the first report),
 * every LEUKO_PROGRESS_LOG_SECONDS and at its end. A phase of fewer or of an unknown number of
 * units gets a line only if it takes longer than that time, and then also one at its end:
 *
 *     features: 8 of 4800 images
 *     features: 960 of 4800 images, 32 images/s, 2 min left
 *     features: 4800 of 4800 images, 32 images/s, done in 2 min 30 s
 *
 * Threads: one caller at a time. Times are those of g_get_monotonic_time(), given by the caller.
 */
#pragma once
#include "leuko/progress.h"

G_BEGIN_DECLS

#define LEUKO_PROGRESS_LOG_UNITS   100
#define LEUKO_PROGRESS_LOG_SECONDS 30

/* All zero: no phase yet. */
typedef struct {
    gchar phase[64], unit[32]; /* of the current phase; "" before the first */
    gboolean logged;           /* a line of this phase was made, and not yet that of its end */
    guint64 first, done, total;
    gint64 start_us, line_us; /* of the first report, of the last line */
} LeukoProgressLog;

/* Enter a report. Returns the lines to print: NULL if there are none, else g_strfreev. */
GStrv leuko_progress_log_report(LeukoProgressLog *log, const LeukoProgress *p, gint64 now_us);

/* The work is over. Returns the last line of a phase that has not reached its total, g_free; NULL
 * if there is none. */
gchar *leuko_progress_log_end(LeukoProgressLog *log, gint64 now_us);

/* Units per second since the first report of the current phase; 0 if not known yet. */
double leuko_progress_log_rate(const LeukoProgressLog *log, gint64 now_us);

G_END_DECLS

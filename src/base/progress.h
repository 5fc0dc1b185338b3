/* base/progress.h: how modules inside Leuko report their progress. A reporter without a function is
 * silent.
 */
#pragma once
#include "leuko/progress.h"

G_BEGIN_DECLS

/* Report `done` of `total` units of a phase; `note` may be NULL. */
void leuko_report(LeukoReporter reporter, const char *phase, guint64 done, guint64 total,
                  const char *unit, const char *note);
/* Report one line of the log. */
void leuko_report_line(LeukoReporter reporter, const char *phase, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

G_END_DECLS

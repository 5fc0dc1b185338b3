/* leuko/progress.h: how a long job tells what happens, without printing.
 *
 * A job calls the function from one thread at a time, at every unit of work it finishes. The
 * struct and its strings are borrowed for the call.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const char *phase; /* "decode", "features", "head", ...: one word or two, never NULL */
    guint64 done;      /* units finished in this phase */
    guint64 total;     /* units of this phase, 0 when not known */
    const char *unit;  /* "images", "files", "steps", never NULL */
    const char *note;  /* "accuracy 0.93", or a whole line to be printed when `is_line`, or NULL */
    gboolean is_line;  /* note is a line of the log (no newline), not a part of the progress line */
} LeukoProgress;

typedef void (*LeukoProgressFunc)(const LeukoProgress *progress, gpointer user_data);

/* A callback with its user data; {NULL, NULL} is silent. Passed by value, never freed. */
typedef struct {
    LeukoProgressFunc func;
    gpointer user_data;
} LeukoReporter;

void leuko_report(LeukoReporter reporter, const char *phase, guint64 done, guint64 total,
                  const char *unit, const char *note);
/* One line for the person: a warning or a fact worth keeping. */
void leuko_report_line(LeukoReporter reporter, const char *phase, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

G_END_DECLS

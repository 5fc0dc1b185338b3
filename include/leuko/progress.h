/* leuko/progress.h: how a long job reports its progress. The library itself prints nothing.
 *
 * A job calls the function from one thread at a time, after every unit of work. The struct and its
 * strings are borrowed for the call.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const char *phase; /* "decode", "features", "head", ...: one word or two, never NULL */
    guint64 done;      /* units finished in this phase */
    guint64 total;     /* units of this phase, 0 if not known */
    const char *unit;  /* "images", "files", "steps", never NULL */
    const char *note;  /* "accuracy 0.93"; a whole line of the log if `is_line`; or NULL */
    gboolean is_line;  /* note is a line of the log, without newline: a warning or a fact */
} LeukoProgress;

typedef void (*LeukoProgressFunc)(const LeukoProgress *progress, gpointer user_data);

/* A callback with its user data; {NULL, NULL} is silent. Passed by value, never freed. */
typedef struct {
    LeukoProgressFunc func;
    gpointer user_data;
} LeukoReporter;

G_END_DECLS

/* leuko/error.h: the one error domain. Every function that can fail takes a GError ** and, on
 * failure, returns FALSE or NULL and sets one of these codes with a one-line message that says
 * what went wrong and where (file, record, byte offset, tensor, shapes).
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    LEUKO_ERROR_ARGUMENT,    /* a value given by the caller is out of its documented range */
    LEUKO_ERROR_IO,          /* the system could not open, read, write, map or rename */
    LEUKO_ERROR_FORMAT,      /* the bytes are not what the format says they must be */
    LEUKO_ERROR_UNSUPPORTED, /* sound, but something that Leuko (or this processor) does not do */
    LEUKO_ERROR_DATA,        /* the data set does not allow the job: one class, too few groups */
    LEUKO_ERROR_MEMORY,      /* memory for data-sized buffers could not be had */
    LEUKO_ERROR_CANCELLED,   /* the caller's GCancellable was canceled (Ctrl-C) */
    LEUKO_ERROR_GATE,        /* done and written, but a quality gate was not met: exit status 3 */
} LeukoErrorCode;

#define LEUKO_ERROR (leuko_error_quark())
GQuark leuko_error_quark(void);

/* TRUE, and LEUKO_ERROR_CANCELLED in `error`, once `cancellable` was canceled. NULL is never. */
/* A text of unknown origin, fit to stand in a message: valid UTF-8 on one line, control characters
 * written as \xNN. New, g_free. */
gchar *leuko_one_line(const char *text);
/* The same of at most so many bytes, cut between letters: printf's "%.60s" would cut inside one. */
gchar *leuko_one_line_cut(const char *text, gsize most);

struct _GCancellable;
gboolean leuko_is_cancelled(struct _GCancellable *cancellable, GError **error);

G_END_DECLS

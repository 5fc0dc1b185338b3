/* base/error.h: how modules inside Leuko make and check errors. */
#pragma once
#include "leuko/error.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* TRUE, with LEUKO_ERROR_CANCELLED in `error`, if `cancellable` is cancelled; NULL never is. */
gboolean leuko_is_cancelled(GCancellable *cancellable, GError **error);

/* A text of unknown origin made fit for a message: valid UTF-8 on one line, control characters
 * written as \xNN. New, g_free. */
gchar *leuko_one_line(const char *text);
/* The same, cut to at most `most` bytes between two characters. */
gchar *leuko_one_line_cut(const char *text, gsize most);

/* Set an error whose text, on one line, may quote names of files. Always FALSE. */
gboolean leuko_fail(LeukoErrorCode code, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* Set LEUKO_ERROR_FORMAT "NAME: what is wrong", the second part on one line. Always FALSE. */
gboolean leuko_fail_format(const char *name, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

G_END_DECLS

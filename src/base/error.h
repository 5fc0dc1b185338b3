/* base/error.h: how modules inside Leuko make and check errors. */
#pragma once
#include "leuko/error.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* TRUE, with LEUKO_ERROR_CANCELLED in `error`, if `cancellable` is cancelled; NULL never is. */
gboolean leuko_is_cancelled(GCancellable *cancellable, GError **error);

/* The one rule for names from files, in messages, results, CSV, JSON and HTML:
 *   1. a byte that is not UTF-8 is written as \xNN
 *   2. a character that a terminal obeys or does not show (controls, marks of direction and other
 *      format characters, separators of lines) is written as \xNN, \uNNNN or \UNNNNNNNN. JSON
 *      has its own escapes for these.
 * leuko_valid_text() applies the first, leuko_one_line() both. New, g_free. */
gchar *leuko_valid_text(const char *text);
gchar *leuko_one_line(const char *text);
/* TRUE for the characters of the second rule. */
gboolean leuko_is_hidden(gunichar c);
/* The same, cut to at most `most` bytes between two characters. */
gchar *leuko_one_line_cut(const char *text, gsize most);

/* TRUE if an error says nothing about the contents of a file: it could not be read
 * (LEUKO_ERROR_IO), or there was no memory. NULL: FALSE. */
gboolean leuko_error_is_of_machine(const GError *error);

/* Set an error whose text, on one line, may quote names of files. Always FALSE. */
gboolean leuko_fail(LeukoErrorCode code, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* Set LEUKO_ERROR_FORMAT "NAME: what is wrong", the second part on one line. Always FALSE. */
gboolean leuko_fail_format(const char *name, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

G_END_DECLS

/* base/io-error.h: reading a whole file, and the one message for a system call that failed. */
#pragma once
#include <glib.h>

/* Set LEUKO_ERROR_IO "PATH: cannot VERB: REASON", the reason from errno. Always returns FALSE.
 * verb: "write", "make this folder", ... */
gboolean leuko_fail_io(const char *path, const char *verb, GError **error);

/* Read a whole file of n_bytes; a 0 byte follows. g_free. Errors: LEUKO_ERROR_IO. */
gboolean leuko_read_file(const char *path, gchar **contents, gsize *n_bytes, GError **error);

/* base/io-error.h: reading a whole file, and the one message for a system call that failed. */
#pragma once
#include <glib.h>

/* Set LEUKO_ERROR_IO "PATH: cannot VERB: REASON", the reason from errno. Always returns FALSE.
 * verb: "write", "make this folder", ... */
gboolean leuko_fail_io(const char *path, const char *verb, GError **error);

/* Read a whole regular file of n_bytes (may be NULL); a 0 byte follows. g_free. Bytes that are added
 * meanwhile are left out. Errors: LEUKO_ERROR_IO: also a device, a pipe or a folder, and no memory. */
gboolean leuko_read_file(const char *path, gchar **contents, gsize *n_bytes, GError **error);

/* base/io-error.h: the one message for a system call that failed. */
#pragma once
#include <glib.h>

/* Set LEUKO_ERROR_IO "PATH: cannot VERB: REASON", the reason from errno. Always returns FALSE.
 * verb: "write", "make this folder", ... */
gboolean leuko_fail_io(const char *path, const char *verb, GError **error);

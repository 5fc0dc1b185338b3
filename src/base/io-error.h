/* base/io-error.h: reading a whole file, and the one message for a system call that failed. */
#pragma once
#include <glib.h>

/* Set LEUKO_ERROR_IO "PATH: cannot VERB: REASON", the reason from errno. Always returns FALSE.
 * verb: "write", "make this folder", ... */
gboolean leuko_fail_io(const char *path, const char *verb, GError **error);

/* Open a regular file for reading; a pipe or a device is refused and never blocks. Returns the
 * descriptor; -1 on error, LEUKO_ERROR_IO, with errno, or 0 if it is not a regular file. */
int leuko_open_regular(const char *path, guint64 *n_bytes, GError **error);

/* Read n bytes at `offset`, in as many steps as it takes. Returns how many there are up to the end
 * of the file, or -1 with errno. */
gssize leuko_pread_all(int fd, gpointer to, gsize n, guint64 offset);

/* Write all n bytes at `offset`, in as many steps as it takes. FALSE with errno. */
gboolean leuko_pwrite_all(int fd, gconstpointer from, gsize n, guint64 offset);

/* TRUE if there is no such file. FALSE where the system cannot tell: reading then gives the reason,
 * and a file that belongs to the input is not left out in silence. */
gboolean leuko_is_absent(const char *path);

/* The size of a file, through links. */
gboolean leuko_file_size(const char *path, guint64 *n_bytes, GError **error);

#define LEUKO_READ_MAX_BYTES ((guint64)1 << 30)

/* Read a whole regular file; a 0 byte follows. contents: g_free; n_bytes: or NULL. Errors:
 * LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT (more than LEUKO_READ_MAX_BYTES), LEUKO_ERROR_MEMORY. */
gboolean leuko_read_file(const char *path, gchar **contents, gsize *n_bytes, GError **error);

/* base/durable.h: files that appear whole or not at all.
 *
 * A LeukoDurable writes into an unnamed file in the target's folder (O_TMPFILE; where the file
 * system lacks it, a hidden `.NAME.leuko-XXXXXX`). The file takes the target's name only in
 * _commit(), after fsync. A process killed at any moment leaves the old file or no file, and at
 * most a hidden file `.NAME.leuko-XXXXXX`, which the next commit of the same name removes.
 *
 * Errors everywhere: LEUKO_ERROR_IO with the path and the system's reason ("No space left ...").
 * Threads: one object, one thread at a time.
 */
#pragma once
#include <glib.h>
#include <stdio.h>

typedef struct LeukoDurable LeukoDurable;

/* Start a file that will be named `path`. The folder must exist. LEUKO_ERROR_ARGUMENT: the name is
 * that of a folder, a device or a pipe (base/outputs.h). */
LeukoDurable *leuko_durable_new(const char *path, GError **error);
gboolean leuko_durable_write(LeukoDurable *d, gconstpointer data, gsize n_bytes, GError **error);
gboolean leuko_durable_printf(LeukoDurable *d, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Write at a position of the file, before or after its end, without moving the position of the next
 * leuko_durable_write(). */
gboolean leuko_durable_write_at(LeukoDurable *d, guint64 position, gconstpointer data,
                                gsize n_bytes, GError **error);

/* Bytes written so far: the position of the next write. */
guint64 leuko_durable_tell(const LeukoDurable *d);

/* Flush and fsync without taking the name. Where several files belong together, sync all of them
 * before the first commit, so that a full disk leaves none of them. */
gboolean leuko_durable_sync(LeukoDurable *d, GError **error);

/* Sync, and return the file's descriptor, borrowed: another process can read the file before it
 * has a name. -1 on error. */
int leuko_durable_descriptor(LeukoDurable *d, GError **error);

/* Sync, and return the SHA-256 of the bytes written so far; hex, free with g_free(). */
gchar *leuko_durable_sha256(LeukoDurable *d, GError **error);

/* Flush, fsync, take the name (an older file is replaced), fsync the folder. Afterwards only
 * leuko_durable_free() may be called; after a failure the old file is unchanged. */
gboolean leuko_durable_commit(LeukoDurable *d, GError **error);

/* Commit files that belong together, in the order given. All are synced before the first takes its
 * name. If one cannot take its name, those before it get their older files back, or are removed
 * where there was none. A process killed between two files leaves some new and some old files: give
 * the file that names the digest of the others first, so that every reader notices. */
gboolean leuko_durable_commit_all(LeukoDurable *const *files, guint n, GError **error);

/* Free the object. Without a commit nothing remains on disk. NULL does nothing. */
void leuko_durable_free(LeukoDurable *d);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoDurable, leuko_durable_free)

/* Write and commit a whole file at once. */
gboolean leuko_durable_set_contents(const char *path, gconstpointer data, gsize n_bytes,
                                    GError **error);

/* base/durable.h: files that appear whole or not at all.
 *
 * A LeukoDurable writes into an unnamed file of the target's folder (O_TMPFILE; where the file
 * system lacks it, a hidden `.NAME.XXXXXX`), and takes the target's name only in _commit(), after
 * fsync. Killed at any moment, the old file or no file is there, and with O_TMPFILE no debris.
 *
 * A LeukoStage does the same for a folder of results: work in `.NAME.partial` beside the target,
 * renamed in _commit(). A stage left by a killed run is removed by the next one for that target;
 * one that a living process holds (flock) is an error.
 *
 * Errors everywhere: LEUKO_ERROR_IO with the path and the system's reason ("No space left ...").
 * Threads: one object, one thread at a time.
 */
#pragma once
#include <glib.h>
#include <stdio.h>

typedef struct LeukoDurable LeukoDurable;

/* Start a file that will be named `path`. The folder must exist. */
LeukoDurable *leuko_durable_new(const char *path, GError **error);
gboolean leuko_durable_write(LeukoDurable *d, gconstpointer data, gsize n_bytes, GError **error);
gboolean leuko_durable_printf(LeukoDurable *d, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* Bytes written so far: the position of the next write. */
guint64 leuko_durable_tell(const LeukoDurable *d);
/* Flush and fsync without taking the name: files that belong together are all synced before the
 * first is committed, so that a full disk leaves none of them. */
gboolean leuko_durable_sync(LeukoDurable *d, GError **error);
/* The descriptor of what was written, after a sync: another process may read the file that has no name
 * yet. -1 on error; borrowed. */
int leuko_durable_descriptor(LeukoDurable *d, GError **error);
/* SHA-256 of what was written, after a sync; hex, g_free. */
gchar *leuko_durable_sha256(LeukoDurable *d, GError **error);
/* Flush, fsync, take the name (replacing an older file), fsync the folder. After success or
 * failure only leuko_durable_free() remains; after failure the old file still stands. */
gboolean leuko_durable_commit(LeukoDurable *d, GError **error);
void leuko_durable_free(LeukoDurable *d); /* not committed: nothing remains. NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoDurable, leuko_durable_free)

/* The whole of a small file at once. */
gboolean leuko_durable_set_contents(const char *path, gconstpointer data, gsize n_bytes,
                                    GError **error);

typedef struct LeukoStage LeukoStage;

/* Start a folder that will be named `path`. If `path` exists and is not an empty folder:
 * LEUKO_ERROR_ARGUMENT "...: exists and is not empty; choose another name or remove it". */
LeukoStage *leuko_stage_new(const char *path, GError **error);
const char *leuko_stage_path(const LeukoStage *s); /* write below this, borrowed */
/* A new file of a stage, `path` below leuko_stage_path(). Not synced: the commit syncs all at once. */
gboolean leuko_stage_write(const char *path, gconstpointer data, gsize n_bytes, GError **error);
/* The way out when the work in a stage has failed: FALSE, with the hidden folder's name in the message
 * replaced by the one that the person gave. */
gboolean leuko_stage_fail(const LeukoStage *s, GError **error);
gboolean leuko_stage_commit(LeukoStage *s, GError **error);
void leuko_stage_free(LeukoStage *s); /* not committed: the stage and all in it are removed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStage, leuko_stage_free)

/* Remove a folder and all below it; links are removed, never followed. */
gboolean leuko_remove_tree(const char *path, GError **error);

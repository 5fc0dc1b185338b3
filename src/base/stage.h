/* base/stage.h: folders that appear whole or not at all.
 *
 * Results are written into `.NAME.partial` beside the target, which _commit() renames. The next
 * stage for the same target removes what a killed run left behind; a stage that a living process
 * holds (flock) is an error.
 *
 * Errors everywhere: LEUKO_ERROR_IO with the path and the system's reason ("No space left ...").
 * Threads: one stage, one thread at a time; leuko_stage_write() is safe from many threads.
 */
#pragma once
#include <glib.h>

typedef struct LeukoStage LeukoStage;

/* Start a folder that will be named `path`. Errors: also LEUKO_ERROR_ARGUMENT if `path` exists and
 * is not an empty folder. */
LeukoStage *leuko_stage_new(const char *path, GError **error);

/* The errors of leuko_stage_new() that are known before any work. */
gboolean leuko_stage_check(const char *path, GError **error);

/* Start a folder that takes the place of the folder `path`, which the caller knows to be its own.
 * Until the commit the old one stays; then both change places, and the old one is removed. */
LeukoStage *leuko_stage_new_replacing(const char *path, GError **error);

/* The folder to write into, borrowed. */
const char *leuko_stage_path(const LeukoStage *stage);

/* Make a folder inside the stage, with its parents. `path`: below leuko_stage_path(). */
gboolean leuko_stage_make_folder(const char *path, GError **error);

/* Write a new file inside the stage. `path`: below leuko_stage_path(). The file is not synced
 * here: the commit syncs all files at once. */
gboolean leuko_stage_write(const char *path, gconstpointer data, gsize n_bytes, GError **error);

/* In the message of `error`, replace the name of the hidden folder by the name that the caller
 * gave. Always returns FALSE. */
gboolean leuko_stage_fail(const LeukoStage *stage, GError **error);

/* Sync the files and give the folder its name. */
gboolean leuko_stage_commit(LeukoStage *stage, GError **error);

/* Free the stage. Without a commit the hidden folder and all in it are removed. NULL does
 * nothing. */
void leuko_stage_free(LeukoStage *stage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStage, leuko_stage_free)

/* Remove a folder and all below it. Links are removed, never followed. */
gboolean leuko_remove_tree(const char *path, GError **error);

/* data/walk.h: the one directory walker: which files below a folder are images, and what it skips.
 *
 * The policy, for every command:
 *   1. An image is a regular file, or a link to one, whose name ends like an image
 *      (leuko_naming_stem). A file without an ending is an image if it begins like one
 *      (leuko_image_sniff).
 *   2. Paths are sorted by their bytes, as `LC_ALL=C sort` sorts them.
 *   3. Hidden files, and files of an operating system (Thumbs.db, __MACOSX, ...), are skipped, and
 *      so are all files in such folders.
 *   4. Links to folders are followed. A link to a folder that contains the link is skipped.
 *   5. Folders below `max_depth` are skipped.
 *   6. Folders that the system does not let us read are skipped; the start folder is an error.
 * Every file below the folder is either an image or recorded as skipped with its reason.
 * A caller that must not miss an image refuses
 * some of the reasons: leuko_walk_refuse().
 *
 * A list of paths, as on a command line:
 *
 *   g_autoptr(LeukoWalk) walk = leuko_walk_paths(paths, error);
 *   if (!walk || !leuko_walk_refuse(walk, LEUKO_SKIP_INCOMPLETE, error))
 *       return FALSE;
 *   ... walk->files->pdata[i], walk->files->len ...
 *
 * Paths are bytes in any encoding. Threads: a finished walk is constant.
 */
#pragma once
#include "data/file-kind.h"

enum { LEUKO_WALK_MAX_DEPTH = 32 };

typedef struct {
    gchar *path; /* as the paths of the walk */
    LeukoSkipReason reason;
    gchar *detail; /* the words of the system, what a file is that is not read, or NULL */
    gchar *text;   /* of leuko_skipped_text(), or NULL */
} LeukoSkipped;

typedef struct {
    gchar *root;        /* the folder; "" for a list of paths */
    GPtrArray *files;   /* of gchar *: images, relative to `root` */
    GPtrArray *folders; /* of gchar *: folders that were read below `root`, relative to it */
    GPtrArray *skipped; /* of LeukoSkipped *, sorted by path, then those added later */
} LeukoWalk;

/* Walk one folder. max_depth: levels of folders below `dir` that are read, 0 to
 * LEUKO_WALK_MAX_DEPTH. Errors: LEUKO_ERROR_IO (`dir` cannot be read). */
LeukoWalk *leuko_walk_folder(const char *dir, guint max_depth, GError **error);

/* Walk a NULL-terminated list: a folder stands for all images below it, any other path for itself,
 * whatever its name and whether it exists or not. A link in a folder that leads nowhere and ends
 * like an image is a file too, so that reading it fails with its name. Files come in the order of
 * the list, those of one folder sorted. Errors: as leuko_walk_folder(). */
LeukoWalk *leuko_walk_paths(const char *const *paths, GError **error);

void leuko_walk_free(LeukoWalk *walk); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoWalk, leuko_walk_free)

/* Record one more skipped file. `detail` may be NULL. */
void leuko_walk_skip(LeukoWalk *walk, const char *path, LeukoSkipReason reason, const char *detail);
/* "2 hidden, 1 companion file": the files by reason; "" if nothing was skipped. New. */
gchar *leuko_walk_describe_skipped(const LeukoWalk *walk);
guint leuko_walk_n_skipped(const LeukoWalk *walk, guint reasons); /* a set of LeukoSkipReason */

/* FALSE if anything was skipped for one of `reasons` (a set of LeukoSkipReason).
 * Errors: LEUKO_ERROR_IO; the message names the first such path and the reason. */
gboolean leuko_walk_refuse(const LeukoWalk *walk, guint reasons, GError **error);

/* "hidden", "companion file", ...: the reason in words. Static. */
const char *leuko_skip_reason_text(LeukoSkipReason reason);
/* The reason of one file, with what it is and what to do where that is known. Borrowed. */
const char *leuko_skipped_text(const LeukoSkipped *skipped);

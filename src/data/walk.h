/* data/walk.h: the one directory walker: which files below a folder are images, and what it skips.
 *
 * The policy, for every command:
 *   1. An image is a regular file, or a link to one, whose name ends like an image
 *      (leuko_image_has_supported_name). A link that leads nowhere counts too, so that reading it
 *      fails with its name.
 *   2. Paths are sorted by their bytes, as `LC_ALL=C sort` sorts them.
 *   3. Names that begin with a dot are skipped, files and folders.
 *   4. Links to folders are followed. A link to a folder that contains the link is skipped.
 *   5. Folders below `max_depth` are skipped.
 *   6. Folders that the system does not let us read are skipped; the start folder is an error.
 * Whatever is skipped is recorded with its reason. A caller that must not miss an image refuses
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
#include <glib.h>

enum { LEUKO_WALK_MAX_DEPTH = 32 };

typedef enum {
    LEUKO_SKIP_HIDDEN = 1 << 0,    /* the name begins with a dot */
    LEUKO_SKIP_NOT_IMAGE = 1 << 1, /* the name does not end like an image */
    LEUKO_SKIP_NOT_FILE = 1 << 2,  /* a pipe, a socket or a device */
    LEUKO_SKIP_TOO_DEEP = 1 << 3,  /* a folder below max_depth */
    LEUKO_SKIP_LOOP = 1 << 4,      /* a link to a folder that contains the link */
    LEUKO_SKIP_UNREADABLE =
        1 << 5,                   /* the system refuses to list the folder or to look at the file */
    LEUKO_SKIP_LAYOUT = 1 << 6,   /* an image where the layout of the data set has none */
    LEUKO_SKIP_NOT_UTF8 = 1 << 7, /* an image whose name is not UTF-8 */

    LEUKO_SKIP_INCOMPLETE = LEUKO_SKIP_TOO_DEEP | LEUKO_SKIP_UNREADABLE /* images may be missing */
} LeukoSkipReason;

typedef struct {
    gchar *path; /* as the paths of the walk */
    LeukoSkipReason reason;
    gchar *detail; /* the system's words for LEUKO_SKIP_UNREADABLE, else NULL */
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
 * whatever its name and whether it exists or not. Files come in the order of the list, those of
 * one folder sorted. Errors: as leuko_walk_folder(). */
LeukoWalk *leuko_walk_paths(const char *const *paths, GError **error);

void leuko_walk_free(LeukoWalk *walk); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoWalk, leuko_walk_free)

/* Record one more skipped file. `detail` may be NULL. */
void leuko_walk_skip(LeukoWalk *walk, const char *path, LeukoSkipReason reason, const char *detail);
guint leuko_walk_n_skipped(const LeukoWalk *walk, guint reasons); /* a set of LeukoSkipReason */

/* FALSE if anything was skipped for one of `reasons` (a set of LeukoSkipReason).
 * Errors: LEUKO_ERROR_IO; the message names the first such path and the reason. */
gboolean leuko_walk_refuse(const LeukoWalk *walk, guint reasons, GError **error);

/* "hidden", "not an image name", ...: the reason in words. Static. */
const char *leuko_skip_reason_text(LeukoSkipReason reason);

/* FALSE with LEUKO_ERROR_ARGUMENT if out_dir, which need not exist, is in_dir or lies in it. */
gboolean leuko_folder_is_outside(const char *in_dir, const char *out_dir, GError **error);

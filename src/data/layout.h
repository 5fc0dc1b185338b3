/* data/layout.h: what the folders of a data set mean: which images it has, and what the folders of
 * each say about its class, group and split.
 *
 * The meaning is a pattern (data/pattern.h), found out from the tree or given. Images that the
 * pattern does not reach are recorded as skipped in the walk: every file below the folder is either
 * in `files` or in `walk->skipped`.
 */
#pragma once
#include "data/pattern.h"
#include "data/walk.h"

typedef struct {
    LeukoPattern pattern;
    GPtrArray *files;   /* of gchar *, of `walk`: images, UTF-8, relative to it, in byte order */
    GPtrArray *classes; /* of gchar *, of `names`: one per file, NULL if no folder gives it */
    GPtrArray *groups;  /* of gchar *: likewise */
    GArray *splits;     /* of gint: a LeukoSplit per file, -1 if no folder gives it */
    GStringChunk *names;
    LeukoWalk *walk; /* what was skipped, with the images that the pattern does not reach */
} LeukoLayout;

/* Read a folder.
 * pattern        "class/group", ...; NULL: found out
 * classes_known  a table or the names give the classes, so that folders do not
 * Errors  LEUKO_ERROR_IO (a folder cannot be read); LEUKO_ERROR_DATA (no images; a name that is not
 *         UTF-8 in a class folder); LEUKO_ERROR_ARGUMENT (the pattern); LEUKO_ERROR_AMBIGUOUS (two
 *         readings) */
LeukoLayout *leuko_layout_read(const char *path, const char *pattern, gboolean classes_known,
                               GError **error);
void leuko_layout_free(LeukoLayout *layout); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoLayout, leuko_layout_free)

/* "a folder per class, in each a folder per group": the pattern in words. New. */
gchar *leuko_layout_describe(const LeukoLayout *layout);

/* The folders in DIR itself from which no image is used although they hold files other than hidden
 * ones and companions, and the empty folders on the level of classes: of gchar *, new. */
GPtrArray *leuko_layout_unused_folders(const LeukoLayout *layout);

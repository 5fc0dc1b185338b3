/* data/pattern.h: what each level of folders in a data set means: "split/class", "class/group".
 *
 * A pattern has one word for each level of folders above the images:
 *   class   the folder's name is the class
 *   group   the folder's name is the group (patient)
 *   split   train, training, val, valid, validation, test, testing, in any case
 *   fold    fold_0, fold_1, ...: a part of a published cross-validation; without meaning here
 *   *       any folder, without meaning
 *   **      at the end: any number of further levels, without meaning
 * "flat" has no level: the images lie in the folder itself.
 *
 * leuko_pattern_detect() returns the only reading that a tree of folders allows, or refuses with
 * two readings (docs/decisions/0014-layouts.md).
 */
#pragma once
#include <glib.h>

typedef enum {
    LEUKO_LEVEL_CLASS,
    LEUKO_LEVEL_GROUP,
    LEUKO_LEVEL_SPLIT,
    LEUKO_LEVEL_FOLD,
    LEUKO_LEVEL_ANY
} LeukoLevel;

enum { LEUKO_PATTERN_MAX_LEVELS = 8 };

typedef struct {
    LeukoLevel levels[LEUKO_PATTERN_MAX_LEVELS];
    guint n;
    gboolean deeper; /* "**" */
} LeukoPattern;

/* Errors: LEUKO_ERROR_ARGUMENT (an unknown word, a word twice, too many levels). */
gboolean leuko_pattern_parse(const char *text, LeukoPattern *pattern, GError **error);
gchar *leuko_pattern_text(const LeukoPattern *pattern);                 /* new */
gint leuko_pattern_find(const LeukoPattern *pattern, LeukoLevel level); /* its index, or -1 */

/* A LeukoSplit by the name of a folder, or -1. */
gint leuko_pattern_split(const char *folder);

/* Find the pattern of a tree of images.
 * root           for messages
 * files          (n) relative paths in byte order, UTF-8
 * classes_known  a table or the names give the classes, so that folders do not
 * Errors  LEUKO_ERROR_AMBIGUOUS (two readings; the message names them); LEUKO_ERROR_DATA (folders
 *         of one level whose names differ only in case, blanks or the composition of letters) */
gboolean leuko_pattern_detect(const char *root, const char *const *files, guint n,
                              gboolean classes_known, LeukoPattern *pattern, GError **error);

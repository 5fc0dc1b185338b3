/* leuko/sort.h: divide a folder of labeled images into training, validation and test, and write
 * the three splits as TFRecord shards.
 *
 * Images that belong together stay in one split: the images of one group (patient); an original
 * and its augmented copies; duplicates (the same image after encoding, resizing, flipping or
 * rotating). Copies go to training only. Apart from that, every class is divided as asked.
 *
 * Where the folders give the splits (train, validation and test, in each a folder per class), these
 * are kept, after a check that no group and no image is in two of them.
 *
 * The output folder appears whole or not at all. It holds
 *   1. PREFIX_SPLIT_00000-of-00010.tfrecord for each split (train, validation, test)
 *   2. Labels.txt ("0:name" per line) and Classes.txt ("name" per line)
 *   3. split.csv: file, class, group, source, split, sha256, phash
 *   4. excluded.csv: file, reason: every other file below the input folder
 *   5. sort.json: the options
 *   6. ledger.jsonl: empty; evaluation notes here every time that it opens the test split
 */
#pragma once
#include "leuko/folder.h"
#include "leuko/progress.h"
#include "leuko/split.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* Start from leuko_sort_options_default(): later versions may add members. */
typedef struct {
    double validation, test;   /* shares of the originals, at least 0, together below 1; or test 1
                                  and validation 0: a test split alone */
    const char *test_groups;   /* "A,B": exactly these groups are the test split; or NULL */
    LeukoFolderOptions folder; /* how to read the folder */
    gboolean resplit;          /* divide anew also where the folders give the splits */
    const char *allow_leaks;   /* groups, files, "groups", "copies" or "all", separated by commas,
                                  that may be in two splits of the folders; or NULL */
    gboolean skip_unreadable;  /* leave unreadable images out (excluded.csv) instead of stopping */
    const char *prefix;        /* first part of the shard names */
    guint n_shards;            /* files per split, 1 to 99999 */
    guint64 seed;              /* the same seed and images give the same splits */
    guint n_threads;           /* 0: one */
    GCancellable *cancellable; /* may be NULL */
    LeukoReporter reporter; /* phases "reading", "train", "validation", "test" (note: "shard 1") */
} LeukoSortOptions;

/* Validation 0.3, test 0, prefix "AML", 10 shards, seed 50, one thread. */
LeukoSortOptions leuko_sort_options_default(void);

typedef struct {
    GStrv classes;
    guint n_classes;
    guint *counts;                  /* (LEUKO_N_SPLITS, n_classes) images written */
    guint *originals;               /* (LEUKO_N_SPLITS, n_classes) of these, not augmented copies */
    guint n_copies_left_out;        /* augmented copies of validation and test images */
    guint n_duplicates;             /* clusters of duplicates; each was kept in one split */
    guint n_conflicts;              /* duplicates with different classes, left out */
    guint n_groups[LEUKO_N_SPLITS]; /* 0 where groups are not known */
    gboolean has_groups;
    gchar *layout;  /* of the folder, one line */
    gchar *skipped; /* "2 hidden, 1 companion file": the skipped files by reason; may be "" */
    guint n_files;  /* below the folder: images, and n_skipped others */
    guint n_skipped;
    guint n_unreadable;  /* of the images */
    gchar *groups;       /* number, largest, with one image, an example: one line; NULL: unknown */
    GStrv shares;        /* splits that miss their share by more than a fifth, why: a line each */
    gboolean is_divided; /* the folders give splits */
    gboolean split_kept; /* and these were kept */
    gboolean has_leaks;  /* with groups or images in two splits, which were allowed */
} LeukoSortResult;
void leuko_sort_result_clear(LeukoSortResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoSortResult, leuko_sort_result_clear)

/* Sort the images of `path` into the new folder `out`.
 * result  filled on success, in part on an error after the images were read (n_files is not 0
 *         then); release with leuko_sort_result_clear()
 * Errors  LEUKO_ERROR_ARGUMENT   the options; `out` exists and is not empty; shares or test groups
 *                                where the folders give the splits
 *         LEUKO_ERROR_DATA       fewer than two classes; unreadable images (the first is named); a
 *                                class with fewer groups than splits; an unknown test group; an
 *                                image without a class or a group
 *         LEUKO_ERROR_GATE       folders whose splits share groups or copies of an image: their
 *                                number and the first ten
 *         LEUKO_ERROR_AMBIGUOUS  two readings of the folders
 *         LEUKO_ERROR_FORMAT     a table
 *         LEUKO_ERROR_IO, LEUKO_ERROR_CANCELLED */
gboolean leuko_sort(const char *path, const char *out, const LeukoSortOptions *options,
                    LeukoSortResult *result, GError **error);

G_END_DECLS

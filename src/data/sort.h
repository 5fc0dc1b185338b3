/* data/sort.h: divide a folder of labeled images into training, validation and test, and write
 * them as TFRecord shards.
 *
 * What belongs together stays together: images of one group (patient); an original and its
 * augmented copies; images that are the same to the eye. Copies go to training only. Within that
 * every class is divided as asked.
 *
 * Written into `out`, which appears whole or not at all: PREFIX_SPLIT_00000-of-00010.tfrecord for
 * each split, Labels.txt ("0:name" a line), Classes.txt ("name" a line), split.csv (file, class,
 * group, source, split, sha256, phash), sort.json (the options), ledger.jsonl (empty; every opening
 * of the test part is noted there).
 */
#pragma once
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

enum { LEUKO_TRAIN, LEUKO_VALIDATION, LEUKO_TEST, LEUKO_N_SPLITS };

typedef struct {
    double validation, test; /* shares of the originals, 0 to below 1 together */
    const char *test_groups; /* "A,B": these groups are the test part; or NULL */
    const char *group_by;    /* regular expression with one (group), or NULL */
    const char *groups;      /* CSV file,group, or NULL */
    const char *labels;      /* CSV file,class for a flat folder, or NULL */
    const char *prefix;      /* of the shards, "AML" */
    guint n_shards;          /* of each split, 1 to 99999 */
    guint64 seed;
    guint n_threads;
    GCancellable *cancellable;
    LeukoReporter reporter; /* phases "reading", "train", "validation", "test" (note: "shard 1") */
} LeukoSortOptions;

LeukoSortOptions leuko_sort_options_default(void); /* 0.3, 0, AML, 10 shards, seed 50 */

typedef struct {
    GStrv classes;
    guint n_classes;
    guint *counts;           /* (3, n_classes) images written per split and class */
    guint *originals;        /* (3, n_classes) of them originals */
    guint n_copies_left_out; /* copies of validation and test images */
    guint n_duplicates,
        n_conflicts; /* same-looking pairs; images left out because two classes claim them */
    guint n_groups[LEUKO_N_SPLITS]; /* 0 where groups are not known */
    gboolean has_groups;
} LeukoSortResult;
void leuko_sort_result_clear(LeukoSortResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoSortResult, leuko_sort_result_clear)

/* Errors: LEUKO_ERROR_DATA (fewer than two classes; unreadable images, the first is named; a class
 * with fewer groups than parts; an unknown test group), LEUKO_ERROR_ARGUMENT (shares, shards, an
 * occupied `out`), LEUKO_ERROR_IO, LEUKO_ERROR_CANCELLED. */
gboolean leuko_sort(const char *path, const char *out, const LeukoSortOptions *options,
                    LeukoSortResult *result, GError **error);

/* Does anything cross the splits of a folder that sort wrote? FALSE with LEUKO_ERROR_DATA naming the
 * first pair: the same group, source, bytes or look (hashes as stored, without turning) in two
 * splits. Cost: as leuko_catalog_find_duplicates(). */
gboolean leuko_sort_audit(const char *path, GError **error);

/* Note an opening of the test part in ledger.jsonl (appended, synced).
 * Errors: LEUKO_ERROR_IO. */
gboolean leuko_ledger_append(const char *path, const char *model_digest, const char *command,
                             GError **error);

G_END_DECLS

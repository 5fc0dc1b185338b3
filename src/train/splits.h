/* train/splits.h: opens and checks the training and validation splits of a folder of shards. The
 * test split is never read. */
#pragma once
#include "leuko/dataset.h"
#include "leuko/progress.h"

G_BEGIN_DECLS

typedef struct {
    LeukoDataset *training, *validation; /* validation: NULL if there is none */
    gint positive;                       /* index of the positive class, or -1 */
} LeukoTrainSplits;

void leuko_train_splits_clear(LeukoTrainSplits *splits);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoTrainSplits, leuko_train_splits_clear)

/* Audit the splits and open them.
 * positive       name of the positive class; NULL: guessed from the class names if there are two
 *                classes
 * ignore_audit   report a failed audit as a line instead of an error
 * reporter       lines about the audit and the guessed class
 * Errors  LEUKO_ERROR_GATE      splits share a group, a source or near-duplicate images
 *         LEUKO_ERROR_ARGUMENT  `positive` is not a class, or cannot be guessed
 *         LEUKO_ERROR_DATA      no training shards
 *         as leuko_dataset_open_shards() */
gboolean leuko_train_splits_open(const char *shards, const char *positive, gboolean ignore_audit,
                                 LeukoReporter reporter, LeukoTrainSplits *splits, GError **error);

/* Check that leuko_train_splits_open() accepts `positive` for these shards. Reads Labels.txt only.
 * Errors: LEUKO_ERROR_ARGUMENT as leuko_train_splits_open(); those of reading Labels.txt. */
gboolean leuko_train_check_positive(const char *shards, const char *positive, GError **error);

/* The index of the positive class, or -1.
 * asked   its name; NULL: guessed from the names if there are two classes
 * Errors: LEUKO_ERROR_ARGUMENT, as leuko_train_splits_open(). */
gboolean leuko_train_find_positive(const gchar *const *classes, const char *asked, gint *positive,
                                   GError **error);

/* The number of originals of each class, without augmented copies: (n_classes), g_free. */
guint *leuko_train_count_originals(const LeukoDataset *training);

/* Check that every class has images in the training split, and that both splits have the same
 * classes (validation may be NULL). Errors: LEUKO_ERROR_DATA. */
gboolean leuko_train_check_classes(const LeukoDataset *training, const LeukoDataset *validation,
                                   GError **error);

G_END_DECLS

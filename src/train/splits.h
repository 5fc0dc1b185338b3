/* train/splits.h: opens and checks the training and validation splits of a folder of shards. Of the
 * test split, only the audit reads the index and what may be a copy of a training image. */
#pragma once
#include "leuko/dataset.h"
#include "leuko/progress.h"
#include "leuko/train-types.h"
#include <gio/gio.h>
#include <jansson.h>

G_BEGIN_DECLS

typedef struct {
    LeukoDataset *training, *validation; /* validation: NULL if there is none */
    gint positive;                       /* index of the positive class, or -1 */
    json_t *leaks;                       /* what was allowed to be in two splits, or NULL */
    gchar *leaks_text;                   /* the same in a sentence, or NULL */
} LeukoTrainSplits;

void leuko_train_splits_clear(LeukoTrainSplits *splits);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoTrainSplits, leuko_train_splits_clear)

typedef struct {
    const char *shards, *positive;
    const char *allow_leaks; /* as leuko_leaks_allow(), or NULL */
    gboolean ignore_audit;   /* allow all */
    LeukoLeaksFunc refused;  /* or NULL */
    gpointer refused_data;
    guint n_threads;
} LeukoSplitsOptions;

/* Audit the splits (data/split-audit.h) and open them.
 * positive       name of the positive class; NULL: guessed from the class names if there are two
 *                classes
 * reporter       lines about the audit and the guessed class
 * Errors  LEUKO_ERROR_GATE      splits share a group, a source or copies of an image
 *         LEUKO_ERROR_ARGUMENT  `positive` is not a class, or cannot be guessed; an allowed leak
 *                               that is none
 *         LEUKO_ERROR_DATA      no training shards
 *         as leuko_dataset_open_shards() */
gboolean leuko_train_splits_open(const LeukoSplitsOptions *options, LeukoReporter reporter,
                                 GCancellable *cancellable, LeukoTrainSplits *splits,
                                 GError **error);

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

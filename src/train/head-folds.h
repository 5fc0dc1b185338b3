/* train/head-folds.h: divides training rows into folds for cross-validation. */
#pragma once
#include "leuko/train-types.h"

/* Assign every row to a fold 0..n_folds-1 and spread the classes evenly. Whole groups are assigned,
 * the largest first, each to the fold that has the fewest rows of its classes. Rows with the same
 * entry in `sources` (copies of one image) always share a fold.
 * labels    (n), each 0..n_classes-1
 * groups    (n); "": unknown, the source is a group of its own; NULL: all unknown
 * sources   (n); NULL: every row is its own source
 * fold      out (n)
 * n_folds   in: the largest number of folds; out: the number of folds, at least 2; smaller than
 *           requested if a class has fewer groups
 * kind      out: whether the folds hold whole groups
 * Errors    LEUKO_ERROR_DATA   a class has fewer than two sources */
gboolean leuko_head_folds_make(const gint *labels, const char *const *groups,
                               const char *const *sources, gsize n, guint n_classes, guint64 seed,
                               guint *fold, guint *n_folds, LeukoFoldKind *kind, GError **error);

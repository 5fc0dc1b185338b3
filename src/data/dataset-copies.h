/* data/dataset-copies.h: which records of a data set are copies of each other (image/copies.h).
 *
 * Shards that leuko_sort() wrote hold what the search looks at; other images are decoded.
 */
#pragma once
#include "leuko/dataset.h"
#include "leuko/progress.h"
#include <gio/gio.h>

/* Find the copies, also of one source.
 * n_threads  at least 1; the result does not depend on it
 * reporter   phase "copies", if images are decoded
 * copy_of    (n) output: the lowest record of the cluster of each, or itself
 * n_unsure   output: records with more candidates than are compared (image/copies.h)
 * Errors: those of leuko_dataset_read(), leuko_image_decode(); LEUKO_ERROR_CANCELLED.
 * Cost: reading and decoding every image, or for shards of this version the candidates alone. */
gboolean leuko_dataset_find_copies(LeukoDataset *dataset, guint n_threads, guint *copy_of,
                                   guint *n_unsure, LeukoReporter reporter,
                                   GCancellable *cancellable, GError **error);

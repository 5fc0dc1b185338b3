/* data/fingerprints.h: the fingerprints of the images of a data set (image/fingerprint.h).
 *
 * Shards that leuko_sort() wrote hold them; the images of other data sets are decoded.
 */
#pragma once
#include "image/fingerprint.h"
#include "leuko/dataset.h"
#include "leuko/progress.h"
#include <gio/gio.h>

/* Compute the fingerprint of every record: out (n), in the order of the records.
 * n_threads  that decode, 0: all processors
 * reporter   phase "fingerprints", if images are decoded
 * Errors: those of leuko_dataset_read() and leuko_image_decode(); LEUKO_ERROR_CANCELLED.
 * Cost: nothing for shards of this version; else reading and decoding every image. */
gboolean leuko_dataset_fingerprints(const LeukoDataset *dataset, LeukoFingerprint *out,
                                    guint n_threads, LeukoReporter reporter,
                                    GCancellable *cancellable, GError **error);

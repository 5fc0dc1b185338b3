/* data/dataset-digest.h: digests of the images of a data set, and of the data set.
 *
 * leuko_dataset_digest() (leuko/dataset.h) reads every image; a caller that needs the digests of
 * the images too reads them once with these two functions.
 */
#pragma once
#include "leuko/dataset.h"
#include <gio/gio.h>

/* SHA-256 of every encoded image: sha256 (n, 32), in the order of the records. Reads every image.
 * Errors: as leuko_dataset_read(); LEUKO_ERROR_CANCELLED. */
gboolean leuko_dataset_hash_images(const LeukoDataset *dataset, guint8 *sha256,
                                   GCancellable *cancellable, GError **error);
/* leuko_dataset_digest() from the digests of the images (n, 32); g_free. */
gchar *leuko_dataset_digest_of(const LeukoDataset *dataset, const guint8 *sha256);
/* The first `n_bytes` of a digest in hex; g_free. */
gchar *leuko_digest_hex(const guint8 *digest, guint n_bytes);

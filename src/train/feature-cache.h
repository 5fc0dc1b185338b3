/* train/feature-cache.h: rows of features on disk, keyed by what they were computed from.
 *
 * One file per network (key): a header of 4096 bytes, then rows of one size: SHA-256 of the encoded
 * image (32 bytes), C float32, CRC-32C of both (masked), 4 bytes of 0. Rows are only ever
 * appended, whole, under flock: killed at any moment at most the last row is torn, and is dropped
 * by the next writer. A row whose CRC does not fit does not count and is computed anew; a file
 * whose header does not fit is replaced.
 * Place: $LEUKO_CACHE, else leuko/features in the user's cache folder (XDG). Where all files there
 * take more than 4 GiB, those longest unused are removed when a cache is opened.
 * Threads: one cache, one thread; several processes at once.
 */
#pragma once
#include <glib.h>

#define LEUKO_SHA256_BYTES 32

typedef struct LeukoFeatureCache LeukoFeatureCache;

/* key  one line that says everything the features depend on besides the image, at most 3000
 *      bytes. Errors: LEUKO_ERROR_IO. */
LeukoFeatureCache *leuko_feature_cache_open(const char *key, guint n_features, GError **error);
void leuko_feature_cache_free(LeukoFeatureCache *cache); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoFeatureCache, leuko_feature_cache_free)

/* Copy the row of an image to x (C); FALSE where there is none that is sound. */
gboolean leuko_feature_cache_get(LeukoFeatureCache *cache, const guint8 *sha256, float *x);
/* Append n rows: sha256 (n, 32), x (n, C). Errors: LEUKO_ERROR_IO (what was there stands). */
gboolean leuko_feature_cache_put(LeukoFeatureCache *cache, guint n, const guint8 *sha256,
                                 const float *x, GError **error);
const char *leuko_feature_cache_path(const LeukoFeatureCache *cache);
/* Rows that did not count because their checksum did not fit, so far. */
guint leuko_feature_cache_n_broken(const LeukoFeatureCache *cache);

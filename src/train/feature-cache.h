/* train/feature-cache.h: rows of features on disk, keyed by image and network.
 *
 * One file per network (key):
 *   1. a header of 4096 bytes
 *   2. rows of one size: SHA-256 of the encoded image (32 bytes), C float32, masked CRC-32C of
 *      both, 4 zero bytes
 * Rows are appended whole, under flock. A killed process leaves at most one incomplete row, which
 * the next writer overwrites. A row with a wrong CRC is ignored and computed again; a file with a
 * wrong header is replaced.
 * Folder: $LEUKO_CACHE, else leuko/features in the user's cache folder (XDG). When a cache is
 * opened and the folder holds more than 4 GiB, the least recently used files are removed.
 * Threads: one thread at a time per cache; several processes may use one file.
 */
#pragma once
#include <glib.h>

#define LEUKO_SHA256_BYTES 32

typedef struct LeukoFeatureCache LeukoFeatureCache;

/* key  one line, at most 3000 bytes: everything that the features depend on besides the image
 * Errors: LEUKO_ERROR_IO. */
LeukoFeatureCache *leuko_feature_cache_open(const char *key, guint n_features, GError **error);
void leuko_feature_cache_free(LeukoFeatureCache *cache); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoFeatureCache, leuko_feature_cache_free)

/* Copy the row of an image to x (C). FALSE: there is no intact row. */
gboolean leuko_feature_cache_get(LeukoFeatureCache *cache, const guint8 *sha256, float *x);
/* Append n rows: sha256 (n, 32), x (n, C). Errors: LEUKO_ERROR_IO; earlier rows remain valid. */
gboolean leuko_feature_cache_put(LeukoFeatureCache *cache, guint n, const guint8 *sha256,
                                 const float *x, GError **error);
const char *leuko_feature_cache_path(const LeukoFeatureCache *cache);
/* Number of damaged rows that leuko_feature_cache_get() has found so far. */
guint leuko_feature_cache_n_damaged(const LeukoFeatureCache *cache);

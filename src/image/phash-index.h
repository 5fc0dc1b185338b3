/* image/phash-index.h: which of many perceptual hashes are within some bits of a given one.
 *
 * The search for near-duplicates of one image after the other: behind the comparison with a model's
 * training images. phash-cluster.h searches among all images of a data set. It is exact at its
 * radius. A blank hash (leuko_phash_is_blank()) says nothing about an image: it is never found.
 *
 * Method: the tables of image/phash-plan.h, all in memory. Equal hashes are one entry.
 *
 * Memory: 92 to 150 bytes per hash, up to 80 MB of it for tables; 40 bytes below some 1,500
 * hashes, which are compared one by one.
 * Threads: an index is constant after leuko_phash_index_new(); any number of threads may query it.
 */
#pragma once
#include "image/phash.h"

G_BEGIN_DECLS

typedef struct LeukoPhashIndex LeukoPhashIndex;

typedef struct {
    guint item;     /* position in the hashes that the index was made of */
    guint distance; /* bits, at most the radius */
} LeukoPhashMatch;

/* Index `n` hashes, which are copied.
 * radius   0 to LEUKO_PHASH_MAX_RADIUS bits: hashes match if leuko_phash_nearest() is at most this
 * Returns  a new index; free with leuko_phash_index_free() or g_autoptr */
LeukoPhashIndex *leuko_phash_index_new(const LeukoPhash *hashes, guint n, guint radius);
void leuko_phash_index_free(LeukoPhashIndex *index); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoPhashIndex, leuko_phash_index_free)

/* The item nearest to `query` in any orientation; among equals the lowest item.
 * FALSE, and `nearest` as it was, if none is within the radius. */
gboolean leuko_phash_index_find_nearest(const LeukoPhashIndex *index, const LeukoPhash *query,
                                        LeukoPhashMatch *nearest);

/* Every item within the radius of `query` in any orientation, each once with its smallest distance,
 * in ascending order. Returns an array of LeukoPhashMatch; free with g_array_unref(). */
GArray *leuko_phash_index_find_all(const LeukoPhashIndex *index, const LeukoPhash *query);

G_END_DECLS

/* image/phash-index.h: which of many perceptual hashes are within some bits of a given one.
 *
 * The one search for near-duplicates: behind the check of a folder, the split of a data set, the
 * audit of a split and the comparison with a model's training images. It is exact at its radius.
 * A blank hash (leuko_phash_is_blank()) says nothing about an image: it is never found.
 *
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
 * radius   0 to 64 bits: hashes at most this far apart match
 * Returns  a new index; free with leuko_phash_index_free() or g_autoptr */
LeukoPhashIndex *leuko_phash_index_new(const LeukoPhash *hashes, guint n, guint radius);
void leuko_phash_index_free(LeukoPhashIndex *index); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoPhashIndex, leuko_phash_index_free)

/* The item nearest to any of the eight orientations of `query`; among equals the lowest item.
 * FALSE, and `nearest` as it was, if none is within the radius. */
gboolean leuko_phash_index_find_nearest(const LeukoPhashIndex *index, const LeukoPhashes *query,
                                        LeukoPhashMatch *nearest);

/* Every item within the radius of any orientation of `query`, each once with its smallest distance,
 * in ascending order. Returns an array of LeukoPhashMatch; free with g_array_unref(). */
GArray *leuko_phash_index_find_all(const LeukoPhashIndex *index, const LeukoPhashes *query);

G_END_DECLS

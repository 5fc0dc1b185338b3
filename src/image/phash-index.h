/* image/phash-index.h: which of many perceptual hashes are within some bits of a given one.
 *
 * The one search for near-duplicates: behind the check of a folder, the split of a data set, the
 * audit of a split and the comparison with a model's training images. It is exact at its radius.
 * A blank hash (leuko_phash_is_blank()) says nothing about an image: it is never found.
 *
 * Method: multi-index hashing (Norouzi, Punjani and Fleet 2014). The bits are cut into chunks, each
 * with a table from its value to the hashes that have it. Of two hashes within the radius, at least
 * one chunk differs in fewer bits than the share of the radius that it got; a query looks up all
 * such values and compares the hashes that it finds there. A chunk lies inside one word of the
 * hash, which a flip keeps or inverts as a whole, so one key stands for a value and its inverse,
 * and a lookup serves four orientations. The width of the chunks and their shares are those with
 * the least estimated cost for the number of hashes. Equal hashes are one entry.
 *
 * Memory: 92 to 150 bytes per hash, up to 80 MB of it for tables; 40 bytes below some 1,500
 * hashes, which are compared one by one.
 * Threads: an index is constant after leuko_phash_index_new(); any number of threads may query it.
 */
#pragma once
#include "image/phash.h"

G_BEGIN_DECLS

#define LEUKO_PHASH_MAX_RADIUS 64

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

/* Clusters: items within the radius of each other are in one cluster, and so are items that a chain
 * of such pairs connects.
 * n_threads  at least 1; the result does not depend on it
 * cluster    (n) output: the lowest item of the cluster of each item; its own number where it is
 *            alone or blank
 * Memory     4 bytes per hash, and one bit per key of a table, beside the index */
void leuko_phash_index_cluster(const LeukoPhashIndex *index, guint n_threads, guint *cluster);

G_END_DECLS

/* image/phash-cluster.h: which of many perceptual hashes are near each other.
 *
 * The search for near-duplicates among the images of one data set: behind the check of a folder,
 * the split of a data set and the audit of a split. It is exact at its radius. A blank hash
 * (leuko_phash_is_blank()) says nothing about an image: it is alone.
 *
 * Method: the tables of image/phash-plan.h, one after the other. The hashes are sorted by the key
 * of the table, and those of each key are compared with those of its neighbor keys: memory is read
 * in order, so a lookup and a comparison take a few nanoseconds, however many hashes there are.
 * Equal hashes are one.
 */
#pragma once
#include "image/phash.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* What leuko_phash_cluster() did. */
typedef struct {
    guint64 n_compared; /* pairs of hashes, each orientation once */
    guint64 n_lookups;  /* pairs of keys */
} LeukoPhashWork;

/* Clusters: items whose hashes are at most `radius` bits apart in any orientation are in one
 * cluster, and so are items that a chain of such pairs connects.
 * radius     0 to LEUKO_PHASH_MAX_RADIUS
 * n_threads  at least 1; the result does not depend on it
 * cluster    (n) output: the lowest item of the cluster of each item; its own number where it is
 *            alone or blank
 * cancellable  may be NULL; a cancelled search ends early, and its clusters are not complete
 * work       output; may be NULL
 * Memory     140 bytes per hash while it runs */
void leuko_phash_cluster(const LeukoPhash *hashes, guint n, guint radius, guint n_threads,
                         guint *cluster, GCancellable *cancellable, LeukoPhashWork *work);

G_END_DECLS

/* data/duplicates.h: which images of an inspected catalog are the same image. */
#pragma once
#include "data/catalog.h"

G_BEGIN_DECLS

/* Clusters: two images are in one cluster if they have the same bytes, or perceptual hashes at most
 * LEUKO_PHASH_NEAR bits apart in any orientation, or if a chain of such pairs connects them. */
typedef struct {
    guint n_clusters;
    guint *items;                       /* indices of items, by cluster, ascending in each */
    guint *starts;                      /* (n_clusters + 1) of a cluster in `items` */
    guint64 n_same_bytes, n_same_image; /* pairs: with the same bytes, and the others; in clusters
                                           of over a thousand images only pairs with the first */
} LeukoDuplicates;

/* Clusters of at least two readable originals (augmented copies are not compared), by their first
 * item. Free with leuko_duplicates_free() or g_autoptr.
 * n_threads  at least 1; the result does not depend on it
 * Cost: that of image/phash-cluster.h; memory linear in the number of images. */
LeukoDuplicates *leuko_catalog_find_duplicates(const LeukoCatalog *catalog, guint n_threads);
void leuko_duplicates_free(LeukoDuplicates *duplicates); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoDuplicates, leuko_duplicates_free)

/* Bits between two images of a cluster: 0 if their bytes are the same. */
guint leuko_duplicates_distance(const LeukoItem *a, const LeukoItem *b);

G_END_DECLS

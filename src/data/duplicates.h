/* data/duplicates.h: which images of an inspected catalog are the same image. */
#pragma once
#include "data/catalog.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* Clusters of images with the same bytes or the same appearance (image/copies.h). */
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
 * reporter   a line if images look like more others than were compared (image/copies.h)
 * Errors: LEUKO_ERROR_CANCELLED; an image that looks like another and can no longer be read
 * (leuko_image_load()). Cost and memory: those of image/copies.h. */
LeukoDuplicates *leuko_catalog_find_duplicates(const LeukoCatalog *catalog, guint n_threads,
                                               GCancellable *cancellable, LeukoReporter reporter,
                                               GError **error);
void leuko_duplicates_free(LeukoDuplicates *duplicates); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoDuplicates, leuko_duplicates_free)

/* Bits between two images of a cluster: 0 if their bytes are the same. */
guint leuko_duplicates_distance(const LeukoItem *a, const LeukoItem *b);

G_END_DECLS

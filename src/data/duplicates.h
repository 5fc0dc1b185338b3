/* data/duplicates.h: which images of an inspected catalog are the same image. */
#pragma once
#include "data/catalog.h"

typedef struct {
    guint a, b;          /* indices of items, a < b */
    gboolean same_bytes; /* else the same image after encoding, resizing, flipping or rotating */
    guint distance;      /* bits between the perceptual hashes */
} LeukoDuplicate;

/* Pairs of readable originals (augmented copies are not compared) that have the same bytes, or
 * perceptual hashes at most LEUKO_PHASH_NEAR bits apart in any orientation. Sorted by a, then b.
 * Returns an array of LeukoDuplicate, free with g_array_unref().
 * Cost: n^2 / 2 comparisons of 8 words, about 2 ns each, on all threads. */
GArray *leuko_catalog_find_duplicates(const LeukoCatalog *catalog);

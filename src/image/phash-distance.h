/* image/phash-distance.h: the distances of image/phash.h, inline for the loops of the
 * index, of the four words of two hashes. */
#pragma once
#include <glib.h>

static inline guint phash_count(const guint64 *a, const guint64 *b, guint word)
{
    return (guint)__builtin_popcountll(a[word] ^ b[word]);
}

/* leuko_phash_distance() */
static inline guint phash_distance(const guint64 *a, const guint64 *b)
{
    return phash_count(a, b, 0) + phash_count(a, b, 1) + phash_count(a, b, 2) +
           phash_count(a, b, 3);
}

/* leuko_phash_distance_flipped() */
static inline guint phash_distance_flipped(const guint64 *a, const guint64 *b)
{
    guint both = phash_count(a, b, 0), y = phash_count(a, b, 1), x = phash_count(a, b, 2);
    guint n_both = a[0] | b[0] ? 64 : 0;                        /* 0 in hashes without word 0 */
    guint best = MIN(both + y + x, n_both - both + y + 64 - x); /* not flipped; x flipped */
    best = MIN(best, n_both - both + 64 - y + x);
    best = MIN(best, both + 64 - y + 64 - x);
    return phash_count(a, b, 3) + best;
}

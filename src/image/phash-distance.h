/* image/phash-distance.h: the distances of image/phash.h, inline for the loops of the index. */
#pragma once
#include "image/phash.h"

static inline guint phash_count(const LeukoPhash *a, const LeukoPhash *b, guint word)
{
    return (guint)__builtin_popcountll(a->bits[word] ^ b->bits[word]);
}

/* leuko_phash_distance() */
static inline guint phash_distance(const LeukoPhash *a, const LeukoPhash *b)
{
    return phash_count(a, b, 0) + phash_count(a, b, 1) + phash_count(a, b, 2) +
           phash_count(a, b, 3);
}

/* leuko_phash_distance_flipped() */
static inline guint phash_distance_flipped(const LeukoPhash *a, const LeukoPhash *b)
{
    guint both = phash_count(a, b, 0), y = phash_count(a, b, 1), x = phash_count(a, b, 2);
    guint n_both = a->bits[0] | b->bits[0] ? 64 : 0;            /* 0 in hashes without word 0 */
    guint best = MIN(both + y + x, n_both - both + y + 64 - x); /* not flipped; x flipped */
    best = MIN(best, n_both - both + 64 - y + x);
    best = MIN(best, both + 64 - y + 64 - x);
    return phash_count(a, b, 3) + best;
}

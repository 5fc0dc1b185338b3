/* image/phash-chunks.h: the tables of image/phash-index.h: from the value of some bits to the
 * hashes that have it. image/phash-plan.h says which bits. */
#pragma once
#include "image/phash.h"

G_BEGIN_DECLS

typedef struct LeukoPhashChunks LeukoPhashChunks;

/* The hashes with one key of one table. */
typedef struct {
    const guint *entries; /* (n) positions of hashes, ascending; borrowed */
    guint n;
} LeukoPhashBucket;

typedef void (*LeukoPhashVisitor)(gpointer data, LeukoPhashBucket bucket);

/* Tables for `n` distinct hashes and a radius. The hashes must live as long. */
LeukoPhashChunks *leuko_phash_chunks_new(const LeukoPhash *hashes, guint n, guint radius);
void leuko_phash_chunks_free(LeukoPhashChunks *chunks);

/* Call `visit` for buckets that together hold every hash within the radius of `query`, however
 * either is flipped; they may hold others too, and one several times. */
void leuko_phash_chunks_visit(const LeukoPhashChunks *chunks, const LeukoPhash *query,
                              LeukoPhashVisitor visit, gpointer data);

G_END_DECLS

/* image/phash-chunks.h: the tables of image/phash-index.h: from the value of some bits to the
 * hashes that have it. */
#pragma once
#include "image/phash.h"

G_BEGIN_DECLS

typedef struct LeukoPhashChunks LeukoPhashChunks;

/* The hashes with one key of one table. */
typedef struct {
    const guint *entries; /* (n) positions of hashes, ascending; borrowed */
    guint n;
    guint table, key;
} LeukoPhashBucket;

typedef void (*LeukoPhashVisitor)(gpointer data, LeukoPhashBucket bucket);

/* Tables for `n` distinct hashes and a radius. The hashes must live as long. */
LeukoPhashChunks *leuko_phash_chunks_new(const LeukoPhash *hashes, guint n, guint radius);
void leuko_phash_chunks_free(LeukoPhashChunks *chunks);

/* Call `visit` for buckets that together hold every hash within the radius of `query`, however
 * either is flipped; they may hold others too, and one several times. */
void leuko_phash_chunks_visit(const LeukoPhashChunks *chunks, const LeukoPhash *query,
                              LeukoPhashVisitor visit, gpointer data);

/* A mark for each bucket, none at first. Threads: any number may mark and ask at once. */
typedef struct LeukoPhashMarks LeukoPhashMarks;
LeukoPhashMarks *leuko_phash_marks_new(const LeukoPhashChunks *chunks);
void leuko_phash_marks_free(LeukoPhashMarks *marks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoPhashMarks, leuko_phash_marks_free)
void leuko_phash_mark(LeukoPhashMarks *marks, const LeukoPhashBucket *bucket);
gboolean leuko_phash_is_marked(const LeukoPhashMarks *marks, const LeukoPhashBucket *bucket);

G_END_DECLS

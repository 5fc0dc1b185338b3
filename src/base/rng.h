/* base/rng.h: seeded random numbers, the same in any thread and any rank.
 *
 * A generator is a plain value, initialized by (seed, stream, index). The same three give the same
 * numbers on every machine, independent of other generators. The index identifies what the numbers
 * are for (an image, an epoch), never the order of work.
 * Source: xoshiro256** (Blackman and Vigna 2018), its state filled by SplitMix64.
 */
#pragma once
#include <glib.h>

typedef struct {
    guint64 s[4];
} LeukoRng;

/* stream  name of the purpose, e.g. "augment"; hashed, may be NULL
 * index   record, epoch or both (epoch << 32 | record) */
void leuko_rng_init(LeukoRng *rng, guint64 seed, const char *stream, guint64 index);
guint64 leuko_rng_u64(LeukoRng *rng);
/* Uniform in [0, n), unbiased (Lemire 2019). n >= 1. */
guint64 leuko_rng_below(LeukoRng *rng, guint64 n);
double leuko_rng_uniform(LeukoRng *rng);                        /* [0, 1), 53 bits */
double leuko_rng_range(LeukoRng *rng, double low, double high); /* [low, high) */
double leuko_rng_normal(LeukoRng *rng);                         /* mean 0, sd 1 (Box-Muller) */
/* Normal, redrawn until within 2 sd: tf.truncated_normal. */
double leuko_rng_truncated_normal(LeukoRng *rng, double mean, double sd);
/* Shuffle n indices (Fisher-Yates). */
void leuko_rng_shuffle(LeukoRng *rng, guint *indices, gsize n);
/* 64-bit FNV-1a of a string or bytes: a stable key for a name. */
guint64 leuko_hash64(gconstpointer bytes, gsize n_bytes);

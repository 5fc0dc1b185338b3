/* image/phash-plan.h: which bits of the hashes the tables of image/phash-index.h look up.
 *
 * Method: multi-index hashing (Norouzi, Punjani and Fleet 2014). The bits are cut into chunks, each
 * with a table from its value to the hashes that have it. Of two hashes within the radius, at least
 * one chunk differs in fewer bits than the share of the radius that it got; all such values are
 * looked up. A chunk lies inside one word of the hash, which a flip keeps or inverts as a whole, so
 * one key stands for a value and its inverse, and a lookup serves four orientations. A chunk has
 * every third, fourth, ... bit of its word: the signs of frequencies that are far apart depend less
 * on each other than those of neighbors. The width of the chunks and their shares are those with
 * the least estimated cost for the number of hashes; how many hashes share a value is counted in a
 * sample of them.
 */
#pragma once
#include "image/phash.h"

G_BEGIN_DECLS

enum { LEUKO_PHASH_MAX_TABLES = 32, LEUKO_PHASH_MAX_KEYS = 2048 };

typedef struct {
    guint word, width;    /* bits of one word of the hash */
    guint32 bits[8][256]; /* of each byte of the word: its bits of the value */
    gboolean is_folded;   /* a value and its inverse have one key */
    guint n_flips;        /* values with at most this many other bits are looked up */
    double n_per_key;     /* estimated hashes that a lookup finds */
} LeukoPhashTable;

/* Nanoseconds of each part of a search. */
typedef struct {
    double table;   /* to put a hash into one table */
    double key;     /* to pass by one key of one table */
    double probe;   /* a lookup */
    double compare; /* a comparison with one of the hashes that a lookup finds */
    double scan;    /* a comparison with one of all hashes in turn */
    gboolean joins; /* hashes near each other are one cluster soon and cost little then */
} LeukoPhashCosts;

/* Choose the tables for `n` distinct hashes and a radius of at most LEUKO_PHASH_MAX_RADIUS.
 * tables  (LEUKO_PHASH_MAX_TABLES) output. Where it is cheaper to compare every hash: one table
 *         with one key, which all hashes have.
 * Returns the number of tables, at least 1. */
guint leuko_phash_plan(const LeukoPhash *hashes, guint n, guint radius,
                       const LeukoPhashCosts *costs, LeukoPhashTable *tables);

/* The keys of a table are 0 to this number - 1. */
static inline guint leuko_phash_n_keys(const LeukoPhashTable *t)
{
    return 1u << (t->width - (t->is_folded ? 1 : 0));
}

static inline guint leuko_phash_value(const LeukoPhashTable *t, const LeukoPhash *hash)
{
    guint64 word = hash->bits[t->word];
    guint value = 0;
    for (guint b = 0; b < 8; b++)
        value |= t->bits[b][word >> (8 * b) & 255];
    return value;
}

static inline guint leuko_phash_key_of_value(const LeukoPhashTable *t, guint value)
{
    guint top = t->is_folded ? 1u << (t->width - 1) : 0;
    return value & top ? ~value & (top - 1) : value;
}

static inline guint leuko_phash_key(const LeukoPhashTable *t, const LeukoPhash *hash)
{
    return leuko_phash_key_of_value(t, leuko_phash_value(t, hash));
}

/* List the key of the value, and those of the values that differ in at most t->n_flips bits.
 * keys  (LEUKO_PHASH_MAX_KEYS) output. Returns their number. */
guint leuko_phash_list_keys(const LeukoPhashTable *t, guint value, guint *keys);

G_END_DECLS

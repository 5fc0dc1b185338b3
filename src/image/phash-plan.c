#include "image/phash-plan.h"
#include "image/phash-distance.h"
#include "image/simd.h"
#include <math.h>
#include <string.h>

enum { N_WORDS = 4, MIN_PARTS = 3, MAX_PARTS = 8, MAX_FLIPS = 3 };
enum { MIN_SAMPLE = 256, MAX_SAMPLE = 4096, SAMPLE_SHARE = 8 };
enum { MAX_SAMPLE_KEYS = 1 << 22 };

G_STATIC_ASSERT(N_WORDS *MAX_PARTS <= (int)LEUKO_PHASH_MAX_TABLES);

typedef struct {
    LeukoPhash hashes[MAX_SAMPLE];
    guint weights[MAX_SAMPLE]; /* how many of those drawn it stands for */
    guint n;
    guint32 *counts;                                   /* (MAX_SAMPLE_KEYS) 0 between uses */
    double per_key[N_WORDS][MAX_PARTS + 1][MAX_PARTS]; /* share of the hashes: word, parts, part */
} Sample;

/* joins: as one with a hash that is near in the same orientation. */
IMAGE_POPCNT static void add_to_sample(Sample *s, const LeukoPhash *hash, gboolean joins,
                                       guint radius)
{
    guint i = joins ? 0 : s->n;
    while (i < s->n && phash_distance_flipped(s->hashes[i].bits, hash->bits) > radius)
        i++;
    s->hashes[i] = *hash;
    s->weights[i] = i < s->n ? s->weights[i] + 1 : 1;
    s->n = MAX(s->n, i + 1);
}

/* The part of a word in `parts` that begins at bit `part`. */
static void table_init(LeukoPhashTable *t, guint word, guint parts, guint part)
{
    memset(t, 0, sizeof *t);
    t->word = word;
    t->is_folded = word != 3;
    for (guint b = part; b < 64; b += parts)
        for (guint v = 0; v < 256; v++)
            t->bits[b / 8][v] |= (v >> (b % 8) & 1) << (b / parts);
    t->width = (63 - part) / parts + 1;
}

/* The estimated share of the hashes that have the key of a hash drawn at random: what the pairs of
 * the sample say, and as many pairs of equally likely keys as there are keys. */
static double share_per_key(Sample *s, const LeukoPhashTable *t)
{
    guint64 n_equal = 0, n_all = 0, n_before = 0; /* pairs of hashes drawn */
    double n_pairs = (double)s->n * (s->n - 1) / 2;
    for (guint i = 0; i < s->n; i++) {
        guint32 *count = &s->counts[leuko_phash_key(t, &s->hashes[i])];
        n_equal += (guint64)*count * s->weights[i];
        n_all += n_before * s->weights[i];
        n_before += s->weights[i];
        *count += s->weights[i];
    }
    for (guint i = 0; i < s->n; i++)
        s->counts[leuko_phash_key(t, &s->hashes[i])] = 0;
    return ((double)n_equal / (double)MAX(n_all, 1) * n_pairs + 1) /
           (n_pairs + leuko_phash_n_keys(t));
}

static void sample_init(Sample *s, const LeukoPhash *hashes, guint n, gboolean joins, guint radius)
{
    guint n_wanted = MIN(CLAMP(n / SAMPLE_SHARE, MIN_SAMPLE, MAX_SAMPLE), n);
    s->n = 0;
    for (guint i = 0; i < n_wanted; i++) /* the hashes are in order: far from each other */
        add_to_sample(s, &hashes[(guint64)i * 2654435761u % n], joins, radius);
    s->counts = g_new0(guint32, MAX_SAMPLE_KEYS);
    for (guint w = 0; w < N_WORDS; w++)
        for (guint parts = MIN_PARTS; parts <= MAX_PARTS; parts++)
            for (guint part = 0; part < parts; part++) {
                LeukoPhashTable t;
                table_init(&t, w, parts, part);
                s->per_key[w][parts][part] = share_per_key(s, &t);
            }
    g_free(s->counts);
}

/* The number of values that differ in exactly k of `width` bits. */
static double n_values(guint width, guint k)
{
    double n = 1;
    for (guint i = 0; i < k; i++)
        n *= (double)(width - i) / (i + 1);
    return n;
}

/* A chunk that a plan may use. */
typedef struct {
    guint word, parts, part, width, n_shares;
    double n_per_key;
} Chunk;

/* The cost of one more share: of looking up the values with exactly that many other bits. */
static double cost_of(const Chunk *c, const LeukoPhashCosts *costs, guint n)
{
    double n_keys = exp2(c->width - (c->word == 3 ? 0 : 1));
    return n_values(c->width, c->n_shares) * (costs->probe + c->n_per_key * costs->compare) +
           (c->n_shares == 0 ? costs->table + costs->key * n_keys / n : 0);
}

/* Cut word 3 and the others into as many parts. Give the radius + 1 shares to the chunks, each to
 * the one where it costs least; a chunk that gets k shares looks up values with k - 1 other bits.
 * If every chunk differed in at least as many bits as its shares, the hashes would differ in more
 * bits than the radius. Returns the cost. */
static double plan(const Sample *s, guint n, guint parts_even, guint parts_odd, guint radius,
                   const LeukoPhashCosts *costs, Chunk *chunks, guint *n_chunks)
{
    double total = 0;
    *n_chunks = 0;
    for (guint w = 0; w < N_WORDS; w++) {
        guint parts = w == 3 ? parts_even : parts_odd;
        for (guint p = 0; p < parts; p++)
            chunks[(*n_chunks)++] =
                (Chunk){w, parts, p, (63 - p) / parts + 1, 0, s->per_key[w][parts][p] * n};
    }
    for (guint share = 0; share <= radius; share++) {
        Chunk *best = NULL;
        double least = INFINITY;
        for (guint i = 0; i < *n_chunks; i++) {
            double cost = cost_of(&chunks[i], costs, n);
            if (chunks[i].n_shares <= MAX_FLIPS && cost < least) {
                least = cost;
                best = &chunks[i];
            }
        }
        if (!best)
            return INFINITY;
        best->n_shares++;
        total += least;
    }
    return total;
}

guint leuko_phash_plan(const LeukoPhash *hashes, guint n, guint radius,
                       const LeukoPhashCosts *costs, LeukoPhashTable *tables)
{
    double least = n * costs->scan;
    guint n_best = 0, n_tables = 0, n_chunks;
    Chunk best[LEUKO_PHASH_MAX_TABLES], chunks[LEUKO_PHASH_MAX_TABLES];
    memset(&tables[0], 0, sizeof tables[0]);
    if (n < MIN_SAMPLE)
        return 1;
    g_autofree Sample *sample = g_new(Sample, 1);
    sample_init(sample, hashes, n, costs->joins, radius);
    for (guint e = MIN_PARTS; e <= MAX_PARTS; e++)
        for (guint o = MIN_PARTS; o <= MAX_PARTS; o++) {
            double cost = plan(sample, n, e, o, radius, costs, chunks, &n_chunks);
            if (cost >= least)
                continue;
            least = cost;
            n_best = n_chunks;
            memcpy(best, chunks, sizeof best);
        }
    for (guint i = 0; i < n_best; i++) {
        if (best[i].n_shares == 0)
            continue;
        LeukoPhashTable *t = &tables[n_tables++];
        table_init(t, best[i].word, best[i].parts, best[i].part);
        t->n_flips = best[i].n_shares - 1;
        t->n_per_key = best[i].n_per_key;
    }
    return MAX(n_tables, 1);
}

static guint list_keys(const LeukoPhashTable *t, guint value, guint first_bit, guint n_flips,
                       guint *keys, guint n)
{
    keys[n++] = leuko_phash_key_of_value(t, value);
    for (guint b = first_bit; n_flips > 0 && b < t->width; b++)
        n = list_keys(t, value ^ (1u << b), b + 1, n_flips - 1, keys, n);
    return n;
}

guint leuko_phash_list_keys(const LeukoPhashTable *t, guint value, guint *keys)
{
    return list_keys(t, value, 0, t->n_flips, keys, 0);
}

#include "image/phash-chunks.h"
#include "base/huge-memory.h"
#include <math.h>

enum { N_WORDS = 4, MAX_PARTS = 8, MAX_TABLES = N_WORDS * MAX_PARTS };
enum { MIN_PARTS = 3, MAX_FLIPS = 3 };

/* Measured nanoseconds of a lookup, of comparing one of the hashes that it finds (both wait for
 * memory), and of comparing one of all hashes in turn. */
static const double PROBE_NS = 30, COMPARE_NS = 40, SCAN_NS = 3;

typedef struct {
    guint word, shift, width; /* bits of the hash */
    gboolean is_folded;       /* a value and its inverse have one key */
    double n_keys;            /* that many equally likely keys would have as many hashes each */
    guint n_flips;            /* values with at most this many other bits are looked up */
    guint *starts;            /* (2^key_width + 1) */
    guint *entries;           /* (n) by key */
} Table;

struct LeukoPhashChunks {
    const LeukoPhash *hashes;
    guint n, n_tables;
    Table tables[MAX_TABLES]; /* those that are looked up */
    guint *all;               /* (n) 0, 1, ..., where it is cheaper to compare every hash */
};

static guint key_width(const Table *t) { return t->width - (t->is_folded ? 1 : 0); }

static guint value_of(const Table *t, const LeukoPhash *hash)
{
    return (guint)(hash->bits[t->word] >> t->shift) & ((1u << t->width) - 1);
}

static guint key_of(const Table *t, guint value)
{
    guint top = 1u << (t->width - 1);
    return t->is_folded && (value & top) ? ~value & (top - 1) : value;
}

/* The number of values that differ in exactly k of `width` bits. */
static double n_values(guint width, guint k)
{
    double n = 1;
    for (guint i = 0; i < k; i++)
        n *= (double)(width - i) / (i + 1);
    return n;
}

/* The cost of looking up the values with exactly n_flips other bits. */
static double cost_of(const Table *t, guint n_flips, guint n)
{
    return n_values(t->width, n_flips) * (PROBE_NS + n / t->n_keys * COMPARE_NS);
}

enum { N_BITS = 64 * N_WORDS, N_SAMPLES = 4096 };

/* entropy (N_BITS): of each bit, by a sample of the hashes: 0 where it is constant. */
static void measure_bits(const LeukoPhash *hashes, guint n, double *entropy)
{
    guint n_set[N_BITS] = {0}, step = n / N_SAMPLES + 1, n_samples = 0;
    for (guint i = 0; i < n; i += step, n_samples++)
        for (guint b = 0; b < N_BITS; b++)
            n_set[b] += hashes[i].bits[b / 64] >> (b % 64) & 1;
    for (guint b = 0; b < N_BITS; b++) {
        double p = n_samples ? (double)n_set[b] / n_samples : 0;
        entropy[b] = p > 0 && p < 1 ? -p * log2(p) - (1 - p) * log2(1 - p) : 0;
    }
}

static double count_keys(const Table *t, const double *entropy)
{
    double sum = t->is_folded ? -1 : 0;
    for (guint b = 0; b < t->width; b++)
        sum += entropy[64 * t->word + t->shift + b];
    return exp2(fmax(sum, 0));
}

/* Cut word 3 and the others into as many parts. Give the radius + 1 shares to the tables, each to
 * the one where it costs least; a table that gets k shares looks up values with k - 1 other bits.
 * If every chunk differed in at least as many bits as its shares, the hashes would differ in more
 * bits than the radius. Returns the cost. */
static double plan(LeukoPhashChunks *c, guint parts_even, guint parts_odd, guint radius,
                   const double *entropy)
{
    guint n_shares[MAX_TABLES] = {0}, n_all = 0, n_used = 0;
    double total = 0;
    for (guint w = 0; w < N_WORDS; w++) {
        guint n_parts = w == 3 ? parts_even : parts_odd;
        for (guint p = 0; p < n_parts; p++) {
            guint shift = 64 * p / n_parts, end = 64 * (p + 1) / n_parts;
            Table *t = &c->tables[n_all++];
            *t = (Table){.word = w, .shift = shift, .width = end - shift, .is_folded = w != 3};
            t->n_keys = count_keys(t, entropy);
        }
    }
    for (guint share = 0; share <= radius; share++) {
        guint best = MAX_TABLES;
        double least = INFINITY;
        for (guint t = 0; t < n_all; t++) {
            double cost = cost_of(&c->tables[t], n_shares[t], c->n);
            if (n_shares[t] <= MAX_FLIPS && cost < least) {
                least = cost;
                best = t;
            }
        }
        if (best == MAX_TABLES)
            return INFINITY;
        n_shares[best]++;
        total += least;
    }
    for (guint t = 0; t < n_all; t++)
        if (n_shares[t] > 0) {
            c->tables[n_used] = c->tables[t];
            c->tables[n_used++].n_flips = n_shares[t] - 1;
        }
    c->n_tables = n_used;
    return total;
}

/* Take the cheapest plan; no tables where every hash costs less. */
static void choose_plan(LeukoPhashChunks *c, const LeukoPhash *hashes, guint radius)
{
    double least = c->n * SCAN_NS;
    guint even = 0, odd = 0;
    double entropy[N_BITS];
    measure_bits(hashes, c->n, entropy);
    for (guint e = MIN_PARTS; e <= MAX_PARTS; e++)
        for (guint o = MIN_PARTS; o <= MAX_PARTS; o++) {
            double cost = plan(c, e, o, radius, entropy);
            if (cost < least) {
                least = cost;
                even = e;
                odd = o;
            }
        }
    c->n_tables = 0;
    if (even > 0)
        plan(c, even, odd, radius, entropy);
}

/* Sort the hashes by key, counting first. */
static void fill_table(Table *t, const LeukoPhash *hashes, guint n)
{
    gsize n_keys = (gsize)1 << key_width(t);
    t->starts = leuko_huge_new0((n_keys + 1) * sizeof(guint));
    t->entries = leuko_huge_new0(n * sizeof(guint));
    for (guint i = 0; i < n; i++)
        t->starts[key_of(t, value_of(t, &hashes[i]))]++;
    guint end = 0;
    for (gsize k = 0; k <= n_keys; k++)
        t->starts[k] = end += t->starts[k];
    for (guint i = n; i-- > 0;)
        t->entries[--t->starts[key_of(t, value_of(t, &hashes[i]))]] = i;
}

LeukoPhashChunks *leuko_phash_chunks_new(const LeukoPhash *hashes, guint n, guint radius)
{
    LeukoPhashChunks *c = g_new0(LeukoPhashChunks, 1);
    c->n = n;
    c->hashes = hashes;
    choose_plan(c, hashes, radius);
    for (guint t = 0; t < c->n_tables; t++)
        fill_table(&c->tables[t], hashes, n);
    if (c->n_tables == 0) {
        c->all = g_new(guint, n + 1);
        for (guint i = 0; i < n; i++)
            c->all[i] = i;
    }
    return c;
}

void leuko_phash_chunks_free(LeukoPhashChunks *c)
{
    if (!c)
        return;
    for (guint t = 0; t < c->n_tables; t++) {
        leuko_huge_free(c->tables[t].starts);
        leuko_huge_free(c->tables[t].entries);
    }
    g_free(c->all);
    g_free(c);
}

enum { AHEAD = 8 };
enum { MAX_KEYS = 2048 }; /* more than values with MAX_FLIPS other bits of 22 */

/* List the keys of the value, and of those that differ in at most n_flips bits from first_bit on.
 * Returns how many keys there are now. */
static guint list_keys(const Table *t, guint value, guint first_bit, guint n_flips, guint *keys,
                       guint n)
{
    keys[n++] = key_of(t, value);
    for (guint b = first_bit; n_flips > 0 && b < t->width; b++)
        n = list_keys(t, value ^ (1u << b), b + 1, n_flips - 1, keys, n);
    return n;
}

/* Most buckets hold no hash or one, in memory far apart. All are asked for before the first is
 * needed: their places, then their entries, then the hashes. */
static void visit_keys(const LeukoPhashChunks *c, guint number, const guint *keys, guint n_keys,
                       LeukoPhashVisitor visit, gpointer data)
{
    const Table *t = &c->tables[number];
    LeukoPhashBucket buckets[MAX_KEYS];
    guint n = 0;
    for (guint k = 0; k < n_keys; k++)
        __builtin_prefetch(&t->starts[keys[k]]);
    for (guint k = 0; k < n_keys; k++) {
        guint start = t->starts[keys[k]], end = t->starts[keys[k] + 1];
        buckets[n] = (LeukoPhashBucket){t->entries + start, end - start, number, keys[k]};
        __builtin_prefetch(buckets[n].entries);
        n += end > start ? 1 : 0;
    }
    for (guint b = 0; b < n; b++)
        for (guint i = 0; i < MIN(buckets[b].n, AHEAD); i++)
            __builtin_prefetch(&c->hashes[buckets[b].entries[i]]);
    for (guint b = 0; b < n; b++)
        visit(data, buckets[b]);
}

void leuko_phash_chunks_visit(const LeukoPhashChunks *c, const LeukoPhash *query,
                              LeukoPhashVisitor visit, gpointer data)
{
    guint keys[MAX_KEYS];
    if (c->all)
        visit(data, (LeukoPhashBucket){c->all, c->n, 0, 0});
    for (guint t = 0; t < c->n_tables; t++) {
        const Table *table = &c->tables[t];
        guint n = list_keys(table, value_of(table, query), 0, table->n_flips, keys, 0);
        visit_keys(c, t, keys, n, visit, data);
    }
}

struct LeukoPhashMarks {
    guint n_tables;
    gint *bits[MAX_TABLES];
};

LeukoPhashMarks *leuko_phash_marks_new(const LeukoPhashChunks *c)
{
    LeukoPhashMarks *m = g_new0(LeukoPhashMarks, 1);
    m->n_tables = MAX(c->n_tables, 1);
    m->bits[0] = c->n_tables ? NULL : g_new0(gint, 1);
    for (guint t = 0; t < c->n_tables; t++)
        m->bits[t] = g_new0(gint, ((gsize)1 << key_width(&c->tables[t])) / 32 + 1);
    return m;
}

void leuko_phash_marks_free(LeukoPhashMarks *m)
{
    if (!m)
        return;
    for (guint t = 0; t < m->n_tables; t++)
        g_free(m->bits[t]);
    g_free(m);
}

void leuko_phash_mark(LeukoPhashMarks *m, const LeukoPhashBucket *b)
{
    g_atomic_int_or((guint *)&m->bits[b->table][b->key / 32], 1u << (b->key % 32));
}

gboolean leuko_phash_is_marked(const LeukoPhashMarks *m, const LeukoPhashBucket *b)
{
    return (guint)g_atomic_int_get(&m->bits[b->table][b->key / 32]) >> (b->key % 32) & 1;
}

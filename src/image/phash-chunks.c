#include "image/phash-chunks.h"
#include "base/huge-memory.h"
#include "image/phash-plan.h"

/* Lookups and comparisons wait for memory. Measured. */
static const LeukoPhashCosts COSTS = {.probe = 30, .compare = 40, .scan = 3};

typedef struct {
    LeukoPhashTable bits;
    guint *starts;  /* (n_keys + 1) */
    guint *entries; /* (n) by key */
} Table;

struct LeukoPhashChunks {
    const LeukoPhash *hashes;
    guint n_tables;
    Table *tables;
};

/* Sort the hashes by key, counting first. */
static void fill_table(Table *t, const LeukoPhash *hashes, guint n)
{
    gsize n_keys = leuko_phash_n_keys(&t->bits);
    t->starts = leuko_huge_new0((n_keys + 1) * sizeof(guint));
    t->entries = leuko_huge_new0((n + 1) * sizeof(guint));
    for (guint i = 0; i < n; i++)
        t->starts[leuko_phash_key(&t->bits, &hashes[i])]++;
    guint end = 0;
    for (gsize k = 0; k <= n_keys; k++)
        t->starts[k] = end += t->starts[k];
    for (guint i = n; i-- > 0;)
        t->entries[--t->starts[leuko_phash_key(&t->bits, &hashes[i])]] = i;
}

LeukoPhashChunks *leuko_phash_chunks_new(const LeukoPhash *hashes, guint n, guint radius)
{
    LeukoPhashChunks *c = g_new0(LeukoPhashChunks, 1);
    g_autofree LeukoPhashTable *tables = g_new(LeukoPhashTable, LEUKO_PHASH_MAX_TABLES);
    c->hashes = hashes;
    c->n_tables = leuko_phash_plan(hashes, n, radius, &COSTS, tables);
    c->tables = g_new0(Table, c->n_tables);
    for (guint t = 0; t < c->n_tables; t++) {
        c->tables[t].bits = tables[t];
        fill_table(&c->tables[t], hashes, n);
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
    g_free(c->tables);
    g_free(c);
}

enum { AHEAD = 8 };

/* Most buckets hold no hash or one, in memory far apart. All are asked for before the first is
 * needed: their places, then their entries, then the hashes. */
static void visit_keys(const LeukoPhashChunks *c, const Table *t, const guint *keys, guint n_keys,
                       LeukoPhashVisitor visit, gpointer data)
{
    LeukoPhashBucket buckets[LEUKO_PHASH_MAX_KEYS];
    guint n = 0;
    for (guint k = 0; k < n_keys; k++)
        __builtin_prefetch(&t->starts[keys[k]]);
    for (guint k = 0; k < n_keys; k++) {
        guint start = t->starts[keys[k]], end = t->starts[keys[k] + 1];
        buckets[n] = (LeukoPhashBucket){t->entries + start, end - start};
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
    guint keys[LEUKO_PHASH_MAX_KEYS];
    for (guint t = 0; t < c->n_tables; t++) {
        const Table *table = &c->tables[t];
        guint n = leuko_phash_list_keys(&table->bits, leuko_phash_value(&table->bits, query), keys);
        visit_keys(c, table, keys, n, visit, data);
    }
}

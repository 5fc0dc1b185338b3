#include "image/phash-distinct.h"
#include "base/huge-memory.h"

static gint by_hash(gconstpointer a, gconstpointer b, gpointer hashes)
{
    guint x = *(const guint *)a, y = *(const guint *)b;
    const LeukoPhash *hx = (const LeukoPhash *)hashes + x, *hy = (const LeukoPhash *)hashes + y;
    for (guint w = 4; w-- > 0;)
        if (hx->bits[w] != hy->bits[w])
            return hx->bits[w] > hy->bits[w] ? 1 : -1;
    return (x > y) - (x < y);
}

void leuko_phash_entries_init(LeukoPhashEntries *e, const LeukoPhash *hashes, guint n)
{
    guint n_items = 0;
    e->n = 0;
    e->items = g_new(guint, n + 1);
    for (guint i = 0; i < n; i++)
        if (!leuko_phash_is_blank(&hashes[i]))
            e->items[n_items++] = i;
    if (n_items > 0)
        g_qsort_with_data(e->items, (gint)n_items, sizeof(guint), by_hash, (gpointer)hashes);
    e->hashes = leuko_huge_new0((n_items + 1) * sizeof(LeukoPhash));
    e->starts = g_new(guint, n_items + 1);
    for (guint i = 0; i < n_items; i++) {
        const LeukoPhash *hash = &hashes[e->items[i]];
        if (e->n > 0 && leuko_phash_distance(hash, &e->hashes[e->n - 1]) == 0)
            continue;
        e->starts[e->n] = i;
        e->hashes[e->n++] = *hash;
    }
    e->starts[e->n] = n_items;
}

void leuko_phash_entries_clear(LeukoPhashEntries *e)
{
    g_free(e->items);
    g_free(e->starts);
    leuko_huge_free(e->hashes);
}

#include "data/catalog-leaks.h"
#include <string.h>

/* Fill copy_of and same_as of the images of a cluster. */
static void fill_cluster(const LeukoCatalog *c, const LeukoDuplicates *d, guint cluster,
                         LeukoLeakItem *items)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal); /* sha256 -> item */
    guint start = d->starts[cluster];
    for (guint i = start; i < d->starts[cluster + 1]; i++) {
        guint item = d->items[i];
        gpointer before;
        items[item].copy_of = d->items[start];
        if (g_hash_table_lookup_extended(seen, leuko_catalog_item(c, item)->sha256, NULL, &before))
            items[item].same_as = GPOINTER_TO_UINT(before);
        else
            g_hash_table_insert(seen, leuko_catalog_item(c, item)->sha256, GUINT_TO_POINTER(item));
    }
}

LeukoLeaks *leuko_catalog_find_leaks(const LeukoCatalog *c, const LeukoDuplicates *d)
{
    guint n = c->has_splits ? c->items->len : 0;
    LeukoLeakItem *items = g_new0(LeukoLeakItem, n + 1);
    for (guint i = 0; i < n; i++) {
        const LeukoItem *item = leuko_catalog_item(c, i);
        items[i] = (LeukoLeakItem){.file = item->file,
                                   .group = c->has_groups ? item->group : "",
                                   .source = item->source,
                                   .split = item->problem ? -1 : item->split,
                                   .copy_of = i,
                                   .same_as = i};
    }
    for (guint k = 0; k < d->n_clusters && n > 0; k++)
        fill_cluster(c, d, k, items);
    return leuko_leaks_new(items, n);
}

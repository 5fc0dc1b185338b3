#include "data/duplicates.h"
#include <string.h>

static gint by_pair(gconstpointer a, gconstpointer b)
{
    const LeukoDuplicate *x = a, *y = b;
    return x->a != y->a ? (x->a > y->a) - (x->a < y->a) : (x->b > y->b) - (x->b < y->b);
}

GArray *leuko_catalog_find_duplicates(const LeukoCatalog *c)
{
    GArray *pairs = g_array_new(FALSE, FALSE, sizeof(LeukoDuplicate));
    g_autoptr(GArray) usable = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = c->items->pdata[i];
        if (!item->is_copy && !item->problem)
            g_array_append_val(usable, i);
    }
#pragma omp parallel for schedule(dynamic, 16)
    for (guint i = 0; i < usable->len; i++) {
        guint a = g_array_index(usable, guint, i);
        const LeukoItem *x = c->items->pdata[a];
        for (guint j = i + 1; j < usable->len; j++) {
            guint b = g_array_index(usable, guint, j);
            const LeukoItem *y = c->items->pdata[b];
            guint distance = leuko_phash_nearest(&x->phash, &y->phash);
            if (distance > LEUKO_PHASH_NEAR)
                continue;
            LeukoDuplicate pair = {a, b, strcmp(x->sha256, y->sha256) == 0, distance};
#pragma omp critical(duplicates)
            g_array_append_val(pairs, pair);
        }
    }
    g_array_sort(pairs, by_pair);
    return pairs;
}

#include "data/duplicates.h"
#include "base/plural.h"
#include "base/progress.h"
#include "image/copies.h"
#include <string.h>

enum { COUNTED = 1000 }; /* images of a cluster whose pairs are all counted */

static gboolean has_same_bytes(const LeukoItem *a, const LeukoItem *b)
{
    return strcmp(a->sha256, b->sha256) == 0;
}

guint leuko_duplicates_distance(const LeukoItem *a, const LeukoItem *b)
{
    return has_same_bytes(a, b) ? 0 : leuko_phash_nearest(&a->phash, &b->phash);
}

static gboolean is_compared(const LeukoItem *item) { return !item->is_copy && !item->problem; }

static gboolean load_thumbnail(gpointer data, guint i, LeukoThumbnail *out, GError **error)
{
    const LeukoCatalog *c = data;
    const LeukoItem *item = leuko_catalog_item(c, i);
    g_autofree gchar *path = g_build_filename(c->root, item->file, NULL);
    g_autoptr(GBytes) bytes = leuko_catalog_read(c, item, error);
    gsize n = 0;
    gconstpointer encoded = bytes ? g_bytes_get_data(bytes, &n) : NULL;
    g_autoptr(LeukoImage) image = bytes ? leuko_image_decode(encoded, n, path, error) : NULL;
    return image && leuko_thumbnail_of(image, out, error);
}

/* same (items): the lowest readable original with the same bytes. */
static void find_same_bytes(const LeukoCatalog *c, guint *same)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal); /* sha256 -> item */
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(c, i);
        gpointer before;
        same[i] = i;
        if (!is_compared(item))
            continue;
        if (g_hash_table_lookup_extended(seen, item->sha256, NULL, &before))
            same[i] = GPOINTER_TO_UINT(before);
        else
            g_hash_table_insert(seen, item->sha256, GUINT_TO_POINTER(i));
    }
}

static gboolean find_first(const LeukoCatalog *c, guint n_threads, GCancellable *cancellable,
                           guint *first, LeukoCopyWork *work, GError **error)
{
    guint n = c->items->len;
    g_autofree guint *same = g_new(guint, n + 1);
    g_autofree LeukoPhash *hashes = g_new0(LeukoPhash, n + 1);
    g_autofree LeukoCentered *centered = g_new0(LeukoCentered, n + 1);
    for (guint i = 0; i < n; i++)
        if (is_compared(leuko_catalog_item(c, i))) {
            hashes[i] = leuko_catalog_item(c, i)->phash;
            centered[i] = leuko_catalog_item(c, i)->centered;
        }
    find_same_bytes(c, same);
    const LeukoCopySearch search = {.n = n,
                                    .plain = hashes,
                                    .centered = centered,
                                    .same = same,
                                    .load = load_thumbnail,
                                    .data = (gpointer)c,
                                    .n_threads = n_threads,
                                    .cancellable = cancellable};
    return leuko_copies_find(&search, first, work, error);
}

/* Number the clusters of at least two by their first item, and list their items. */
static void list_items(LeukoDuplicates *d, const guint *first, guint n)
{
    g_autofree guint *size = g_new0(guint, n + 1), *place = g_new(guint, n + 1);
    guint n_items = 0;
    for (guint i = 0; i < n; i++)
        size[first[i]]++;
    for (guint i = 0; i < n; i++)
        if (size[i] > 1) {
            d->n_clusters++;
            n_items += size[i];
        }
    d->items = g_new(guint, n_items + 1);
    d->starts = g_new(guint, d->n_clusters + 1);
    d->starts[0] = 0;
    guint cluster = 0;
    for (guint i = 0; i < n; i++)
        if (size[i] > 1) {
            place[i] = d->starts[cluster];
            d->starts[cluster + 1] = place[i] + size[i];
            cluster++;
        }
    for (guint i = 0; i < n; i++)
        if (size[first[i]] > 1)
            d->items[place[first[i]]++] = i;
}

static void count_pairs(LeukoDuplicates *d, const LeukoCatalog *c, guint cluster)
{
    const guint *items = d->items + d->starts[cluster];
    guint n = d->starts[cluster + 1] - d->starts[cluster];
    for (guint i = 0; i < (n > COUNTED ? 1 : n); i++)
        for (guint j = i + 1; j < n; j++) {
            const LeukoItem *a = leuko_catalog_item(c, items[i]),
                            *b = leuko_catalog_item(c, items[j]);
            if (has_same_bytes(a, b))
                d->n_same_bytes++;
            else
                d->n_same_image++;
        }
}

static void report_unsure(const LeukoCatalog *c, guint n, LeukoReporter reporter)
{
    if (n > 0)
        leuko_report_line(reporter, "reading",
                          "WARNING: %s: %u %s more than %d others, of which only so many were "
                          "compared: copies among them may not be found",
                          c->root, n, leuko_plural(n, "image looks like", "images look like"),
                          LEUKO_COPIES_MAX_ALIGNED);
}

LeukoDuplicates *leuko_catalog_find_duplicates(const LeukoCatalog *c, guint n_threads,
                                               GCancellable *cancellable, LeukoReporter reporter,
                                               GError **error)
{
    g_autofree guint *first = g_new(guint, c->items->len + 1);
    LeukoCopyWork work;
    if (!find_first(c, MAX(n_threads, 1), cancellable, first, &work, error))
        return NULL;
    LeukoDuplicates *d = g_new0(LeukoDuplicates, 1);
    report_unsure(c, work.n_unsure, reporter);
    list_items(d, first, c->items->len);
    for (guint k = 0; k < d->n_clusters; k++)
        count_pairs(d, c, k);
    return d;
}

void leuko_duplicates_free(LeukoDuplicates *d)
{
    if (!d)
        return;
    g_free(d->items);
    g_free(d->starts);
    g_free(d);
}

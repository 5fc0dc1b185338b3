/* The second step of a catalog: a look at every image, and which of them are the same. */
#include "data/catalog.h"
#include "leuko/error.h"
#include <string.h>

typedef struct {
    LeukoCatalog *catalog;
    GCancellable *cancellable;
    LeukoReporter reporter;
    GMutex lock;
    guint n_done;
} Run;

static void inspect_one(gpointer data, gpointer user_data)
{
    LeukoItem *item = data;
    Run *run = user_data;
    if (g_cancellable_is_cancelled(run->cancellable))
        return;
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = g_build_filename(run->catalog->root, item->file, NULL);
    g_autofree gchar *bytes = NULL;
    if (g_file_get_contents(path, &bytes, &item->n_bytes, &error)) {
        g_autoptr(LeukoImage) image = leuko_image_decode(bytes, item->n_bytes, path, &error);
        item->sha256 =
            g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, item->n_bytes);
        item->format = leuko_image_sniff(bytes, item->n_bytes);
        if (image && leuko_phash(image, &item->phashes, &error)) {
            item->width = image->width;
            item->height = image->height;
        }
    }
    if (error)
        item->problem = g_strdup(error->message);
    g_mutex_lock(&run->lock);
    leuko_report(run->reporter, "reading", ++run->n_done, run->catalog->items->len, "images", NULL);
    g_mutex_unlock(&run->lock);
}

gboolean leuko_catalog_inspect(LeukoCatalog *c, guint n_threads, GCancellable *cancellable,
                               LeukoReporter reporter, GError **error)
{
    if (c->n_not_utf8 > 0)
        leuko_report_line(
            reporter, "reading",
            "WARNING: %s: %u images are passed over, for their names are not UTF-8; rename them",
            c->root, c->n_not_utf8);
    Run run = {.catalog = c, .cancellable = cancellable, .reporter = reporter};
    g_mutex_init(&run.lock);
    GThreadPool *pool = g_thread_pool_new(inspect_one, &run, (gint)MAX(n_threads, 1), TRUE, error);
    if (!pool)
        return FALSE;
    for (guint i = 0; i < c->items->len; i++)
        g_thread_pool_push(pool, c->items->pdata[i], NULL);
    g_thread_pool_free(pool, FALSE, TRUE);
    g_mutex_clear(&run.lock);
    return !leuko_is_cancelled(cancellable, error);
}

guint leuko_catalog_n_problems(const LeukoCatalog *c)
{
    guint n = 0;
    for (guint i = 0; i < c->items->len; i++)
        n += ((const LeukoItem *)c->items->pdata[i])->problem != NULL;
    return n;
}

static gint by_pair(gconstpointer a, gconstpointer b)
{
    const LeukoTwin *x = a, *y = b;
    return x->a != y->a ? (x->a > y->a) - (x->a < y->a) : (x->b > y->b) - (x->b < y->b);
}

GArray *leuko_catalog_twins(const LeukoCatalog *c)
{
    GArray *twins = g_array_new(FALSE, FALSE, sizeof(LeukoTwin));
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
            guint distance = leuko_phash_nearest(&x->phashes, &y->phashes.orientations[0]);
            if (distance > LEUKO_PHASH_NEAR)
                continue;
            LeukoTwin twin = {a, b, strcmp(x->sha256, y->sha256) == 0, distance};
#pragma omp critical(twins)
            g_array_append_val(twins, twin);
        }
    }
    g_array_sort(twins, by_pair);
    return twins;
}

#include "data/inspect.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/threads.h"

typedef struct {
    LeukoCatalog *catalog;
    GCancellable *cancellable;
    LeukoReporter reporter;
    GMutex lock;
    guint n_done, n_images;
} Run;

static gboolean has_notes(const LeukoImageNotes *n)
{
    return *n->samples || *n->pages || *n->color || n->n_bits_used;
}

/* Hash the pixels. */
static gboolean describe(LeukoItem *item, const LeukoImage *image, gboolean wants_fingerprint,
                         GError **error)
{
    LeukoLuma luma;
    if (!leuko_luma_of(image, &luma, error))
        return FALSE;
    leuko_phash_of_luma(&luma, &item->phash);
    leuko_centered_of(&luma, &item->centered);
    return !wants_fingerprint ||
           leuko_fingerprint_of(image, &item->phash, &item->fingerprint, error);
}

static void inspect_one(gpointer data, gpointer user_data)
{
    LeukoItem *item = data;
    Run *run = user_data;
    if (g_cancellable_is_cancelled(run->cancellable))
        return;
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = g_build_filename(run->catalog->root, item->file, NULL);
    g_autoptr(GBytes) encoded = leuko_catalog_read(run->catalog, item, &error);
    LeukoImageNotes notes = {0};
    if (encoded) {
        gconstpointer bytes = g_bytes_get_data(encoded, &item->n_bytes);
        g_autoptr(LeukoImage) image =
            leuko_image_decode_noted(bytes, item->n_bytes, path, &notes, &error);
        g_free(item->sha256);
        item->sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, item->n_bytes);
        item->format = leuko_image_sniff(bytes, item->n_bytes);
        if (image && describe(item, image, run->catalog->wants_fingerprints, &error)) {
            item->width = image->width;
            item->height = image->height;
            item->pixels = leuko_pixel_check(image);
            if (has_notes(&notes))
                item->notes = g_memdup2(&notes, sizeof notes);
        }
    }
    if (error)
        item->problem = g_strdup(error->message);
    g_mutex_lock(&run->lock);
    leuko_report(run->reporter, "reading", ++run->n_done, run->n_images, "images", NULL);
    g_mutex_unlock(&run->lock);
}

gboolean leuko_catalog_inspect(LeukoCatalog *c, guint n_threads, GCancellable *cancellable,
                               LeukoReporter reporter, GError **error)
{
    guint n_not_utf8 = leuko_walk_n_skipped(c->layout->walk, LEUKO_SKIP_NOT_UTF8);
    if (n_not_utf8 > 0)
        leuko_report_line(
            reporter, "reading", "WARNING: %s: %u %s", c->root, n_not_utf8,
            leuko_plural(n_not_utf8, "image is skipped because its name is not UTF-8; rename it",
                         "images are skipped because their names are not UTF-8; rename them"));
    for (guint i = 0; c->notes->pdata[i]; i++)
        leuko_report_line(reporter, "reading", "%s", (const char *)c->notes->pdata[i]);
    Run run = {.catalog = c, .cancellable = cancellable, .reporter = reporter};
    for (guint i = 0; i < c->items->len; i++)
        run.n_images += !c->keeps_described || !leuko_catalog_item(c, i)->is_described;
    if (run.n_images == 0)
        return !leuko_is_cancelled(cancellable, error);
    g_mutex_init(&run.lock);
    GThreadPool *pool = leuko_threads_pool(inspect_one, &run, n_threads, error);
    if (!pool)
        return FALSE;
    for (guint i = 0; i < c->items->len; i++)
        if (!c->keeps_described || !leuko_catalog_item(c, i)->is_described)
            g_thread_pool_push(pool, c->items->pdata[i], NULL);
    g_thread_pool_free(pool, FALSE, TRUE);
    g_mutex_clear(&run.lock);
    return !leuko_is_cancelled(cancellable, error);
}

guint leuko_catalog_n_unreadable(const LeukoCatalog *c)
{
    guint n = 0;
    for (guint i = 0; i < c->items->len; i++)
        n += ((const LeukoItem *)c->items->pdata[i])->problem != NULL;
    return n;
}

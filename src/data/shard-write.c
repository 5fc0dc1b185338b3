#include "data/shard-write.h"
#include "base/csv.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/rng.h"
#include "data/example.h"
#include "data/shard-names.h"
#include "data/tfrecord.h"
#include "image/image-file.h"
#include "leuko/split.h"
#include <string.h>

/* TensorFlow decodes JPEG and PNG; other formats are written as PNG, without loss. */
static GBytes *encoded_for_tensorflow(GBytes *bytes, const char *path, const char **format,
                                      GError **error)
{
    gsize n = 0;
    gconstpointer data = g_bytes_get_data(bytes, &n);
    const char *sniffed = leuko_image_sniff(data, n);
    if (sniffed && (strcmp(sniffed, "jpeg") == 0 || strcmp(sniffed, "png") == 0)) {
        *format = sniffed;
        return g_bytes_ref(bytes);
    }
    g_autoptr(LeukoImage) image = leuko_image_decode(data, n, path, error);
    *format = "png";
    return image ? leuko_image_encode(image, "png", 0, error) : NULL;
}

static gboolean write_item(LeukoDurable *shard, const LeukoCatalog *c, const LeukoItem *item,
                           GError **error)
{
    g_autofree gchar *path = g_build_filename(c->root, item->file, NULL);
    g_autofree gchar *contents = NULL;
    gsize n = 0;
    if (!leuko_image_read_file(path, &contents, &n, error))
        return FALSE;
    g_autoptr(GBytes) bytes = g_bytes_new_take(g_steal_pointer(&contents), n);
    g_autofree gchar *sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
    if (strcmp(sha256, item->sha256) != 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: the file changed during sorting",
                    path);
        return FALSE;
    }
    LeukoExample e = {.label = item->label,
                      .height = item->height,
                      .width = item->width,
                      .file = item->file,
                      .group = item->group,
                      .source = item->source,
                      .has_fingerprint = TRUE,
                      .fingerprint = item->fingerprint,
                      .has_centered = TRUE,
                      .centered = item->centered};
    const char *format = NULL;
    g_autoptr(GBytes) encoded = encoded_for_tensorflow(bytes, path, &format, error);
    if (!encoded)
        return FALSE;
    e.encoded = encoded;
    e.format = (gchar *)format;
    g_autoptr(GBytes) packed = leuko_example_pack(&e);
    gsize n_packed = 0;
    gconstpointer data = g_bytes_get_data(packed, &n_packed);
    return leuko_tfrecord_append(shard, data, n_packed, error);
}

/* Write the images of one split in random order, as many to each shard. */
static gboolean write_split(const LeukoCatalog *c, const gint *split, LeukoSplit which,
                            const LeukoShardOptions *o, const char *folder, GError **error)
{
    g_autoptr(GArray) chosen = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < c->items->len; i++)
        if (split[i] == (gint)which)
            g_array_append_val(chosen, i);
    if (chosen->len == 0)
        return TRUE;
    LeukoRng rng;
    leuko_rng_init(&rng, o->seed, leuko_split_name(which), 0);
    leuko_rng_shuffle(&rng, (guint *)(gpointer)chosen->data, chosen->len);
    guint per_shard = (chosen->len + o->n_shards - 1) / o->n_shards;
    for (guint s = 0; s < o->n_shards; s++) {
        g_autofree gchar *name =
            leuko_shard_name(o->prefix, leuko_split_name(which), s, o->n_shards);
        g_autofree gchar *path = g_build_filename(folder, name, NULL);
        g_autofree gchar *note = g_strdup_printf("shard %u", s);
        g_autoptr(LeukoDurable) shard = leuko_durable_new(path, error);
        if (!shard)
            return FALSE;
        guint end = MIN((s + 1) * per_shard, chosen->len);
        for (guint i = s * per_shard; i < end; i++) {
            if (leuko_is_cancelled(o->cancellable, error) ||
                !write_item(shard, c, c->items->pdata[g_array_index(chosen, guint, i)], error))
                return FALSE;
            leuko_report(o->reporter, leuko_split_name(which), i + 1, chosen->len, "images", note);
        }
        if (!leuko_durable_commit(shard, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean save_text(const char *folder, const char *name, const GString *text, GError **error)
{
    g_autofree gchar *path = g_build_filename(folder, name, NULL);
    return leuko_durable_set_contents(path, text->str, text->len, error);
}

static gboolean write_labels(const LeukoCatalog *c, const char *folder, GError **error)
{
    g_autoptr(GString) labels = g_string_new(NULL), classes = g_string_new(NULL),
                       none = g_string_new(NULL);
    for (guint k = 0; k < c->n_classes; k++) {
        g_string_append_printf(labels, "%u:%s\n", k, c->classes[k]);
        g_string_append_printf(classes, "%s\n", c->classes[k]);
    }
    return save_text(folder, "Labels.txt", labels, error) &&
           save_text(folder, "Classes.txt", classes, error) &&
           save_text(folder, "ledger.jsonl", none, error);
}

/* Write split.csv row by row: of a million images it has 200 MB. */
static gboolean write_table(const LeukoCatalog *c, const gint *split, const char *folder,
                            GError **error)
{
    g_autofree gchar *path = g_build_filename(folder, "split.csv", NULL);
    g_autoptr(LeukoDurable) file = leuko_durable_new(path, error);
    g_autoptr(GString) row = g_string_new("file,class,group,source,split,sha256,phash\n");
    gboolean ok = file && leuko_durable_write(file, row->str, row->len, error);
    for (guint i = 0; ok && i < c->items->len; i++) {
        const LeukoItem *item = c->items->pdata[i];
        if (split[i] < 0)
            continue;
        g_autofree gchar *phash = leuko_phash_to_text(&item->phash);
        const char *const fields[] = {item->file,
                                      c->classes[item->label],
                                      item->group,
                                      item->source,
                                      leuko_split_name((LeukoSplit)split[i]),
                                      item->sha256,
                                      phash};
        g_string_truncate(row, 0);
        for (gsize f = 0; f < G_N_ELEMENTS(fields); f++)
            leuko_csv_append(row, fields[f]);
        leuko_csv_end_row(row);
        ok = leuko_durable_write(file, row->str, row->len, error);
    }
    return ok && leuko_durable_commit(file, error);
}

gboolean leuko_shards_write(const LeukoCatalog *catalog, const gint *split,
                            const LeukoShardOptions *options, const char *folder, GError **error)
{
    for (LeukoSplit s = 0; s < LEUKO_N_SPLITS; s++)
        if (!write_split(catalog, split, s, options, folder, error))
            return FALSE;
    return write_labels(catalog, folder, error) && write_table(catalog, split, folder, error);
}

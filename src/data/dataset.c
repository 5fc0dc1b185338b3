#include "base/rng.h"
#include "data/dataset-private.h"
#include "data/example.h"
#include "leuko/error.h"
#include <string.h>

LeukoDataset *leuko_dataset_alloc(const char *path)
{
    LeukoDataset *d = g_new0(LeukoDataset, 1);
    g_atomic_ref_count_init(&d->refs);
    d->path = g_strdup(path);
    d->records = g_array_new(FALSE, FALSE, sizeof(LeukoRecord));
    d->strings = g_string_chunk_new(4096);
    return d;
}

void leuko_dataset_add(LeukoDataset *d, const char *file, const char *group, const char *source,
                       gint label)
{
    LeukoRecord r = {.file = g_string_chunk_insert(d->strings, file),
                     .group = g_string_chunk_insert_const(d->strings, group),
                     .source = g_string_chunk_insert_const(d->strings, source),
                     .label = label,
                     .key = leuko_hash64(file, strlen(file))};
    g_array_append_val(d->records, r);
    if (*group)
        d->has_groups = TRUE;
}

LeukoDataset *leuko_dataset_ref(LeukoDataset *d)
{
    g_atomic_ref_count_inc(&d->refs);
    return d;
}

void leuko_dataset_unref(LeukoDataset *d)
{
    if (!d || !g_atomic_ref_count_dec(&d->refs))
        return;
    g_free(d->path);
    g_strfreev(d->classes);
    g_array_unref(d->records);
    g_string_chunk_free(d->strings);
    if (d->shards)
        g_ptr_array_unref(d->shards);
    if (d->places)
        g_array_unref(d->places);
    g_free(d);
}

const char *leuko_dataset_path(const LeukoDataset *d) { return d->path; }

const gchar *const *leuko_dataset_classes(const LeukoDataset *d)
{
    return (const gchar *const *)d->classes;
}

guint leuko_dataset_n_classes(const LeukoDataset *d) { return d->n_classes; }

guint leuko_dataset_n_records(const LeukoDataset *d) { return d->records->len; }

const LeukoRecord *leuko_dataset_record(const LeukoDataset *d, guint index)
{
    g_assert(index < d->records->len);
    return &g_array_index(d->records, LeukoRecord, index);
}

gboolean leuko_dataset_has_groups(const LeukoDataset *d) { return d->has_groups; }

static GBytes *read_from_shard(const LeukoDataset *d, guint index, GError **error)
{
    const LeukoShardPlace *p = &g_array_index(d->places, LeukoShardPlace, index);
    g_autoptr(GBytes) data = leuko_tfrecord_read(d->shards->pdata[p->shard], &p->place, error);
    if (!data)
        return NULL;
    g_auto(LeukoExample) example = {0};
    if (!leuko_example_unpack(data, &example, leuko_dataset_record(d, index)->file, error))
        return NULL;
    return g_steal_pointer(&example.encoded);
}

GBytes *leuko_dataset_read(const LeukoDataset *d, guint index, GError **error)
{
    if (d->places)
        return read_from_shard(d, index, error);
    g_autofree gchar *path = g_build_filename(d->path, leuko_dataset_record(d, index)->file, NULL);
    g_autoptr(GError) why = NULL;
    gchar *contents = NULL;
    gsize n_bytes = 0;
    if (!g_file_get_contents(path, &contents, &n_bytes, &why)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path, why->message);
        return NULL;
    }
    return g_bytes_new_take(contents, n_bytes);
}

static void digest_text(GChecksum *sum, const char *text)
{
    g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1); /* with its NUL */
}

gchar *leuko_dataset_digest(const LeukoDataset *d, GError **error)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint k = 0; k < d->n_classes; k++)
        digest_text(sum, d->classes[k]);
    for (guint i = 0; i < d->records->len; i++) {
        const LeukoRecord *r = leuko_dataset_record(d, i);
        g_autoptr(GBytes) bytes = leuko_dataset_read(d, i, error);
        if (!bytes)
            return NULL;
        g_autofree gchar *label = g_strdup_printf("%d", r->label);
        g_autofree gchar *image = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
        digest_text(sum, r->file);
        digest_text(sum, label);
        digest_text(sum, r->group);
        digest_text(sum, image);
    }
    return g_strdup(g_checksum_get_string(sum));
}

/* A data set as the shards that sort wrote. */
#include "data/dataset-private.h"
#include "data/example.h"
#include "data/shard-names.h"
#include "leuko/error.h"
#include <stdlib.h>
#include <string.h>

/* Labels.txt: "0:name" a line, from 0 without gaps. */
static GStrv read_labels(const char *folder, GError **error)
{
    g_autofree gchar *path = g_build_filename(folder, "Labels.txt", NULL), *text = NULL;
    g_autoptr(GError) why = NULL;
    if (!g_file_get_contents(path, &text, NULL, &why)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path, why->message);
        return NULL;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    guint n = 0;
    for (guint i = 0; lines[i]; i++) {
        if (!*g_strchomp(lines[i]))
            continue;
        g_autofree gchar *start = g_strdup_printf("%u:", n);
        if (!g_str_has_prefix(lines[i], start) || !lines[i][strlen(start)]) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: line %u must be \"%sNAME\"",
                        path, i + 1, start);
            return NULL;
        }
        g_strv_builder_add(names, lines[i] + strlen(start));
        n++;
    }
    if (n == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: no labels", path);
        return NULL;
    }
    return g_strv_builder_end(names);
}

static gboolean index_shard(LeukoDataset *d, const char *path, GError **error)
{
    g_autoptr(LeukoTfrecord) reader = leuko_tfrecord_open(path, error);
    if (!reader)
        return FALSE;
    LeukoShardPlace p = {.shard = d->shards->len};
    GBytes *data = NULL;
    g_autoptr(GError) why = NULL;
    while (leuko_tfrecord_next(reader, &data, &p.place, &why)) {
        g_auto(LeukoExample) e = {0};
        g_autofree gchar *name =
            g_strdup_printf("%s: record %" G_GUINT64_FORMAT " at byte %" G_GUINT64_FORMAT, path,
                            p.place.number, p.place.offset);
        gboolean ok = leuko_example_unpack(data, &e, name, error);
        g_clear_pointer(&data, g_bytes_unref);
        if (!ok)
            return FALSE;
        if ((guint)e.label >= d->n_classes) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                        "%s: label %d, but Labels.txt has %u classes", name, e.label, d->n_classes);
            return FALSE;
        }
        if (!*e.file) { /* shards of the original carry no names */
            g_free(e.file);
            e.file = g_strdup_printf("record-%u", d->records->len);
            g_free(e.source);
            e.source = g_strdup(e.file);
        }
        leuko_dataset_add(d, e.file, e.group, e.source, e.label);
        g_array_append_val(d->places, p);
    }
    g_ptr_array_add(d->shards, g_steal_pointer(&reader));
    if (why) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    return TRUE;
}

gboolean leuko_dataset_has_split(const char *path, const char *split)
{
    g_autoptr(GPtrArray) shards = leuko_shard_names(path, split, NULL);
    return shards && shards->len > 0;
}

static void refuse_absent(const char *path, const char *split, GError **error)
{
    GString *there = g_string_new(NULL);
    for (guint i = 0; leuko_split_names[i]; i++)
        if (leuko_dataset_has_split(path, leuko_split_names[i]))
            g_string_append_printf(there, "%s%s", there->len ? ", " : "", leuko_split_names[i]);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                there->len ? "%s: has no %s shards, only %s" : "%s: has no %s shards%s", path,
                split, there->str);
    g_string_free(there, TRUE);
}

LeukoDataset *leuko_dataset_open_shards(const char *path, const char *split, GError **error)
{
    g_autoptr(GPtrArray) shards = leuko_shard_names(path, split, error);
    if (!shards)
        return NULL;
    if (shards->len == 0) {
        refuse_absent(path, split, error);
        return NULL;
    }
    g_autoptr(LeukoDataset) d = leuko_dataset_alloc(path);
    d->shards = g_ptr_array_new_with_free_func((GDestroyNotify)leuko_tfrecord_close);
    d->places = g_array_new(FALSE, FALSE, sizeof(LeukoShardPlace));
    d->classes = read_labels(path, error);
    if (!d->classes)
        return NULL;
    d->n_classes = g_strv_length(d->classes);
    for (guint i = 0; i < shards->len; i++) {
        g_autofree gchar *file = g_build_filename(path, shards->pdata[i], NULL);
        if (!index_shard(d, file, error))
            return NULL;
    }
    if (d->records->len == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: its %s shards are empty", path,
                    split);
        return NULL;
    }
    return g_steal_pointer(&d);
}

#include "data/shards.h"
#include "base/io-error.h"
#include "base/plural.h"
#include "data/shard-names.h"
#include "leuko/error.h"
#include "leuko/split.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_LABELS = 65536 };

GStrv leuko_shard_labels(const char *folder, GError **error)
{
    g_autofree gchar *path = g_build_filename(folder, "Labels.txt", NULL), *text = NULL;
    if (!leuko_read_file(path, &text, NULL, error))
        return NULL;
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    guint n = 0, number = 1;
    for (char *line = text, *next; line; line = next, number++) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (!*g_strchomp(line))
            continue;
        g_autofree gchar *start = g_strdup_printf("%u:", n);
        if (!g_str_has_prefix(line, start) || !line[strlen(start)] || n == MAX_LABELS) {
            if (n == MAX_LABELS)
                g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: more than %d labels", path,
                            MAX_LABELS);
            else
                g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                            "%s: line %u must be \"%sNAME\"", path, number, start);
            return NULL;
        }
        g_strv_builder_add(names, line + strlen(start));
        n++;
    }
    if (n == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: has no labels", path);
        return NULL;
    }
    return g_strv_builder_end(names);
}

void leuko_shard_set_free(LeukoShardSet *set)
{
    if (!set)
        return;
    g_strfreev(set->classes);
    g_array_unref(set->records);
    g_clear_pointer(&set->hashes, g_array_unref);
    leuko_shard_files_free(set->files);
    g_string_chunk_free(set->strings);
    g_free(set);
}

gboolean leuko_shard_unpack(GBytes *data, guint n_classes, LeukoExample *example, const char *name,
                            GError **error)
{
    if (!leuko_example_unpack(data, example, name, error))
        return FALSE;
    if ((guint)example->label < n_classes)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: label %d, but Labels.txt has %u %s",
                name, example->label, n_classes, leuko_plural(n_classes, "class", "classes"));
    return FALSE;
}

/* Shards of the original program carry no file names. */
static void name_unnamed(LeukoExample *example, guint number)
{
    if (*example->file)
        return;
    g_free(example->file);
    g_free(example->source);
    example->file = g_strdup_printf("record-%u", number);
    example->source = g_strdup(example->file);
}

static LeukoShardHashes hashes_of(const LeukoExample *example)
{
    return (LeukoShardHashes){example->has_fingerprint && example->has_centered,
                              example->fingerprint, example->centered};
}

static gboolean index_record(LeukoShardSet *set, GBytes *data, const char *path,
                             const LeukoTfrecordPosition *position, GError **error)
{
    g_auto(LeukoExample) example = {0};
    g_autofree gchar *name =
        g_strdup_printf("%s: record %" G_GUINT64_FORMAT " at byte %" G_GUINT64_FORMAT, path,
                        position->number, position->offset);
    if (!leuko_shard_unpack(data, set->n_classes, &example, name, error))
        return FALSE;
    name_unnamed(&example, set->records->len);
    const char *file = g_string_chunk_insert(set->strings, example.file);
    const LeukoShardRecord record = {
        .file = file,
        .group = g_string_chunk_insert_const(set->strings, example.group),
        .source = strcmp(example.source, example.file) == 0
                      ? file
                      : g_string_chunk_insert_const(set->strings, example.source),
        .label = example.label,
        .shard = leuko_shard_files_n(set->files),
        .position = *position};
    g_array_append_val(set->records, record);
    if (set->hashes) {
        LeukoShardHashes hashes = hashes_of(&example);
        g_array_append_val(set->hashes, hashes);
    }
    return TRUE;
}

static gboolean index_shard(LeukoShardSet *set, const char *path, GError **error)
{
    g_autoptr(LeukoTfrecord) reader = leuko_tfrecord_open(path, error);
    if (!reader)
        return FALSE;
    LeukoTfrecordPosition position;
    GBytes *data = NULL;
    g_autoptr(GError) why = NULL;
    while (leuko_tfrecord_next(reader, &data, &position, &why)) {
        gboolean ok = index_record(set, data, path, &position, error);
        g_clear_pointer(&data, g_bytes_unref);
        if (!ok)
            return FALSE;
    }
    leuko_shard_files_add(set->files, path, reader);
    if (why) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    return TRUE;
}

static void refuse_absent(const char *path, const char *split, GError **error)
{
    g_autoptr(GString) present = g_string_new(NULL);
    for (LeukoSplit i = 0; i < LEUKO_N_SPLITS; i++)
        if (leuko_shard_names_exist(path, leuko_split_name(i)))
            g_string_append_printf(present, "%s%s", present->len ? ", " : "", leuko_split_name(i));
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                present->len ? "%s: has no %s shards, only %s" : "%s: has no %s shards%s", path,
                split, present->str);
}

LeukoShardSet *leuko_shard_set_open(const char *path, const char *split, gboolean with_hashes,
                                    GError **error)
{
    g_autoptr(GPtrArray) shards = leuko_shard_names(path, split, error);
    if (!shards)
        return NULL;
    if (shards->len == 0) {
        refuse_absent(path, split, error);
        return NULL;
    }
    g_autoptr(LeukoShardSet) set = g_new0(LeukoShardSet, 1);
    set->files = leuko_shard_files_new();
    set->records = g_array_new(FALSE, FALSE, sizeof(LeukoShardRecord));
    if (with_hashes)
        set->hashes = g_array_new(FALSE, FALSE, sizeof(LeukoShardHashes));
    set->strings = g_string_chunk_new(4096);
    set->classes = leuko_shard_labels(path, error);
    if (!set->classes)
        return NULL;
    set->n_classes = g_strv_length(set->classes);
    for (guint i = 0; i < shards->len; i++) {
        g_autofree gchar *file = g_build_filename(path, shards->pdata[i], NULL);
        if (!index_shard(set, file, error))
            return NULL;
    }
    if (set->records->len == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: the %s shards are empty", path,
                    split);
        return NULL;
    }
    return g_steal_pointer(&set);
}

/* The caller clears *example, also after an error. */
static gboolean read_record(const LeukoShardSet *set, guint index, LeukoExample *example,
                            GError **error)
{
    const LeukoShardRecord *record = &g_array_index(set->records, LeukoShardRecord, index);
    g_autoptr(GBytes) data =
        leuko_shard_files_read(set->files, record->shard, &record->position, error);
    return data && leuko_example_unpack(data, example, record->file, error);
}

GBytes *leuko_shard_set_read(const LeukoShardSet *set, guint index, GError **error)
{
    g_auto(LeukoExample) example = {0};
    return read_record(set, index, &example, error) ? g_steal_pointer(&example.encoded) : NULL;
}

gboolean leuko_shard_set_read_hashes(const LeukoShardSet *set, guint index, LeukoShardHashes *out)
{
    g_auto(LeukoExample) example = {0};
    if (!read_record(set, index, &example, NULL))
        return FALSE;
    *out = hashes_of(&example);
    return out->present;
}

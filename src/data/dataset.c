#include "leuko/dataset.h"
#include "base/io-error.h"
#include "base/rng.h"
#include "data/layout.h"
#include "data/naming.h"
#include "data/shard-names.h"
#include "data/shards.h"
#include "leuko/error.h"
#include <string.h>

struct LeukoDataset {
    gatomicrefcount refs;
    gchar *path;
    const gchar *const *classes; /* of the layout or of the shards */
    guint n_classes;
    GArray *records; /* of LeukoRecord */
    gboolean has_groups;
    LeukoLayout *layout;   /* a folder per class, else NULL */
    GStringChunk *groups;  /* the group names of the layout's images */
    LeukoShardSet *shards; /* shards, else NULL */
};

static LeukoDataset *dataset_new(const char *path)
{
    LeukoDataset *d = g_new0(LeukoDataset, 1);
    g_atomic_ref_count_init(&d->refs);
    d->path = g_strdup(path);
    d->records = g_array_new(FALSE, FALSE, sizeof(LeukoRecord));
    d->groups = g_string_chunk_new(1024);
    return d;
}

/* The strings are borrowed. */
static void add_record(LeukoDataset *d, const char *file, const char *group, const char *source,
                       gint label)
{
    LeukoRecord r = {.file = file,
                     .group = group,
                     .source = source,
                     .label = label,
                     .key = leuko_hash64(file, strlen(file))};
    g_array_append_val(d->records, r);
    if (*group)
        d->has_groups = TRUE;
}

LeukoDataset *leuko_dataset_open_folder(const char *path, const char *group_by, GError **error)
{
    g_autoptr(GRegex) regex = group_by ? leuko_naming_group_regex(group_by, error) : NULL;
    if (group_by && !regex)
        return NULL;
    LeukoLayout *layout = leuko_layout_read_classes(path, error);
    if (!layout)
        return NULL;
    LeukoDataset *d = dataset_new(path);
    d->layout = layout;
    d->classes = (const gchar *const *)layout->classes;
    d->n_classes = layout->n_classes;
    for (guint i = 0; i < layout->files->len; i++) {
        const char *file = layout->files->pdata[i];
        g_autofree gchar *group =
            regex ? leuko_naming_group(regex, file, LEUKO_GROUP_OPTIONAL, NULL) : g_strdup("");
        add_record(d, file, g_string_chunk_insert_const(d->groups, group), file,
                   g_array_index(layout->labels, gint, i));
    }
    return d;
}

LeukoDataset *leuko_dataset_open_shards(const char *path, const char *split, GError **error)
{
    LeukoShardSet *shards = leuko_shard_set_open(path, split, error);
    if (!shards)
        return NULL;
    LeukoDataset *d = dataset_new(path);
    d->shards = shards;
    d->classes = (const gchar *const *)shards->classes;
    d->n_classes = shards->n_classes;
    for (guint i = 0; i < shards->records->len; i++) {
        const LeukoShardRecord *r = &g_array_index(shards->records, LeukoShardRecord, i);
        add_record(d, r->file, r->group, r->source, r->label);
    }
    return d;
}

gboolean leuko_dataset_has_split(const char *path, const char *split)
{
    return leuko_shard_names_exist(path, split);
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
    g_array_unref(d->records);
    leuko_layout_free(d->layout);
    g_string_chunk_free(d->groups);
    leuko_shard_set_free(d->shards);
    g_free(d);
}

const char *leuko_dataset_path(const LeukoDataset *d) { return d->path; }

const gchar *const *leuko_dataset_classes(const LeukoDataset *d) { return d->classes; }

guint leuko_dataset_n_classes(const LeukoDataset *d) { return d->n_classes; }

guint leuko_dataset_n_records(const LeukoDataset *d) { return d->records->len; }

const LeukoRecord *leuko_dataset_record(const LeukoDataset *d, guint index)
{
    g_assert(index < d->records->len);
    return &g_array_index(d->records, LeukoRecord, index);
}

gboolean leuko_dataset_has_groups(const LeukoDataset *d) { return d->has_groups; }

guint leuko_dataset_n_skipped(const LeukoDataset *d)
{
    return d->layout ? d->layout->walk->skipped->len : 0;
}

const char *leuko_dataset_skipped(const LeukoDataset *d, guint index, const char **reason)
{
    g_assert(index < leuko_dataset_n_skipped(d));
    const LeukoSkipped *skipped = d->layout->walk->skipped->pdata[index];
    if (reason)
        *reason = leuko_skip_reason_text(skipped->reason);
    return skipped->path;
}

GBytes *leuko_dataset_read(const LeukoDataset *d, guint index, GError **error)
{
    if (d->shards)
        return leuko_shard_set_read(d->shards, index, error);
    g_autofree gchar *path = g_build_filename(d->path, leuko_dataset_record(d, index)->file, NULL);
    gchar *contents = NULL;
    gsize n_bytes = 0;
    if (!leuko_read_file(path, &contents, &n_bytes, error))
        return NULL;
    return g_bytes_new_take(contents, n_bytes);
}

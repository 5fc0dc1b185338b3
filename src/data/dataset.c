#include "leuko/dataset.h"
#include "base/rng.h"
#include "data/catalog.h"
#include "data/class-map.h"
#include "data/dataset-view.h"
#include "data/shard-names.h"
#include "data/shards.h"
#include "data/stored-hashes.h"
#include "image/image-file.h"
#include "leuko/error.h"
#include "leuko/split.h"
#include <string.h>

struct LeukoDataset {
    gatomicrefcount refs;
    gchar *path;
    const gchar *const *classes; /* of the catalog, of the shards, or `renamed` */
    guint n_classes;
    GArray *records; /* of LeukoRecord */
    gboolean has_groups;
    LeukoCatalog *catalog; /* a folder of images, else NULL */
    LeukoShardSet *shards; /* shards, else NULL */
    GStrv renamed;         /* the classes' other names, or NULL */
    GPtrArray *parts;      /* of LeukoDataset: those of a view, else NULL */
    GArray *places;        /* of LeukoRecordPlace, one for each record of a view */
};

static LeukoDataset *dataset_new(const char *path)
{
    LeukoDataset *d = g_new0(LeukoDataset, 1);
    g_atomic_ref_count_init(&d->refs);
    d->path = g_strdup(path);
    d->records = g_array_new(FALSE, FALSE, sizeof(LeukoRecord));
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

static gboolean has_items(const LeukoCatalog *c, gint split)
{
    for (guint i = 0; i < c->items->len; i++)
        if (((const LeukoItem *)c->items->pdata[i])->split == split)
            return TRUE;
    return FALSE;
}

/* The first of the splits that has images: its number, -1 for all images, -2 with an error. */
static gint choose_split(const LeukoCatalog *c, const char *const *splits, const char **chosen,
                         GError **error)
{
    *chosen = NULL;
    if (!c->has_splits || !splits)
        return -1;
    for (guint k = 0; splits[k]; k++)
        if (has_items(c, (gint)leuko_split_find(splits[k]))) {
            *chosen = splits[k];
            return (gint)leuko_split_find(splits[k]);
        }
    g_autoptr(GString) present = g_string_new(NULL);
    for (gint s = 0; s < LEUKO_N_SPLITS; s++)
        if (has_items(c, s))
            g_string_append_printf(present, "%s%s", present->len ? ", " : "",
                                   leuko_split_name((LeukoSplit)s));
    g_autofree gchar *wanted = g_strjoinv(" or ", (gchar **)splits);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: has no %s images, only %s", c->root,
                wanted, present->str);
    return -2;
}

/* The images of the splits whose bits are set; takes the catalog over. */
static LeukoDataset *from_catalog(const char *path, LeukoCatalog *c, guint splits)
{
    LeukoDataset *d = dataset_new(path);
    d->classes = (const gchar *const *)c->classes;
    d->n_classes = c->n_classes;
    d->catalog = c;
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = c->items->pdata[i];
        if (item->split < 0 || (splits & (1u << item->split)))
            add_record(d, item->file, item->group, item->source, item->label);
    }
    return d;
}

LeukoDataset *leuko_dataset_open_images(const char *path, const LeukoFolderOptions *options,
                                        const char *const *splits, const char **chosen,
                                        GError **error)
{
    g_autoptr(LeukoCatalog) c = leuko_catalog_new(path, options, error);
    const char *none;
    gint split = c ? choose_split(c, splits, chosen ? chosen : &none, error) : -2;
    if (split == -2)
        return NULL;
    return from_catalog(path, g_steal_pointer(&c), split < 0 ? G_MAXUINT : 1u << split);
}

LeukoDataset *leuko_dataset_open_image_splits(const char *path, const LeukoFolderOptions *options,
                                              const char *const *splits, GStrv *opened,
                                              GError **error)
{
    g_autoptr(LeukoCatalog) c = leuko_catalog_new(path, options, error);
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    const char *first;
    guint mask = 0;
    *opened = NULL;
    if (!c || choose_split(c, splits, &first, error) == -2)
        return NULL;
    if (!first)
        return from_catalog(path, g_steal_pointer(&c), G_MAXUINT);
    for (guint k = 0; splits[k]; k++)
        if (has_items(c, (gint)leuko_split_find(splits[k]))) {
            mask |= 1u << leuko_split_find(splits[k]);
            g_strv_builder_add(names, splits[k]);
        }
    *opened = g_strv_builder_end(names);
    return from_catalog(path, g_steal_pointer(&c), mask);
}

LeukoDataset *leuko_dataset_open_folder(const char *path, const char *group_by, GError **error)
{
    const LeukoFolderOptions options = {.group_by = group_by, .group_is_optional = TRUE};
    return leuko_dataset_open_images(path, &options, NULL, NULL, error);
}

LeukoDataset *leuko_dataset_open_shards(const char *path, const char *split, GError **error)
{
    LeukoShardSet *shards = leuko_shard_set_open(path, split, FALSE, error);
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

LeukoDataset *leuko_dataset_view(LeukoDataset *const *parts, guint n_parts,
                                 const LeukoRecordPlace *places, guint n)
{
    LeukoDataset *d = dataset_new(leuko_dataset_path(parts[0]));
    d->classes = leuko_dataset_classes(parts[0]);
    d->n_classes = leuko_dataset_n_classes(parts[0]);
    d->parts = g_ptr_array_new_with_free_func((GDestroyNotify)leuko_dataset_unref);
    for (guint i = 0; i < n_parts; i++) {
        g_assert(g_strv_equal(d->classes, leuko_dataset_classes(parts[i])));
        g_ptr_array_add(d->parts, leuko_dataset_ref(parts[i]));
    }
    d->places = g_array_new(FALSE, FALSE, sizeof(LeukoRecordPlace));
    g_array_append_vals(d->places, places, n);
    for (guint i = 0; i < n; i++) {
        const LeukoRecord *r = leuko_dataset_record(parts[places[i].part], places[i].record);
        add_record(d, r->file, r->group, r->source, r->label);
    }
    return d;
}

/* Where record `index` of a view comes from: the data set; *record gets the index in it. */
static const LeukoDataset *find_part(const LeukoDataset *d, guint index, guint *record)
{
    const LeukoRecordPlace *place = &g_array_index(d->places, LeukoRecordPlace, index);
    *record = place->record;
    return d->parts->pdata[place->part];
}

/* Other names of classes; classes that get one name become one. */
static gboolean rename_classes(LeukoDataset *d, const char *text, GError **error)
{
    g_autoptr(GHashTable) map = leuko_class_map_parse(text, error);
    g_autofree const char **names = g_memdup2(d->classes, (d->n_classes + 1) * sizeof(char *));
    if (!map || !leuko_class_map_apply(map, names, d->n_classes, error))
        return FALSE;
    GStrv renamed = leuko_distinct_names(names, d->n_classes);
    g_autofree gint *label = g_new(gint, d->n_classes + 1);
    for (guint k = 0; k < d->n_classes; k++)
        for (label[k] = 0; strcmp(renamed[label[k]], names[k]) != 0;)
            label[k]++;
    for (guint i = 0; i < d->records->len; i++) {
        LeukoRecord *r = &g_array_index(d->records, LeukoRecord, i);
        r->label = r->label < 0 ? -1 : label[r->label];
    }
    d->renamed = renamed;
    d->classes = (const gchar *const *)renamed;
    d->n_classes = g_strv_length(renamed);
    return TRUE;
}

static gboolean is_for_folders(const LeukoFolderOptions *o)
{
    return o->group_by || o->group_by_path || o->groups || o->labels || o->layout ||
           o->labels_from_names;
}

LeukoDataset *leuko_dataset_open_shards_as(const char *path, const char *split,
                                           const LeukoFolderOptions *options, GError **error)
{
    if (is_for_folders(options)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: holds shards, which have their classes and groups already; the layout, "
                    "labels and groups cannot be set",
                    path);
        return NULL;
    }
    g_autoptr(LeukoDataset) d = leuko_dataset_open_shards(path, split, error);
    return d && (!options->classes || rename_classes(d, options->classes, error))
               ? g_steal_pointer(&d)
               : NULL;
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
    leuko_catalog_free(d->catalog);
    leuko_shard_set_free(d->shards);
    g_strfreev(d->renamed);
    g_clear_pointer(&d->parts, g_ptr_array_unref);
    g_clear_pointer(&d->places, g_array_unref);
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

const char *leuko_dataset_layout(const LeukoDataset *d)
{
    if (d->parts)
        return leuko_dataset_layout(d->parts->pdata[0]);
    return d->catalog ? d->catalog->text : NULL;
}

const gchar *const *leuko_dataset_notes(const LeukoDataset *d)
{
    static const gchar *const none[] = {NULL};
    return d->catalog ? (const gchar *const *)d->catalog->notes->pdata : none;
}

guint leuko_dataset_n_skipped(const LeukoDataset *d)
{
    return d->catalog ? d->catalog->layout->walk->skipped->len : 0;
}

const char *leuko_dataset_skipped(const LeukoDataset *d, guint index, const char **reason)
{
    g_assert(index < leuko_dataset_n_skipped(d));
    const LeukoSkipped *skipped = d->catalog->layout->walk->skipped->pdata[index];
    if (reason)
        *reason = leuko_skipped_text(skipped);
    return skipped->path;
}

gboolean leuko_dataset_stored_hashes(const LeukoDataset *d, guint index, LeukoFingerprint *print,
                                     LeukoCentered *centered)
{
    while (d->parts)
        d = find_part(d, index, &index);
    LeukoShardHashes hashes;
    if (!d->shards || !leuko_shard_set_read_hashes(d->shards, index, &hashes))
        return FALSE;
    *print = hashes.fingerprint;
    if (centered)
        *centered = hashes.centered;
    return TRUE;
}

GBytes *leuko_dataset_read(const LeukoDataset *d, guint index, GError **error)
{
    while (d->parts)
        d = find_part(d, index, &index);
    if (d->shards)
        return leuko_shard_set_read(d->shards, index, error);
    g_autofree gchar *path = g_build_filename(d->path, leuko_dataset_record(d, index)->file, NULL);
    gchar *contents = NULL;
    gsize n_bytes = 0;
    if (!leuko_image_read_file(path, &contents, &n_bytes, error))
        return NULL;
    return g_bytes_new_take(contents, n_bytes);
}

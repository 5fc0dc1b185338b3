#include "data/catalog.h"
#include "base/csv.h"
#include "base/error.h"
#include "data/catalog-names.h"
#include "data/catalog-tables.h"
#include "data/copy-names.h"
#include "data/naming.h"
#include "image/image-file.h"
#include "leuko/error.h"
#include <string.h>

static void item_free(gpointer data)
{
    LeukoItem *item = data;
    g_free(item->problem);
    g_free(item->sha256);
    g_free(item->notes);
    g_free(item);
}

void leuko_catalog_free(LeukoCatalog *c)
{
    if (!c)
        return;
    g_free(c->root);
    leuko_layout_free(c->layout);
    g_free(c->text);
    g_ptr_array_unref(c->notes);
    g_strfreev(c->classes);
    g_ptr_array_unref(c->items);
    g_string_chunk_free(c->strings);
    for (LeukoSplit i = 0; i < LEUKO_N_SPLITS; i++)
        leuko_shard_set_free(c->shards[i]);
    g_free(c);
}

GPtrArray *leuko_catalog_items_new(void) { return g_ptr_array_new_with_free_func(item_free); }

GBytes *leuko_catalog_read(const LeukoCatalog *c, const LeukoItem *item, GError **error)
{
    if (item->split >= 0 && c->shards[item->split])
        return leuko_shard_set_read(c->shards[item->split], item->record, error);
    g_autofree gchar *path = g_build_filename(c->root, item->file, NULL), *bytes = NULL;
    gsize n_bytes;
    return leuko_image_read_file(path, &bytes, &n_bytes, error)
               ? g_bytes_new_take(g_steal_pointer(&bytes), n_bytes)
               : NULL;
}

static void add_item(LeukoCatalog *c, guint i)
{
    LeukoItem *item = g_new0(LeukoItem, 1);
    gchar *group = c->layout->groups->pdata[i];
    item->file = item->source = c->layout->files->pdata[i];
    item->group = group ? group : "";
    item->split = g_array_index(c->layout->splits, gint, i);
    g_ptr_array_add(c->items, item);
}

static gchar *stem_of(const char *file) { return g_strndup(file, leuko_naming_stem(file)); }

/* Find copies by their names: the image named after the prefix must exist too. */
static void find_copies_by_name(LeukoCatalog *c)
{
    g_autoptr(GHashTable) by_stem = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < c->items->len; i++) {
        LeukoItem *item = c->items->pdata[i];
        g_hash_table_insert(by_stem, stem_of(item->file), item);
    }
    for (guint i = 0; i < c->items->len; i++) {
        LeukoItem *item = c->items->pdata[i];
        const char *slash = strrchr(item->file, '/'), *name = slash ? slash + 1 : item->file;
        gsize n = leuko_naming_copy_prefix(name);
        if (n == 0)
            continue;
        g_autofree gchar *plain =
            g_strdup_printf("%.*s%s", (int)(name - item->file), item->file, name + n);
        g_autofree gchar *stem = stem_of(plain);
        const LeukoItem *source = g_hash_table_lookup(by_stem, stem);
        if (!source)
            continue;
        item->source = source->file;
        item->is_copy = c->has_copies = TRUE;
    }
}

/* Find copies by augment.csv. FALSE without error: the folder has no such table. */
static gboolean find_copies_by_table(LeukoCatalog *c, GError **error)
{
    g_autofree gchar *path = g_build_filename(c->root, "augment.csv", NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return FALSE;
    g_autoptr(LeukoCsv) csv = leuko_csv_load(path, error);
    if (!csv)
        return FALSE;
    gint file = leuko_csv_column(csv, "file", error);
    gint source = file < 0 ? -1 : leuko_csv_column(csv, "source", error);
    gint operation = source < 0 ? -1 : leuko_csv_column(csv, "operation", error);
    if (operation < 0)
        return FALSE;
    g_autoptr(GHashTable) rows = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint r = 0; r < leuko_csv_n_rows(csv); r++)
        g_hash_table_insert(rows, (gpointer)leuko_csv_get(csv, r, file), GUINT_TO_POINTER(r + 1));
    for (guint i = 0; i < c->items->len; i++) {
        LeukoItem *item = c->items->pdata[i];
        g_autofree gchar *shown = leuko_one_line(item->file); /* as leuko_csv_append() wrote it */
        guint r = GPOINTER_TO_UINT(g_hash_table_lookup(rows, item->file));
        if (r == 0)
            r = GPOINTER_TO_UINT(g_hash_table_lookup(rows, shown));
        if (r == 0) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s: has no row for %s, so its source is not known; augment the folder "
                        "again or remove the image",
                        path, item->file);
            return FALSE;
        }
        item->source = g_string_chunk_insert_const(c->strings, leuko_csv_get(csv, r - 1, source));
        item->is_copy = strcmp(leuko_csv_get(csv, r - 1, operation), "original") != 0;
        c->has_copies |= item->is_copy;
    }
    return TRUE;
}

static gboolean find_copies(LeukoCatalog *c, GError **error)
{
    g_autoptr(GError) why = NULL;
    if (find_copies_by_table(c, &why))
        return TRUE;
    if (why) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    find_copies_by_name(c);
    leuko_catalog_join_names(c);
    return TRUE;
}

/* "layout class/group: a folder per class, in each a folder per group, such as a/P1/x.png; ..." */
static void describe(LeukoCatalog *c, const LeukoFolderOptions *o)
{
    gboolean by_folder = leuko_pattern_find(&c->layout->pattern, LEUKO_LEVEL_CLASS) >= 0;
    g_autofree gchar *pattern = leuko_pattern_text(&c->layout->pattern);
    g_autofree gchar *words = leuko_layout_describe(c->layout);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "layout %s%s: %s, such as %s", pattern,
                           o->layout ? ", as given" : "", words,
                           ((const LeukoItem *)c->items->pdata[0])->file);
    if (c->n_classes == 0)
        g_string_append(text, "; no classes");
    else if (o->labels)
        g_string_append_printf(text, "; classes by %s", o->labels);
    else if (o->labels_from_names || !by_folder)
        g_string_append(text, "; classes by the digit at the end of each name");
    if (o->groups)
        g_string_append_printf(text, "; groups by %s", o->groups);
    c->text = leuko_one_line(text->str);
}

/* The length of a name without "_mask", "-seg", ..., or 0. */
static gsize without_mask(const char *stem)
{
    static const char *const endings[] = {"mask", "masks", "seg", "segmentation", "annotated"};
    gsize n = strlen(stem);
    for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
        gsize k = strlen(endings[i]);
        if (n > k + 1 && g_ascii_strcasecmp(stem + n - k, endings[i]) == 0 &&
            strchr("_- ", stem[n - k - 1]))
            return n - k - 1;
    }
    return 0;
}

/* "c0_mask.png" beside "c0.png" is drawn from it, and no cell. */
static void note_masks(LeukoCatalog *c)
{
    g_autoptr(GHashTable) stems = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *example = NULL;
    guint n = 0;
    for (guint i = 0; i < c->items->len; i++)
        g_hash_table_add(stems, stem_of(leuko_catalog_item(c, i)->file));
    for (guint i = 0; i < c->items->len; i++) {
        g_autofree gchar *stem = stem_of(leuko_catalog_item(c, i)->file);
        gsize length = without_mask(stem);
        stem[length] = '\0';
        if (length > 0 && g_hash_table_contains(stems, stem) && n++ == 0)
            example = leuko_catalog_item(c, i)->file;
    }
    if (n > 0)
        g_ptr_array_add(c->notes,
                        g_strdup_printf("WARNING: %s: images that are named like masks of others: "
                                        "%u, such as %s; they are used as cells",
                                        c->root, n, example));
}

static void note_unused_folders(LeukoCatalog *c)
{
    g_autoptr(GPtrArray) unused = leuko_layout_unused_folders(c->layout);
    for (guint i = 0; i < unused->len; i++) {
        g_autofree gchar *text = g_strdup_printf("WARNING: %s/%s: no image of this folder is used",
                                                 c->root, (char *)unused->pdata[i]);
        g_ptr_array_add(c->notes, leuko_one_line(text));
    }
}

guint leuko_catalog_n_files(const LeukoCatalog *c)
{
    return c->items->len + c->layout->walk->skipped->len;
}

LeukoCatalog *leuko_catalog_new(const char *path, const LeukoFolderOptions *options, GError **error)
{
    LeukoLayout *layout = leuko_layout_read(path, options->layout,
                                            options->labels || options->labels_from_names, error);
    if (!layout)
        return NULL;
    g_autoptr(LeukoCatalog) c = g_new0(LeukoCatalog, 1);
    c->root = g_strdup(path);
    c->layout = layout;
    c->notes = g_ptr_array_new_with_free_func(g_free);
    c->strings = g_string_chunk_new(4096);
    c->items = leuko_catalog_items_new();
    c->has_splits = leuko_pattern_find(&layout->pattern, LEUKO_LEVEL_SPLIT) >= 0;
    for (guint i = 0; i < layout->files->len; i++)
        add_item(c, i);
    if (!find_copies(c, error) || !leuko_catalog_set_classes(c, options, error) ||
        !leuko_catalog_set_groups(c, options, error))
        return NULL;
    note_unused_folders(c);
    note_masks(c);
    leuko_catalog_note_tables(c, options);
    g_ptr_array_add(c->notes, NULL);
    describe(c, options);
    return g_steal_pointer(&c);
}

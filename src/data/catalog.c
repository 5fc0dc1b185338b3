#include "data/catalog.h"
#include "base/csv.h"
#include "data/file-table.h"
#include "data/naming.h"
#include "leuko/error.h"
#include <string.h>

static void item_free(gpointer data)
{
    LeukoItem *item = data;
    g_free(item->file);
    g_free(item->source);
    g_free(item->group);
    g_free(item->problem);
    g_free(item->sha256);
    g_free(item);
}

void leuko_catalog_free(LeukoCatalog *c)
{
    if (!c)
        return;
    g_free(c->root);
    leuko_layout_free(c->layout);
    g_ptr_array_unref(c->items);
    g_free(c);
}

static void add_item(LeukoCatalog *c, const char *file, gint label)
{
    LeukoItem *item = g_new0(LeukoItem, 1);
    item->file = g_strdup(file);
    item->source = g_strdup(file);
    item->group = g_strdup("");
    item->label = label;
    g_ptr_array_add(c->items, item);
}

static gchar *stem_of(const char *file)
{
    const char *dot = strrchr(file, '.'), *slash = strrchr(file, '/');
    return dot && (!slash || dot > slash) ? g_strndup(file, (gsize)(dot - file)) : g_strdup(file);
}

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
        g_free(item->source);
        item->source = g_strdup(source->file);
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
        guint r = GPOINTER_TO_UINT(g_hash_table_lookup(rows, item->file));
        if (r == 0) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s: has no row for %s, so its source is not known; augment the folder "
                        "again or remove the image",
                        path, item->file);
            return FALSE;
        }
        g_free(item->source);
        item->source = g_strdup(leuko_csv_get(csv, r - 1, source));
        item->is_copy = strcmp(leuko_csv_get(csv, r - 1, operation), "original") != 0;
        c->has_copies |= item->is_copy;
    }
    return TRUE;
}

static void set_group(LeukoItem *item, gchar *group)
{
    g_free(item->group);
    item->group = group;
}

static gboolean group_by_regex(LeukoCatalog *c, const char *pattern, GError **error)
{
    g_autoptr(GRegex) regex = leuko_naming_group_regex(pattern, error);
    if (!regex)
        return FALSE;
    for (guint i = 0; i < c->items->len; i++) {
        LeukoItem *item = c->items->pdata[i];
        gchar *group = leuko_naming_group(regex, item->source, LEUKO_GROUP_REQUIRED, error);
        if (!group)
            return FALSE;
        set_group(item, group);
    }
    c->has_groups = TRUE;
    return TRUE;
}

static gboolean group_by_table(LeukoCatalog *c, const char *path, GError **error)
{
    g_autoptr(LeukoFileTable) table = leuko_file_table_load(path, LEUKO_TABLE_GROUP, error);
    g_autoptr(GHashTable) index = g_hash_table_new(g_str_hash, g_str_equal); /* source -> number */
    g_autoptr(GPtrArray) sources = g_ptr_array_new();
    if (!table)
        return FALSE;
    for (guint i = 0; i < c->items->len; i++) {
        gpointer source = ((const LeukoItem *)c->items->pdata[i])->source;
        if (g_hash_table_contains(index, source))
            continue;
        g_hash_table_insert(index, source, GUINT_TO_POINTER(sources->len));
        g_ptr_array_add(sources, source);
    }
    g_autofree const char **groups = g_new0(const char *, sources->len);
    if (!leuko_file_table_match(table, (const char *const *)sources->pdata, sources->len, groups,
                                c->layout->notes, error))
        return FALSE;
    for (guint i = 0; i < c->items->len; i++) {
        LeukoItem *item = c->items->pdata[i];
        guint number = GPOINTER_TO_UINT(g_hash_table_lookup(index, item->source));
        set_group(item, g_strdup(groups[number]));
    }
    c->has_groups = TRUE;
    return TRUE;
}

static gboolean add_relations(LeukoCatalog *c, const LeukoCatalogOptions *o, GError **error)
{
    g_autoptr(GError) why = NULL;
    if (!find_copies_by_table(c, &why)) {
        if (why) {
            g_propagate_error(error, g_steal_pointer(&why));
            return FALSE;
        }
        find_copies_by_name(c);
    }
    if (o->groups)
        return group_by_table(c, o->groups, error);
    return o->group_by ? group_by_regex(c, o->group_by, error) : TRUE;
}

LeukoCatalog *leuko_catalog_new(const char *path, const LeukoCatalogOptions *options,
                                GError **error)
{
    LeukoLayout *layout = leuko_layout_read(path, options->labels, error);
    if (!layout)
        return NULL;
    g_autoptr(LeukoCatalog) c = g_new0(LeukoCatalog, 1);
    c->root = g_strdup(path);
    c->layout = layout;
    c->classes = layout->classes;
    c->n_classes = layout->n_classes;
    c->items = g_ptr_array_new_with_free_func(item_free);
    for (guint i = 0; i < layout->files->len; i++)
        add_item(c, layout->files->pdata[i], g_array_index(layout->labels, gint, i));
    return add_relations(c, options, error) ? g_steal_pointer(&c) : NULL;
}

#include "data/catalog.h"
#include "base/csv.h"
#include "base/file-names.h"
#include "data/naming.h"
#include "leuko/dataset.h"
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
    g_strfreev(c->classes);
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

/* The length of an augmented copy's prefix, 0 if the name has none. */
static gsize prefix_length(const char *name)
{
    static const char *const prefixes[] = {"Gray-", "Hist-",  "Hor-",  "Ver-",
                                           "Gaus-", "Trans-", "Shear-"};
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(name, prefixes[i]))
            return strlen(prefixes[i]);
    const char *p = name + (*name == '-'); /* DEGREES-I-, DEGREES may be negative */
    gsize degrees = strspn(p, "0123456789");
    if (degrees < 1 || degrees > 3 || p[degrees] != '-')
        return 0;
    gsize index = strspn(p + degrees + 1, "0123456789");
    if (index < 1 || index > 3 || p[degrees + 1 + index] != '-')
        return 0;
    return (gsize)(p - name) + degrees + 1 + index + 1;
}

static gchar *stem_of(const char *file)
{
    const char *dot = strrchr(file, '.'), *slash = strrchr(file, '/');
    return dot && (!slash || dot > slash) ? g_strndup(file, (gsize)(dot - file)) : g_strdup(file);
}

/* Copies by their names: the image named behind the prefix must be there too. */
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
        gsize n = prefix_length(name);
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

/* Copies by augment.csv. FALSE without error: there is none. */
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
            g_set_error(
                error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "%s: has no row for %s, so its source is not known; run `leuko augment` anew "
                "or remove the image",
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

static gboolean group_by_regex(LeukoCatalog *c, const char *pattern, GError **error)
{
    g_autoptr(GRegex) regex = leuko_naming_group_regex(pattern, error);
    if (!regex)
        return FALSE;
    for (guint i = 0; i < c->items->len; i++) {
        LeukoItem *item = c->items->pdata[i];
        g_autofree gchar *group = leuko_naming_group(regex, item->source);
        if (!group) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "--group-by \"%s\" does not match %s; every image must have a group",
                        pattern, item->source);
            return FALSE;
        }
        g_free(item->group);
        item->group = g_steal_pointer(&group);
    }
    c->has_groups = TRUE;
    return TRUE;
}

static gboolean group_by_table(LeukoCatalog *c, const char *path, GError **error)
{
    g_autoptr(LeukoCsv) csv = leuko_csv_load(path, error);
    gint file = csv ? leuko_csv_column(csv, "file", error) : -1;
    gint group = file < 0 ? -1 : leuko_csv_column(csv, "group", error);
    if (group < 0)
        return FALSE;
    g_autoptr(GHashTable) groups = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint r = 0; r < leuko_csv_n_rows(csv); r++)
        g_hash_table_insert(groups, (gpointer)leuko_csv_get(csv, r, file),
                            (gpointer)leuko_csv_get(csv, r, group));
    for (guint i = 0; i < c->items->len; i++) {
        LeukoItem *item = c->items->pdata[i];
        const char *slash = strrchr(item->source, '/');
        const char *found = g_hash_table_lookup(groups, item->source);
        if (!found && slash)
            found = g_hash_table_lookup(groups, slash + 1);
        if (!found || !*found) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s: no group for %s; every image must have one", path, item->source);
            return FALSE;
        }
        g_free(item->group);
        item->group = g_strdup(found);
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

/* Images that lie in the folder itself. NULL with error, or empty. */
static GPtrArray *list_flat(const char *path, guint *n_not_utf8, GError **error)
{
    g_autoptr(GPtrArray) all = leuko_list_names(path, error);
    if (!all)
        return NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < all->len; i++) {
        if (!leuko_image_has_supported_name(all->pdata[i]))
            continue;
        if (g_utf8_validate(all->pdata[i], -1, NULL))
            g_ptr_array_add(names, g_strdup(all->pdata[i]));
        else
            ++*n_not_utf8;
    }
    return names;
}

static gchar *label_in_name(const char *name)
{
    gint truth = leuko_naming_truth(name);
    return truth < 0 ? NULL : g_strdup(truth == 1 ? "1" : "0");
}

/* The class of each name, in the same order; NULL with error. */
static GPtrArray *label_flat(const GPtrArray *names, const char *path, const char *labels,
                             GError **error)
{
    g_autoptr(LeukoCsv) csv = labels ? leuko_csv_load(labels, error) : NULL;
    gint file = csv ? leuko_csv_column(csv, "file", error) : -1;
    gint class_column = file < 0 ? -1 : leuko_csv_column(csv, "class", error);
    if (labels && class_column < 0)
        return NULL;
    g_autoptr(GHashTable) table = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint r = 0; csv && r < leuko_csv_n_rows(csv); r++)
        g_hash_table_insert(table, (gpointer)leuko_csv_get(csv, r, file),
                            (gpointer)leuko_csv_get(csv, r, class_column));
    g_autoptr(GPtrArray) classes = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < names->len; i++) {
        gchar *label = labels ? g_strdup(g_hash_table_lookup(table, names->pdata[i]))
                              : label_in_name(names->pdata[i]);
        if (!label) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        labels
                            ? "%s: has no class for %s"
                            : "%s: holds images but no class folders, and \"%s\" does not end in "
                              "_0 or _1; make one folder per class, or give --labels FILE.csv",
                        labels ? labels : path, (const char *)names->pdata[i]);
            return NULL;
        }
        g_ptr_array_add(classes, label);
    }
    return g_steal_pointer(&classes);
}

static gboolean fill_flat(LeukoCatalog *c, GPtrArray *names, const char *labels, GError **error)
{
    g_autoptr(GPtrArray) classes = label_flat(names, c->root, labels, error);
    if (!classes)
        return FALSE;
    g_autoptr(GPtrArray) distinct = g_ptr_array_new();
    for (guint i = 0; i < classes->len; i++)
        if (!g_ptr_array_find_with_equal_func(distinct, classes->pdata[i], g_str_equal, NULL))
            g_ptr_array_add(distinct, classes->pdata[i]);
    g_ptr_array_sort(distinct, leuko_compare_names);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (guint k = 0; k < distinct->len; k++) {
        g_strv_builder_add(builder, distinct->pdata[k]);
        for (guint i = 0; i < names->len; i++)
            if (strcmp(classes->pdata[i], distinct->pdata[k]) == 0)
                add_item(c, names->pdata[i], (gint)k);
    }
    c->classes = g_strv_builder_end(builder);
    c->n_classes = distinct->len;
    return TRUE;
}

static gboolean fill_from_folders(LeukoCatalog *c, GError **error)
{
    g_autoptr(LeukoDataset) d = leuko_dataset_open_folder(c->root, NULL, error);
    if (!d)
        return FALSE;
    c->classes = g_strdupv((gchar **)leuko_dataset_classes(d));
    c->n_classes = leuko_dataset_n_classes(d);
    for (guint i = 0; i < leuko_dataset_n_records(d); i++)
        add_item(c, leuko_dataset_record(d, i)->file, leuko_dataset_record(d, i)->label);
    return TRUE;
}

LeukoCatalog *leuko_catalog_new(const char *path, const LeukoCatalogOptions *options,
                                GError **error)
{
    guint n_not_utf8 = 0;
    g_autoptr(GPtrArray) flat = list_flat(path, &n_not_utf8, error);
    if (!flat)
        return NULL;
    g_autoptr(LeukoCatalog) c = g_new0(LeukoCatalog, 1);
    c->root = g_strdup(path);
    c->n_not_utf8 = n_not_utf8;
    c->items = g_ptr_array_new_with_free_func(item_free);
    gboolean filled =
        flat->len > 0 ? fill_flat(c, flat, options->labels, error) : fill_from_folders(c, error);
    if (!filled && flat->len == 0 && n_not_utf8 > 0)
        g_prefix_error(error, "the names of %u images are not UTF-8; ", n_not_utf8);
    return filled && add_relations(c, options, error) ? g_steal_pointer(&c) : NULL;
}

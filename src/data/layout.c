#include "data/layout.h"
#include "base/file-names.h"
#include "base/plural.h"
#include "data/file-table.h"
#include "data/naming.h"
#include "leuko/error.h"
#include <string.h>

static LeukoLayout *layout_new(LeukoWalk *walk)
{
    LeukoLayout *layout = g_new0(LeukoLayout, 1);
    layout->files = g_ptr_array_new_with_free_func(g_free);
    layout->labels = g_array_new(FALSE, FALSE, sizeof(gint));
    layout->notes = g_ptr_array_new_with_free_func(g_free);
    layout->walk = walk;
    return layout;
}

void leuko_layout_free(LeukoLayout *layout)
{
    if (!layout)
        return;
    g_strfreev(layout->classes);
    g_ptr_array_unref(layout->files);
    g_array_unref(layout->labels);
    g_ptr_array_unref(layout->notes);
    leuko_walk_free(layout->walk);
    g_free(layout);
}

static void add_file(LeukoLayout *layout, const char *file, guint label)
{
    gint number = (gint)label;
    g_ptr_array_add(layout->files, g_strdup(file));
    g_array_append_val(layout->labels, number);
}

static gboolean is_utf8(const LeukoWalk *walk, const char *file, GError **error)
{
    if (g_utf8_validate(file, -1, NULL))
        return TRUE;
    g_autofree gchar *shown = g_utf8_make_valid(file, -1);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "%s/%s: the file name is not UTF-8; rename the file", walk->root, shown);
    return FALSE;
}

/* Record the images inside folders, or those beside the folders, as skipped. */
static void skip_files(LeukoWalk *walk, gboolean inside_folders)
{
    for (guint i = 0; i < walk->files->len; i++)
        if ((strchr(walk->files->pdata[i], '/') != NULL) == inside_folders)
            leuko_walk_skip(walk, walk->files->pdata[i], LEUKO_SKIP_LAYOUT, NULL);
}

/* Divide the images inside folders among them: folder name -> array of paths. */
static GHashTable *files_by_folder(const LeukoWalk *walk)
{
    GHashTable *by_folder =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < walk->files->len; i++) {
        const char *file = walk->files->pdata[i], *slash = strchr(file, '/');
        if (!slash)
            continue;
        g_autofree gchar *name = g_strndup(file, (gsize)(slash - file));
        GPtrArray *files = g_hash_table_lookup(by_folder, name);
        if (!files) {
            files = g_ptr_array_new();
            g_hash_table_insert(by_folder, g_steal_pointer(&name), files);
        }
        g_ptr_array_add(files, (gpointer)file);
    }
    return by_folder;
}

static gboolean fill_classes(LeukoLayout *layout, GError **error)
{
    LeukoWalk *walk = layout->walk;
    g_autoptr(GHashTable) by_folder = files_by_folder(walk);
    g_autoptr(GStrvBuilder) classes = g_strv_builder_new();
    if (!leuko_walk_refuse(walk, LEUKO_SKIP_UNREADABLE, error))
        return FALSE;
    for (guint k = 0; k < walk->folders->len; k++) {
        const char *name = walk->folders->pdata[k];
        const GPtrArray *files = g_hash_table_lookup(by_folder, name);
        for (guint i = 0; files && i < files->len; i++) {
            if (!is_utf8(walk, files->pdata[i], error))
                return FALSE;
            add_file(layout, files->pdata[i], layout->n_classes);
        }
        if (files) {
            g_strv_builder_add(classes, name);
            layout->n_classes++;
        }
    }
    layout->classes = g_strv_builder_end(classes);
    if (layout->n_classes > 0)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                walk->folders->len == 0
                    ? "%s: has no folders; a data set is one folder of images per class"
                    : "%s: no images in its folders (.jpg .png .tif .bmp .gif .webp)",
                walk->root);
    return FALSE;
}

LeukoLayout *leuko_layout_read_classes(const char *path, GError **error)
{
    LeukoWalk *walk = leuko_walk_folder(path, 1, error);
    if (!walk)
        return NULL;
    g_autoptr(LeukoLayout) layout = layout_new(walk);
    skip_files(walk, FALSE);
    return fill_classes(layout, error) ? g_steal_pointer(&layout) : NULL;
}

/* The images of the folder itself; others are recorded as skipped. */
static GPtrArray *list_flat(LeukoWalk *walk)
{
    GPtrArray *names = g_ptr_array_new();
    for (guint i = 0; i < walk->files->len; i++) {
        char *file = walk->files->pdata[i];
        if (strchr(file, '/'))
            continue;
        if (g_utf8_validate(file, -1, NULL))
            g_ptr_array_add(names, file);
        else
            leuko_walk_skip(walk, file, LEUKO_SKIP_NOT_UTF8, NULL);
    }
    return names;
}

/* The class that the name of each image gives. */
static gboolean classes_by_name(const GPtrArray *names, const char *root, const char **classes,
                                GError **error)
{
    static const char *const digits[] = {"0", "1"};
    for (guint i = 0; i < names->len; i++) {
        gint truth = leuko_naming_truth(names->pdata[i]);
        if (truth < 0) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s: holds images but no class folders, and \"%s\" does not end in _0 or "
                        "_1; make one folder per class, or give a table of labels",
                        root, (const char *)names->pdata[i]);
            return FALSE;
        }
        classes[i] = digits[truth];
    }
    return TRUE;
}

static gboolean fill_flat(LeukoLayout *layout, const GPtrArray *names, const char *labels,
                          GError **error)
{
    g_autoptr(LeukoFileTable) table =
        labels ? leuko_file_table_load(labels, LEUKO_TABLE_CLASS, error) : NULL;
    g_autoptr(GPtrArray) distinct = g_ptr_array_new();
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree const char **classes = g_new0(const char *, names->len);
    if (labels ? !table || !leuko_file_table_match(table, (const char *const *)names->pdata,
                                                   names->len, classes, layout->notes, error)
               : !classes_by_name(names, layout->walk->root, classes, error))
        return FALSE;
    for (guint i = 0; i < names->len; i++)
        if (!g_ptr_array_find_with_equal_func(distinct, classes[i], g_str_equal, NULL))
            g_ptr_array_add(distinct, (gpointer)classes[i]);
    g_ptr_array_sort(distinct, leuko_compare_names);
    for (guint k = 0; k < distinct->len; k++) {
        g_strv_builder_add(builder, distinct->pdata[k]);
        for (guint i = 0; i < names->len; i++)
            if (strcmp(classes[i], distinct->pdata[k]) == 0)
                add_file(layout, names->pdata[i], k);
    }
    layout->classes = g_strv_builder_end(builder);
    layout->n_classes = distinct->len;
    return TRUE;
}

LeukoLayout *leuko_layout_read(const char *path, const char *labels, GError **error)
{
    LeukoWalk *walk = leuko_walk_folder(path, 1, error);
    if (!walk)
        return NULL;
    g_autoptr(LeukoLayout) layout = layout_new(walk);
    g_autoptr(GPtrArray) flat = list_flat(walk);
    if (flat->len > 0) {
        skip_files(walk, TRUE);
        return fill_flat(layout, flat, labels, error) ? g_steal_pointer(&layout) : NULL;
    }
    guint n_not_utf8 = leuko_walk_n_skipped(walk, LEUKO_SKIP_NOT_UTF8);
    if (fill_classes(layout, error)) {
        if (!labels)
            return g_steal_pointer(&layout);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: its folders give the classes, so a table of labels does not apply", path);
        return NULL;
    }
    if (n_not_utf8 > 0)
        g_prefix_error(error, "%u %s not UTF-8; ", n_not_utf8,
                       leuko_plural(n_not_utf8, "image name is", "image names are"));
    return NULL;
}

#include "data/catalog-tables.h"
#include "base/plural.h"
#include "data/file-table.h"
#include "data/naming.h"
#include "data/note-list.h"
#include <string.h>

enum { MAX_TABLES = 5 }; /* that are looked at */

static gboolean is_table(const LeukoSkipped *s)
{
    static const char *const ours[] = {"augment.csv", "split.csv", "excluded.csv", NULL};
    const char *slash = strrchr(s->path, '/');
    g_autofree gchar *lower = g_ascii_strdown(s->path, -1);
    return s->reason == LEUKO_SKIP_COMPANION &&
           (g_str_has_suffix(lower, ".csv") || g_str_has_suffix(lower, ".tsv")) &&
           !g_strv_contains(ours, slash ? slash + 1 : s->path);
}

const char *leuko_catalog_find_table(const LeukoCatalog *c)
{
    const GPtrArray *skipped = c->layout->walk->skipped;
    for (guint i = 0; i < skipped->len; i++)
        if (is_table(skipped->pdata[i]))
            return ((const LeukoSkipped *)skipped->pdata[i])->path;
    return NULL;
}

/* The values that a table gives to the originals, (n) in the order of `items`; NULL: it is no such
 * table, or leaves images out. The strings are the table's. */
static const char **read_values(const LeukoFileTable *table, const GPtrArray *items)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    for (guint i = 0; i < items->len; i++)
        g_ptr_array_add(files, ((const LeukoItem *)items->pdata[i])->file);
    g_autofree const char **values = g_new0(const char *, items->len + 1);
    return leuko_file_table_match(table, (const char *const *)files->pdata, files->len, values,
                                  NULL, NULL)
               ? g_steal_pointer(&values)
               : NULL;
}

static void note_labels(LeukoCatalog *c, const char *path, const char *shown,
                        const GPtrArray *items)
{
    g_autoptr(LeukoFileTable) table = leuko_file_table_load(path, LEUKO_TABLE_CLASS, NULL);
    g_autofree const char **values = table ? read_values(table, items) : NULL;
    guint n_other = 0, example = 0;
    for (guint i = 0; values && i < items->len; i++) {
        const LeukoItem *item = items->pdata[i];
        g_autofree gchar *folded = leuko_naming_fold(values[i]);
        g_autofree gchar *known = leuko_naming_fold(c->classes[item->label]);
        if (strcmp(folded, known) != 0 && n_other++ == 0)
            example = i;
    }
    if (n_other > 0)
        leuko_note_list_add(
            c->notes,
            "WARNING: %s: %s gives other classes to %u of %u %s (to %s \"%s\" instead of "
            "\"%s\") and is not used, for it was not given as the table of labels",
            c->root, shown, n_other, items->len, LEUKO_PLURAL(items->len, "image"),
            ((const LeukoItem *)items->pdata[example])->file, values[example],
            c->classes[((const LeukoItem *)items->pdata[example])->label]);
}

static void note_groups(LeukoCatalog *c, const char *path, const char *shown,
                        const GPtrArray *items)
{
    g_autoptr(LeukoFileTable) table = leuko_file_table_load(path, LEUKO_TABLE_GROUP, NULL);
    g_autofree const char **values = table ? read_values(table, items) : NULL;
    if (values)
        leuko_note_list_add(
            c->notes,
            "%s: %s has the group of every image (of %s: %s) and is not used, for it was not "
            "given as the table of groups",
            c->root, shown, ((const LeukoItem *)items->pdata[0])->file, values[0]);
}

static void note_table(LeukoCatalog *c, const LeukoFolderOptions *o, const char *path,
                       const char *shown, const GPtrArray *originals)
{
    if (!o->labels && !o->classes && c->n_classes > 0)
        note_labels(c, path, shown, originals);
    if (!c->has_groups)
        note_groups(c, path, shown, originals);
}

/* The table beside the folder that has the folder's name. */
static void note_table_beside(LeukoCatalog *c, const LeukoFolderOptions *o,
                              const GPtrArray *originals)
{
    g_autofree gchar *folder = g_canonicalize_filename(c->root, NULL);
    g_autofree gchar *path = g_strconcat(folder, ".csv", NULL);
    if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
        note_table(c, o, path, path, originals);
}

void leuko_catalog_note_tables(LeukoCatalog *c, const LeukoFolderOptions *o)
{
    const GPtrArray *skipped = c->layout->walk->skipped;
    g_autoptr(GPtrArray) originals = g_ptr_array_new();
    for (guint i = 0; i < c->items->len; i++)
        if (!leuko_catalog_item(c, i)->is_copy)
            g_ptr_array_add(originals, leuko_catalog_item(c, i));
    for (guint i = 0, n = 0; i < skipped->len && originals->len > 0 && n < MAX_TABLES; i++) {
        const LeukoSkipped *s = skipped->pdata[i];
        if (!is_table(s))
            continue;
        n++;
        g_autofree gchar *path = g_build_filename(c->root, s->path, NULL);
        note_table(c, o, path, s->path, originals);
    }
    if (originals->len > 0)
        note_table_beside(c, o, originals);
}

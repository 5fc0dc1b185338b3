#include "data/catalog-names.h"
#include "base/error.h"
#include "base/file-names.h"
#include "data/catalog-tables.h"
#include "data/class-map.h"
#include "data/file-table.h"
#include "data/naming.h"
#include "leuko/error.h"
#include <string.h>

enum { FEW = 8 }; /* images that may each be a patient of their own without a word */

/* The value of each item by a table that is looked up by sources, (items); g_free, the strings are
 * borrowed from the table. */
static const char **values_by_table(LeukoCatalog *c, const LeukoFileTable *table, GError **error)
{
    g_autoptr(GHashTable) index = g_hash_table_new(g_str_hash, g_str_equal); /* source -> number */
    g_autoptr(GPtrArray) sources = g_ptr_array_new();
    for (guint i = 0; i < c->items->len; i++) {
        gpointer source = leuko_catalog_item(c, i)->source;
        if (g_hash_table_contains(index, source))
            continue;
        g_hash_table_insert(index, source, GUINT_TO_POINTER(sources->len));
        g_ptr_array_add(sources, source);
    }
    g_autofree const char **found = g_new0(const char *, sources->len + 1);
    if (!leuko_file_table_match(table, (const char *const *)sources->pdata, sources->len, found,
                                c->notes, error))
        return NULL;
    const char **values = g_new0(const char *, c->items->len + 1);
    for (guint i = 0; i < c->items->len; i++)
        values[i] =
            found[GPOINTER_TO_UINT(g_hash_table_lookup(index, leuko_catalog_item(c, i)->source))];
    return values;
}

/* Sort the items by class, then by name, and number the classes. classes: one per item. */
static void sort_by_class(LeukoCatalog *c, const char *const *classes)
{
    g_autoptr(GHashTable) numbers = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) distinct = g_ptr_array_new();
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (guint i = 0; i < c->items->len; i++)
        if (g_hash_table_add(numbers, (gpointer)classes[i]))
            g_ptr_array_add(distinct, (gpointer)classes[i]);
    g_ptr_array_sort(distinct, leuko_compare_names);
    for (guint k = 0; k < distinct->len; k++) {
        g_hash_table_insert(numbers, distinct->pdata[k], GUINT_TO_POINTER(k));
        g_strv_builder_add(builder, distinct->pdata[k]);
    }
    g_autofree gpointer *old = g_memdup2(c->items->pdata, c->items->len * sizeof(gpointer));
    g_autofree guint *next = g_new0(guint, distinct->len + 1); /* the place of each class */
    for (guint i = 0; i < c->items->len; i++) {
        LeukoItem *item = old[i];
        item->label = GPOINTER_TO_INT(g_hash_table_lookup(numbers, classes[i]));
        next[item->label + 1]++;
    }
    for (guint k = 0; k < distinct->len; k++)
        next[k + 1] += next[k];
    for (guint i = 0; i < c->items->len; i++)
        c->items->pdata[next[((const LeukoItem *)old[i])->label]++] = old[i];
    c->classes = g_strv_builder_end(builder);
    c->n_classes = distinct->len;
}

/* No two classes may have names that a person takes for the same. */
static gboolean check_class_names(const LeukoCatalog *c, const LeukoFolderOptions *o,
                                  GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint k = 0; k < c->n_classes; k++) {
        gchar *key = leuko_naming_fold(c->classes[k]);
        const char *before = g_hash_table_lookup(seen, key);
        g_hash_table_replace(seen, key, c->classes[k]);
        if (before)
            return leuko_fail(LEUKO_ERROR_DATA, error,
                              "%s: the classes \"%s\" and \"%s\" differ only in case, blanks or "
                              "accents; rename one",
                              o->labels ? o->labels : c->root, before, c->classes[k]);
    }
    return TRUE;
}

/* As above, after other names were replaced. classes: changed. */
static gboolean assign_classes(LeukoCatalog *c, const char **classes, const LeukoFolderOptions *o,
                               GError **error)
{
    g_autoptr(GHashTable) map = o->classes ? leuko_class_map_parse(o->classes, error) : NULL;
    if (o->classes && (!map || !leuko_class_map_apply(map, classes, c->items->len, error)))
        return FALSE;
    sort_by_class(c, classes);
    return check_class_names(c, o, error);
}

static gboolean classes_by_table(LeukoCatalog *c, const LeukoFolderOptions *o, GError **error)
{
    g_autoptr(LeukoFileTable) table = leuko_file_table_load(o->labels, LEUKO_TABLE_CLASS, error);
    g_autofree const char **classes = table ? values_by_table(c, table, error) : NULL;
    return classes && assign_classes(c, classes, o, error);
}

static gboolean refuse_unlabeled(const LeukoCatalog *c, const char *file, const char *why,
                                 GError **error)
{
    const char *table = leuko_catalog_find_table(c);
    return leuko_fail(
        LEUKO_ERROR_DATA, error,
        "%s: holds images but no class folders, and %s %s; make one folder per class, or "
        "give a table of labels%s%s%s",
        c->root, file, why, table ? " (perhaps " : "", table ? table : "", table ? ")" : "");
}

/* Every name must end in _0 or _1 behind a number, and no number may have both. */
static gboolean check_name_rule(const LeukoCatalog *c, GError **error)
{
    g_autoptr(GHashTable) labels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < c->items->len; i++) {
        const char *source = leuko_catalog_item(c, i)->source;
        gint truth = leuko_naming_truth(source);
        if (truth < 0)
            return refuse_unlabeled(c, source, "does not end in a number and _0 or _1", error);
        gchar *number = g_strndup(source, leuko_naming_stem(source) - 2);
        gint before = GPOINTER_TO_INT(g_hash_table_lookup(labels, number));
        g_hash_table_replace(labels, number, GINT_TO_POINTER(truth + 1));
        if (before > 0 && before != truth + 1)
            return refuse_unlabeled(c, source, "exists with both _0 and _1", error);
    }
    return TRUE;
}

/* Images whose folders give no class, and whose names do not try to: less than half of them end
 * like labels. */
static gboolean is_unlabeled(const LeukoCatalog *c)
{
    guint n = 0;
    for (guint i = 0; i < c->items->len; i++)
        n += leuko_naming_truth(leuko_catalog_item(c, i)->source) >= 0 ? 1 : 0;
    return n * 2 < c->items->len;
}

static void leave_unlabeled(LeukoCatalog *c)
{
    const char *table = leuko_catalog_find_table(c);
    c->classes = g_new0(gchar *, 1);
    for (guint i = 0; i < c->items->len; i++)
        leuko_catalog_item(c, i)->label = -1;
    g_ptr_array_add(c->notes,
                    g_strdup_printf("%s: the images have no classes; sorting and training need one "
                                    "folder per class, or a table of labels%s%s%s",
                                    c->root, table ? " (perhaps " : "", table ? table : "",
                                    table ? ")" : ""));
}

/* Move the images without a label to the skipped. */
static void skip_unlabeled(LeukoCatalog *c)
{
    for (guint i = c->items->len; i-- > 0;) {
        if (leuko_naming_digit(leuko_catalog_item(c, i)->source) >= 0)
            continue;
        leuko_walk_skip(c->layout->walk, leuko_catalog_item(c, i)->file, LEUKO_SKIP_NO_LABEL, NULL);
        g_ptr_array_remove_index(c->items, i);
    }
}

static gboolean classes_by_names(LeukoCatalog *c, const LeukoFolderOptions *o, GError **error)
{
    static const char *const digits[] = {"0", "1"};
    if (!o->labels_from_names && !check_name_rule(c, error))
        return FALSE;
    skip_unlabeled(c);
    if (c->items->len == 0)
        return leuko_fail(LEUKO_ERROR_DATA, error, "%s: no name ends in _0 or _1", c->root);
    g_autofree const char **classes = g_new0(const char *, c->items->len);
    for (guint i = 0; i < c->items->len; i++)
        classes[i] = digits[leuko_naming_digit(leuko_catalog_item(c, i)->source)];
    c->classes_by_digits = !o->classes;
    return assign_classes(c, classes, o, error);
}

/* Whether every name has a label and both labels occur. */
static gboolean names_have_labels(const LeukoCatalog *c)
{
    guint n[2] = {0, 0};
    if (!check_name_rule(c, NULL))
        return FALSE;
    for (guint i = 0; i < c->items->len; i++)
        n[leuko_naming_truth(leuko_catalog_item(c, i)->source)]++;
    return n[0] > 0 && n[1] > 0;
}

/* One folder with all images may be no class at all: the names (ALL_IDB2/img) or a table beside it
 * may hold the classes. */
static gboolean doubt_only_class(LeukoCatalog *c, const char *const *classes, GError **error)
{
    for (guint i = 1; i < c->items->len; i++)
        if (strcmp(classes[i], classes[0]) != 0)
            return TRUE;
    if (names_have_labels(c))
        return leuko_fail(
            LEUKO_ERROR_AMBIGUOUS, error,
            "%s: its folder can be read as \"class\" (one class \"%s\") or as \"**\" "
            "(classes by the digits at the end of names such as %s); choose the layout",
            c->root, classes[0], leuko_catalog_item(c, 0)->file);
    const char *table = leuko_catalog_find_table(c);
    if (table)
        g_ptr_array_add(
            c->notes, g_strdup_printf("WARNING: %s: has only one class, \"%s\"; %s may be a table "
                                      "of labels, which must be given to be used",
                                      c->root, classes[0], table));
    return TRUE;
}

gboolean leuko_catalog_set_classes(LeukoCatalog *c, const LeukoFolderOptions *o, GError **error)
{
    if (o->labels)
        return classes_by_table(c, o, error);
    gboolean by_folder = leuko_pattern_find(&c->layout->pattern, LEUKO_LEVEL_CLASS) >= 0;
    if (o->class_is_optional && !o->classes && !o->labels_from_names && !by_folder &&
        is_unlabeled(c)) {
        leave_unlabeled(c);
        return TRUE;
    }
    if (o->labels_from_names || !by_folder)
        return classes_by_names(c, o, error);
    g_autofree const char **classes =
        g_memdup2(c->layout->classes->pdata, c->items->len * sizeof(char *));
    return (o->layout || doubt_only_class(c, classes, error)) &&
           assign_classes(c, classes, o, error);
}

static LeukoGroupPolicy group_policy(const LeukoFolderOptions *o)
{
    return o->group_is_optional ? LEUKO_GROUP_OPTIONAL : LEUKO_GROUP_REQUIRED;
}

/* The groups of the table, or what the expression (NULL: all) finds in them. */
static gboolean groups_by_table(LeukoCatalog *c, const LeukoFolderOptions *o, GError **error)
{
    g_autoptr(GRegex) regex = o->group_by ? leuko_naming_group_regex(o->group_by, error) : NULL;
    if (o->group_by && !regex)
        return FALSE;
    g_autoptr(LeukoFileTable) table = leuko_file_table_load(o->groups, LEUKO_TABLE_GROUP, error);
    g_autofree const char **groups = table ? values_by_table(c, table, error) : NULL;
    for (guint i = 0; groups && i < c->items->len; i++) {
        g_autofree gchar *found =
            regex ? leuko_naming_group(regex, groups[i], group_policy(o), NULL, error) : NULL;
        if (regex && !found) {
            g_prefix_error(error, "%s: ", o->groups);
            return FALSE;
        }
        leuko_catalog_item(c, i)->group =
            g_string_chunk_insert_const(c->strings, regex ? found : groups[i]);
    }
    return groups != NULL;
}

/* Refuse an expression whose group is the class in every image, or contains the class folder: then
 * one patient's images of two classes would be two groups. */
static gboolean check_groups(const LeukoCatalog *c, const char *pattern, GError **error)
{
    guint n_equal = 0;
    for (guint i = 0; c->n_classes > 1 && i < c->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(c, i);
        n_equal += g_ascii_strcasecmp(item->group, c->classes[item->label]) == 0 ? 1 : 0;
    }
    if (n_equal < c->items->len)
        return TRUE;
    return leuko_fail(
        LEUKO_ERROR_DATA, error,
        "group expression \"%s\": its groups are the classes; it must match the patient", pattern);
}

/* Where the class folder of a path begins and ends; FALSE if no folder is the class. */
static gboolean find_class_folder(const LeukoCatalog *c, const char *path, gint range[2])
{
    gint level = leuko_pattern_find(&c->layout->pattern, LEUKO_LEVEL_CLASS);
    const char *start = path;
    for (gint i = 0; i < level && start; i++) {
        start = strchr(start, '/');
        start += start ? 1 : 0;
    }
    const char *end = start && level >= 0 ? strchr(start, '/') : NULL;
    if (!end)
        return FALSE;
    range[0] = (gint)(start - path);
    range[1] = (gint)(end - path);
    return TRUE;
}

static gboolean groups_by_regex(LeukoCatalog *c, const LeukoFolderOptions *o, GError **error)
{
    const char *pattern = o->group_by_path ? o->group_by_path : o->group_by;
    g_autoptr(GRegex) regex = leuko_naming_group_regex(pattern, error);
    for (guint i = 0; regex && i < c->items->len; i++) {
        LeukoItem *item = leuko_catalog_item(c, i);
        const char *slash = strrchr(item->source, '/');
        const char *seen = o->group_by_path || !slash ? item->source : slash + 1;
        gint at[2], folder[2];
        g_autofree gchar *group = leuko_naming_group(regex, seen, group_policy(o), at, error);
        if (!group)
            return FALSE;
        item->group = g_string_chunk_insert_const(c->strings, group);
        if (o->group_by_path && *group && find_class_folder(c, seen, folder) && at[0] < folder[1] &&
            at[1] > folder[0])
            return leuko_fail(
                LEUKO_ERROR_DATA, error,
                "group expression \"%s\": the group \"%s\" of %s contains the class folder; "
                "one patient's images of two classes would be two groups",
                pattern, group, seen);
    }
    return regex && check_groups(c, pattern, error);
}

/* A group for every image keeps nothing together: it is the name of the image, not the patient. */
static void doubt_groups(const LeukoCatalog *c)
{
    g_autoptr(GHashTable) groups = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(c, i);
        if (!item->is_copy && !g_hash_table_add(groups, item->group))
            return;
    }
    if (g_hash_table_size(groups) >= FEW)
        g_ptr_array_add(
            c->notes, g_strdup_printf("WARNING: %s: every image is a group of its own; a group is "
                                      "all images of a patient",
                                      c->root));
}

gboolean leuko_catalog_set_groups(LeukoCatalog *c, const LeukoFolderOptions *o, GError **error)
{
    gboolean ok = TRUE, by_folder = leuko_pattern_find(&c->layout->pattern, LEUKO_LEVEL_GROUP) >= 0;
    c->has_groups = o->groups || o->group_by || o->group_by_path || by_folder;
    if (o->groups)
        ok = groups_by_table(c, o, error);
    else if (o->group_by || o->group_by_path)
        ok = groups_by_regex(c, o, error);
    if (ok && c->has_groups)
        doubt_groups(c);
    return ok;
}

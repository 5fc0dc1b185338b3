#include "data/class-map.h"
#include "base/error.h"
#include "base/file-names.h"
#include <string.h>

static gboolean fail(GError **error, const char *what, const char *text)
{
    g_autofree gchar *shown = leuko_one_line(text);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "class names \"%s\": %s", shown, what);
    return FALSE;
}

/* Add one rule "class=name,name". */
static gboolean add_rule(GHashTable *map, const char *rule, GError **error)
{
    const char *equals = strchr(rule, '=');
    g_autofree gchar *target = equals ? g_strndup(rule, (gsize)(equals - rule)) : NULL;
    if (!target || !*g_strstrip(target))
        return fail(error, "must be CLASS=NAME,NAME", rule);
    g_auto(GStrv) names = g_strsplit(equals + 1, ",", -1);
    for (guint i = 0; names[i]; i++) {
        const char *name = g_strstrip(names[i]), *before = g_hash_table_lookup(map, name);
        if (!*name || (before && strcmp(before, target) != 0))
            return fail(error, *name ? "one name for two classes" : "a name is empty", rule);
        g_hash_table_replace(map, g_strdup(name), g_strdup(target));
    }
    return TRUE;
}

GHashTable *leuko_class_map_parse(const char *text, GError **error)
{
    g_autoptr(GHashTable) map = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) rules = g_strsplit(text, ";", -1);
    for (guint i = 0; rules[i]; i++)
        if (!add_rule(map, rules[i], error))
            return NULL;
    if (g_hash_table_size(map) > 0)
        return g_steal_pointer(&map);
    fail(error, "must be CLASS=NAME,NAME", text);
    return NULL;
}

GStrv leuko_distinct_names(const char *const *names, guint n)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) distinct = g_ptr_array_new();
    for (guint i = 0; i < n; i++)
        if (g_hash_table_add(seen, (gpointer)names[i]))
            g_ptr_array_add(distinct, (gpointer)names[i]);
    g_ptr_array_sort(distinct, leuko_compare_names);
    g_ptr_array_add(distinct, NULL);
    return g_strdupv((GStrv)distinct->pdata);
}

gboolean leuko_class_map_apply(GHashTable *map, const char **classes, guint n, GError **error)
{
    g_auto(GStrv) before = leuko_distinct_names(classes, n);
    g_autoptr(GHashTable) present = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < n; i++) {
        const char *target = g_hash_table_lookup(map, classes[i]);
        classes[i] = target ? target : classes[i];
        g_hash_table_add(present, (gpointer)classes[i]);
    }
    GHashTableIter iter;
    gpointer target;
    g_hash_table_iter_init(&iter, map);
    while (g_hash_table_iter_next(&iter, NULL, &target))
        if (!g_hash_table_contains(present, target)) {
            g_autofree gchar *names = g_strjoinv(", ", before);
            g_autofree gchar *what =
                g_strdup_printf("no image gets this class; the data has %s", names);
            g_autofree gchar *line = leuko_one_line(what);
            return fail(error, line, target);
        }
    return TRUE;
}

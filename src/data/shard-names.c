#include "data/shard-names.h"
#include "base/file-names.h"
#include "base/plural.h"
#include "leuko/error.h"
#include <stdlib.h>
#include <string.h>

gchar *leuko_shard_name(const char *prefix, const char *split, guint index, guint n_shards)
{
    return g_strdup_printf("%s_%s_%05u-of-%05u.tfrecord", prefix, split, index, n_shards);
}

/* Folder, split and number of the shard files that were found. */
typedef struct {
    const char *folder, *split;
    guint n_files;
} Found;

static gboolean refuse(const Found *f, const char *what, const char *a, const char *b,
                       GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                "%s: the %s shards are not one complete set: %s (%u %s, \"%s\" and \"%s\")",
                f->folder, f->split, what, f->n_files, LEUKO_PLURAL(f->n_files, "file"), a, b);
    return FALSE;
}

/* All have one prefix and one count, and none is missing. */
static gboolean is_complete(const GPtrArray *names, const char *folder, const char *split,
                            GRegex *pattern, GError **error)
{
    const Found found = {folder, split, names->len};
    g_autofree gchar *prefix = NULL, *of = NULL;
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(GMatchInfo) match = NULL;
        g_regex_match(pattern, names->pdata[i], 0, &match);
        g_autofree gchar *its_prefix = g_match_info_fetch(match, 1);
        g_autofree gchar *its_of = g_match_info_fetch(match, 2);
        if (i == 0) {
            prefix = g_steal_pointer(&its_prefix);
            of = g_steal_pointer(&its_of);
        } else if (strcmp(prefix, its_prefix) != 0)
            return refuse(&found, "two prefixes", names->pdata[0], names->pdata[i], error);
        else if (strcmp(of, its_of) != 0)
            return refuse(&found, "two numbers of shards", names->pdata[0], names->pdata[i], error);
    }
    guint n_shards = of ? (guint)strtoul(of, NULL, 10) : 0;
    for (guint i = 0; i < MAX(n_shards, names->len); i++) {
        g_autofree gchar *expected = leuko_shard_name(prefix, split, i, n_shards);
        if (i < names->len && strcmp(expected, names->pdata[i]) == 0)
            continue;
        if (i >= n_shards)
            return refuse(&found, "a number too high", names->pdata[0], names->pdata[i], error);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: the %s shards are not one complete set: \"%s\" is missing (%u of %u %s "
                    "found)",
                    folder, split, expected, names->len, n_shards, LEUKO_PLURAL(n_shards, "shard"));
        return FALSE;
    }
    return TRUE;
}

static GRegex *name_pattern(const char *split)
{
    g_autofree gchar *text = g_strdup_printf("^(.+)_%s_[0-9]{5}-of-([0-9]{5})\\.tfrecord$", split);
    return g_regex_new(text, 0, 0, NULL);
}

/* The names that look like shards of the split, complete or not. */
static GPtrArray *list_shards(const char *folder, GRegex *pattern, GError **error)
{
    g_autoptr(GPtrArray) all = leuko_list_names(folder, error);
    if (!all)
        return NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < all->len; i++)
        if (g_utf8_validate(all->pdata[i], -1, NULL) &&
            g_regex_match(pattern, all->pdata[i], 0, NULL))
            g_ptr_array_add(names, g_strdup(all->pdata[i]));
    return names;
}

GPtrArray *leuko_shard_names(const char *folder, const char *split, GError **error)
{
    g_autoptr(GRegex) pattern = name_pattern(split);
    g_autoptr(GPtrArray) names = list_shards(folder, pattern, error);
    if (!names || !is_complete(names, folder, split, pattern, error))
        return NULL;
    return g_steal_pointer(&names);
}

gboolean leuko_shard_names_exist(const char *folder, const char *split)
{
    g_autoptr(GRegex) pattern = name_pattern(split);
    g_autoptr(GPtrArray) names = list_shards(folder, pattern, NULL);
    /* a folder that cannot be listed may have the split: opening it tells the reason */
    return names ? names->len > 0 : g_file_test(folder, G_FILE_TEST_IS_DIR);
}

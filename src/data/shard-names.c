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

/* All have one prefix and one count, and none is missing. */
static gboolean is_complete(const GPtrArray *names, const char *folder, const char *split,
                            GRegex *pattern, GError **error)
{
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(GMatchInfo) match = NULL;
        g_regex_match(pattern, names->pdata[i], 0, &match);
        g_autofree gchar *prefix = g_match_info_fetch(match, 1), *of = g_match_info_fetch(match, 2);
        guint n_shards = (guint)strtoul(of, NULL, 10);
        g_autofree gchar *expected = leuko_shard_name(prefix, split, i, n_shards);
        if (strcmp(expected, names->pdata[i]) != 0 || n_shards != names->len) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                        "%s: the %s shards are not one complete set: %u %s, one of them \"%s\"",
                        folder, split, names->len, LEUKO_PLURAL(names->len, "file"),
                        (const char *)names->pdata[i]);
            return FALSE;
        }
    }
    return TRUE;
}

GPtrArray *leuko_shard_names(const char *folder, const char *split, GError **error)
{
    g_autoptr(GPtrArray) all = leuko_list_names(folder, error);
    if (!all)
        return NULL;
    g_autofree gchar *text = g_strdup_printf("^(.+)_%s_[0-9]{5}-of-([0-9]{5})\\.tfrecord$", split);
    g_autoptr(GRegex) pattern = g_regex_new(text, 0, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < all->len; i++)
        if (g_utf8_validate(all->pdata[i], -1, NULL) &&
            g_regex_match(pattern, all->pdata[i], 0, NULL))
            g_ptr_array_add(names, g_strdup(all->pdata[i]));
    return is_complete(names, folder, split, pattern, error) ? g_steal_pointer(&names) : NULL;
}

gboolean leuko_shard_names_exist(const char *folder, const char *split)
{
    g_autoptr(GPtrArray) names = leuko_shard_names(folder, split, NULL);
    return names && names->len > 0;
}

#include "base/digest.h"
#include <string.h>

enum { DIGITS = 16 };

struct LeukoDigestSet {
    GHashTable *digests; /* owned strings */
};

static gchar *shortened(gchar *hex)
{
    hex[DIGITS] = '\0';
    return hex;
}

gchar *leuko_group_digest(const char *group)
{
    return shortened(g_compute_checksum_for_string(G_CHECKSUM_SHA256, group, -1));
}

gchar *leuko_image_digest(gconstpointer encoded, gsize n_bytes)
{
    return shortened(g_compute_checksum_for_data(G_CHECKSUM_SHA256, encoded, n_bytes));
}

LeukoDigestSet *leuko_digest_set_new(void)
{
    LeukoDigestSet *set = g_new0(LeukoDigestSet, 1);
    set->digests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return set;
}

void leuko_digest_set_free(LeukoDigestSet *set)
{
    if (!set)
        return;
    g_hash_table_unref(set->digests);
    g_free(set);
}

void leuko_digest_set_add(LeukoDigestSet *set, const char *digest)
{
    g_hash_table_add(set->digests, g_strdup(digest));
}

void leuko_digest_set_add_group(LeukoDigestSet *set, const char *group)
{
    if (*group)
        g_hash_table_add(set->digests, leuko_group_digest(group));
}

gboolean leuko_digest_set_has(const LeukoDigestSet *set, const char *digest)
{
    return g_hash_table_contains(set->digests, digest);
}

guint leuko_digest_set_size(const LeukoDigestSet *set) { return g_hash_table_size(set->digests); }

json_t *leuko_digest_set_to_json(const LeukoDigestSet *set)
{
    g_autoptr(GList) sorted =
        g_list_sort(g_hash_table_get_keys(set->digests), (GCompareFunc)strcmp);
    json_t *array = json_array();
    for (GList *l = sorted; l; l = l->next)
        json_array_append_new(array, json_string(l->data));
    return array;
}

void leuko_digest_set_add_json(LeukoDigestSet *set, json_t *array)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item) if (json_is_string(item))
        leuko_digest_set_add(set, json_string_value(item));
}

LeukoDigestSet *leuko_digest_set_from_json(json_t *array)
{
    LeukoDigestSet *set = leuko_digest_set_new();
    leuko_digest_set_add_json(set, array);
    return set;
}

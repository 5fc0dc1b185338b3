#include "eval/overlap.h"
#include "base/digest.h"

struct LeukoOverlap {
    LeukoDigestSet *images; /* of training; constant after leuko_overlap_new() */
    guint n_groups;
    gint n_images; /* atomic */
};

static guint count_known_groups(const LeukoDigestSet *training, const LeukoDataset *dataset)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    guint n_known = 0;
    for (guint i = 0; i < leuko_dataset_n_records(dataset); i++) {
        const char *group = leuko_dataset_record(dataset, i)->group;
        if (!*group || !g_hash_table_add(seen, (gpointer)group))
            continue;
        g_autofree gchar *digest = leuko_group_digest(group);
        n_known += leuko_digest_set_has(training, digest) ? 1 : 0;
    }
    return n_known;
}

LeukoOverlap *leuko_overlap_new(const LeukoModel *m, const LeukoDataset *dataset)
{
    LeukoOverlap *o = g_new0(LeukoOverlap, 1);
    g_autoptr(LeukoDigestSet) groups =
        leuko_digest_set_from_json(json_object_get(m->provenance, LEUKO_PROVENANCE_GROUPS));
    o->images = leuko_digest_set_from_json(json_object_get(m->provenance, LEUKO_PROVENANCE_IMAGES));
    o->n_groups = count_known_groups(groups, dataset);
    return o;
}

void leuko_overlap_free(LeukoOverlap *o)
{
    if (!o)
        return;
    leuko_digest_set_free(o->images);
    g_free(o);
}

void leuko_overlap_add_image(LeukoOverlap *o, GBytes *encoded)
{
    if (leuko_digest_set_size(o->images) == 0)
        return;
    gsize n_bytes;
    gconstpointer data = g_bytes_get_data(encoded, &n_bytes);
    g_autofree gchar *digest = leuko_image_digest(data, n_bytes);
    if (leuko_digest_set_has(o->images, digest))
        g_atomic_int_inc(&o->n_images);
}

guint leuko_overlap_n_groups(const LeukoOverlap *o) { return o->n_groups; }

guint leuko_overlap_n_images(const LeukoOverlap *o)
{
    return (guint)g_atomic_int_get(&o->n_images);
}

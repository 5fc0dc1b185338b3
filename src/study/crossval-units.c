#include "study/crossval-units.h"
#include "base/union-find.h"
#include "image/phash-cluster.h"
#include <string.h>

/* Join the records with the same name; an empty name joins nothing. */
static void join_names(guint *parents, const char *const *names, guint n)
{
    g_autoptr(GHashTable) first = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < n; i++) {
        gpointer before = NULL;
        if (!*names[i])
            continue;
        if (g_hash_table_lookup_extended(first, names[i], NULL, &before))
            leuko_union_join(parents, GPOINTER_TO_UINT(before), i);
        else
            g_hash_table_insert(first, (gpointer)names[i], GUINT_TO_POINTER(i));
    }
}

/* The first record with the same pixels as record i, or i. */
static guint first_with_pixels(GHashTable *first, const LeukoFingerprint *prints, guint i)
{
    gint64 digest;
    memcpy(&digest, prints[i].bytes, sizeof digest);
    gpointer before = NULL;
    if (g_hash_table_lookup_extended(first, &digest, NULL, &before))
        return GPOINTER_TO_UINT(before);
    g_hash_table_insert(first, g_memdup2(&digest, sizeof digest), GUINT_TO_POINTER(i));
    return i;
}

/* Records i and j show the same image. */
static void join_images(LeukoUnitCounts *counts, guint *parents, const char *const *groups,
                        const char *const *sources, guint i, guint j)
{
    leuko_union_join(parents, i, j);
    if (i == j || strcmp(sources[i], sources[j]) == 0)
        return;
    counts->n_near++;
    if (strcmp(groups[i], groups[j]) == 0 || !*groups[i] || !*groups[j])
        return;
    if (counts->n_links++ == 0) {
        counts->link[0] = j;
        counts->link[1] = i;
    }
}

LeukoUnitCounts leuko_crossval_find_units(const char *const *groups, const char *const *sources,
                                          const LeukoFingerprint *prints, guint n, guint n_threads,
                                          guint *unit)
{
    LeukoUnitCounts counts = {0};
    g_autofree guint *parents = g_new(guint, n + 1), *cluster = g_new(guint, n + 1);
    g_autofree LeukoPhash *hashes = g_new(LeukoPhash, n + 1);
    g_autoptr(GHashTable) pixels = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < n; i++) {
        parents[i] = i;
        hashes[i] = leuko_fingerprint_plain(prints[i].bytes);
    }
    leuko_phash_cluster(hashes, n, LEUKO_PHASH_NEAR, n_threads, cluster, NULL);
    for (guint i = 0; i < n; i++) {
        guint same = first_with_pixels(pixels, prints, i);
        join_images(&counts, parents, groups, sources, i, same < i ? same : cluster[i]);
        leuko_union_join(parents, i, cluster[i]);
    }
    join_names(parents, groups, n);
    join_names(parents, sources, n);
    for (guint i = 0; i < n; i++) { /* a representative is the lowest of its set */
        guint root = leuko_union_find(parents, i);
        unit[i] = root == i ? counts.n_units++ : unit[root];
    }
    return counts;
}

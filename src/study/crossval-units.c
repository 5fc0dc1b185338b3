#include "study/crossval-units.h"
#include "base/union-find.h"
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
                                          const guint *copy_of, guint n, guint *unit)
{
    LeukoUnitCounts counts = {0};
    g_autofree guint *parents = g_new(guint, n + 1);
    for (guint i = 0; i < n; i++)
        parents[i] = i;
    for (guint i = 0; i < n; i++)
        join_images(&counts, parents, groups, sources, i, copy_of[i]);
    join_names(parents, groups, n);
    join_names(parents, sources, n);
    for (guint i = 0; i < n; i++) { /* a representative is the lowest of its set */
        guint root = leuko_union_find(parents, i);
        unit[i] = root == i ? counts.n_units++ : unit[root];
    }
    return counts;
}

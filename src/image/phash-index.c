#include "image/phash-index.h"

struct LeukoPhashIndex {
    guint n, radius;
    LeukoPhash *hashes; /* (n) */
};

LeukoPhashIndex *leuko_phash_index_new(const LeukoPhash *hashes, guint n, guint radius)
{
    LeukoPhashIndex *index = g_new0(LeukoPhashIndex, 1);
    index->n = n;
    index->radius = radius;
    index->hashes = g_memdup2(hashes, n * sizeof *hashes);
    return index;
}

void leuko_phash_index_free(LeukoPhashIndex *index)
{
    if (!index)
        return;
    g_free(index->hashes);
    g_free(index);
}

/* G_MAXUINT where one of the two is blank. */
static guint distance_to(const LeukoPhashIndex *index, guint item, const LeukoPhashes *query)
{
    guint best = G_MAXUINT;
    if (leuko_phash_is_blank(&query->orientations[0]) || leuko_phash_is_blank(&index->hashes[item]))
        return best;
    for (guint o = 0; o < 8; o++)
        best = MIN(best, leuko_phash_distance(&query->orientations[o], &index->hashes[item]));
    return best;
}

gboolean leuko_phash_index_find_nearest(const LeukoPhashIndex *index, const LeukoPhashes *query,
                                        LeukoPhashMatch *nearest)
{
    LeukoPhashMatch best = {0, G_MAXUINT};
    for (guint i = 0; i < index->n; i++) {
        guint distance = distance_to(index, i, query);
        if (distance < best.distance)
            best = (LeukoPhashMatch){i, distance};
    }
    if (best.distance > index->radius)
        return FALSE;
    *nearest = best;
    return TRUE;
}

GArray *leuko_phash_index_find_all(const LeukoPhashIndex *index, const LeukoPhashes *query)
{
    GArray *matches = g_array_new(FALSE, FALSE, sizeof(LeukoPhashMatch));
    for (guint i = 0; i < index->n; i++) {
        LeukoPhashMatch match = {i, distance_to(index, i, query)};
        if (match.distance <= index->radius)
            g_array_append_val(matches, match);
    }
    return matches;
}

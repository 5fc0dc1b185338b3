#include "image/phash-index.h"
#include "image/phash-chunks.h"
#include "image/phash-distance.h"
#include "image/phash-distinct.h"
#include "image/simd.h"
#include <string.h>

struct LeukoPhashIndex {
    guint radius;
    LeukoPhashEntries all;
    LeukoPhashChunks *chunks;
};

LeukoPhashIndex *leuko_phash_index_new(const LeukoPhash *hashes, guint n, guint radius)
{
    g_assert(radius <= LEUKO_PHASH_MAX_RADIUS);
    LeukoPhashIndex *index = g_new0(LeukoPhashIndex, 1);
    index->radius = radius;
    leuko_phash_entries_init(&index->all, hashes, n);
    index->chunks = leuko_phash_chunks_new(index->all.hashes, index->all.n, radius);
    return index;
}

void leuko_phash_index_free(LeukoPhashIndex *index)
{
    if (!index)
        return;
    leuko_phash_chunks_free(index->chunks);
    leuko_phash_entries_clear(&index->all);
    g_free(index);
}

/* A query in one of its two transpositions. */
typedef struct Search Search;
struct Search {
    const LeukoPhashIndex *index;
    LeukoPhash query;
    gboolean is_transposed;
    void (*found)(Search *search, guint entry, guint distance);
    LeukoPhashMatch nearest; /* for find_nearest() */
    GArray *matches;         /* for find_all(): entries */
};

static inline guint distance_to(const Search *s, guint entry)
{
    const LeukoPhash *hash = &s->index->all.hashes[entry];
    if ((s->query.bits[3] & hash->bits[3]) >> 63) /* both can turn */
        return phash_distance_flipped(s->query.bits, hash->bits);
    return s->is_transposed ? G_MAXUINT : phash_distance(s->query.bits, hash->bits);
}

IMAGE_POPCNT static void compare_bucket(gpointer search, LeukoPhashBucket bucket)
{
    Search *s = search;
    for (guint i = 0; i < bucket.n; i++) {
        guint distance = distance_to(s, bucket.entries[i]);
        if (distance <= s->index->radius)
            s->found(s, bucket.entries[i], distance);
    }
}

/* Look up the query in both transpositions; an older hash in its own. */
static void run_search(Search *s, const LeukoPhash *query)
{
    const LeukoPhashIndex *index = s->index;
    if (leuko_phash_is_blank(query))
        return;
    for (guint t = 0; t < (leuko_phash_can_turn(query) ? 2 : 1); t++) {
        s->query = t ? leuko_phash_transpose(query) : *query;
        s->is_transposed = t > 0;
        leuko_phash_chunks_visit(index->chunks, &s->query, compare_bucket, s);
    }
}

static void keep_nearest(Search *s, guint entry, guint distance)
{
    guint item = s->index->all.items[s->index->all.starts[entry]];
    if (distance < s->nearest.distance ||
        (distance == s->nearest.distance && item < s->nearest.item))
        s->nearest = (LeukoPhashMatch){item, distance};
}

gboolean leuko_phash_index_find_nearest(const LeukoPhashIndex *index, const LeukoPhash *query,
                                        LeukoPhashMatch *nearest)
{
    Search s = {.index = index, .found = keep_nearest, .nearest = {0, G_MAXUINT}};
    run_search(&s, query);
    if (s.nearest.distance == G_MAXUINT)
        return FALSE;
    *nearest = s.nearest;
    return TRUE;
}

static void keep_match(Search *s, guint entry, guint distance)
{
    const LeukoPhashMatch match = {entry, distance};
    g_array_append_val(s->matches, match);
}

static gint by_item(gconstpointer a, gconstpointer b)
{
    const LeukoPhashMatch *x = a, *y = b;
    if (x->item != y->item)
        return x->item > y->item ? 1 : -1;
    return (x->distance > y->distance) - (x->distance < y->distance);
}

GArray *leuko_phash_index_find_all(const LeukoPhashIndex *index, const LeukoPhash *query)
{
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(LeukoPhashMatch));
    GArray *items = g_array_new(FALSE, FALSE, sizeof(LeukoPhashMatch));
    Search s = {.index = index, .found = keep_match, .matches = entries};
    run_search(&s, query);
    g_array_sort(entries, by_item);
    for (guint i = 0; i < entries->len; i++) {
        const LeukoPhashMatch *match = &g_array_index(entries, LeukoPhashMatch, i);
        if (i > 0 && match[-1].item == match->item)
            continue; /* found by several chunks; the first is the nearest */
        for (guint k = index->all.starts[match->item]; k < index->all.starts[match->item + 1];
             k++) {
            const LeukoPhashMatch item = {index->all.items[k], match->distance};
            g_array_append_val(items, item);
        }
    }
    g_array_sort(items, by_item);
    return items;
}

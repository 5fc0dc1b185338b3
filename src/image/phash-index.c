#include "image/phash-index.h"
#include "base/huge-memory.h"
#include "image/phash-chunks.h"
#include "image/phash-distance.h"
#include "image/simd.h"
#include <string.h>

struct LeukoPhashIndex {
    guint n, radius, n_entries;
    LeukoPhash *hashes; /* (n_entries) distinct, not blank */
    guint *starts;      /* (n_entries + 1) of an entry's items in `items` */
    guint *items;       /* ascending within an entry */
    LeukoPhashChunks *chunks;
};

static gint by_hash(gconstpointer a, gconstpointer b, gpointer hashes)
{
    guint x = *(const guint *)a, y = *(const guint *)b;
    const LeukoPhash *hx = (const LeukoPhash *)hashes + x, *hy = (const LeukoPhash *)hashes + y;
    for (guint w = 4; w-- > 0;)
        if (hx->bits[w] != hy->bits[w])
            return hx->bits[w] > hy->bits[w] ? 1 : -1;
    return (x > y) - (x < y);
}

/* Make one entry of equal hashes. */
static void collapse(LeukoPhashIndex *index, const LeukoPhash *hashes)
{
    guint n_items = 0;
    index->items = g_new(guint, index->n + 1);
    for (guint i = 0; i < index->n; i++)
        if (!leuko_phash_is_blank(&hashes[i]))
            index->items[n_items++] = i;
    if (n_items > 0)
        g_qsort_with_data(index->items, (gint)n_items, sizeof(guint), by_hash, (gpointer)hashes);
    index->hashes = leuko_huge_new0((n_items + 1) * sizeof(LeukoPhash));
    index->starts = g_new(guint, n_items + 1);
    for (guint i = 0; i < n_items; i++) {
        const LeukoPhash *hash = &hashes[index->items[i]];
        if (index->n_entries > 0 &&
            leuko_phash_distance(hash, &index->hashes[index->n_entries - 1]) == 0)
            continue;
        index->starts[index->n_entries] = i;
        index->hashes[index->n_entries++] = *hash;
    }
    index->starts[index->n_entries] = n_items;
}

LeukoPhashIndex *leuko_phash_index_new(const LeukoPhash *hashes, guint n, guint radius)
{
    g_assert(radius <= LEUKO_PHASH_MAX_RADIUS);
    LeukoPhashIndex *index = g_new0(LeukoPhashIndex, 1);
    index->n = n;
    index->radius = radius;
    collapse(index, hashes);
    index->chunks = leuko_phash_chunks_new(index->hashes, index->n_entries, radius);
    return index;
}

void leuko_phash_index_free(LeukoPhashIndex *index)
{
    if (!index)
        return;
    leuko_phash_chunks_free(index->chunks);
    g_free(index->items);
    g_free(index->starts);
    leuko_huge_free(index->hashes);
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
    gint *parents;           /* for cluster(), as the next two */
    guint entry;
    LeukoPhashMarks *marks;
};

static inline guint distance_to(const Search *s, guint entry)
{
    const LeukoPhash *hash = &s->index->hashes[entry];
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
static void run_search(Search *s, const LeukoPhash *query, LeukoPhashVisitor visit)
{
    const LeukoPhashIndex *index = s->index;
    if (leuko_phash_is_blank(query))
        return;
    for (guint t = 0; t < (leuko_phash_can_turn(query) ? 2 : 1); t++) {
        s->query = t ? leuko_phash_transpose(query) : *query;
        s->is_transposed = t > 0;
        leuko_phash_chunks_visit(index->chunks, &s->query, visit, s);
    }
}

static void keep_nearest(Search *s, guint entry, guint distance)
{
    guint item = s->index->items[s->index->starts[entry]];
    if (distance < s->nearest.distance ||
        (distance == s->nearest.distance && item < s->nearest.item))
        s->nearest = (LeukoPhashMatch){item, distance};
}

gboolean leuko_phash_index_find_nearest(const LeukoPhashIndex *index, const LeukoPhash *query,
                                        LeukoPhashMatch *nearest)
{
    Search s = {.index = index, .found = keep_nearest, .nearest = {0, G_MAXUINT}};
    run_search(&s, query, compare_bucket);
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
    run_search(&s, query, compare_bucket);
    g_array_sort(entries, by_item);
    for (guint i = 0; i < entries->len; i++) {
        const LeukoPhashMatch *match = &g_array_index(entries, LeukoPhashMatch, i);
        if (i > 0 && match[-1].item == match->item)
            continue; /* found by several chunks; the first is the nearest */
        for (guint k = index->starts[match->item]; k < index->starts[match->item + 1]; k++) {
            const LeukoPhashMatch item = {index->items[k], match->distance};
            g_array_append_val(items, item);
        }
    }
    g_array_sort(items, by_item);
    return items;
}

/* Union-find over entries without locks: a parent only ever changes to a lower entry. */
static guint find_root(gint *parents, guint entry)
{
    for (;;) {
        gint parent = g_atomic_int_get(&parents[entry]);
        if ((guint)parent == entry)
            return entry;
        gint next = g_atomic_int_get(&parents[parent]);
        if (next != parent)
            g_atomic_int_compare_and_exchange(&parents[entry], parent, next);
        entry = (guint)next;
    }
}

static void join(gint *parents, guint a, guint b)
{
    for (;;) {
        guint x = find_root(parents, a), y = find_root(parents, b);
        if (x == y)
            return;
        if (g_atomic_int_compare_and_exchange(&parents[MAX(x, y)], (gint)MAX(x, y),
                                              (gint)MIN(x, y)))
            return;
    }
}

enum { LARGE = 16 }; /* entries from which it pays to mark a bucket that is all one cluster */

/* Join the entry with its matches in the bucket. Where many hashes are near each other, all entries
 * of a bucket are soon in one cluster; it is marked then, and not looked at again. */
IMAGE_POPCNT static void join_bucket(gpointer search, LeukoPhashBucket bucket)
{
    Search *s = search;
    gboolean is_large = bucket.n >= LARGE, is_one = TRUE;
    guint root = find_root(s->parents, s->entry);
    if (is_large && leuko_phash_is_marked(s->marks, &bucket) &&
        find_root(s->parents, bucket.entries[0]) == root)
        return;
    for (guint i = 0; i < bucket.n; i++) {
        guint other = bucket.entries[i];
        /* the search of the lower of two entries compares them */
        if ((!is_large && other <= s->entry) || find_root(s->parents, other) == root)
            continue;
        if (other > s->entry && distance_to(s, other) <= s->index->radius) {
            join(s->parents, s->entry, other);
            root = find_root(s->parents, s->entry);
        } else {
            is_one = FALSE;
        }
    }
    if (is_large && is_one)
        leuko_phash_mark(s->marks, &bucket);
}

static void join_all(const LeukoPhashIndex *index, guint n_threads, gint *parents)
{
    g_autoptr(LeukoPhashMarks) marks = leuko_phash_marks_new(index->chunks);
#pragma omp parallel for schedule(dynamic, 64) num_threads(n_threads)
    for (guint e = 0; e < index->n_entries; e++) {
        Search s = {.index = index, .parents = parents, .entry = e, .marks = marks};
        run_search(&s, &index->hashes[e], join_bucket);
    }
}

void leuko_phash_index_cluster(const LeukoPhashIndex *index, guint n_threads, guint *cluster)
{
    g_autofree gint *parents = g_new(gint, index->n_entries + 1);
    g_autofree guint *lowest = g_new(guint, index->n_entries + 1);
    for (guint e = 0; e < index->n_entries; e++) {
        parents[e] = (gint)e;
        lowest[e] = G_MAXUINT;
    }
    join_all(index, n_threads, parents);
    for (guint e = 0; e < index->n_entries; e++) {
        guint root = find_root(parents, e);
        lowest[root] = MIN(lowest[root], index->items[index->starts[e]]);
    }
    for (guint i = 0; i < index->n; i++)
        cluster[i] = i;
    for (guint e = 0; e < index->n_entries; e++)
        for (guint k = index->starts[e]; k < index->starts[e + 1]; k++)
            cluster[index->items[k]] = lowest[find_root(parents, e)];
}

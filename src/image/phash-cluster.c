#include "image/phash-cluster.h"
#include "base/huge-memory.h"
#include "image/phash-distance.h"
#include "image/phash-distinct.h"
#include "image/phash-plan.h"
#include "image/simd.h"
#include <stdlib.h>

/* Memory is read in order. Measured. */
static const LeukoPhashCosts COSTS = {
    .table = 150, .key = 2, .probe = 10, .compare = 3, .scan = 3, .joins = TRUE};

/* The hashes, or their transposes, sorted by their key of a table. */
typedef struct {
    guint *starts;      /* (n_keys + 1) of a key's hashes */
    LeukoPhash *hashes; /* (n) */
    guint *entries;     /* (n) whose hashes they are */
} Sorted;

typedef struct {
    LeukoPhashEntries all;
    guint radius, n_threads;
    gint *parents; /* (all.n) of a forest; the entries of a tree are one cluster */
    const LeukoPhashTable *table;
    Sorted plain, turned;      /* by the table's keys; a hash of version 0.1 is not in `turned` */
    guint *keys;               /* (all.n) while they are sorted */
    GCancellable *cancellable; /* may be NULL */
    LeukoPhashWork work;
} Job;

/* Hashes with one key. */
typedef struct {
    const LeukoPhash *hashes; /* (n) */
    const guint *entries;     /* (n) */
    guint n;
    gboolean is_turned;
} Bucket;

/* --- the forest ------------------------------------------------------------------------------- */

/* Without locks: a parent only ever changes to a lower entry. */
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

/* --- comparisons ------------------------------------------------------------------------------ */

/* The distance is at least this, whichever words are inverted. */
static inline guint least_distance(const LeukoPhash *a, const LeukoPhash *b)
{
    guint d0 = phash_count(a->bits, b->bits, 0), d1 = phash_count(a->bits, b->bits, 1),
          d2 = phash_count(a->bits, b->bits, 2);
    return MIN(d0, 64 - d0) + MIN(d1, 64 - d1) + MIN(d2, 64 - d2) +
           phash_count(a->bits, b->bits, 3);
}

/* is_turned: `a` is the transpose of its image's hash. */
static inline gboolean is_near(const LeukoPhash *a, const LeukoPhash *b, gboolean is_turned,
                               guint radius)
{
    if (G_LIKELY(least_distance(a, b) > radius))
        return FALSE;
    if ((a->bits[3] & b->bits[3]) >> 63) /* both can turn */
        return phash_distance_flipped(a->bits, b->bits) <= radius;
    return !is_turned && phash_distance(a->bits, b->bits) <= radius;
}

/* Join the entries of two buckets that are near each other. */
static inline void join_buckets(Job *job, const Bucket *a, const Bucket *b, LeukoPhashWork *work)
{
    gboolean is_same = a->entries == b->entries;
    work->n_compared += is_same ? (gsize)a->n * (a->n - 1) / 2 : (gsize)a->n * b->n;
    for (guint i = 0; i < a->n; i++)
        for (guint j = is_same ? i + 1 : 0; j < b->n; j++)
            if (is_near(&a->hashes[i], &b->hashes[j], a->is_turned, job->radius))
                join(job->parents, a->entries[i], b->entries[j]);
}

/* --- crowds ----------------------------------------------------------------------------------- */

/* The hashes of a bucket by cluster. */
typedef struct {
    guint root, at; /* of its cluster; in the bucket */
} Member;

static int by_root(const void *a, const void *b)
{
    const Member *x = a, *y = b;
    return x->root != y->root ? (x->root > y->root) - (x->root < y->root)
                              : (x->at > y->at) - (x->at < y->at);
}

static Member *sort_by_root(const Job *job, const Bucket *b)
{
    Member *members = g_new(Member, b->n);
    for (guint i = 0; i < b->n; i++)
        members[i] = (Member){find_root(job->parents, b->entries[i]), i};
    qsort(members, b->n, sizeof *members, by_root);
    return members;
}

static gboolean is_one_cluster(const Job *job, const Bucket *a, const Bucket *b)
{
    guint root = find_root(job->parents, a->entries[0]);
    for (guint i = 0; i < a->n; i++)
        if (find_root(job->parents, a->entries[i]) != root)
            return FALSE;
    for (guint i = 0; i < b->n; i++)
        if (find_root(job->parents, b->entries[i]) != root)
            return FALSE;
    return TRUE;
}

static guint end_of_cluster(const Member *members, guint n, guint start)
{
    guint end = start + 1;
    while (end < n && members[end].root == members[start].root)
        end++;
    return end;
}

/* Join the entries of two clusters if one of the first is near one of the second. */
IMAGE_POPCNT static gboolean join_clusters(Job *job, const Bucket *a, const Member *x, guint n_x,
                                           const Bucket *b, const Member *y, guint n_y,
                                           LeukoPhashWork *work)
{
    for (guint i = 0; i < n_x; i++)
        for (guint j = 0; j < n_y; j++) {
            work->n_compared++;
            if (is_near(&a->hashes[x[i].at], &b->hashes[y[j].at], a->is_turned, job->radius)) {
                join(job->parents, a->entries[x[i].at], b->entries[y[j].at]);
                return TRUE;
            }
        }
    return FALSE;
}

/* As join_buckets(), for two large buckets: where many hashes are near each other, few clusters are
 * left soon, and of two clusters one pair that is near is enough. Returns FALSE when so many
 * clusters were joined that it pays to sort the hashes by cluster anew. */
static gboolean join_by_cluster(Job *job, const Bucket *a, const Bucket *b, LeukoPhashWork *work)
{
    gboolean is_same = a->entries == b->entries;
    g_autofree Member *x = sort_by_root(job, a);
    g_autofree Member *other = is_same ? NULL : sort_by_root(job, b);
    const Member *y = is_same ? x : other;
    guint n_joined = 0, x_end, y_end;
    for (guint i = 0; i < a->n; i = x_end) {
        x_end = end_of_cluster(x, a->n, i);
        for (guint j = is_same ? x_end : 0; j < b->n; j = y_end) {
            y_end = end_of_cluster(y, b->n, j);
            gboolean is_joined = (x_end - i > 1 || y_end - j > 1) &&
                                 find_root(job->parents, a->entries[x[i].at]) ==
                                     find_root(job->parents, b->entries[y[j].at]);
            if (!is_joined && join_clusters(job, a, x + i, x_end - i, b, y + j, y_end - j, work))
                n_joined++;
        }
        if (n_joined > (a->n + b->n) / 8)
            return FALSE;
    }
    return TRUE;
}

/* --- a table ---------------------------------------------------------------------------------- */

enum { CROWDED = 1 << 14 }; /* pairs of two buckets */

static Bucket bucket_of(const Sorted *s, guint key, gboolean is_turned)
{
    guint start = s->starts[key];
    return (Bucket){s->hashes + start, s->entries + start, s->starts[key + 1] - start, is_turned};
}

/* Compare the hashes of a key with those of the same and of its neighbor keys. Of two keys of plain
 * hashes, the lower one does. */
IMAGE_POPCNT static void join_key(Job *job, const Sorted *queries, guint key, LeukoPhashWork *work)
{
    guint keys[LEUKO_PHASH_MAX_KEYS], n_keys = leuko_phash_list_keys(job->table, key, keys);
    const Bucket a = bucket_of(queries, key, queries == &job->turned);
    for (guint k = 0; k < n_keys; k++)
        __builtin_prefetch(&job->plain.starts[keys[k]]);
    for (guint k = 0; k < n_keys; k++)
        __builtin_prefetch(&job->plain.hashes[job->plain.starts[keys[k]]]);
    for (guint k = 0; k < n_keys; k++) {
        const Bucket b = bucket_of(&job->plain, keys[k], FALSE);
        if (b.n == 0 || (!a.is_turned && keys[k] < key))
            continue;
        if ((gsize)a.n * b.n < CROWDED)
            join_buckets(job, &a, &b, work);
        else if (!is_one_cluster(job, &a, &b))
            while (!join_by_cluster(job, &a, &b, work))
                ;
    }
    work->n_lookups += n_keys;
}

static void join_keys(Job *job, const Sorted *queries)
{
    guint n_keys = leuko_phash_n_keys(job->table);
    guint64 n_compared = 0, n_lookups = 0;
#pragma omp parallel for schedule(dynamic, 256) num_threads(job->n_threads)                        \
    reduction(+ : n_compared, n_lookups)
    for (guint key = 0; key < n_keys; key++) {
        LeukoPhashWork work = {0};
        if (queries->starts[key] == queries->starts[key + 1] ||
            g_cancellable_is_cancelled(job->cancellable))
            continue;
        join_key(job, queries, key, &work);
        n_compared += work.n_compared;
        n_lookups += work.n_lookups;
    }
    job->work.n_compared += n_compared;
    job->work.n_lookups += n_lookups;
}

static void sorted_init(Sorted *s, guint n)
{
    s->hashes = leuko_huge_new0((n + 1) * sizeof(LeukoPhash));
    s->entries = leuko_huge_new0((n + 1) * sizeof(guint));
}

static void sorted_clear(Sorted *s)
{
    leuko_huge_free(s->hashes);
    leuko_huge_free(s->entries);
}

/* Sort the hashes, or their transposes, by their keys, counting first. */
static void sort_by_key(const Job *job, Sorted *s, gboolean turned)
{
    const LeukoPhash *hashes = job->all.hashes;
    guint n_keys = leuko_phash_n_keys(job->table), end = 0;
    s->starts = leuko_huge_new0((n_keys + 1) * sizeof(guint));
    for (guint e = 0; e < job->all.n; e++) {
        LeukoPhash hash = turned ? leuko_phash_transpose(&hashes[e]) : hashes[e];
        gboolean is_sorted = !turned || leuko_phash_can_turn(&hash);
        job->keys[e] = is_sorted ? leuko_phash_key(job->table, &hash) : n_keys;
        s->starts[job->keys[e]]++;
    }
    for (guint k = 0; k <= n_keys; k++)
        s->starts[k] = end += s->starts[k];
    for (guint e = job->all.n; e-- > 0;) {
        guint at = --s->starts[job->keys[e]];
        s->hashes[at] = turned ? leuko_phash_transpose(&hashes[e]) : hashes[e];
        s->entries[at] = e;
    }
}

static void join_table(Job *job, const LeukoPhashTable *table)
{
    job->table = table;
    sort_by_key(job, &job->plain, FALSE);
    sort_by_key(job, &job->turned, TRUE);
    join_keys(job, &job->plain);
    join_keys(job, &job->turned);
    leuko_huge_free(job->plain.starts);
    leuko_huge_free(job->turned.starts);
}

/* --- clusters --------------------------------------------------------------------------------- */

static void join_all(Job *job)
{
    g_autofree LeukoPhashTable *tables = g_new(LeukoPhashTable, LEUKO_PHASH_MAX_TABLES);
    guint n_tables = leuko_phash_plan(job->all.hashes, job->all.n, job->radius, &COSTS, tables);
    job->keys = g_new(guint, job->all.n + 1);
    sorted_init(&job->plain, job->all.n);
    sorted_init(&job->turned, job->all.n);
    for (guint t = 0; t < n_tables; t++)
        join_table(job, &tables[t]);
    sorted_clear(&job->plain);
    sorted_clear(&job->turned);
    g_free(job->keys);
}

void leuko_phash_cluster(const LeukoPhash *hashes, guint n, guint radius, guint n_threads,
                         guint *cluster, GCancellable *cancellable, LeukoPhashWork *work)
{
    g_assert(radius <= LEUKO_PHASH_MAX_RADIUS);
    Job job = {.radius = radius, .n_threads = n_threads, .cancellable = cancellable};
    leuko_phash_entries_init(&job.all, hashes, n);
    const LeukoPhashEntries *all = &job.all;
    job.parents = g_new(gint, all->n + 1);
    for (guint e = 0; e < all->n; e++)
        job.parents[e] = (gint)e;
    join_all(&job);
    g_autofree guint *lowest = g_new(guint, all->n + 1); /* item of each root's cluster */
    for (guint e = 0; e < all->n; e++)
        lowest[e] = G_MAXUINT;
    for (guint e = 0; e < all->n; e++) {
        guint root = find_root(job.parents, e);
        lowest[root] = MIN(lowest[root], all->items[all->starts[e]]);
    }
    for (guint i = 0; i < n; i++)
        cluster[i] = i;
    for (guint e = 0; e < all->n; e++)
        for (guint k = all->starts[e]; k < all->starts[e + 1]; k++)
            cluster[all->items[k]] = lowest[find_root(job.parents, e)];
    if (work)
        *work = job.work;
    g_free(job.parents);
    leuko_phash_entries_clear(&job.all);
}

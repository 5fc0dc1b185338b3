#include "image/copies.h"
#include "base/error.h"
#include "base/union-find.h"
#include "image/alignment.h"
#include "image/phash-cluster.h"
#include <stdlib.h>

/* Images of a cluster with which others are aligned. */
enum { MAX_LEADERS = 2048 };

typedef struct {
    guint item;
    LeukoDetail detail;
} Leader;

typedef struct {
    const LeukoCopySearch *search;
    guint *parents; /* (n) of a forest; a component's are changed by one thread */
    guint *members; /* images in components of two or more, by component */
    GArray *starts; /* of guint: of a component in `members`, then the end */

    GMutex lock; /* guards the fields below */
    LeukoCopyWork work;
    GError *error; /* of the first failure */
} Job;

/* --- candidates ------------------------------------------------------------------------------- */

/* The correlation that confirms two images; above 1: they are no candidates. */
static double enough(const LeukoCopySearch *s, guint a, guint b)
{
    if (leuko_phash_nearest(&s->plain[a], &s->plain[b]) <= LEUKO_PHASH_NEAR)
        return LEUKO_ALIGNMENT_NEAR_SAME;
    for (guint k = 0; k < LEUKO_CENTERED_HASHES; k++)
        if (leuko_phash_nearest(&s->centered[a].at[k], &s->centered[b].at[k]) <=
            LEUKO_CENTERED_NEAR)
            return LEUKO_ALIGNMENT_SAME;
    return 2;
}

/* Join the images of which hash k of image/centered.h is near, or, k = LEUKO_CENTERED_HASHES, the
 * hash of the whole image. hashes, cluster (n): scratch. Only the lowest of images with the same
 * bytes is compared. */
static void join_near(const LeukoCopySearch *s, guint k, guint *components, LeukoPhash *hashes,
                      guint *cluster)
{
    gboolean is_plain = k == LEUKO_CENTERED_HASHES;
    for (guint i = 0; i < s->n; i++)
        if (s->same[i] == i && !leuko_phash_is_blank(&s->plain[i]))
            hashes[i] = is_plain ? s->plain[i] : s->centered[i].at[k];
    leuko_phash_cluster(hashes, s->n, is_plain ? LEUKO_PHASH_NEAR : LEUKO_CENTERED_NEAR,
                        s->n_threads, cluster, s->cancellable, NULL);
    for (guint i = 0; i < s->n; i++)
        leuko_union_join(components, i, cluster[i]);
}

/* components (n): the lowest image of those that chains of candidates connect. */
static gboolean find_components(const LeukoCopySearch *s, guint *components, GError **error)
{
    g_autofree LeukoPhash *hashes = g_new0(LeukoPhash, s->n + 1);
    g_autofree guint *cluster = g_new(guint, s->n + 1);
    for (guint i = 0; i < s->n; i++)
        components[i] = i;
    for (guint k = 0; k <= LEUKO_CENTERED_HASHES; k++) {
        join_near(s, k, components, hashes, cluster);
        if (leuko_is_cancelled(s->cancellable, error))
            return FALSE;
    }
    for (guint i = 0; i < s->n; i++)
        components[i] = leuko_union_find(components, i);
    return TRUE;
}

/* List the images of components of two or more. */
static void list_components(Job *job, const guint *components)
{
    guint n = job->search->n, n_members = 0;
    g_autofree guint *sizes = g_new0(guint, n + 1), *at = g_new(guint, n + 1);
    for (guint i = 0; i < n; i++)
        sizes[components[i]]++;
    for (guint i = 0; i < n; i++)
        if (sizes[i] > 1) {
            g_array_append_val(job->starts, n_members);
            at[i] = n_members;
            n_members += sizes[i];
        }
    g_array_append_val(job->starts, n_members);
    job->members = g_new(guint, n_members + 1);
    for (guint i = 0; i < n; i++)
        if (sizes[components[i]] > 1)
            job->members[at[components[i]]++] = i;
}

/* --- confirmation ----------------------------------------------------------------------------- */

/* Align an image with the leaders that it may be a copy of, and join it to those that it is. */
static guint align_with(Job *job, GArray *leaders, guint item, const LeukoDetail *detail,
                        gboolean *is_unsure)
{
    guint n_joined = 0, n_aligned = 0;
    guint most = job->search->max_aligned ? job->search->max_aligned : LEUKO_COPIES_MAX_ALIGNED;
    for (guint k = 0; k < leaders->len; k++) {
        const Leader *leader = &g_array_index(leaders, Leader, k);
        double needed = enough(job->search, leader->item, item);
        if (needed > 1 ||
            leuko_union_find(job->parents, leader->item) == leuko_union_find(job->parents, item))
            continue;
        if (n_aligned++ == most) {
            *is_unsure = TRUE;
            break;
        }
        if (leuko_detail_align(&leader->detail, detail, needed) < needed)
            continue;
        leuko_union_join(job->parents, leader->item, item);
        n_joined++;
    }
    return n_joined;
}

/* An image that is no copy of those before it leads a cluster of its own. */
static gboolean confirm_component(Job *job, guint start, guint end, GError **error)
{
    const LeukoCopySearch *s = job->search;
    g_autoptr(GArray) leaders = g_array_new(FALSE, FALSE, sizeof(Leader));
    guint n_unsure = 0;
    for (guint i = start; i < end; i++) {
        LeukoThumbnail thumbnail;
        Leader own = {.item = job->members[i]};
        gboolean is_unsure = FALSE;
        if (leuko_is_cancelled(s->cancellable, error) ||
            !s->load(s->data, own.item, &thumbnail, error))
            return FALSE;
        leuko_detail_of(&thumbnail, &own.detail);
        if (align_with(job, leaders, own.item, &own.detail, &is_unsure) == 0) {
            is_unsure = is_unsure || leaders->len == MAX_LEADERS;
            if (leaders->len < MAX_LEADERS)
                g_array_append_val(leaders, own);
        }
        n_unsure += is_unsure ? 1 : 0;
    }
    g_mutex_lock(&job->lock);
    job->work.n_candidates += end - start;
    job->work.n_unsure += n_unsure;
    g_mutex_unlock(&job->lock);
    return TRUE;
}

static gboolean has_failed(Job *job)
{
    g_mutex_lock(&job->lock);
    gboolean failed = job->error != NULL;
    g_mutex_unlock(&job->lock);
    return failed;
}

static void confirm(Job *job, guint n_components)
{
#pragma omp parallel for schedule(dynamic, 1) num_threads(job->search->n_threads)
    for (guint k = 0; k < n_components; k++) {
        g_autoptr(GError) why = NULL;
        guint start = g_array_index(job->starts, guint, k),
              end = g_array_index(job->starts, guint, k + 1);
        if (has_failed(job) || confirm_component(job, start, end, &why))
            continue;
        g_mutex_lock(&job->lock);
        if (!job->error)
            job->error = g_steal_pointer(&why);
        g_mutex_unlock(&job->lock);
    }
}

gboolean leuko_copies_find(const LeukoCopySearch *s, guint *first, LeukoCopyWork *work,
                           GError **error)
{
    g_autofree guint *components = g_new(guint, s->n + 1);
    Job job = {.search = s, .parents = first, .starts = g_array_new(FALSE, FALSE, sizeof(guint))};
    g_mutex_init(&job.lock);
    for (guint i = 0; i < s->n; i++)
        first[i] = i;
    if (find_components(s, components, &job.error)) {
        list_components(&job, components);
        confirm(&job, job.starts->len - 1);
    }
    for (guint i = 0; i < s->n; i++)
        leuko_union_join(first, s->same[i], i);
    for (guint i = 0; i < s->n; i++)
        first[i] = leuko_union_find(first, i);
    if (work)
        *work = job.work;
    g_free(job.members);
    g_array_unref(job.starts);
    g_mutex_clear(&job.lock);
    if (job.error)
        g_propagate_error(error, job.error);
    return job.error == NULL;
}

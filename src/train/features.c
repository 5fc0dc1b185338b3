#include "train/features.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/threads.h"
#include "data/dataset-digest.h"
#include "data/dataset-image.h"
#include "engine/state.h"
#include "train/feature-cache.h"
#include <string.h>

/* Increment when the engine's features change by more than rounding, or when preprocessing changes
 * (invalidates users' caches). */
#define PLAN_VERSION 1

void leuko_features_free(LeukoFeatures *f)
{
    if (!f)
        return;
    g_free(f->x);
    g_free(f->sha256);
    g_free(f);
}

static gchar *cache_key(const LeukoStart *s, LeukoPrecision precision)
{
    return g_strdup_printf(
        "weights %s endpoint %s depth %.9g pools %d side %u crop %.9g antialias %d "
        "precision %s plan %d",
        s->digest, s->spec.endpoint, s->spec.depth_multiplier, s->spec.pool_includes_padding,
        s->preprocess.side_px, s->preprocess.crop_fraction, s->preprocess.antialias,
        leuko_precision_name(precision), PLAN_VERSION);
}

typedef struct {
    LeukoDataset *dataset;
    const LeukoStart *start;
    const LeukoFeatureOptions *options;
    LeukoReporter reporter;
    GCancellable *cancellable;
    LeukoFeatureCache *cache; /* or NULL */
    LeukoFeatures *out;
    const GArray *missing; /* of guint: records to compute */

    GMutex lock; /* guards the fields below, `cache`, `out` and `reporter` */
    guint next, done;
    GError *error; /* of the first failure */
} Job;

/* Limits the memory: each worker has a state of its own. */
#define MAX_WORKERS 8

/* Read, decode and preprocess one image: x (3, S, S). */
static gboolean prepare(const Job *job, guint record, float *x_chw, GError **error)
{
    g_autoptr(LeukoImage) image = leuko_dataset_decode(job->dataset, record, NULL, error);
    return image && leuko_preprocess_apply(&job->start->preprocess, image, x_chw, error);
}

/* Store the rows (n, C) of n records in the result and the cache. The caller holds the lock. */
static void deliver(Job *job, const guint *records, guint n, const float *rows)
{
    LeukoFeatures *f = job->out;
    g_autofree guint8 *keys = g_malloc((gsize)n * LEUKO_SHA256_BYTES);
    for (guint i = 0; i < n; i++) {
        memcpy(f->x + (gsize)records[i] * f->n_features, rows + (gsize)i * f->n_features,
               f->n_features * sizeof(float));
        memcpy(keys + (gsize)i * LEUKO_SHA256_BYTES,
               f->sha256 + (gsize)records[i] * LEUKO_SHA256_BYTES, LEUKO_SHA256_BYTES);
    }
    job->done += n;
    leuko_report(job->reporter, "features", job->done, job->missing->len, "images", NULL);
    g_autoptr(GError) why = NULL;
    if (job->cache && !leuko_feature_cache_put(job->cache, n, keys, rows, &why)) {
        leuko_report_line(job->reporter, "features",
                          "WARNING: %s; the remaining features are not kept", why->message);
        job->cache = NULL; /* its owner frees it */
    }
}

/* Take the next records, at most a batch. Returns their number: 0 at the end or after a failure. */
static guint take(Job *job, guint *records)
{
    g_mutex_lock(&job->lock);
    guint n = job->error ? 0 : MIN(job->options->batch, job->missing->len - job->next);
    for (guint i = 0; i < n; i++)
        records[i] = g_array_index(job->missing, guint, job->next++);
    g_mutex_unlock(&job->lock);
    return n;
}

static gboolean work(Job *job, LeukoState *state, GError **error)
{
    gsize side = job->start->preprocess.side_px, image_floats = LEUKO_CHANNELS * side * side;
    g_autofree float *x = g_new(float, image_floats * job->options->batch); /* (n, 3, S, S) */
    g_autofree guint *records = g_new(guint, job->options->batch);
    guint n;
    while ((n = take(job, records)) > 0) {
        for (guint i = 0; i < n; i++)
            if (leuko_is_cancelled(job->cancellable, error) ||
                !prepare(job, records[i], x + i * image_floats, error))
                return FALSE;
        if (!leuko_state_run(state, n, x, error))
            return FALSE;
        g_mutex_lock(&job->lock);
        deliver(job, records, n, leuko_state_features(state));
        g_mutex_unlock(&job->lock);
    }
    return TRUE;
}

typedef struct {
    Job *job;
    LeukoState *state;
    GThread *thread;
} Worker;

static gpointer run_worker(gpointer data)
{
    Worker *w = data;
    GError *error = NULL;
    if (!work(w->job, w->state, &error)) {
        g_mutex_lock(&w->job->lock);
        if (w->job->error)
            g_clear_error(&error);
        else
            w->job->error = error;
        g_mutex_unlock(&w->job->lock);
    }
    return NULL;
}

/* Make one program and a state for each worker. */
static gboolean make_states(Job *job, Worker *workers, guint n, GError **error)
{
    LeukoProgramOptions options = {job->options->precision, job->options->batch,
                                   MAX(job->options->n_threads / n, 1)};
    g_autoptr(LeukoProgram) program =
        leuko_program_new(job->start->net, job->start->params, &options, error);
    for (guint i = 0; program && i < n; i++) {
        workers[i] = (Worker){job, leuko_state_new(program, NULL, error), NULL};
        if (!workers[i].state)
            return FALSE;
    }
    return program != NULL;
}

/* Run the network on the missing images. Each worker decodes its own images and runs them on its
 * own state: no worker waits for another, and a row does not depend on the number of threads. */
static gboolean run_network(Job *job, GError **error)
{
    guint batches = (job->missing->len + job->options->batch - 1) / job->options->batch;
    guint n_workers = MIN(MIN(job->options->n_threads, MAX_WORKERS), batches);
    Worker workers[MAX_WORKERS] = {{NULL}};
    gboolean made = make_states(job, workers, n_workers, error);
    g_mutex_init(&job->lock);
    guint n_started = 0;
    while (made && n_started < n_workers &&
           leuko_threads_start(&workers[n_started].thread, 1, "features", run_worker,
                               &workers[n_started]) == 1)
        n_started++;
    if (made && n_started == 0)
        run_worker(&workers[0]);
    for (guint i = 0; i < n_started; i++)
        g_thread_join(workers[i].thread);
    for (guint i = 0; i < n_workers; i++)
        leuko_state_free(workers[i].state);
    g_mutex_clear(&job->lock);
    if (job->error)
        g_propagate_error(error, g_steal_pointer(&job->error));
    return made && job->done == job->missing->len;
}

/* Copy rows from the cache; return the records to compute, each image once. same (n), out: the
 * record with the same image whose row is to be copied, or the record itself. */
static GArray *find_missing(Job *job, guint *same)
{
    LeukoFeatures *f = job->out;
    GArray *missing = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    for (guint i = 0; i < f->n; i++) {
        const guint8 *sha = f->sha256 + (gsize)i * LEUKO_SHA256_BYTES;
        g_autoptr(GBytes) key = g_bytes_new_static(sha, LEUKO_SHA256_BYTES);
        gpointer first = NULL;
        same[i] = i;
        if (job->cache &&
            leuko_feature_cache_get(job->cache, sha, f->x + (gsize)i * f->n_features)) {
            f->n_cached++;
        } else if (g_hash_table_lookup_extended(seen, key, NULL, &first)) {
            same[i] = GPOINTER_TO_UINT(first);
        } else {
            g_hash_table_insert(seen, g_steal_pointer(&key), GUINT_TO_POINTER(i));
            g_array_append_val(missing, i);
        }
    }
    return missing;
}

LeukoFeatures *leuko_features_compute(LeukoDataset *dataset, const LeukoStart *start,
                                      const LeukoFeatureOptions *options, LeukoReporter reporter,
                                      GCancellable *cancellable, GError **error)
{
    g_assert(options->precision != LEUKO_PRECISION_AUTO);
    g_autoptr(LeukoFeatures) f = g_new0(LeukoFeatures, 1);
    f->n = leuko_dataset_n_records(dataset);
    f->n_features = leuko_net_feature_channels(start->net);
    f->x = g_try_new0(float, f->n * f->n_features);
    f->sha256 = g_try_malloc0_n(f->n, LEUKO_SHA256_BYTES);
    if (!f->x || !f->sha256) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "no memory for the features of %zu images (%u each)", f->n, f->n_features);
        return NULL;
    }
    g_autoptr(LeukoFeatureCache) cache = NULL;
    if (!options->no_cache) {
        g_autofree gchar *key = cache_key(start, options->precision);
        g_autoptr(GError) why = NULL;
        cache = leuko_feature_cache_open(key, f->n_features, &why);
        if (!cache)
            leuko_report_line(reporter, "features",
                              "WARNING: %s; the features are computed without it", why->message);
    }
    if (!leuko_dataset_hash_images(dataset, f->sha256, cancellable, error))
        return NULL;
    Job job = {.dataset = dataset,
               .start = start,
               .options = options,
               .reporter = reporter,
               .cancellable = cancellable,
               .cache = cache,
               .out = f};
    g_autofree guint *same = g_new0(guint, f->n);
    g_autoptr(GArray) missing = find_missing(&job, same);
    if (cache && leuko_feature_cache_n_damaged(cache) > 0)
        leuko_report_line(reporter, "features", "%s: %u %s computed again",
                          leuko_feature_cache_path(cache), leuko_feature_cache_n_damaged(cache),
                          leuko_plural(leuko_feature_cache_n_damaged(cache),
                                       "row of the feature cache is damaged and is",
                                       "rows of the feature cache are damaged and are"));
    gint64 start_us = g_get_monotonic_time();
    job.missing = missing;
    if (missing->len > 0 && !run_network(&job, error))
        return NULL;
    f->seconds = (double)(g_get_monotonic_time() - start_us) / 1e6;
    for (guint i = 0; i < f->n; i++)
        if (same[i] != i)
            memcpy(f->x + (gsize)i * f->n_features, f->x + (gsize)same[i] * f->n_features,
                   f->n_features * sizeof(float));
    return g_steal_pointer(&f);
}

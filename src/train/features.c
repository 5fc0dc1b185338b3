#include "train/features.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/threads.h"
#include "data/dataset-digest.h"
#include "data/dataset-image.h"
#include "engine/state.h"
#include "image/views.h"
#include "leuko/error.h"
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
    g_free(f->views);
    g_free(f->sha256);
    g_free(f);
}

void leuko_split_features_clear(LeukoSplitFeatures *f)
{
    g_clear_pointer(&f->training, leuko_features_free);
    g_clear_pointer(&f->validation, leuko_features_free);
}

/* The key of view 0 names no view, so that it finds the rows of earlier versions. */
static gchar *cache_key(const LeukoStart *s, LeukoPrecision precision, guint view,
                        const LeukoFeatureChange *change)
{
    const LeukoColorTransfer *t = &s->preprocess.color;
    g_autofree gchar *colors =
        t->is_used
            ? g_strdup_printf(" color %.17g %.17g %.17g %.17g %.17g %.17g", t->scale[0],
                              t->scale[1], t->scale[2], t->shift[0], t->shift[1], t->shift[2])
            : g_strdup("");
    g_autofree gchar *suffix =
        view > 0 ? g_strdup_printf(" view %u%s", view, colors) : g_strdup(colors);
    return g_strdup_printf(
        "weights %s endpoint %s depth %.9g pools %d side %u crop %.9g antialias %d "
        "precision %s plan %d%s%s%s",
        s->digest, s->spec.endpoint, s->spec.depth_multiplier, s->spec.pool_includes_padding,
        s->preprocess.side_px, s->preprocess.crop_fraction, s->preprocess.antialias,
        leuko_precision_name(precision), PLAN_VERSION, suffix, change ? " change " : "",
        change ? change->key : "");
}

typedef struct {
    LeukoDataset *dataset;
    const LeukoStart *start;
    const LeukoFeatureOptions *options;
    const LeukoFeatureChange *change; /* or NULL */
    guint view;                       /* of every image */
    LeukoReporter reporter;
    GCancellable *cancellable;
    LeukoFeatureCache *cache; /* or NULL */
    LeukoFeatures *out;
    LeukoFeatureSink sink;
    gpointer sink_data;
    GArray *missing; /* of guint: records to compute, each image once */
    guint *same;     /* (n) the next record with the same image; 0: none */

    GMutex lock; /* guards the fields below, `cache`, `sink` and `reporter` */
    guint next, done;
    GError *error; /* of the first failure */
} Job;

/* Limits the memory: each worker has a state of its own. */
#define MAX_WORKERS 8

/* Read, decode and preprocess one image: its view x (3, S, S); `upright` has the same size. */
static gboolean prepare(const Job *job, guint record, float *upright, float *x_chw, GError **error)
{
    const LeukoPreprocess *preprocess = &job->start->preprocess;
    g_autoptr(LeukoImage) image = leuko_dataset_decode(job->dataset, record, NULL, error);
    if (!image || (job->change && !job->change->apply(image, job->change->user_data, error)) ||
        !leuko_preprocess_apply(preprocess, image, job->view > 0 ? upright : x_chw, error))
        return FALSE;
    if (job->view > 0)
        leuko_view_make(upright, preprocess->side_px, job->view, x_chw);
    return TRUE;
}

/* Give the rows (n, C) of n records, and of those with the same images, to the sink, and keep them
 * in the cache. The caller holds the lock. */
static gboolean deliver(Job *job, const guint *records, guint n, const float *rows, GError **error)
{
    const LeukoFeatures *f = job->out;
    g_autofree guint8 *keys = g_malloc((gsize)n * LEUKO_SHA256_BYTES);
    for (guint i = 0; i < n; i++) {
        guint record = records[i];
        memcpy(keys + (gsize)i * LEUKO_SHA256_BYTES, f->sha256 + (gsize)record * LEUKO_SHA256_BYTES,
               LEUKO_SHA256_BYTES);
        do {
            if (!job->sink(record, rows + (gsize)i * f->n_features, job->sink_data, error))
                return FALSE;
            record = job->same[record];
        } while (record > 0);
    }
    job->done += n;
    leuko_report(job->reporter, "features", job->done, job->missing->len, "images", NULL);
    g_autoptr(GError) why = NULL;
    if (job->cache && !leuko_feature_cache_put(job->cache, n, keys, rows, &why)) {
        leuko_report_line(job->reporter, "features",
                          "WARNING: %s; the remaining features are not kept", why->message);
        job->cache = NULL; /* its owner frees it */
    }
    return TRUE;
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
    g_autofree float *upright = g_new(float, image_floats);
    g_autofree guint *records = g_new(guint, job->options->batch);
    guint n;
    while ((n = take(job, records)) > 0) {
        for (guint i = 0; i < n; i++)
            if (leuko_is_cancelled(job->cancellable, error) ||
                !prepare(job, records[i], upright, x + i * image_floats, error))
                return FALSE;
        if (!leuko_state_run(state, n, x, error))
            return FALSE;
        g_mutex_lock(&job->lock);
        gboolean ok = deliver(job, records, n, leuko_state_features(state), error);
        g_mutex_unlock(&job->lock);
        if (!ok)
            return FALSE;
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

static guint sha256_hash(gconstpointer sha256) { return *(const guint32 *)sha256; }

static gboolean sha256_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, LEUKO_SHA256_BYTES) == 0;
}

/* Give the rows of the cache to the sink; list the other records in `missing` and `same`. */
static gboolean find_missing(Job *job, GError **error)
{
    LeukoFeatures *f = job->out;
    g_autofree float *row = g_new(float, f->n_features);
    g_autoptr(GHashTable) last = g_hash_table_new(sha256_hash, sha256_equal); /* with an image */
    for (guint i = 0; i < f->n; i++) {
        const guint8 *sha256 = f->sha256 + (gsize)i * LEUKO_SHA256_BYTES;
        gpointer before = NULL;
        if (job->cache && leuko_feature_cache_get(job->cache, sha256, row)) {
            f->n_cached++;
            if (!job->sink(i, row, job->sink_data, error))
                return FALSE;
            continue;
        }
        f->n_computed++;
        if (g_hash_table_lookup_extended(last, sha256, NULL, &before))
            job->same[GPOINTER_TO_UINT(before)] = i;
        else
            g_array_append_val(job->missing, i);
        g_hash_table_insert(last, (gpointer)sha256, GUINT_TO_POINTER(i));
    }
    return TRUE;
}

static void report_damage(const Job *job)
{
    guint n = job->cache ? leuko_feature_cache_n_damaged(job->cache) : 0;
    if (n > 0)
        leuko_report_line(job->reporter, "features", "%s: %u %s computed again",
                          leuko_feature_cache_path(job->cache), n,
                          leuko_plural(n, "row of the feature cache is damaged and is",
                                       "rows of the feature cache are damaged and are"));
}

static gboolean run(Job *job, GError **error)
{
    LeukoFeatures *f = job->out;
    job->missing = g_array_new(FALSE, FALSE, sizeof(guint));
    job->same = g_new0(guint, f->n + 1);
    gboolean ok = find_missing(job, error);
    report_damage(job);
    gint64 start_us = g_get_monotonic_time();
    ok = ok && (job->missing->len == 0 || run_network(job, error));
    f->seconds += (double)(g_get_monotonic_time() - start_us) / 1e6;
    g_array_unref(job->missing);
    g_free(job->same);
    return ok;
}

static LeukoFeatureCache *open_cache(const Job *job, guint view)
{
    g_autofree gchar *key = cache_key(job->start, job->options->precision, view, job->change);
    g_autoptr(GError) why = NULL;
    if (job->options->no_cache)
        return NULL;
    LeukoFeatureCache *cache = leuko_feature_cache_open(key, job->out->n_features, &why);
    if (!cache)
        leuko_report_line(job->reporter, "features",
                          "WARNING: %s; the features are computed without it", why->message);
    return cache;
}

static gboolean fail_memory(const LeukoFeatures *f, GError **error)
{
    return leuko_fail(LEUKO_ERROR_MEMORY, error,
                      "no memory for the features of %zu images (%u each)", f->n, f->n_features);
}

/* No rows yet; the digests of the images are computed. */
static LeukoFeatures *features_new(LeukoDataset *dataset, const LeukoStart *start,
                                   GCancellable *cancellable, GError **error)
{
    g_autoptr(LeukoFeatures) f = g_new0(LeukoFeatures, 1);
    f->n = leuko_dataset_n_records(dataset);
    f->n_features = leuko_net_feature_channels(start->net);
    f->n_views = 1;
    f->sha256 = g_try_malloc0_n(f->n, LEUKO_SHA256_BYTES);
    if (!f->sha256) {
        fail_memory(f, error);
        return NULL;
    }
    return leuko_dataset_hash_images(dataset, f->sha256, cancellable, error) ? g_steal_pointer(&f)
                                                                             : NULL;
}

/* Give the rows of one view to job->sink. */
static gboolean run_view(Job job, guint view, GError **error)
{
    g_autoptr(LeukoFeatureCache) cache = open_cache(&job, view);
    job.cache = cache;
    job.view = view;
    return run(&job, error);
}

LeukoFeatures *leuko_features_stream(LeukoDataset *dataset, const LeukoStart *start,
                                     const LeukoFeatureOptions *options, LeukoFeatureSink sink,
                                     gpointer user_data, LeukoReporter reporter,
                                     GCancellable *cancellable, GError **error)
{
    g_assert(options->precision != LEUKO_PRECISION_AUTO && options->n_views <= 1);
    g_autoptr(LeukoFeatures) f = features_new(dataset, start, cancellable, error);
    const Job job = {.dataset = dataset,
                     .start = start,
                     .options = options,
                     .reporter = reporter,
                     .cancellable = cancellable,
                     .out = f,
                     .sink = sink,
                     .sink_data = user_data};
    return f && run_view(job, 0, error) ? g_steal_pointer(&f) : NULL;
}

/* Takes the rows of one view of all images. */
typedef struct {
    const LeukoFeatures *f;
    guint view;
} ViewSink;

/* Add the share of the view to the mean, and keep the view. */
static gboolean add_row(guint record, const float *row, gpointer user_data, GError **error)
{
    const ViewSink *sink = user_data;
    const LeukoFeatures *f = sink->f;
    float *x = f->x + (gsize)record * f->n_features;
    (void)error;
    for (guint c = 0; sink->view < f->n_views && c < f->n_features; c++)
        x[c] += row[c] / (float)f->n_views; /* exact: the number is a power of two */
    if (sink->view < f->n_train_views)
        memcpy(f->views + ((gsize)sink->view * f->n + record) * f->n_features, row,
               f->n_features * sizeof(float));
    return TRUE;
}

static gboolean allocate_rows(LeukoFeatures *f, GError **error)
{
    gsize row_bytes = f->n_features * sizeof(float);
    f->x = g_try_malloc0_n(f->n, row_bytes);
    f->views = f->n_train_views > 0 ? g_try_malloc_n(f->n_train_views * f->n, row_bytes) : NULL;
    return f->n == 0 || (f->x && (f->views || f->n_train_views == 0)) || fail_memory(f, error);
}

LeukoFeatures *leuko_features_compute(LeukoDataset *dataset, const LeukoStart *start,
                                      const LeukoFeatureOptions *options, LeukoReporter reporter,
                                      GCancellable *cancellable, GError **error)
{
    return leuko_features_compute_changed(dataset, start, options, NULL, reporter, cancellable,
                                          error);
}

LeukoFeatures *leuko_features_compute_changed(LeukoDataset *dataset, const LeukoStart *start,
                                              const LeukoFeatureOptions *options,
                                              const LeukoFeatureChange *change,
                                              LeukoReporter reporter, GCancellable *cancellable,
                                              GError **error)
{
    g_assert(options->precision != LEUKO_PRECISION_AUTO);
    if ((options->n_views > 0 && !leuko_views_possible(options->n_views)) ||
        (options->n_train_views > 0 && !leuko_views_possible(options->n_train_views))) {
        leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                   "%u views of an image, %u of a training image: must be 1, 2, 4 or 8",
                   options->n_views, options->n_train_views);
        return NULL;
    }
    g_autoptr(LeukoFeatures) f = features_new(dataset, start, cancellable, error);
    if (!f)
        return NULL;
    f->n_views = MAX(options->n_views, 1);
    f->n_train_views = options->n_train_views;
    if (!allocate_rows(f, error))
        return NULL;
    ViewSink sink = {f, 0};
    guint n_views = MAX(f->n_views, f->n_train_views);
    const Job job = {.dataset = dataset,
                     .start = start,
                     .options = options,
                     .change = change,
                     .reporter = reporter,
                     .cancellable = cancellable,
                     .out = f,
                     .sink = add_row,
                     .sink_data = &sink};
    for (sink.view = 0; sink.view < n_views; sink.view++) {
        if (n_views > 1)
            leuko_report_line(reporter, "features", "view %u of %u", sink.view + 1, n_views);
        if (!run_view(job, sink.view, error))
            return NULL;
    }
    return g_steal_pointer(&f);
}

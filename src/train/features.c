#include "leuko/features.h"
#include "leuko/error.h"
#include "leuko/loader.h"
#include "train/feature_cache.h"
#include <string.h>

/* Counts up when the engine's features change by more than rounding, or preprocessing does. */
#define PLAN_VERSION 1

void leuko_features_free(LeukoFeatures *f)
{
    if (!f)
        return;
    g_free(f->x);
    g_free(f->sha256);
    g_free(f);
}

LeukoPrecision leuko_features_precision(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512bf16"))
        return LEUKO_BF16;
#endif
    return LEUKO_FP32;
}

static gchar *cache_key(const LeukoStart *s, LeukoPrecision precision)
{
    return g_strdup_printf("weights %s endpoint %s depth %.9g pools %d side %u crop %.9g antialias %d "
                           "precision %s plan %d",
                           s->digest, s->spec.endpoint, s->spec.depth_multiplier,
                           s->spec.pool_includes_padding, s->preprocess.side_px,
                           s->preprocess.crop_fraction, s->preprocess.antialias,
                           leuko_precision_name(precision), PLAN_VERSION);
}

static gboolean digest_pictures(LeukoDataset *dataset, guint8 *sha256, GCancellable *cancellable,
                                GError **error)
{
    for (guint i = 0; i < leuko_dataset_n_records(dataset); i++) {
        g_autoptr(GBytes) bytes = leuko_dataset_read(dataset, i, error);
        if (!bytes || leuko_is_cancelled(cancellable, error))
            return FALSE;
        g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
        gsize n_bytes, n_digest = LEUKO_SHA256_BYTES;
        const guint8 *data = g_bytes_get_data(bytes, &n_bytes);
        g_checksum_update(sum, data, (gssize)n_bytes);
        g_checksum_get_digest(sum, sha256 + (gsize)i * LEUKO_SHA256_BYTES, &n_digest);
    }
    return TRUE;
}

typedef struct {
    LeukoDataset *dataset;
    const LeukoStart *start;
    const LeukoFeatureOptions *options;
    LeukoReporter reporter;
    GCancellable *cancellable;
    LeukoFeatureCache *cache; /* or NULL */
    LeukoFeatures *out;
} Job;

/* The network on the pictures `missing`, their rows filled and kept. */
static gboolean run_network(Job *job, const GArray *missing, GError **error)
{
    LeukoFeatures *f = job->out;
    LeukoPlanOptions plan_options = {job->options->precision, job->options->batch,
                                     job->options->n_threads};
    LeukoLoaderOptions loader_options = {.batch = job->options->batch,
                                         .n_threads = job->options->n_threads};
    g_autoptr(LeukoPlan) plan =
        leuko_plan_new(job->start->net, job->start->params, &plan_options, error);
    g_autoptr(LeukoLoader) loader =
        plan ? leuko_loader_new(job->dataset, (const guint *)(const void *)missing->data, missing->len,
                                &job->start->preprocess, &loader_options, job->cancellable, error)
             : NULL;
    if (!loader)
        return FALSE;
    g_autofree guint8 *keys = g_malloc((gsize)job->options->batch * LEUKO_SHA256_BYTES);
    LeukoBatch batch;
    g_autoptr(GError) why = NULL;
    guint done = 0;
    while (leuko_loader_next(loader, &batch, &why)) {
        if (!leuko_plan_run(plan, batch.n, batch.x_nchw, error))
            return FALSE;
        const float *rows = leuko_plan_features(plan); /* (n, C) */
        for (guint i = 0; i < batch.n; i++) {
            memcpy(f->x + (gsize)batch.indices[i] * f->n_features, rows + (gsize)i * f->n_features,
                   f->n_features * sizeof(float));
            memcpy(keys + (gsize)i * LEUKO_SHA256_BYTES,
                   f->sha256 + (gsize)batch.indices[i] * LEUKO_SHA256_BYTES, LEUKO_SHA256_BYTES);
        }
        if (job->cache && !leuko_feature_cache_put(job->cache, batch.n, keys, rows, error))
            return FALSE;
        done += batch.n;
        leuko_report(job->reporter, "features", done, missing->len, "images", NULL);
        if (leuko_is_cancelled(job->cancellable, error))
            return FALSE;
    }
    if (why)
        g_propagate_error(error, g_steal_pointer(&why));
    return done == missing->len;
}

/* Rows from the cache; the others' indices are returned, each picture once. *same (n): the record
 * whose row this one shares. */
static GArray *find_missing(Job *job, guint *same)
{
    LeukoFeatures *f = job->out;
    GArray *missing = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
                                                       (GDestroyNotify)g_bytes_unref, NULL);
    for (guint i = 0; i < f->n; i++) {
        const guint8 *sha = f->sha256 + (gsize)i * LEUKO_SHA256_BYTES;
        g_autoptr(GBytes) key = g_bytes_new_static(sha, LEUKO_SHA256_BYTES);
        gpointer first = NULL;
        same[i] = i;
        if (job->cache && leuko_feature_cache_get(job->cache, sha, f->x + (gsize)i * f->n_features)) {
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
    g_autoptr(LeukoFeatures) f = g_new0(LeukoFeatures, 1);
    f->n = leuko_dataset_n_records(dataset);
    f->n_features = leuko_net_feature_channels(start->net);
    f->x = g_try_new0(float, f->n * f->n_features);
    f->sha256 = g_try_malloc0_n(f->n, LEUKO_SHA256_BYTES);
    if (!f->x || !f->sha256) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory for %zu rows of %u features",
                    f->n, f->n_features);
        return NULL;
    }
    g_autoptr(LeukoFeatureCache) cache = NULL;
    if (!options->no_cache) {
        g_autofree gchar *key = cache_key(start, options->precision);
        cache = leuko_feature_cache_open(key, f->n_features, error);
        if (!cache)
            return NULL;
    }
    if (!digest_pictures(dataset, f->sha256, cancellable, error))
        return NULL;
    Job job = {dataset, start, options, reporter, cancellable, cache, f};
    g_autofree guint *same = g_new(guint, f->n);
    g_autoptr(GArray) missing = find_missing(&job, same);
    if (cache && leuko_feature_cache_n_broken(cache) > 0)
        leuko_report_line(reporter, "features", "%s: %u rows were damaged and are computed anew",
                          leuko_feature_cache_path(cache), leuko_feature_cache_n_broken(cache));
    gint64 start_us = g_get_monotonic_time();
    if (missing->len > 0 && !run_network(&job, missing, error))
        return NULL;
    f->seconds = (double)(g_get_monotonic_time() - start_us) / 1e6;
    for (guint i = 0; i < f->n; i++)
        if (same[i] != i)
            memcpy(f->x + (gsize)i * f->n_features, f->x + (gsize)same[i] * f->n_features,
                   f->n_features * sizeof(float));
    return g_steal_pointer(&f);
}

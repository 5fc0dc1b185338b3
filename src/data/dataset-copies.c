#include "data/dataset-copies.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/threads.h"
#include "data/dataset-image.h"
#include "data/stored-fingerprint.h"
#include "image/copies.h"
#include <string.h>

typedef struct {
    LeukoDataset *dataset;
    LeukoFingerprint *prints; /* (n) */
    LeukoSpectrum *spectra;   /* (n) */
    const GArray *missing;    /* of guint: records to decode */
    LeukoReporter reporter;
    GCancellable *cancellable;

    GMutex lock; /* guards the fields below and `reporter` */
    guint next, done;
    GError *error; /* of the first failure */
} Job;

static gboolean describe(const Job *job, guint record, GError **error)
{
    LeukoLuma luma;
    LeukoPhash hash;
    g_autoptr(LeukoImage) image = leuko_dataset_decode(job->dataset, record, NULL, error);
    if (!image || !leuko_luma_of(image, &luma, error))
        return FALSE;
    leuko_phash_of_luma(&luma, &hash);
    leuko_spectrum_of(&luma, &job->spectra[record]);
    return leuko_fingerprint_of(image, &hash, &job->prints[record], error);
}

static gpointer work(gpointer data)
{
    Job *job = data;
    g_mutex_lock(&job->lock);
    while (!job->error && job->next < job->missing->len &&
           !leuko_is_cancelled(job->cancellable, &job->error)) {
        guint record = g_array_index(job->missing, guint, job->next++);
        g_autoptr(GError) error = NULL;
        g_mutex_unlock(&job->lock);
        gboolean ok = describe(job, record, &error);
        g_mutex_lock(&job->lock);
        if (!ok && !job->error)
            job->error = g_steal_pointer(&error);
        leuko_report(job->reporter, "copies", ++job->done, job->missing->len, "images", NULL);
    }
    g_mutex_unlock(&job->lock);
    return NULL;
}

/* Describe every record. */
static gboolean describe_all(Job *job, guint n_threads, GError **error)
{
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < leuko_dataset_n_records(job->dataset); i++)
        if (!leuko_dataset_stored_fingerprint(job->dataset, i, &job->prints[i]) ||
            !leuko_dataset_stored_spectrum(job->dataset, i, &job->spectra[i]))
            g_array_append_val(missing, i);
    job->missing = missing;
    g_mutex_init(&job->lock);
    leuko_threads_run(MIN(missing->len, n_threads), "copies", work, job);
    g_mutex_clear(&job->lock);
    if (job->error)
        g_propagate_error(error, g_steal_pointer(&job->error));
    return job->done == missing->len;
}

static gboolean load(gpointer data, guint record, LeukoThumbnail *out, GError **error)
{
    const Job *job = data;
    g_autoptr(LeukoImage) image = leuko_dataset_decode(job->dataset, record, NULL, error);
    return image && leuko_thumbnail_of(image, out, error);
}

/* same (n): the lowest record with the same pixels. */
static void find_same_pixels(const LeukoFingerprint *prints, guint n, guint *same)
{
    g_autoptr(GHashTable) first = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < n; i++) {
        gint64 digest;
        gpointer before;
        memcpy(&digest, prints[i].bytes, sizeof digest);
        same[i] = i;
        if (g_hash_table_lookup_extended(first, &digest, NULL, &before))
            same[i] = GPOINTER_TO_UINT(before);
        else
            g_hash_table_insert(first, g_memdup2(&digest, sizeof digest), GUINT_TO_POINTER(i));
    }
}

gboolean leuko_dataset_find_copies(LeukoDataset *dataset, guint n_threads, guint *copy_of,
                                   guint *n_unsure, LeukoReporter reporter,
                                   GCancellable *cancellable, GError **error)
{
    guint n = leuko_dataset_n_records(dataset);
    g_autofree LeukoFingerprint *prints = g_new0(LeukoFingerprint, n + 1);
    g_autofree LeukoSpectrum *spectra = g_new0(LeukoSpectrum, n + 1);
    g_autofree LeukoPhash *plain = g_new(LeukoPhash, n + 1);
    g_autofree guint *same = g_new(guint, n + 1);
    Job job = {.dataset = dataset,
               .prints = prints,
               .spectra = spectra,
               .reporter = reporter,
               .cancellable = cancellable};
    if (!describe_all(&job, n_threads, error))
        return FALSE;
    for (guint i = 0; i < n; i++)
        plain[i] = leuko_fingerprint_plain(prints[i].bytes);
    find_same_pixels(prints, n, same);
    const LeukoCopySearch search = {.n = n,
                                    .plain = plain,
                                    .spectra = spectra,
                                    .same = same,
                                    .load = load,
                                    .data = &job,
                                    .n_threads = n_threads,
                                    .cancellable = cancellable};
    LeukoCopyWork done = {0};
    gboolean ok = leuko_copies_find(&search, copy_of, &done, error);
    *n_unsure = done.n_unsure;
    return ok;
}

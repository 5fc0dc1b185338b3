#include "data/dataset-copies.h"
#include "data/dataset-image.h"
#include "data/each-record.h"
#include "data/stored-hashes.h"
#include "image/copies.h"
#include <string.h>

typedef struct {
    LeukoDataset *dataset;
    LeukoFingerprint *prints; /* (n) */
    LeukoCentered *centered;  /* (n) */
} Job;

static gboolean describe(gpointer data, guint record, GError **error)
{
    const Job *job = data;
    LeukoLuma luma;
    LeukoPhash hash;
    g_autoptr(LeukoImage) image = leuko_dataset_decode(job->dataset, record, NULL, error);
    if (!image || !leuko_luma_of(image, &luma, error))
        return FALSE;
    leuko_phash_of_luma(&luma, &hash);
    leuko_centered_of(&luma, &job->centered[record]);
    return leuko_fingerprint_of(image, &hash, &job->prints[record], error);
}

/* Describe every record. */
static gboolean describe_all(Job *job, guint n_threads, LeukoReporter reporter,
                             GCancellable *cancellable, GError **error)
{
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < leuko_dataset_n_records(job->dataset); i++)
        if (!leuko_dataset_stored_hashes(job->dataset, i, &job->prints[i], &job->centered[i]))
            g_array_append_val(missing, i);
    return leuko_each_record(missing, n_threads, "copies", describe, job, reporter, cancellable,
                             error);
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
    g_autofree LeukoCentered *centered = g_new0(LeukoCentered, n + 1);
    g_autofree LeukoPhash *plain = g_new(LeukoPhash, n + 1);
    g_autofree guint *same = g_new(guint, n + 1);
    Job job = {dataset, prints, centered};
    if (!describe_all(&job, n_threads, reporter, cancellable, error))
        return FALSE;
    for (guint i = 0; i < n; i++)
        plain[i] = leuko_fingerprint_plain(prints[i].bytes);
    find_same_pixels(prints, n, same);
    const LeukoCopySearch search = {.n = n,
                                    .plain = plain,
                                    .centered = centered,
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

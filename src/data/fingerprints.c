#include "data/fingerprints.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/threads.h"
#include "data/dataset-image.h"
#include "data/stored-fingerprint.h"

typedef struct {
    const LeukoDataset *dataset;
    LeukoFingerprint *out;
    const GArray *missing; /* of guint: records to decode */
    LeukoReporter reporter;
    GCancellable *cancellable;

    GMutex lock; /* guards the fields below and `reporter` */
    guint next, done;
    GError *error; /* of the first failure */
} Job;

static gboolean decode_one(const Job *job, guint record, GError **error)
{
    g_autoptr(LeukoImage) image = leuko_dataset_decode(job->dataset, record, NULL, error);
    return image && leuko_fingerprint_of(image, NULL, &job->out[record], error);
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
        gboolean ok = decode_one(job, record, &error);
        g_mutex_lock(&job->lock);
        if (!ok && !job->error)
            job->error = g_steal_pointer(&error);
        leuko_report(job->reporter, "fingerprints", ++job->done, job->missing->len, "images", NULL);
    }
    g_mutex_unlock(&job->lock);
    return NULL;
}

gboolean leuko_dataset_fingerprints(const LeukoDataset *d, LeukoFingerprint *out, guint n_threads,
                                    LeukoReporter reporter, GCancellable *cancellable,
                                    GError **error)
{
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < leuko_dataset_n_records(d); i++)
        if (!leuko_dataset_stored_fingerprint(d, i, &out[i]))
            g_array_append_val(missing, i);
    Job job = {.dataset = d,
               .out = out,
               .missing = missing,
               .reporter = reporter,
               .cancellable = cancellable};
    guint n_workers = MIN(missing->len, n_threads ? n_threads : g_get_num_processors());
    g_mutex_init(&job.lock);
    leuko_threads_run(n_workers, "fingerprints", work, &job);
    g_mutex_clear(&job.lock);
    if (job.error)
        g_propagate_error(error, job.error);
    return job.error == NULL;
}

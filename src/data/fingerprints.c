#include "data/fingerprints.h"
#include "data/dataset-image.h"
#include "data/each-record.h"
#include "data/stored-hashes.h"

typedef struct {
    const LeukoDataset *dataset;
    LeukoFingerprint *out;
} Job;

static gboolean decode_one(gpointer data, guint record, GError **error)
{
    const Job *job = data;
    g_autoptr(LeukoImage) image = leuko_dataset_decode(job->dataset, record, NULL, error);
    return image && leuko_fingerprint_of(image, NULL, &job->out[record], error);
}

gboolean leuko_dataset_fingerprints(const LeukoDataset *d, LeukoFingerprint *out, guint n_threads,
                                    LeukoReporter reporter, GCancellable *cancellable,
                                    GError **error)
{
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < leuko_dataset_n_records(d); i++)
        if (!leuko_dataset_stored_hashes(d, i, &out[i], NULL))
            g_array_append_val(missing, i);
    Job job = {d, out};
    return leuko_each_record(missing, n_threads, "fingerprints", decode_one, &job, reporter,
                             cancellable, error);
}

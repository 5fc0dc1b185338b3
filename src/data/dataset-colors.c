#include "data/dataset-colors.h"
#include "data/dataset-image.h"
#include "data/each-record.h"
#include <string.h>

typedef struct {
    const LeukoDataset *dataset;
    guint *place; /* (n records) of those that are measured */
    LeukoColorMoments *moments;
    gboolean *is_measured;
} Job;

static gboolean measure(gpointer data, guint record, GError **error)
{
    const Job *job = data;
    g_autoptr(LeukoImage) image = leuko_dataset_decode(job->dataset, record, NULL, error);
    guint at = job->place[record];
    if (!image)
        return FALSE;
    job->is_measured[at] = leuko_color_measure(image, &job->moments[at]);
    return TRUE;
}

/* The originals; all records if there are none. */
static GArray *originals(const LeukoDataset *d)
{
    GArray *records = g_array_new(FALSE, FALSE, sizeof(guint));
    guint n = leuko_dataset_n_records(d);
    for (guint pass = 0; pass < 2 && records->len == 0; pass++)
        for (guint i = 0; i < n; i++) {
            const LeukoRecord *r = leuko_dataset_record(d, i);
            if (pass == 1 || strcmp(r->file, r->source) == 0)
                g_array_append_val(records, i);
        }
    return records;
}

gboolean leuko_dataset_measure_colors(const LeukoDataset *dataset, guint n_threads,
                                      LeukoColorReference *reference, LeukoReporter reporter,
                                      GCancellable *cancellable, GError **error)
{
    g_autoptr(GArray) all = originals(dataset), chosen = g_array_new(FALSE, FALSE, sizeof(guint));
    guint n = MIN(all->len, LEUKO_COLOR_IMAGES), n_measured = 0;
    g_autofree guint *place = g_new0(guint, leuko_dataset_n_records(dataset) + 1);
    g_autofree LeukoColorMoments *moments = g_new0(LeukoColorMoments, n + 1);
    g_autofree gboolean *is_measured = g_new0(gboolean, n + 1);
    for (guint i = 0; i < n; i++) {
        guint record = g_array_index(all, guint, (guint64)i * all->len / n);
        place[record] = i;
        g_array_append_val(chosen, record);
    }
    Job job = {dataset, place, moments, is_measured};
    if (!leuko_each_record(chosen, n_threads, "colors", measure, &job, reporter, cancellable,
                           error))
        return FALSE;
    for (guint i = 0; i < n; i++)
        if (is_measured[i])
            moments[n_measured++] = moments[i];
    *reference = leuko_color_reference_of(moments, n_measured);
    return TRUE;
}

#include "study/crossval-weights.h"
#include "base/plural.h"
#include "data/dataset-image.h"
#include "data/each-record.h"
#include "eval/overlap.h"

/* The lists of what the layers before the head were trained on. */
static GPtrArray *lists_of_network(const LeukoStart *start)
{
    GPtrArray *lists = g_ptr_array_new();
    for (guint i = 0; start->training && i < start->training->len; i++)
        if (((const LeukoTrainingList *)start->training->pdata[i])->part != LEUKO_PART_HEAD)
            g_ptr_array_add(lists, start->training->pdata[i]);
    return lists;
}

typedef struct {
    LeukoDataset *dataset;
    LeukoOverlap *overlap;
} Pass;

static gboolean look_at(gpointer data, guint record, GError **error)
{
    const Pass *pass = data;
    GBytes *encoded = NULL;
    g_autoptr(LeukoImage) image = leuko_dataset_decode(pass->dataset, record, &encoded, error);
    g_autoptr(GBytes) owned = encoded;
    return image && leuko_overlap_add_image(pass->overlap, record, owned, image, error);
}

static gboolean look_at_all(const Pass *pass, guint n_threads, LeukoReporter reporter,
                            GCancellable *cancellable, GError **error)
{
    g_autoptr(GArray) records = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < leuko_dataset_n_records(pass->dataset); i++)
        g_array_append_val(records, i);
    if (!leuko_each_record(records, n_threads, "comparing with the weights", look_at,
                           (gpointer)pass, reporter, cancellable, error))
        return FALSE;
    leuko_overlap_add_sources(pass->overlap, pass->dataset);
    return TRUE;
}

static void note(LeukoCrossvalData *d, const LeukoOverlap *overlap, LeukoReporter reporter)
{
    guint n_images = leuko_overlap_n_images(overlap), n_groups = leuko_overlap_n_groups(overlap);
    g_autofree gchar *parts = leuko_overlap_describe_images(overlap);
    g_autofree gchar *gap = leuko_overlap_gap(overlap);
    if (n_images > 0)
        leuko_crossval_note(d, reporter,
                            "WARNING: the initial weights were trained on %u of these %u %s%s%s%s: "
                            "the network has seen what the folds hold out, and the figures do not "
                            "estimate the performance on new images",
                            n_images, d->n, LEUKO_PLURAL(d->n, "image"), parts ? " (" : "",
                            parts ? parts : "", parts ? ")" : "");
    if (n_groups > 0)
        leuko_crossval_note(d, reporter,
                            "WARNING: the initial weights were trained on %u of these groups "
                            "(matched by name): the figures do not estimate the performance on new "
                            "groups",
                            n_groups);
    if (gap)
        leuko_crossval_note(d, reporter, "initial weights: %s", gap);
}

gboolean leuko_crossval_check_weights(LeukoCrossvalData *d, const LeukoStart *start,
                                      guint n_threads, LeukoReporter reporter,
                                      GCancellable *cancellable, GError **error)
{
    g_autoptr(GPtrArray) lists = lists_of_network(start);
    if (lists->len == 0 && !start->is_stripped)
        return TRUE;
    g_autoptr(LeukoOverlap) overlap =
        leuko_overlap_new_of_lists(lists, start->is_stripped, d->dataset, n_threads, error);
    const Pass pass = {d->dataset, overlap};
    if (!overlap ||
        (lists->len > 0 && !look_at_all(&pass, n_threads, reporter, cancellable, error)))
        return FALSE;
    note(d, overlap, reporter);
    return TRUE;
}

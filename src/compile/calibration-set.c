#include "compile/calibration-set.h"
#include "base/plural.h"
#include "base/progress.h"
#include "compile/held-out.h"
#include "data/loader.h"
#include "leuko/compile.h"
#include "leuko/dataset.h"
#include "leuko/error.h"
#include <string.h>

typedef struct {
    guint index; /* in the data set */
    guint rank;  /* order within the class, originals first */
    gint label;
    gboolean copy; /* an augmented copy */
    guint64 key;
} Candidate;

static gint by_class_and_key(gconstpointer a, gconstpointer b)
{
    const Candidate *x = a, *y = b;
    if (x->label != y->label)
        return x->label < y->label ? -1 : 1;
    if (x->copy != y->copy)
        return x->copy ? 1 : -1;
    return x->key < y->key ? -1 : x->key > y->key;
}

static gint by_rank(gconstpointer a, gconstpointer b)
{
    const Candidate *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->label > y->label) - (x->label < y->label);
}

/* Returns the indices of the chosen images, g_free; the classes take turns. halved: without those
 * that are held out. */
static guint *choose(LeukoDataset *dataset, gboolean halved, guint n_wanted, guint *n_chosen)
{
    guint n_all = leuko_dataset_n_records(dataset), n = 0;
    g_autofree Candidate *all = g_new(Candidate, MAX(n_all, 1));
    for (guint i = 0; i < n_all; i++) {
        const LeukoRecord *r = leuko_dataset_record(dataset, i);
        if (!halved || !leuko_held_out_is(r))
            all[n++] = (Candidate){i, 0, r->label, g_strcmp0(r->file, r->source) != 0, r->key};
    }
    qsort(all, n, sizeof *all, by_class_and_key);
    for (guint i = 1; i < n; i++)
        all[i].rank = all[i].label == all[i - 1].label ? all[i - 1].rank + 1 : 0;
    qsort(all, n, sizeof *all, by_rank);
    *n_chosen = MIN(n, n_wanted);
    guint *out = g_new(guint, MAX(*n_chosen, 1));
    for (guint i = 0; i < *n_chosen; i++)
        out[i] = all[i].index;
    return out;
}

static LeukoDataset *open_training(const char *path, GError **error)
{
    if (!leuko_dataset_has_split(path, "train")) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: has no training split of shards; int8 is calibrated with training images",
                    path);
        return NULL;
    }
    g_autoptr(LeukoDataset) dataset = leuko_dataset_open_shards(path, "train", error);
    if (dataset && leuko_dataset_n_records(dataset) < LEUKO_MIN_CALIBRATION) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: has %u training %s; int8 calibration needs at least %d", path,
                    leuko_dataset_n_records(dataset),
                    LEUKO_PLURAL(leuko_dataset_n_records(dataset), "image"), LEUKO_MIN_CALIBRATION);
        return NULL;
    }
    return g_steal_pointer(&dataset);
}

LeukoCalibrationSet *leuko_calibration_set_new(const char *path, const LeukoModel *model,
                                               const LeukoNet *net, guint n_wanted, guint n_threads,
                                               GCancellable *cancellable, LeukoReporter reporter,
                                               GError **error)
{
    g_autoptr(LeukoDataset) dataset = open_training(path, error);
    if (!dataset)
        return NULL;
    g_autoptr(LeukoCalibrationSet) set = g_new0(LeukoCalibrationSet, 1);
    gsize image = (gsize)LEUKO_CHANNELS * model->spec.side_px * model->spec.side_px;
    g_autofree guint *order = choose(dataset, leuko_held_out_applies(path),
                                     MAX(n_wanted, LEUKO_MIN_CALIBRATION), &set->n);
    if (set->n < LEUKO_MIN_CALIBRATION) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: has no validation split, and only %u training %s for calibration beside "
                    "those to compare on; int8 calibration needs at least %d",
                    path, set->n, LEUKO_PLURAL(set->n, "image"), LEUKO_MIN_CALIBRATION);
        return NULL;
    }
    LeukoLoaderOptions options = {.batch = 1, .n_threads = n_threads};
    set->x_nchw = g_try_malloc_n(LEUKO_CALIBRATION_KEPT, image * sizeof(float));
    if (!set->x_nchw) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory for %d images",
                    LEUKO_CALIBRATION_KEPT);
        return NULL;
    }
    set->seen = leuko_calibration_new(net, model->params, n_threads, error);
    g_autoptr(LeukoLoader) loader =
        set->seen ? leuko_loader_new(dataset, order, set->n, &model->preprocess, &options,
                                     cancellable, error)
                  : NULL;
    g_autoptr(GError) failed = NULL;
    LeukoBatch b;
    guint done = 0;
    while (loader && leuko_loader_next(loader, &b, &failed)) {
        if (!leuko_calibration_add(set->seen, b.n, b.x_nchw, error))
            return NULL;
        if (set->n_kept < LEUKO_CALIBRATION_KEPT)
            memcpy(set->x_nchw + set->n_kept++ * image, b.x_nchw, image * sizeof(float));
        leuko_report(reporter, "calibrating", ++done, set->n, "images", NULL);
    }
    if (failed)
        g_propagate_error(error, g_steal_pointer(&failed));
    return loader && done == set->n ? g_steal_pointer(&set) : NULL;
}

void leuko_calibration_set_free(LeukoCalibrationSet *set)
{
    if (!set)
        return;
    leuko_calibration_free(set->seen);
    g_free(set->x_nchw);
    g_free(set);
}

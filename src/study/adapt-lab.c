#include "study/adapt-lab.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "data/dataset-colors.h"
#include "data/dataset-image.h"
#include "data/each-record.h"
#include "engine/precision-choice.h"
#include "eval/dataset-choice.h"
#include "eval/labels.h"
#include "eval/overlap.h"
#include "leuko/crossval.h"
#include "leuko/train.h"
#include <string.h>

#define MIN_UNITS 3 /* of a class: one is held out, and inner folds need two */

void leuko_adapt_lab_free(LeukoAdaptLab *lab)
{
    if (!lab)
        return;
    leuko_model_free(lab->model);
    leuko_start_free(lab->start);
    leuko_crossval_data_free(lab->data);
    leuko_features_free(lab->plain);
    g_free(lab->labels);
    g_free(lab->present);
    g_free(lab->place);
    g_free(lab->colors);
    g_free(lab->has_colors);
    g_free(lab->source);
    g_free(lab);
}

void leuko_adapt_logits(const LeukoModel *m, const float *x, double *z)
{
    const LeukoTensor *w = leuko_params_find(m->params, LEUKO_HEAD_WEIGHTS);
    const LeukoTensor *b = leuko_params_find(m->params, LEUKO_HEAD_BIASES);
    guint n_classes = m->spec.n_classes;
    gsize n_features = w->n_values / n_classes;
    for (guint k = 0; k < n_classes; k++)
        z[k] = (double)b->data[k];
    for (gsize c = 0; c < n_features; c++)
        for (guint k = 0; k < n_classes; k++)
            z[k] += (double)x[c] * (double)w->data[c * n_classes + k];
    for (guint k = 0; k < n_classes; k++)
        z[k] /= m->temperature;
}

/* --- the model -------------------------------------------------------------------------------- */

static gboolean open_model(LeukoAdaptLab *lab, const char *path, LeukoReporter reporter,
                           GError **error)
{
    const LeukoStartOptions start = {.weights = path, .seed = lab->options->seed};
    lab->model = leuko_model_load(path, error);
    if (!lab->model || !(lab->start = leuko_start_new(&start, reporter, error)))
        return FALSE;
    lab->features = lab->options->features;
    lab->features.n_views = lab->model->n_views;
    g_auto(LeukoPrecisionChoice) choice = {0};
    leuko_precision_choose(lab->features.precision, LEUKO_WORK_INFERENCE, &choice);
    if (lab->features.precision == LEUKO_PRECISION_AUTO)
        leuko_precision_choice_report(&choice, reporter, "adaptation");
    lab->features.precision = choice.precision;
    return TRUE;
}

/* --- the cells -------------------------------------------------------------------------------- */

/* The number of units with scored images of each class of the model: (K), g_free. */
static guint *count_units(const LeukoAdaptLab *lab)
{
    const LeukoCrossvalData *d = lab->data;
    guint n_classes = lab->model->spec.n_classes, *count = g_new0(guint, n_classes);
    g_autofree guint8 *seen = g_malloc0((gsize)d->n_units * n_classes + 1);
    for (guint i = 0; i < d->n; i++) {
        guint8 *at = seen + (gsize)d->unit[i] * n_classes + lab->labels[i];
        count[lab->labels[i]] += d->scored[i] && !*at;
        *at |= d->scored[i] != FALSE;
    }
    return count;
}

static gboolean find_present(LeukoAdaptLab *lab, GError **error)
{
    const LeukoCrossvalData *d = lab->data;
    guint n_classes = lab->model->spec.n_classes;
    g_autofree guint *count = count_units(lab);
    g_autofree gint *index = g_new(gint, n_classes);
    const char *noun = d->has_groups ? "group" : "different image";
    lab->present = g_new(guint, n_classes);
    for (guint k = 0; k < n_classes; k++) {
        index[k] = count[k] > 0 ? (gint)lab->n_present : -1;
        if (count[k] > 0)
            lab->present[lab->n_present++] = k;
        if (count[k] > 0 && count[k] < MIN_UNITS)
            return leuko_fail(LEUKO_ERROR_DATA, error,
                              "%s: class \"%s\" has %u %s%s; adaptation needs at least %d of each "
                              "class, and 20 images to be useful",
                              leuko_dataset_path(d->dataset), lab->model->classes[k], count[k],
                              noun, count[k] == 1 ? "" : "s", MIN_UNITS);
    }
    lab->place = g_new(gint, d->n + 1);
    for (guint i = 0; i < d->n; i++)
        lab->place[i] = index[lab->labels[i]];
    return TRUE;
}

static gboolean open_data(LeukoAdaptLab *lab, const char *path, LeukoReporter reporter,
                          GCancellable *cancellable, GError **error)
{
    LeukoCrossvalOptions o = leuko_crossval_options_default();
    o.splits = lab->options->splits;
    o.folder = lab->options->folder;
    o.features = lab->options->features;
    o.positive = "";
    lab->data = leuko_crossval_data_open(path, &o, reporter, cancellable, error);
    if (!lab->data ||
        !(lab->labels = leuko_eval_match_labels(lab->data->dataset, lab->model, error)))
        return FALSE;
    return find_present(lab, error);
}

/* --- a pass over the images: their colors, and whether the model knows them ------------------- */

typedef struct {
    LeukoAdaptLab *lab;
    LeukoOverlap *overlap;
} Pass;

static gboolean look_at(gpointer data, guint record, GError **error)
{
    const Pass *pass = data;
    LeukoAdaptLab *lab = pass->lab;
    GBytes *encoded = NULL;
    g_autoptr(LeukoImage) image = leuko_dataset_decode(lab->data->dataset, record, &encoded, error);
    g_autoptr(GBytes) owned = encoded;
    if (!image)
        return FALSE;
    lab->has_colors[record] = leuko_color_measure(image, &lab->colors[record]);
    return leuko_overlap_add_image(pass->overlap, record, owned, image, error);
}

/* Name some of the images that the model was trained on. Returns FALSE. */
static gboolean refuse_known(const LeukoAdaptLab *lab, const LeukoOverlap *overlap, guint n_known,
                             GError **error)
{
    enum { SHOWN = 3 };
    const LeukoDataset *d = lab->data->dataset;
    g_autoptr(GString) names = g_string_new(NULL);
    guint n_shown = 0;
    for (guint i = 0; i < lab->data->n && n_shown < SHOWN; i++)
        if (leuko_overlap_has_image(overlap, i))
            g_string_append_printf(names, "%s%s", n_shown++ > 0 ? ", " : "",
                                   leuko_dataset_record(d, i)->file);
    return leuko_fail(LEUKO_ERROR_GATE, error,
                      "%s: the model was trained on %u of these %u %s (%s%s): before and after "
                      "cannot be compared on them; leave them out",
                      leuko_dataset_path(d), n_known, lab->data->n,
                      LEUKO_PLURAL(lab->data->n, "image"), names->str,
                      n_known > SHOWN ? ", ..." : "");
}

static gboolean look_at_all(LeukoAdaptLab *lab, LeukoReporter reporter, GCancellable *cancellable,
                            GError **error)
{
    guint n = lab->data->n, n_threads = lab->features.n_threads;
    const LeukoDataset *dataset = lab->data->dataset;
    g_autoptr(LeukoOverlap) overlap = leuko_overlap_new(lab->model, dataset, n_threads, error);
    g_autoptr(GArray) records = g_array_new(FALSE, FALSE, sizeof(guint));
    Pass pass = {lab, overlap};
    lab->colors = g_new0(LeukoColorMoments, n + 1);
    lab->has_colors = g_new0(gboolean, n + 1);
    for (guint i = 0; i < n; i++)
        g_array_append_val(records, i);
    if (!overlap || !leuko_each_record(records, n_threads, "colors", look_at, &pass, reporter,
                                       cancellable, error))
        return FALSE;
    leuko_overlap_add_sources(overlap, dataset);
    guint n_known = leuko_overlap_n_images(overlap), n_groups = leuko_overlap_n_groups(overlap);
    if (n_known > 0)
        return refuse_known(lab, overlap, n_known, error);
    if (n_groups > 0)
        leuko_crossval_note(lab->data, reporter,
                            "WARNING: the model was trained on %u of these groups (matched by "
                            "name): the figures before the adaptation are too good",
                            n_groups);
    g_autofree gchar *gap = leuko_overlap_gap(overlap);
    if (gap)
        leuko_crossval_note(lab->data, reporter, "%s", gap);
    return TRUE;
}

/* --- what the model knows of its training images ---------------------------------------------- */

/* Logits of the class means (n_classes of the model, C) for the present classes. */
static void set_source(LeukoAdaptLab *lab, const float *means, guint n_features)
{
    guint n_classes = lab->model->spec.n_classes;
    lab->source = g_new(double, (gsize)lab->n_present *n_classes);
    for (guint j = 0; j < lab->n_present; j++)
        leuko_adapt_logits(lab->model, means + (gsize)lab->present[j] * n_features,
                           lab->source + (gsize)j * n_classes);
}

/* Class means of the features of a data set; FALSE in *complete if a present class is absent. */
static float *class_means(const LeukoAdaptLab *lab, const LeukoFeatures *f, const gint *labels,
                          gboolean *complete)
{
    guint n_classes = lab->model->spec.n_classes, C = f->n_features;
    g_autofree double *sums = g_new0(double, (gsize)n_classes *C);
    g_autofree guint *count = g_new0(guint, n_classes);
    float *means = g_new0(float, (gsize)n_classes *C);
    for (gsize i = 0; i < f->n; i++) {
        count[labels[i]]++;
        for (guint c = 0; c < C; c++)
            sums[(gsize)labels[i] * C + c] += (double)f->x[i * C + c];
    }
    for (gsize i = 0; i < (gsize)n_classes * C; i++)
        means[i] = count[i / C] > 0 ? (float)(sums[i] / count[i / C]) : 0;
    *complete = TRUE;
    for (guint j = 0; j < lab->n_present; j++)
        *complete = *complete && count[lab->present[j]] > 0;
    return means;
}

/* Measure what the model does not know on its training images. */
static gboolean measure_reference(LeukoAdaptLab *lab, LeukoReporter reporter,
                                  GCancellable *cancellable, GError **error)
{
    static const char *const order[] = {"train", NULL};
    const LeukoDatasetChoice choice = {NULL, {0}, order};
    const char *split;
    g_autoptr(LeukoDataset) d =
        leuko_eval_open_dataset(lab->options->reference, &choice, &split, reporter, error);
    g_autofree gint *labels = d ? leuko_eval_match_labels(d, lab->model, error) : NULL;
    if (!labels)
        return FALSE;
    if (lab->reference.n_images == 0) {
        if (!leuko_dataset_measure_colors(d, lab->features.n_threads, &lab->reference, reporter,
                                          cancellable, error))
            return FALSE;
        lab->reference =
            leuko_color_reference_after(&lab->reference, &lab->model->preprocess.color);
    }
    if (lab->source)
        return TRUE;
    g_autoptr(LeukoFeatures) f =
        leuko_features_compute(d, lab->start, &lab->features, reporter, cancellable, error);
    if (!f)
        return FALSE;
    gboolean complete;
    g_autofree float *means = class_means(lab, f, labels, &complete);
    if (complete)
        set_source(lab, means, f->n_features);
    return TRUE;
}

/* Decide which steps are possible. */
static gboolean limit_steps(LeukoAdaptLab *lab, LeukoReporter reporter, GError **error)
{
    guint n_without = 0;
    lab->steps = lab->options->steps & LEUKO_ADAPT_ALL;
    for (guint i = 0; i < lab->data->n; i++)
        n_without += !lab->has_colors[i];
    if ((lab->steps & LEUKO_ADAPT_COLOR) && lab->reference.n_images == 0) {
        leuko_crossval_note(lab->data, reporter,
                            "colors are not standardized: the model was trained by an earlier "
                            "version, which did not store the colors of its training images");
        lab->steps &= ~(guint)LEUKO_ADAPT_COLOR;
    }
    if ((lab->steps & LEUKO_ADAPT_COLOR) && n_without > 0) {
        leuko_crossval_note(lab->data, reporter,
                            "colors are not standardized: %u %s black everywhere", n_without,
                            leuko_plural(n_without, "image is", "images are"));
        lab->steps &= ~(guint)LEUKO_ADAPT_COLOR;
    }
    if ((lab->steps & LEUKO_ADAPT_CENTER) && !lab->source) {
        leuko_crossval_note(lab->data, reporter,
                            "features are not centered: the model does not store the class means "
                            "of its training images");
        lab->steps &= ~(guint)LEUKO_ADAPT_CENTER;
    }
    return lab->steps != 0 ||
           leuko_fail(LEUKO_ERROR_ARGUMENT, error, "no step of the adaptation is possible");
}

static gboolean find_reference(LeukoAdaptLab *lab, LeukoReporter reporter,
                               GCancellable *cancellable, GError **error)
{
    const LeukoTypical *t = lab->model->typical;
    lab->reference = lab->model->colors;
    if (t && t->n_classes == lab->model->spec.n_classes)
        set_source(lab, t->means, t->n_features);
    if (lab->options->reference && (lab->reference.n_images == 0 || !lab->source) &&
        !measure_reference(lab, reporter, cancellable, error))
        return FALSE;
    return limit_steps(lab, reporter, error);
}

LeukoAdaptLab *leuko_adapt_lab_open(const char *model, const char *data,
                                    const LeukoAdaptOptions *options, LeukoReporter reporter,
                                    GCancellable *cancellable, GError **error)
{
    g_autoptr(LeukoAdaptLab) lab = g_new0(LeukoAdaptLab, 1);
    lab->options = options;
    if (!open_model(lab, model, reporter, error) ||
        !open_data(lab, data, reporter, cancellable, error) ||
        !look_at_all(lab, reporter, cancellable, error) ||
        !find_reference(lab, reporter, cancellable, error))
        return NULL;
    lab->plain = leuko_features_compute(lab->data->dataset, lab->start, &lab->features, reporter,
                                        cancellable, error);
    return lab->plain ? g_steal_pointer(&lab) : NULL;
}

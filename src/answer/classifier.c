#include "answer/classifier.h"
#include "answer/options.h"
#include "answer/record.h"
#include "leuko/error.h"
#include <math.h>

struct LeukoClassifier {
    LeukoSession *session;
    const LeukoModel *model; /* of the session */
    LeukoClassifierOptions options;
    double threshold;
    gchar *note;
};

static gboolean choose_threshold(LeukoClassifier *c, const char *path, GError **error)
{
    gboolean given = !isnan(c->options.threshold);
    if (given && (c->model->positive < 0 || c->model->spec.n_classes != 2)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: a threshold needs a model with two classes, one of them positive", path);
        return FALSE;
    }
    c->threshold = given ? c->options.threshold : c->model->threshold;
    return TRUE;
}

/* What a person should know about the precision that the file runs in; NULL: nothing. g_free. */
static gchar *precision_note(const LeukoClassifier *c, const LeukoRunnable *run, const char *path)
{
    LeukoPrecision asked = c->options.precision;
    if (run->note)
        return g_strdup_printf("%s: %s", path, run->note);
    if (asked != LEUKO_FP32 && asked != LEUKO_PRECISION_AUTO && run->precision != asked)
        return g_strdup_printf("%s: compiled to %s; the precision %s applies to models only", path,
                               leuko_precision_name(run->precision), leuko_precision_name(asked));
    return NULL;
}

/* Join the notes of the model, of its precision and of the cache of measured speeds. */
static void collect_notes(LeukoClassifier *c, const char *path)
{
    const LeukoRunnable *run = leuko_session_runnable(c->session);
    const char *model = leuko_model_note(c->model);
    g_autofree gchar *precision = run ? precision_note(c, run, path) : NULL;
    const char *all[] = {model, precision, run ? run->cache_note : NULL};
    g_autoptr(GString) notes = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i])
            g_string_append_printf(notes, "%s%s", notes->len > 0 ? "; " : "", all[i]);
    if (notes->len > 0)
        c->note = g_strdup(notes->str);
}

LeukoClassifier *leuko_classifier_open(const char *path, const LeukoClassifierOptions *options,
                                       GError **error)
{
    g_autoptr(LeukoClassifier) c = g_new0(LeukoClassifier, 1);
    c->options = options ? *options : leuko_classifier_options_default();
    c->session = leuko_session_open(path, &c->options, error);
    if (!c->session)
        return NULL;
    c->model = leuko_session_model(c->session);
    collect_notes(c, path);
    return choose_threshold(c, path, error) ? g_steal_pointer(&c) : NULL;
}

void leuko_classifier_free(LeukoClassifier *c)
{
    if (!c)
        return;
    leuko_session_free(c->session);
    g_free(c->note);
    g_free(c);
}

const LeukoModel *leuko_classifier_model(const LeukoClassifier *c) { return c->model; }
double leuko_classifier_threshold(const LeukoClassifier *c) { return c->threshold; }
const char *leuko_classifier_note(const LeukoClassifier *c) { return c->note; }
LeukoSession *leuko_classifier_session(const LeukoClassifier *c) { return c->session; }

const LeukoClassifierOptions *leuko_classifier_options(const LeukoClassifier *c)
{
    return &c->options;
}

LeukoPrecision leuko_classifier_precision(const LeukoClassifier *c)
{
    const LeukoRunnable *run = leuko_session_runnable(c->session);
    return run ? run->precision : LEUKO_FP32;
}

const char *leuko_classifier_precision_reason(const LeukoClassifier *c)
{
    const LeukoRunnable *run = leuko_session_runnable(c->session);
    return run ? run->reason : NULL;
}

const char *leuko_classifier_digest(LeukoClassifier *c)
{
    LeukoRunnable *run = leuko_session_runnable(c->session);
    return run ? leuko_runnable_digest(run) : NULL;
}

gchar *leuko_classifier_csv_header(const LeukoClassifier *c)
{
    GString *csv = g_string_new(NULL);
    leuko_answer_append_csv_header(c->model, csv);
    return g_string_free(csv, FALSE);
}

gboolean leuko_classifier_run(LeukoClassifier *c, guint n, const float *x_nchw,
                              double *probabilities, GError **error)
{
    if (!leuko_session_classify(c->session, x_nchw, n, probabilities, error))
        return FALSE;
    for (guint i = 0; i < n; i++)
        if (!isfinite(probabilities[(gsize)i * c->model->spec.n_classes])) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "image %u of %u: the network's outputs are not finite numbers", i + 1, n);
            return FALSE;
        }
    return TRUE;
}

gboolean leuko_classifier_run_dataset(LeukoClassifier *c, LeukoDataset *dataset,
                                      double *probabilities, GCancellable *cancellable,
                                      LeukoReporter reporter, GError **error)
{
    const LeukoRecordsOptions options = {.n_threads = c->options.n_threads};
    return leuko_session_classify_records(c->session, dataset, &options, probabilities, cancellable,
                                          reporter, error);
}

/* --- one image -------------------------------------------------------------------------------- */

static gboolean check_image(const LeukoImage *image, GError **error)
{
    if (image->pixels && image->width >= 1 && image->height >= 1 &&
        image->width <= LEUKO_IMAGE_MAX_SIDE && image->height <= LEUKO_IMAGE_MAX_SIDE &&
        (guint64)image->width * image->height <= LEUKO_IMAGE_MAX_PIXELS &&
        image->row_bytes >= (gsize)LEUKO_CHANNELS * image->width)
        return TRUE;
    g_set_error(
        error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
        "an image of %u x %u pixels with rows of %zu bytes: needs 1 to %d pixels a side, at "
        "most %d pixels, and 3 bytes for each pixel of a row",
        image->width, image->height, image->row_bytes, LEUKO_IMAGE_MAX_SIDE,
        LEUKO_IMAGE_MAX_PIXELS);
    return FALSE;
}

LeukoAnswer *leuko_classifier_classify_image(LeukoClassifier *c, const LeukoImage *image,
                                             const char *name, GError **error)
{
    gsize side = c->model->spec.side_px;
    if (!check_image(image, error))
        return NULL;
    g_autofree double *probabilities = g_new(double, c->model->spec.n_classes);
    g_autofree float *x = g_try_new(float, LEUKO_CHANNELS *side *side);
    if (!x) {
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory for an image");
        return NULL;
    }
    if (!leuko_preprocess_apply(&c->model->preprocess, image, x, error))
        return NULL;
    gint64 start_us = g_get_monotonic_time();
    double score;
    if (!leuko_session_measure(c->session, x, 1, probabilities, &score, error))
        return NULL;
    LeukoAnswer *a = leuko_answer_new(c->model, name ? name : "image");
    a->seconds = (double)(g_get_monotonic_time() - start_us) / 1e6;
    leuko_answer_decide(a, c->model, probabilities, score, c->threshold, c->options.low_confidence);
    if (!a->error)
        return a;
    g_propagate_error(error, g_steal_pointer(&a->error));
    leuko_answer_free(a);
    return NULL;
}

LeukoAnswer *leuko_classifier_classify_rgb8(LeukoClassifier *c, const guint8 *pixels, guint width,
                                            guint height, gsize row_bytes, const char *name,
                                            GError **error)
{
    const LeukoImage image = {width, height, row_bytes, (guint8 *)pixels}; /* only read */
    return leuko_classifier_classify_image(c, &image, name, error);
}

LeukoAnswer *leuko_classifier_classify_bytes(LeukoClassifier *c, gconstpointer bytes, gsize n_bytes,
                                             const char *name, GError **error)
{
    g_autoptr(LeukoImage) image = leuko_image_decode(bytes, n_bytes, name ? name : "image", error);
    return image ? leuko_classifier_classify_image(c, image, name, error) : NULL;
}

LeukoAnswer *leuko_classifier_classify_file(LeukoClassifier *c, const char *path, GError **error)
{
    g_autoptr(LeukoImage) image = leuko_image_load(path, error);
    return image ? leuko_classifier_classify_image(c, image, path, error) : NULL;
}

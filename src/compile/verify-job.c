#include "answer/classifier.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/rng.h"
#include "compile/verify.h"
#include "eval/dataset-choice.h"
#include "eval/labels.h"
#include "eval/opening.h"
#include "formats/graph.h"
#include "leuko/error.h"
#include <math.h>

/* Two models and their answers. */
typedef struct {
    const LeukoVerifyOptions *options;
    LeukoClassifier *reference, *other;
    LeukoDataset *dataset; /* NULL: random inputs */
    const char *split;
    LeukoLedgerUse use;
    guint n;
    gint *labels;               /* (n), NULL: random inputs */
    double *expected, *answers; /* (n, K) */
    GCancellable *cancellable;
    LeukoReporter reporter;
} Job;

static void job_clear(Job *j)
{
    leuko_classifier_free(j->reference);
    leuko_classifier_free(j->other);
    leuko_dataset_unref(j->dataset);
    g_free(j->labels);
    g_free(j->expected);
    g_free(j->answers);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static gboolean check_options(const LeukoVerifyOptions *o, GError **error)
{
    if (o->precision != LEUKO_FP32 && o->precision != LEUKO_BF16) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "precision %s: models are compared in fp32 or bf16; compile a graph for int8",
                    leuko_precision_name(o->precision));
        return FALSE;
    }
    if (o->data || o->n_inputs > 0)
        return TRUE;
    g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                        "0 random inputs: must be at least 1");
    return FALSE;
}

static LeukoClassifier *open_one(const Job *j, const char *path, GError **error)
{
    LeukoClassifierOptions o = leuko_classifier_options_default();
    o.precision = j->options->precision;
    o.n_threads = j->options->n_threads;
    g_autoptr(LeukoClassifier) c = leuko_classifier_open(path, &o, error);
    if (c && leuko_classifier_note(c))
        leuko_report_line(j->reporter, "verify", "%s", leuko_classifier_note(c));
    return g_steal_pointer(&c);
}

static gboolean open_both(Job *j, const char *reference_path, const char *path, GError **error)
{
    j->reference = open_one(j, reference_path, error);
    j->other = j->reference ? open_one(j, path, error) : NULL;
    if (!j->other)
        return FALSE;
    const LeukoModel *p = leuko_classifier_model(j->reference),
                     *q = leuko_classifier_model(j->other);
    if (g_strv_equal((const gchar *const *)p->classes, (const gchar *const *)q->classes))
        return TRUE;
    g_autofree gchar *first = g_strjoinv(", ", p->classes), *second = g_strjoinv(", ", q->classes);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "the models have different classes: %s has %s; %s has %s", reference_path, first,
                path, second);
    return FALSE;
}

static void allocate(Job *j, guint n)
{
    gsize n_values = (gsize)n * leuko_classifier_model(j->reference)->spec.n_classes;
    j->n = n;
    j->expected = g_new(double, MAX(n_values, 1));
    j->answers = g_new(double, MAX(n_values, 1));
}

/* --- images ----------------------------------------------------------------------------------- */

/* Both models use a test split, if it is one. */
static gboolean record_use(Job *j, GError **error)
{
    const char *const models[] = {leuko_classifier_digest(j->reference),
                                  leuko_classifier_digest(j->other), NULL};
    const LeukoOpening opening = {.dataset = j->dataset,
                                  .split = j->split,
                                  .models = models,
                                  .command = j->options->command ? j->options->command
                                                                 : "leuko_verify_run",
                                  .phase = "verify"};
    return leuko_opening_record(&opening, &j->use, j->reporter, error);
}

static gboolean classify_dataset(Job *j, GError **error)
{
    static const char *const order[] = {"test", "validation", "train", NULL};
    const LeukoDatasetChoice choice = {j->options->split, j->options->folder, order};
    j->dataset = leuko_eval_open_dataset(j->options->data, &choice, &j->split, j->reporter, error);
    if (!j->dataset)
        return FALSE;
    if (j->split && !j->options->split)
        leuko_report_line(j->reporter, "verify", "comparing on the %s split", j->split);
    j->labels = leuko_eval_match_labels(j->dataset, leuko_classifier_model(j->reference), error);
    allocate(j, leuko_dataset_n_records(j->dataset));
    return j->labels && record_use(j, error) &&
           leuko_classifier_run_dataset(j->reference, j->dataset, j->expected, j->cancellable,
                                        j->reporter, error) &&
           leuko_classifier_run_dataset(j->other, j->dataset, j->answers, j->cancellable,
                                        j->reporter, error);
}

/* --- random inputs ---------------------------------------------------------------------------- */

/* Interpolate a coarse grid of random values, so that adjacent pixels are similar, as in an
 * image. */
static void draw_smooth(float *plane, guint side, LeukoRng *rng)
{
    enum { GRID = 9 };
    double grid[GRID + 1][GRID + 1];
    for (guint y = 0; y <= GRID; y++)
        for (guint x = 0; x <= GRID; x++)
            grid[y][x] = leuko_rng_range(rng, -1, 1);
    for (guint y = 0; y < side; y++)
        for (guint x = 0; x < side; x++) {
            double v = (double)y * GRID / side, u = (double)x * GRID / side;
            guint i = (guint)v, j = (guint)u;
            double top = grid[i][j] + (u - j) * (grid[i][j + 1] - grid[i][j]);
            double low = grid[i + 1][j] + (u - j) * (grid[i + 1][j + 1] - grid[i + 1][j]);
            plane[(gsize)y * side + x] = (float)(top + (v - i) * (low - top));
        }
}

static gboolean classify_random(Job *j, GError **error)
{
    guint side = leuko_classifier_model(j->reference)->preprocess.side_px,
          other = leuko_classifier_model(j->other)->preprocess.side_px, n = j->options->n_inputs;
    gsize plane = (gsize)side * side;
    if (side != other) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "the models need different image sizes (%u px, %u px), so random inputs cannot "
                    "compare them; use a data set",
                    side, other);
        return FALSE;
    }
    leuko_report_line(j->reporter, "verify",
                      "no data set: comparing on %u smooth random %s, seed %" G_GUINT64_FORMAT, n,
                      LEUKO_PLURAL(n, "input"), j->options->seed);
    allocate(j, n);
    g_autofree float *x = g_try_new(float, n *LEUKO_CHANNELS *plane);
    if (!x) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory for %u inputs of %u px", n,
                    side);
        return FALSE;
    }
    for (guint i = 0; i < n * LEUKO_CHANNELS; i++) {
        LeukoRng rng;
        leuko_rng_init(&rng, j->options->seed, "verify", i);
        draw_smooth(x + i * plane, side, &rng);
    }
    return leuko_classifier_run(j->reference, n, x, j->expected, error) &&
           leuko_classifier_run(j->other, n, x, j->answers, error);
}

/* --- the job ---------------------------------------------------------------------------------- */

/* TRUE if the model runs in a reduced precision or its file stores one. A bf16 graph has rounded
 * weights even if this processor runs it in fp32. */
static gboolean is_reduced(LeukoClassifier *c)
{
    const LeukoRunnable *run = leuko_session_runnable(leuko_classifier_session(c));
    return leuko_classifier_precision(c) != LEUKO_FP32 || leuko_classifier_model(c)->half ||
           (run && run->graph && run->graph->precision != LEUKO_FP32);
}

LeukoVerifyReport *leuko_verify_run(const char *reference_path, const char *path,
                                    const LeukoVerifyOptions *options, GCancellable *cancellable,
                                    LeukoReporter reporter, GError **error)
{
    const LeukoVerifyOptions standard = leuko_verify_options_default();
    g_auto(Job) j = {
        .options = options ? options : &standard, .cancellable = cancellable, .reporter = reporter};
    if (!check_options(j.options, error) || !open_both(&j, reference_path, path, error) ||
        !(j.options->data ? classify_dataset(&j, error) : classify_random(&j, error)))
        return NULL;
    const LeukoModel *m = leuko_classifier_model(j.reference);
    const LeukoVerifyInput in = {.n = j.n,
                                 .n_classes = m->spec.n_classes,
                                 .reference = j.expected,
                                 .answers = j.answers,
                                 .labels = j.labels,
                                 .classes = (const gchar *const *)m->classes,
                                 .positive = m->positive,
                                 .threshold = leuko_classifier_threshold(j.reference),
                                 .reduced = is_reduced(j.reference) || is_reduced(j.other)};
    LeukoVerifyReport *report = leuko_verify_compare(&in, j.options);
    report->split = g_strdup(j.split);
    report->has_ledger = j.dataset && leuko_opening_has_ledger(j.dataset, j.split);
    report->n_openings = j.use.n_openings;
    report->n_models = j.use.n_models;
    return report;
}

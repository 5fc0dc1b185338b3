#include "compile/verify.h"
#include "base/rng.h"
#include "compile/gate.h"
#include "eval/labels.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

void leuko_verification_clear(LeukoVerification *v)
{
    g_clear_pointer(&v->reference, g_free);
    g_clear_pointer(&v->answers, g_free);
}

static gboolean check_classes(LeukoClassifier *a, LeukoClassifier *b, GError **error)
{
    const LeukoModel *p = leuko_classifier_model(a), *q = leuko_classifier_model(b);
    if (g_strv_equal((const gchar *const *)p->classes, (const gchar *const *)q->classes))
        return TRUE;
    g_autofree gchar *first = g_strjoinv(", ", p->classes), *second = g_strjoinv(", ", q->classes);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "the two have different classes: %s; %s",
                first, second);
    return FALSE;
}

/* One image's errors, each kept where it is the largest so far. */
static void take_checks(LeukoVerification *v, const double *p, const double *q)
{
    double ref = 0, most = 0, sum = 0, square = 0;
    guint n_over = 0;
    for (guint k = 0; k < v->n_classes; k++)
        ref = fmax(ref, p[k]);
    for (guint k = 0; k < v->n_classes; k++) {
        double d = fabs(p[k] - q[k]);
        most = fmax(most, d);
        sum += d;
        square += d * d;
        n_over += d > 0.02 * ref ? 1 : 0;
    }
    const double found[LEUKO_N_CHECKS] = {100 * most / ref, 100 * sum / v->n_classes / ref,
                                          100.0 * n_over / v->n_classes,
                                          100 * sqrt(square / v->n_classes) / ref, sum};
    for (guint i = 0; i < LEUKO_N_CHECKS; i++)
        v->checks[i].value = fmax(v->checks[i].value, found[i]);
}

/* All figures of reference and answers. labels (n) may be NULL. */
static void compare(LeukoVerification *v, LeukoClassifier *a, const gint *labels)
{
    static const LeukoCheckFigure checks[LEUKO_N_CHECKS] = {
        {"largest difference, % of the largest expected", 0, 2},
        {"mean difference, %", 0, 1},
        {"values off by more than 2 %, %", 0, 0},
        {"root mean square difference, %", 0, 1},
        {"sum of differences", 0, NAN}};
    const LeukoModel *m = leuko_classifier_model(a);
    const LeukoGateLimits none = {1, 1, 1};
    double difference = 0, norm = 0;
    g_autofree gint *unknown = labels ? NULL : g_new0(gint, MAX(v->n, 1));
    memcpy(v->checks, checks, sizeof checks);
    for (guint i = 0; i < v->n; i++) {
        const double *p = v->reference + (gsize)i * v->n_classes,
                     *q = v->answers + (gsize)i * v->n_classes;
        for (guint k = 0; k < v->n_classes; k++) {
            double d = fabs(p[k] - q[k]);
            difference += d * d;
            norm += p[k] * p[k];
            if (d > v->max_dp) {
                v->max_dp = d;
                v->worst = i;
            }
        }
        take_checks(v, p, q);
    }
    v->relative = sqrt(difference / fmax(norm, 1e-300));
    v->labeled = labels != NULL;
    leuko_gate_compare(v->n, v->n_classes, labels ? labels : unknown, m->positive,
                       leuko_classifier_threshold(a), v->reference, v->answers, &none, &v->gate);
    if (!labels)
        v->gate.auc = v->gate.auc_reference = NAN;
}

static void start(LeukoVerification *v, LeukoClassifier *a, guint n)
{
    *v = (LeukoVerification){.n = n, .n_classes = leuko_classifier_model(a)->spec.n_classes};
    v->reference = g_new(double, MAX((gsize)n * v->n_classes, 1));
    v->answers = g_new(double, MAX((gsize)n * v->n_classes, 1));
}

gboolean leuko_verify_dataset(LeukoClassifier *a, LeukoClassifier *b, LeukoDataset *dataset,
                              LeukoVerification *v, GCancellable *cancellable,
                              LeukoReporter reporter, GError **error)
{
    if (!check_classes(a, b, error))
        return FALSE;
    g_autofree gint *labels = leuko_eval_match_labels(dataset, leuko_classifier_model(a), error);
    if (!labels)
        return FALSE;
    start(v, a, leuko_dataset_n_records(dataset));
    if (!leuko_classifier_run_dataset(a, dataset, v->reference, cancellable, reporter, error) ||
        !leuko_classifier_run_dataset(b, dataset, v->answers, cancellable, reporter, error))
        return FALSE;
    compare(v, a, labels);
    return TRUE;
}

/* Values of a coarse grid, smoothly joined: an image has neighbors that are alike. */
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

gboolean leuko_verify_random(LeukoClassifier *a, LeukoClassifier *b, guint n, guint64 seed,
                             LeukoVerification *v, GError **error)
{
    guint side = leuko_classifier_model(a)->preprocess.side_px;
    gsize plane = (gsize)side * side;
    if (!check_classes(a, b, error))
        return FALSE;
    if (leuko_classifier_model(b)->preprocess.side_px != side) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "one takes images of %u px, the other of %u px: compare them on a data set",
                    side, leuko_classifier_model(b)->preprocess.side_px);
        return FALSE;
    }
    start(v, a, n);
    g_autofree float *x = g_new(float, n *LEUKO_CHANNELS *plane);
    for (guint i = 0; i < n * LEUKO_CHANNELS; i++) {
        LeukoRng rng;
        leuko_rng_init(&rng, seed, "verify", i);
        draw_smooth(x + i * plane, side, &rng);
    }
    if (!leuko_classifier_run(a, n, x, v->reference, error) ||
        !leuko_classifier_run(b, n, x, v->answers, error))
        return FALSE;
    compare(v, a, NULL);
    return TRUE;
}

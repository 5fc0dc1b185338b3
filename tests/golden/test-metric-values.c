/* Figures, intervals and tests against scikit-learn, SciPy, statsmodels, pROC and Obuchowski's
 * equations written out (tests/golden/make-metric-values.py), to 1e-9. */
#include "base/json.h"
#include "stats/auc.h"
#include "stats/calibration-fit.h"
#include "stats/distribution.h"
#include "stats/isotonic.h"
#include "stats/paired.h"
#include "stats/reliability.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CLASSES = 8 };
static const char *const names[MAX_CLASSES] = {"a", "b", "c", "d", "e", "f", "g", "h"};

typedef struct {
    json_t *row;
    const char *name;
    LeukoEvalInput in;
    gint *labels;
    double *p;
} DataSet;

static json_t *load(void)
{
    g_autofree gchar *path =
        g_build_filename(g_getenv("LEUKO_TEST_DATA"), "golden", "metric-values.json", NULL);
    json_error_t error;
    json_t *all = json_load_file(path, 0, &error);
    if (!all)
        g_error("%s: %s", path, error.text);
    g_assert_cmpuint(json_array_size(all), ==, 20);
    return all;
}

static void data_set_clear(DataSet *d)
{
    g_free(d->labels);
    g_free(d->p);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DataSet, data_set_clear)

static DataSet data_set(json_t *row)
{
    json_t *labels = json_object_get(row, "labels"), *p = json_object_get(row, "p");
    guint n = (guint)json_array_size(labels), k = (guint)json_array_size(json_array_get(p, 0));
    DataSet d = {.row = row,
                 .name = json_string_value(json_object_get(row, "name")),
                 .labels = g_new(gint, n),
                 .p = g_new(double, (gsize)n *k)};
    for (guint i = 0; i < n; i++) {
        d.labels[i] = (gint)json_integer_value(json_array_get(labels, i));
        for (guint j = 0; j < k; j++)
            d.p[i * k + j] = json_number_value(json_array_get(json_array_get(p, i), j));
    }
    d.in = (LeukoEvalInput){.n = n,
                            .n_classes = k,
                            .classes = names,
                            .labels = d.labels,
                            .probabilities = d.p,
                            .positive = k == 2 ? 1 : -1,
                            .threshold = k == 2 ? 0.5 : (double)NAN,
                            .prevalence = NAN};
    return d;
}

/* null: not defined. Figures that the other program calls 0 where we call them undefined are null
 * in the file. */
static void equal(const DataSet *d, const char *what, double got, json_t *expected)
{
    double value = json_is_null(expected) ? (double)NAN : json_number_value(expected);
    if (!expected || isnan(got) != isnan(value) || fabs(got - value) > 1e-9)
        g_error("%s: %s is %.17g, expected %.17g", d->name, what, got, value);
}

static void equal_bounds(const DataSet *d, const char *what, const LeukoMetric *m, json_t *expected)
{
    json_t *low = json_is_null(expected) ? expected : json_array_get(expected, 0);
    json_t *high = json_is_null(expected) ? expected : json_array_get(expected, 1);
    equal(d, what, m->low, low);
    equal(d, what, m->high, high);
}

static void compare_figures(const DataSet *d, const LeukoEvaluation *e)
{
    json_t *figures = json_object_get(d->row, "figures");
    g_autoptr(json_t) ours = leuko_evaluation_to_json(e);
    const char *const keys[] = {
        "accuracy", "balanced_accuracy", "macro_f1",          "micro_f1", "mcc",     "kappa",
        "auc",      "auc_hand_till",     "average_precision", "brier",    "log_loss"};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        json_t *value = json_object_get(json_object_get(ours, keys[i]), "value");
        equal(d, keys[i], json_is_real(value) ? json_real_value(value) : (double)NAN,
              json_object_get(figures, keys[i]));
    }
    const struct {
        const char *key;
        const LeukoMetric *metrics;
    } classes[] = {{"recall", e->recall},
                   {"precision", e->precision},
                   {"f1", e->f1},
                   {"class_auc", e->class_auc}};
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++)
        for (guint k = 0; k < e->n_classes; k++)
            equal(d, classes[i].key, classes[i].metrics[k].value,
                  json_array_get(json_object_get(figures, classes[i].key), k));
    json_t *wilson = json_object_get(d->row, "wilson");
    equal_bounds(d, "accuracy", &e->accuracy, json_object_get(wilson, "accuracy"));
    for (guint k = 0; k < e->n_classes; k++)
        equal_bounds(d, "recall", &e->recall[k],
                     json_array_get(json_object_get(wilson, "recall"), k));
}

static void test_figures(void)
{
    g_autoptr(json_t) all = load();
    for (guint i = 0; i < json_array_size(all); i++) {
        g_auto(DataSet) d = data_set(json_array_get(all, i));
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoEvaluation) e = leuko_evaluate(&d.in, &error);
        g_assert_no_error(error);
        compare_figures(&d, e);
    }
}

static double at(json_t *matrix, guint r, guint s)
{
    return json_number_value(json_array_get(json_array_get(matrix, r), s));
}

static const LeukoDifference *find(const LeukoPaired *paired, const char *name)
{
    for (guint i = 0; i < paired->n_differences; i++)
        if (strcmp(paired->differences[i].name, name) == 0)
            return &paired->differences[i];
    g_assert_not_reached();
}

/* The AUC's variance and interval by images: pROC. */
static void compare_delong(const DataSet *d, const LeukoPaired *paired, const LeukoAuc *auc)
{
    json_t *p = json_object_get(d->row, "paired");
    equal(d, "variance of the first AUC", auc->covariance[0][0],
          json_object_get(d->row, "auc_var"));
    equal(d, "variance of the second AUC", auc->covariance[1][1], json_object_get(p, "var"));
    equal(d, "covariance of the AUCs", auc->covariance[0][1], json_object_get(p, "cov"));
    const LeukoDifference *difference = find(paired, "auc");
    if (!json_is_null(json_object_get(p, "delong_p")) && auc->covariance[0][0] > 1e-14)
        equal(d, "DeLong's test", difference->p_value, json_object_get(p, "delong_p"));
    g_autoptr(LeukoEvaluation) first = leuko_evaluate(&d->in, NULL);
    double v = json_number_value(json_object_get(d->row, "auc_var")), a = first->auc.value;
    if (v > 1e-14) { /* logit scale: a (1 - a) is the derivative's inverse */
        double middle = log(a / (1 - a)), half = 1.959963984540054 * sqrt(v) / (a * (1 - a));
        g_assert_cmpfloat_with_epsilon(first->auc.low, 1 / (1 + exp(half - middle)), 1e-9);
        g_assert_cmpfloat_with_epsilon(first->auc.high, 1 / (1 + exp(-half - middle)), 1e-9);
    }
}

static void test_paired(void)
{
    g_autoptr(json_t) all = load();
    guint compared = 0;
    for (guint i = 0; i < json_array_size(all); i++) {
        g_auto(DataSet) d = data_set(json_array_get(all, i));
        json_t *p = json_object_get(d.row, "paired"), *cluster = json_object_get(d.row, "cluster");
        if (!p)
            continue;
        guint n = d.in.n;
        g_autofree double *second = g_new(double, 2 * n), *a = g_new(double, n),
                          *b = g_new(double, n);
        g_autofree gboolean *positive = g_new(gboolean, n);
        g_autofree guint *unit = g_new(guint, n);
        for (guint j = 0; j < n; j++) {
            b[j] = second[2 * j + 1] =
                json_number_value(json_array_get(json_object_get(p, "scores"), j));
            second[2 * j] = 1 - b[j];
            a[j] = d.p[2 * j + 1];
            positive[j] = d.labels[j] == 1;
            unit[j] =
                (guint)json_integer_value(json_array_get(json_object_get(cluster, "unit"), j));
        }
        LeukoEvalInput other = d.in;
        other.probabilities = second;
        g_autoptr(LeukoPaired) paired = leuko_paired_compare(&d.in, &other, NULL);
        json_t *counts = json_object_get(p, "counts");
        g_assert_cmpuint(paired->both, ==, (guint)at(counts, 0, 0));
        g_assert_cmpuint(paired->only_first, ==, (guint)at(counts, 0, 1));
        g_assert_cmpuint(paired->only_second, ==, (guint)at(counts, 1, 0));
        g_assert_cmpuint(paired->neither, ==, (guint)at(counts, 1, 1));
        equal(&d, "McNemar's test", find(paired, "accuracy")->p_value,
              json_object_get(p, "mcnemar_p"));
        LeukoAuc auc;
        leuko_auc_compute(&(LeukoAucInput){n, positive, {a, b}, NULL, n}, &auc);
        compare_delong(&d, paired, &auc);
        leuko_auc_compute(&(LeukoAucInput){n, positive, {a, b}, unit, 15}, &auc);
        for (guint r = 0; r < 2; r++)
            for (guint s = 0; s < 2; s++)
                g_assert_cmpfloat_with_epsilon(auc.covariance[r][s],
                                               at(json_object_get(cluster, "cov"), r, s), 1e-12);
        compared++;
    }
    g_assert_cmpuint(compared, >=, 8);
}

/* The non-empty bins, ECE and MCE of one kind of bins. */
static void compare_bins(const DataSet *d, const char *what, const LeukoReliabilityBins *bins,
                         json_t *expected)
{
    json_t *rows = json_object_get(expected, "rows");
    guint next = 0;
    for (guint b = 0; b < LEUKO_ECE_BINS; b++) {
        json_t *row = json_array_get(rows, next);
        if (bins->bins[b].n == 0)
            continue;
        equal(d, what, bins->bins[b].n, json_array_get(row, 0));
        equal(d, what, bins->bins[b].mean, json_array_get(row, 1));
        equal(d, what, bins->bins[b].observed, json_array_get(row, 2));
        next++;
    }
    g_assert_cmpuint(next, ==, json_array_size(rows));
    equal(d, what, bins->ece, json_object_get(expected, "ece"));
    equal(d, what, bins->mce, json_object_get(expected, "mce"));
}

/* The parts of the Brier score, which sum to it. */
static void compare_brier(const DataSet *d, const LeukoEvaluation *e, json_t *expected)
{
    const LeukoBrierParts *b = &e->reliability->brier;
    const double parts[] = {b->reliability, b->resolution, b->uncertainty, b->within_variance,
                            b->within_covariance};
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        equal(d, "Brier part", parts[i], json_array_get(expected, i));
    g_assert_cmpfloat_with_epsilon(b->score, e->brier.value, 1e-12);
    g_assert_cmpfloat_with_epsilon(b->score,
                                   b->reliability - b->resolution + b->uncertainty +
                                       b->within_variance - b->within_covariance,
                                   1e-12);
}

static void compare_temperature(const DataSet *d, json_t *expected)
{
    guint n = d->in.n, k = d->in.n_classes;
    g_autofree float *logits = g_new(float, n *k);
    for (guint i = 0; i < n; i++)
        for (guint j = 0; j < k; j++)
            logits[i * k + j] = (float)json_number_value(
                json_array_get(json_array_get(json_object_get(expected, "logits"), i), j));
    const LeukoCalibrationInput in = {
        .n = n, .n_classes = k, .logits = logits, .labels = d->labels, .positive = d->in.positive};
    equal(d, "temperature", leuko_temperature_fit(&in, NULL),
          json_object_get(expected, "temperature"));
}

typedef struct {
    double score;
    guint image;
} Scored;

static int by_score(const void *a, const void *b)
{
    const Scored *x = a, *y = b;
    return (x->score > y->score) - (x->score < y->score);
}

/* Isotonic regression of the labels on the scores; images with one score count as one value. */
static void compare_isotonic(const DataSet *d, json_t *expected)
{
    guint n = d->in.n, n_values = 0;
    g_autofree Scored *order = g_new(Scored, n);
    g_autofree double *y = g_new0(double, n), *weights = g_new0(double, n);
    g_autofree guint *value = g_new(guint, n);
    for (guint i = 0; i < n; i++)
        order[i] = (Scored){d->p[2 * i + 1], i};
    qsort(order, n, sizeof *order, by_score);
    for (guint i = 0; i < n; i++) {
        n_values += i == 0 || order[i].score > order[i - 1].score;
        value[order[i].image] = n_values - 1;
        weights[n_values - 1]++;
        y[n_values - 1] += d->labels[order[i].image];
    }
    for (guint v = 0; v < n_values; v++)
        y[v] /= weights[v];
    leuko_isotonic_fit(y, weights, n_values);
    for (guint i = 0; i < n; i++)
        equal(d, "isotonic regression", y[value[i]], json_array_get(expected, i));
}

static void test_calibration(void)
{
    g_autoptr(json_t) all = load();
    for (guint i = 0; i < json_array_size(all); i++) {
        g_auto(DataSet) d = data_set(json_array_get(all, i));
        json_t *expected = json_object_get(d.row, "calibration");
        g_autoptr(LeukoEvaluation) e = leuko_evaluate(&d.in, NULL);
        compare_bins(&d, "equal width", &e->reliability->equal_width,
                     json_object_get(expected, "equal_width"));
        compare_bins(&d, "equal mass", &e->reliability->equal_mass,
                     json_object_get(expected, "equal_mass"));
        compare_brier(&d, e, json_object_get(expected, "brier"));
        compare_temperature(&d, expected);
        if (d.in.n_classes == 2)
            compare_isotonic(&d, json_object_get(expected, "isotonic"));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/metric-values/figures", test_figures);
    g_test_add_func("/metric-values/paired", test_paired);
    g_test_add_func("/metric-values/calibration", test_calibration);
    return g_test_run();
}

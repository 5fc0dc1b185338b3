#include "base/json.h"
#include "base/rng.h"
#include "leuko/error.h"
#include "stats/auc.h"
#include "stats/bootstrap.h"
#include "stats/metrics.h"
#include <math.h>
#include <string.h>

static const char *const two[] = {"hem", "all"};

/* n images of two classes; decided for the second from probability 0.5. groups: may be NULL. */
static LeukoEvalInput input_of(guint n, const gint *labels, const double *p,
                               const char *const *groups)
{
    return (LeukoEvalInput){.n = n,
                            .n_classes = 2,
                            .classes = two,
                            .labels = labels,
                            .probabilities = p,
                            .groups = groups,
                            .positive = 1,
                            .threshold = 0.5,
                            .prevalence = NAN};
}

/* scipy.stats.binomtest(k, n).proportion_ci(method='wilson'), scipy 1.10.1. */
static void test_wilson(void)
{
    const double expected[][4] = {{0, 10, 0, 0.27753279986288926},
                                  {10, 10, 0.7224672001371109, 1},
                                  {7, 20, 0.1811918241010821, 0.5671457233147637},
                                  {81, 263, 0.2552885198782742, 0.36620957698280004},
                                  {1, 3, 0.06149194472039626, 0.7923403991979523}};
    for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
        LeukoInterval w = leuko_wilson(expected[i][0], expected[i][1]);
        g_assert_cmpfloat_with_epsilon(w.low, expected[i][2], 1e-12);
        g_assert_cmpfloat_with_epsilon(w.high, expected[i][3], 1e-12);
    }
}

enum { N = 60 };

/* p = round(0.5 + 0.3 sin(3.7 i) +- 0.15, 2), y = (7 i mod 5) < 2: with ties */
static void formula(gint *labels, double *probabilities)
{
    for (int i = 0; i < N; i++) {
        labels[i] = (i * 7) % 5 < 2;
        double p = 0.5 + 0.3 * sin(3.7 * i) + 0.15 * (2 * labels[i] - 1);
        p = CLAMP(round(p * 100) / 100, 0, 1);
        probabilities[2 * i + 1] = p;
        probabilities[2 * i] = 1 - p;
    }
}

/* scikit-learn 1.2 on the same numbers: roc_auc_score, average_precision_score, brier_score_loss,
 * accuracy, balanced accuracy, f1, precision, recall; DeLong's variance by its definition in
 * numpy. */
static void test_against_sklearn(void)
{
    gint labels[N];
    double p[2 * N];
    g_autoptr(GError) error = NULL;
    formula(labels, p);
    LeukoEvalInput in = input_of(N, labels, p, NULL);
    g_autoptr(LeukoEvaluation) e = leuko_evaluate(&in, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat_with_epsilon(e->auc.value, 0.7494212962962963, 1e-12);
    g_assert_cmpfloat_with_epsilon(e->auc.low, 0.6049337856047544, 1e-9);
    g_assert_cmpfloat_with_epsilon(e->auc.high, 0.8538336298835775, 1e-9);
    g_assert_cmpfloat_with_epsilon(e->average_precision.value, 0.728901224831338, 1e-12);
    g_assert_cmpfloat_with_epsilon(e->brier.value, 0.18972499999999998, 1e-12);
    g_assert_cmpfloat_with_epsilon(e->accuracy.value, 0.6166666666666667, 1e-12);
    g_assert_cmpfloat_with_epsilon(e->balanced_accuracy.value, 0.6111111111111112, 1e-12);
    g_assert_cmpfloat_with_epsilon(e->f1[1].value, 0.5490196078431373, 1e-12);
    g_assert_cmpfloat_with_epsilon(e->precision[1].value, 0.5185185185185185, 1e-12);
    g_assert_cmpfloat_with_epsilon(e->sensitivity.value, 0.5833333333333334, 1e-12);
    g_assert_true(isnan(e->ppv.value));
}

/* Sensitivity is the recall of the positive class and nothing like accuracy, whichever class is
 * named positive (the original reported micro-averaged accuracy as sensitivity). */
static void test_sensitivity(void)
{
    const gint labels[] = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0};
    double p[20];
    for (int i = 0; i < 10; i++) {
        p[2 * i + 1] = i == 0 || i == 9 ? 0.9 : 0.1; /* one of four found, one of six false */
        p[2 * i] = 1 - p[2 * i + 1];
    }
    LeukoEvalInput in = input_of(10, labels, p, NULL);
    in.prevalence = 0.5;
    g_autoptr(LeukoEvaluation) e = leuko_evaluate(&in, NULL);
    g_assert_cmpfloat_with_epsilon(e->sensitivity.value, 0.25, 1e-12);
    g_assert_cmpfloat_with_epsilon(e->specificity.value, 5.0 / 6, 1e-12);
    g_assert_cmpfloat_with_epsilon(e->accuracy.value, 0.6, 1e-12);
    g_assert_cmpfloat_with_epsilon(e->ppv.value, 0.25 / (0.25 + 1.0 / 6), 1e-12);
    in.positive = 0;
    g_autoptr(LeukoEvaluation) other = leuko_evaluate(&in, NULL);
    g_assert_cmpfloat_with_epsilon(other->sensitivity.value, 5.0 / 6, 1e-12);
}

/* With fewer than ten groups in a class there is no interval, the reason is given, and the table by
 * group stands in its place. */
static void test_few_groups(void)
{
    gint labels[N];
    double p[2 * N];
    const char *groups[N];
    formula(labels, p);
    for (int i = 0; i < N; i++)
        groups[i] = labels[i] ? (i % 2 ? "A" : "B") : (i % 3 ? "C" : "D");
    LeukoEvalInput in = input_of(N, labels, p, groups);
    g_autoptr(LeukoEvaluation) e = leuko_evaluate(&in, NULL);
    g_assert_true(isnan(e->auc.low) && isnan(e->accuracy.high) && isfinite(e->auc.value));
    g_assert_true(g_str_has_prefix(e->accuracy.method, "not estimable: class hem has 2 groups"));
    g_assert_true(g_str_has_prefix(leuko_metric_reason(&e->accuracy), "class hem has 2 groups"));
    g_assert_cmpuint(e->n_group_rows, ==, 4);
    g_assert_cmpstr(e->group_rows[2].name, ==, "C");
    g_autoptr(json_t) json = leuko_evaluation_to_json(e);
    g_assert_true(json_is_null(json_object_get(json_object_get(json, "auc"), "low")));
    g_assert_cmpuint(json_array_size(json_object_get(json, "per_group")), ==, 4);
}

enum { PATIENTS = 24, CELLS = 20, REPEATS = 120 };

/* Patients differ: each has an accuracy of its own. The interval over groups must hold the true
 * mean in about 95 of 100 samples; the one that takes cells as independent is far too narrow.
 * Bounds: the binomial's 99.9 % range around 0.95 for the first (120 samples: 0.86), and 0.80
 * for the second. */
static void test_coverage(void)
{
    guint covered_by_groups = 0, covered_by_cells = 0;
    for (guint r = 0; r < REPEATS; r++) {
        enum { ALL = PATIENTS * CELLS };
        static gint labels[ALL];
        static double p[2 * ALL];
        static const char *groups[ALL];
        static gchar names[PATIENTS][8];
        LeukoRng rng;
        leuko_rng_init(&rng, 11, "coverage", r);
        for (guint g = 0; g < PATIENTS; g++) {
            double rate =
                0.75 + 0.2 * (leuko_rng_uniform(&rng) * 2 - 1); /* 0.55 to 0.95, mean 0.75 */
            g_snprintf(names[g], sizeof names[g], "P%02u", g);
            for (guint c = 0; c < CELLS; c++) {
                guint i = g * CELLS + c;
                labels[i] = g % 2;
                gboolean right = leuko_rng_uniform(&rng) < rate;
                p[2 * i + 1] = (labels[i] == 1) == right ? 0.8 : 0.2;
                p[2 * i] = 1 - p[2 * i + 1];
                groups[i] = names[g];
            }
        }
        LeukoEvalInput in = input_of(ALL, labels, p, groups);
        g_autoptr(LeukoEvaluation) by_groups = leuko_evaluate(&in, NULL);
        covered_by_groups +=
            by_groups->accuracy.low <= 0.75 && 0.75 <= by_groups->accuracy.high ? 1u : 0u;
        in.groups = NULL;
        LeukoInterval cells = leuko_wilson(by_groups->accuracy.value * ALL, ALL);
        covered_by_cells += cells.low <= 0.75 && 0.75 <= cells.high ? 1u : 0u;
    }
    g_test_message("true mean inside: %u of %d by groups, %u by cells", covered_by_groups, REPEATS,
                   covered_by_cells);
    g_assert_cmpfloat((double)covered_by_groups / REPEATS, >=, 0.86);
    g_assert_cmpfloat((double)covered_by_cells / REPEATS, <=, 0.90);
}

/* All right, none wrong: still no interval of width zero. */
static void test_perfect(void)
{
    gint labels[40];
    double p[80];
    gchar names[40][8];
    const char *groups[40];
    for (int i = 0; i < 40; i++) {
        labels[i] = i % 2;
        p[2 * i + 1] = labels[i] ? 0.99 : 0.01;
        p[2 * i] = 1 - p[2 * i + 1];
        g_snprintf(names[i], sizeof names[i], "P%d", i / 2);
        groups[i] = names[i];
    }
    LeukoEvalInput in = input_of(40, labels, p, groups);
    g_autoptr(LeukoEvaluation) e = leuko_evaluate(&in, NULL);
    g_assert_cmpfloat(e->accuracy.value, ==, 1);
    g_assert_cmpfloat(e->accuracy.low, <, 0.9);
    g_assert_cmpfloat(e->auc.low, <, 0.99);
}

/* Each impossible input is refused. */
static void test_refuses(void)
{
    gint labels[2] = {0, 1};
    double p[4] = {0.5, 0.5, 0.5, 0.5};
    LeukoEvalInput good = {.n = 2,
                           .n_classes = 2,
                           .classes = two,
                           .labels = labels,
                           .probabilities = p,
                           .positive = 1,
                           .threshold = 0.5,
                           .prevalence = NAN};
    for (int i = 0; i < 5; i++) {
        g_autoptr(GError) error = NULL;
        LeukoEvalInput in = good;
        double q[4] = {0.5, 0.5, 0.5, NAN};
        gint out_of_range[2] = {0, 2};
        switch (i) {
        case 0:
            in.n = 0;
            break;
        case 1:
            in.labels = out_of_range;
            break;
        case 2:
            in.probabilities = q;
            break;
        case 3:
            in.threshold = 1.5;
            break;
        default:
            in.positive = 2;
            break;
        }
        g_assert_null(leuko_evaluate(&in, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
}

/* BCa of formula-made draws and of the accuracy of 12 groups, against numpy's quantiles with
 * Efron's formula and scipy.stats.bootstrap(method='BCa', 200,000 draws), both at the widened
 * level 2 Phi(t(G-1) sqrt(G/(G-1))) - 1. */
static void test_bca(void)
{
    double draws[1000];
    for (int i = 0; i < 1000; i++)
        draws[i] = pow((i * 7919 % 1000) / 1000.0, 2);
    LeukoInterval ten = leuko_bca(draws, 1000, 0.3, 0.05, 10);
    g_assert_cmpfloat_with_epsilon(ten.low, 0.00077520, 1e-8);
    g_assert_cmpfloat_with_epsilon(ten.high, 0.99516813, 1e-8);

    const guint n[] = {10, 20, 15, 8, 30, 12, 25, 9, 14, 18, 22, 16};
    const guint right[] = {9, 15, 14, 4, 27, 12, 19, 9, 10, 17, 20, 11};
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    gint labels[199];
    double p[2 * 199];
    const char *groups[199];
    for (guint g = 0, i = 0; g < 12; g++)
        for (guint j = 0; j < n[g]; j++, i++) {
            labels[i] = j % 2; /* both classes in each group: one stratum */
            gboolean hit = j < right[g];
            p[2 * i + 1] = (labels[i] == 1) == hit ? 0.9 : 0.1;
            p[2 * i] = 1 - p[2 * i + 1];
            groups[i] = names[g];
        }
    g_autoptr(GError) error = NULL;
    LeukoEvalInput in = input_of(199, labels, p, groups);
    in.threshold = NAN;
    g_autoptr(LeukoEvaluation) e = leuko_evaluate(&in, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat_with_epsilon(e->accuracy.value, 0.8391959798994975, 1e-12);
    g_assert_cmpfloat_with_epsilon(e->accuracy.low, 0.7551, 0.012); /* 2,000 draws: sd 0.004 */
    g_assert_cmpfloat_with_epsilon(e->accuracy.high, 0.9067, 0.012);
}

/* Newcombe's score interval of an AUC, against the roots found by scipy.optimize.brentq; it is an
 * interval where the classes are wholly separated too. */
static void test_newcombe(void)
{
    LeukoInterval some = leuko_auc_newcombe(0.9, 20, 40), all = leuko_auc_newcombe(1, 12, 15);
    g_assert_cmpfloat_with_epsilon(some.low, 0.7735775465912562, 1e-9);
    g_assert_cmpfloat_with_epsilon(some.high, 0.9569319048961324, 1e-9);
    g_assert_cmpfloat_with_epsilon(all.low, 0.8482306365590839, 1e-6);
    g_assert_cmpfloat(all.high, ==, 1);
}

/* Strata above and below the size from which the units are drawn by blocks: in every lane each draw
 * has as many units as the stratum, and the spread of a recall is that of a binomial share. */
static void test_large_strata(void)
{
    enum { COUNT = 42000, OF_FIRST = 2000, DRAWS = 403 };
    g_autofree gint *labels = g_new(gint, COUNT), *decided = g_new(gint, COUNT);
    g_autofree guint *unit = g_new(guint, COUNT), *stratum = g_new(guint, COUNT);
    g_autofree double *p = g_new(double, 2 * COUNT);
    for (guint i = 0; i < COUNT; i++) {
        unit[i] = i;
        stratum[i] = i >= OF_FIRST;
        labels[i] = (gint)stratum[i];
        decided[i] = i % 5 == 0 ? 1 - labels[i] : labels[i];
        p[2 * i] = (i % 7 + 1) / 9.0;
        p[2 * i + 1] = 1 - p[2 * i];
    }
    g_autoptr(LeukoStatistics) s =
        leuko_statistics_new(COUNT, 2, labels, decided, p, unit, COUNT, 1);
    g_autoptr(LeukoBootstrap) b = leuko_bootstrap_new(s, COUNT, stratum, 2, DRAWS, 1);
    for (guint k = 0; k < 2; k++) {
        double n = k ? COUNT - OF_FIRST : OF_FIRST, sum = 0, squares = 0;
        const double *recall = b->draws + (gsize)leuko_stat_recall(s, k) * DRAWS;
        for (guint d = 0; d < DRAWS; d++) {
            double hits = recall[d] * n;
            g_assert_cmpfloat_with_epsilon(hits, round(hits), 1e-6);
            sum += recall[d] - 0.8;
            squares += (recall[d] - 0.8) * (recall[d] - 0.8);
        }
        double sd = sqrt(0.8 * 0.2 / n);
        g_assert_cmpfloat(fabs(sum / DRAWS), <, 4 * sd / sqrt(DRAWS));
        g_assert_cmpfloat(fabs(sqrt(squares / DRAWS) / sd - 1), <, 4 / sqrt(2.0 * DRAWS));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/metrics/wilson", test_wilson);
    g_test_add_func("/metrics/bca", test_bca);
    g_test_add_func("/metrics/newcombe", test_newcombe);
    g_test_add_func("/metrics/sklearn", test_against_sklearn);
    g_test_add_func("/metrics/sensitivity", test_sensitivity);
    g_test_add_func("/metrics/few-groups", test_few_groups);
    g_test_add_func("/metrics/perfect", test_perfect);
    g_test_add_func("/metrics/refuses", test_refuses);
    g_test_add_func("/metrics/large-strata", test_large_strata);
    g_test_add_func("/metrics/coverage", test_coverage);
    return g_test_run();
}

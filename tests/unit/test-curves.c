#include "stats/auc.h"
#include "stats/curves.h"
#include <math.h>

/* Scores with ties, and the positive images among them. */
static const double scores[] = {0.9, 0.8, 0.8, 0.7, 0.6, 0.5, 0.5, 0.5, 0.3, 0.1};
static const gboolean hit[] = {TRUE, TRUE, FALSE, TRUE, FALSE, TRUE, FALSE, TRUE, FALSE, FALSE};
enum { N = G_N_ELEMENTS(scores) };

static const LeukoCurvePoint *at(const GArray *points, guint i)
{
    g_assert_cmpuint(i, <, points->len);
    return &g_array_index(points, LeukoCurvePoint, i);
}

/* Golden values: sklearn.metrics.roc_curve(drop_intermediate=False) of scikit-learn 1.9.1. */
static void test_roc(void)
{
    static const double x[] = {0, 0, .2, .2, .4, .6, .8, 1}, y[] = {0, .2, .4, .6, .6, 1, 1, 1};
    g_autoptr(GArray) points = leuko_roc_points(scores, hit, N);
    g_assert_cmpuint(points->len, ==, G_N_ELEMENTS(x));
    g_assert_true(isinf(at(points, 0)->threshold));
    for (guint i = 0; i < points->len; i++) {
        g_assert_cmpfloat_with_epsilon(at(points, i)->x, x[i], 1e-12);
        g_assert_cmpfloat_with_epsilon(at(points, i)->y, y[i], 1e-12);
    }
}

/* The area under the points by trapezoids is the AUC that stats/auc.h counts. */
static void test_roc_area(void)
{
    g_autoptr(GArray) points = leuko_roc_points(scores, hit, N);
    const LeukoAucInput in = {.n = N, .positive = hit, .scores = {scores}, .n_units = N};
    LeukoAuc auc;
    double area = 0;
    leuko_auc_compute(&in, &auc);
    for (guint i = 1; i < points->len; i++)
        area += (at(points, i)->x - at(points, i - 1)->x) *
                (at(points, i)->y + at(points, i - 1)->y) / 2;
    g_assert_cmpfloat_with_epsilon(area, auc.auc[0], 1e-12);
}

/* Precision at each distinct score, by hand: hits / images at or above it. */
static void test_precision_recall(void)
{
    static const double precision[] = {1, 2. / 3, 3. / 4, 3. / 5, 5. / 8, 5. / 9, 5. / 10};
    g_autoptr(GArray) points = leuko_precision_recall_points(scores, hit, N);
    g_assert_cmpuint(points->len, ==, G_N_ELEMENTS(precision));
    for (guint i = 0; i < points->len; i++)
        g_assert_cmpfloat_with_epsilon(at(points, i)->y, precision[i], 1e-12);
    g_assert_cmpfloat(at(points, points->len - 1)->x, ==, 1);
}

/* The last point answers every image, with the error rate of all; the first only the surest. */
static void test_risk_coverage(void)
{
    g_autoptr(GArray) points = leuko_risk_coverage_points(scores, hit, N);
    g_assert_cmpfloat_with_epsilon(at(points, 0)->x, 0.1, 1e-12);
    g_assert_cmpfloat(at(points, 0)->y, ==, 0);
    g_assert_cmpfloat(at(points, points->len - 1)->x, ==, 1);
    g_assert_cmpfloat_with_epsilon(at(points, points->len - 1)->y, 0.5, 1e-12);
}

/* Without an image of one side there is no curve. */
static void test_one_class(void)
{
    static const gboolean all[] = {TRUE, TRUE}, none[] = {FALSE, FALSE};
    g_autoptr(GArray) a = leuko_roc_points(scores, all, 2), b = leuko_roc_points(scores, none, 2);
    g_autoptr(GArray) c = leuko_precision_recall_points(scores, none, 2);
    g_assert_cmpuint(a->len + b->len + c->len, ==, 0);
}

/* A threshold moves the point of least confidence from 0.5 to it. */
static void test_confidence(void)
{
    static const double p[] = {0.7, 0.3, 0.2, 0.8, 0.5, 0.5};
    g_autofree double *largest = leuko_decision_confidence(p, 3, 2, -1, NAN);
    g_autofree double *margin = leuko_decision_confidence(p, 3, 2, 1, 0.3);
    g_assert_cmpfloat_with_epsilon(largest[0], 0.7, 1e-12);
    g_assert_cmpfloat_with_epsilon(largest[2], 0.5, 1e-12);
    g_assert_cmpfloat_with_epsilon(margin[0], 0, 1e-12);
    g_assert_cmpfloat_with_epsilon(margin[2], log(0.7 / 0.3), 1e-12);
    g_assert_cmpfloat(margin[1], >, margin[2]);
}

/* Thinning keeps the ends and every step that is as large as the distance. */
static void test_thin(void)
{
    enum { MANY = 10000 };
    g_autofree double *s = g_new(double, MANY);
    g_autofree gboolean *h = g_new(gboolean, MANY);
    for (guint i = 0; i < MANY; i++) {
        s[i] = -(double)i;
        h[i] = i % 2 == 0;
    }
    g_autoptr(GArray) points = leuko_roc_points(s, h, MANY);
    leuko_curve_thin(points, 0.01);
    g_assert_cmpuint(points->len, >=, 100);
    g_assert_cmpuint(points->len, <=, 202);
    g_assert_cmpfloat(at(points, 0)->x, ==, 0);
    g_assert_cmpfloat(at(points, points->len - 1)->x, ==, 1);
    for (guint i = 1; i < points->len; i++)
        g_assert_cmpfloat(at(points, i)->x - at(points, i - 1)->x, <, 0.0103);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/curves/roc", test_roc);
    g_test_add_func("/curves/roc-area", test_roc_area);
    g_test_add_func("/curves/precision-recall", test_precision_recall);
    g_test_add_func("/curves/risk-coverage", test_risk_coverage);
    g_test_add_func("/curves/one-class", test_one_class);
    g_test_add_func("/curves/confidence", test_confidence);
    g_test_add_func("/curves/thin", test_thin);
    return g_test_run();
}

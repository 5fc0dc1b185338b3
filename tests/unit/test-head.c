#include "base/rng.h"
#include "leuko/error.h"
#include "stats/decide.h"
#include "train/head-choice.h"
#include "train/head-curvature.h"
#include "train/head-folds.h"
#include "train/head-objective.h"
#include <math.h>
#include <string.h>

enum { N = 60, C = 7, K = 3 };

/* Features by a formula; two labels in twenty-two are changed, so the classes overlap. */
static void fill(float *x, gint *labels)
{
    for (int i = 0; i < N; i++) {
        for (int c = 0; c < C; c++)
            x[i * C + c] = (float)(sin(0.7 * i * (c + 1)) + 0.3 * cos(i * 0.31 + c) +
                                   (i % K == c % K ? 0.8 : 0.0));
        labels[i] = (i % K + (i % 11 == 0 ? 1 : 0)) % K;
    }
}

/* The optimum is that of scikit-learn. Values: LogisticRegression(C=0.1, tol=1e-13,
 * max_iter=100000, solver='newton-cg', multi_class='multinomial') of scikit-learn 1.2.1 on the
 * formula above, standardized; coef_, intercept_ minus its mean, and the penalized loss. */
static void test_fit_equals_sklearn(void)
{
    static const double w[K * C] = {
        0.2883023034138989,   -0.13993033275325104,  -0.15275413935493254, 0.2856714935079667,
        0.0292461676369605,   0.05983811045195334,   0.2884743984770042,   -0.15674058169775884,
        0.14748079071286016,  0.3815621281375024,    -0.03601950418128326, 0.21010688764721328,
        -0.5317489249453708,  -0.059494288627641556, -0.13156172171613997, -0.007550457959609072,
        -0.22880798878256975, -0.24965198932668353,  -0.23935305528417378, 0.4719108144934176,
        -0.22898010984936265};
    static const double b[K] = {0.15315552875707425, -0.18018991911529375, 0.027034390358219508};
    float x[N * C];
    gint labels[N];
    fill(x, labels);
    LeukoHeadData data = {x, labels, NULL, N, C, K};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoHead) h = leuko_head_fit(&data, NULL, 0, 10.0, NULL, 1e-8, 1, NULL, &error);
    g_assert_no_error(error);
    for (int i = 0; i < K * C; i++)
        g_assert_cmpfloat_with_epsilon(h->w[i], w[i], 2e-6);
    for (int k = 0; k < K; k++)
        g_assert_cmpfloat_with_epsilon(h->b[k], b[k], 2e-6);
    g_assert_cmpfloat_with_epsilon(h->loss, 40.228931296573485, 1e-9);
    g_assert_cmpfloat(h->gradient, <=, 1e-8);
}

/* The gradient equals central differences of the loss in every direction, with and without
 * weights. */
static void test_gradient_by_differences(void)
{
    float x[N * C];
    gint labels[N];
    double weights[N], mean[C], inv_sd[C], theta[K * (C + 1)], gradient[K * (C + 1)],
        other[K * (C + 1)];
    guint rows[N - 7]; /* not a multiple of the block */
    fill(x, labels);
    for (int i = 0; i < N; i++)
        weights[i] = 0.2 + 0.05 * (i % 13);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        rows[i] = i + 3;
    for (int c = 0; c < C; c++) {
        mean[c] = 0.1 * c;
        inv_sd[c] = 1.0 + 0.2 * c;
    }
    for (int i = 0; i < K * (C + 1); i++)
        theta[i] = 0.3 * sin(i);
    LeukoHeadData data = {x, labels, weights, N, C, K};
    LeukoHeadObjective o = {&data, rows, G_N_ELEMENTS(rows), mean, inv_sd, 2.5, 1, NULL};
    g_assert_true(leuko_head_objective_init(&o, NULL));
    leuko_head_objective(&o, theta, gradient);
    for (int i = 0; i < K * (C + 1); i++) {
        double at = theta[i];
        theta[i] = at + 1e-5;
        double up = leuko_head_objective(&o, theta, other);
        theta[i] = at - 1e-5;
        double down = leuko_head_objective(&o, theta, other);
        theta[i] = at;
        g_assert_cmpfloat_with_epsilon(gradient[i], (up - down) / 2e-5, 1e-6);
    }
    leuko_head_objective_clear(&o);
}

/* One thread and several threads give the same bytes; a warm start ends at the same optimum. */
static void test_same_bytes_any_threads(void)
{
    float x[N * C];
    gint labels[N];
    fill(x, labels);
    LeukoHeadData data = {x, labels, NULL, N, C, K};
    g_autoptr(LeukoHead) one = leuko_head_fit(&data, NULL, 0, 0.5, NULL, 1e-8, 1, NULL, NULL);
    g_autoptr(LeukoHead) three = leuko_head_fit(&data, NULL, 0, 0.5, NULL, 1e-8, 3, NULL, NULL);
    g_assert_cmpint(memcmp(one->w, three->w, sizeof(double) * K * (C + 1)), ==, 0);
    g_autoptr(LeukoHead) far = leuko_head_fit(&data, NULL, 0, 50.0, NULL, 1e-8, 1, NULL, NULL);
    g_autoptr(LeukoHead) warm = leuko_head_fit(&data, NULL, 0, 0.5, far, 1e-8, 1, NULL, NULL);
    for (int i = 0; i < K * (C + 1); i++)
        g_assert_cmpfloat_with_epsilon(warm->w[i], one->w[i], 1e-5);
}

/* Near a head that was fitted to all rows, a fit to some of them ends at the same optimum. */
static void test_near(void)
{
    float x[N * C];
    gint labels[N];
    double weights[N];
    guint rows[N], n = 0;
    fill(x, labels);
    for (guint i = 0; i < N; i++) {
        weights[i] = 0.2 + 0.05 * (i % 13);
        if (i % 5 != 2)
            rows[n++] = i;
    }
    LeukoHeadData data = {x, labels, weights, N, C, K};
    for (double l2 = 0.01; l2 < 1e4; l2 *= 10) {
        g_autoptr(LeukoHead) all = leuko_head_fit(&data, NULL, 0, l2, NULL, 1e-8, 1, NULL, NULL);
        g_autoptr(LeukoHeadCurvature) near = leuko_head_curvature_new(&data, all, 2);
        g_autoptr(LeukoHead) cold = leuko_head_fit(&data, rows, n, l2, NULL, 1e-9, 1, NULL, NULL);
        g_autoptr(LeukoHead) warm = leuko_head_fit_near(&data, rows, n, near, 1e-9, 1, NULL, NULL);
        g_assert_cmpfloat(warm->gradient, <=, 1e-9);
        g_assert_cmpfloat_with_epsilon(warm->loss, cold->loss, 1e-9);
        for (int i = 0; i < K * (C + 1); i++)
            g_assert_cmpfloat_with_epsilon(warm->w[i], cold->w[i], 1e-5);
    }
}

/* The matrix is symmetric and positive definite where the weights of the classes sum to 0. */
static void test_curvature(void)
{
    enum { SIZE = K * (C + 1) };
    float x[N * C];
    gint labels[N];
    double m[SIZE][SIZE];
    fill(x, labels);
    LeukoHeadData data = {x, labels, NULL, N, C, K};
    g_autoptr(LeukoHead) h = leuko_head_fit(&data, NULL, 0, 2.0, NULL, 1e-8, 1, NULL, NULL);
    g_autoptr(LeukoHeadCurvature) c = leuko_head_curvature_new(&data, h, 1);
    for (int i = 0; i < SIZE; i++) {
        memset(m[i], 0, sizeof m[i]);
        m[i][i] = 1;
        leuko_head_curvature_apply(c, m[i]);
    }
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++)
            g_assert_cmpfloat_with_epsilon(m[i][j], m[j][i], 1e-12);
    for (int i = 0; i < K * C; i++)
        g_assert_cmpfloat(m[i][i], >, 0);
}

/* The folded head gives the same logits from raw features, also with a constant feature. */
static void test_fold(void)
{
    float x[N * C], w[C * K], b[K];
    gint labels[N];
    fill(x, labels);
    for (int i = 0; i < N; i++)
        x[i * C + 2] = 4.0f;
    LeukoHeadData data = {x, labels, NULL, N, C, K};
    g_autoptr(LeukoHead) h = leuko_head_fit(&data, NULL, 0, 1.0, NULL, 1e-8, 1, NULL, NULL);
    leuko_head_fold(h, w, b);
    for (int i = 0; i < N; i++) {
        double z[K];
        leuko_head_logits(h, x + i * C, z);
        for (int k = 0; k < K; k++) {
            double folded = (double)b[k];
            for (int c = 0; c < C; c++)
                folded += (double)x[i * C + c] * (double)w[c * K + k];
            g_assert_cmpfloat_with_epsilon(folded, z[k], 1e-5);
        }
    }
}

/* Data with one class and values out of range are refused with the right error codes. */
static void test_refuses(void)
{
    float x[N * C];
    gint labels[N];
    fill(x, labels);
    LeukoHeadData data = {x, labels, NULL, N, C, K};
    guint same[] = {1, 4, 7}; /* all of class 1 */
    g_autoptr(GError) error = NULL;
    g_assert_null(leuko_head_fit(&data, same, 3, 1.0, NULL, 1e-8, 1, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_clear_error(&error);
    g_assert_null(leuko_head_fit(&data, NULL, 0, 0.0, NULL, 1e-8, 1, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_clear_error(&error);
    x[17] = NAN;
    g_assert_null(leuko_head_fit(&data, NULL, 0, 1.0, NULL, 1e-8, 1, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_clear_error(&error);
    fill(x, labels);
    labels[5] = K;
    g_assert_null(leuko_head_fit(&data, NULL, 0, 1.0, NULL, 1e-8, 1, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

/* A group lies in one fold, every fold has every class, and copies lie in the fold of their
 * source. */
static void test_deal_by_group(void)
{
    enum { ROWS = 240 };
    gint labels[ROWS];
    const char *groups[ROWS], *sources[ROWS];
    guint fold[ROWS], n_folds = 5;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < ROWS; i++) { /* 2 classes, 6 groups each, 2 copies of every source */
        labels[i] = i % 2;
        groups[i] = g_strdup_printf("g%d", i % 12);
        sources[i] = g_strdup_printf("s%d", i % 120);
        g_ptr_array_add(names, (gpointer)groups[i]);
        g_ptr_array_add(names, (gpointer)sources[i]);
    }
    LeukoFoldKind kind;
    g_assert_true(
        leuko_head_folds_make(labels, groups, sources, ROWS, 2, 1, fold, &n_folds, &kind, NULL));
    g_assert_cmpint(kind, ==, LEUKO_FOLDS_GROUPED);
    g_assert_cmpuint(n_folds, ==, 5);
    guint seen[5][2] = {{0}};
    for (int i = 0; i < ROWS; i++) {
        g_assert_cmpuint(fold[i], ==, fold[i % 12]);
        seen[fold[i]][labels[i]]++;
    }
    for (int f = 0; f < 5; f++)
        g_assert_true(seen[f][0] > 0 && seen[f][1] > 0);
    guint m = 5;
    g_assert_true(leuko_head_folds_make(labels, NULL, sources, ROWS, 2, 1, fold, &m, &kind, NULL));
    g_assert_cmpint(kind, ==, LEUKO_FOLDS_UNGROUPED);
    for (int i = 120; i < ROWS; i++)
        g_assert_cmpuint(fold[i], ==, fold[i - 120]);
}

/* A class with one group is split by image, the others by group; the kind says so. */
static void test_deal_half(void)
{
    enum { ROWS = 80 };
    gint labels[ROWS];
    const char *groups[ROWS], *names[] = {"a", "b", "c", "d"};
    guint fold[ROWS], n_folds = 5, healthy[4] = {0};
    for (int i = 0; i < ROWS; i++) {
        labels[i] = i < 40;
        groups[i] = i < 40 ? names[i / 10] : "only";
    }
    LeukoFoldKind kind;
    g_assert_true(
        leuko_head_folds_make(labels, groups, NULL, ROWS, 2, 1, fold, &n_folds, &kind, NULL));
    g_assert_cmpint(kind, ==, LEUKO_FOLDS_HALF);
    g_assert_cmpuint(n_folds, ==, 4);
    for (int i = 0; i < 40; i++)
        g_assert_cmpuint(fold[i], ==, fold[i / 10 * 10]);
    for (int i = 40; i < ROWS; i++)
        healthy[fold[i]]++;
    for (int f = 0; f < 4; f++)
        g_assert_cmpuint(healthy[f], ==, 10);
}

/* A larger l2 is chosen for many useless features than for one clear feature; the choice lies
 * within a standard error of the best; held-out logits come from heads that were not fitted on the
 * row, so their loss is that of the trial. */
static void test_choose(void)
{
    enum { ROWS = 120, F = 60 };
    float x[ROWS * F];
    gint labels[ROWS];
    guint fold[ROWS], n_folds = 4;
    LeukoRng rng;
    leuko_rng_init(&rng, 7, "test", 0);
    for (int i = 0; i < ROWS; i++) {
        labels[i] = i % 2;
        fold[i] = (guint)(i / 2) % n_folds;
        for (int c = 0; c < F; c++)
            x[i * F + c] = (float)(leuko_rng_normal(&rng) + (c == 0 ? 1.5 * labels[i] : 0));
    }
    LeukoHeadData data = {x, labels, NULL, ROWS, F, 2};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoHeadChoice) c = leuko_head_choose(&data, &data, fold, n_folds, 1000, 0.1, 1,
                                                     (LeukoReporter){0}, NULL, &error);
    g_assert_no_error(error);
    const LeukoHeadTrial *t = (const LeukoHeadTrial *)(void *)c->trials->data;
    g_assert_cmpuint(c->chosen, <=, c->best);
    g_assert_cmpfloat(t[c->chosen].loss, <=, t[c->best].loss + t[c->best].se);
    if (c->chosen > 0)
        g_assert_cmpfloat(t[c->chosen - 1].loss, >, t[c->best].loss + t[c->best].se);
    double loss = 0;
    for (int i = 0; i < ROWS; i++) {
        double z[2] = {c->logits[2 * i], c->logits[2 * i + 1]}, at = z[labels[i]];
        loss += leuko_softmax(z, 2) - at;
    }
    g_assert_cmpfloat_with_epsilon(loss / ROWS, t[c->chosen].loss, 1e-9);
    double s = leuko_head_slope(&data, c->logits);
    g_autofree double *scaled = g_memdup2(c->logits, sizeof(double) * ROWS * 2);
    double at_slope = 0;
    for (int i = 0; i < ROWS; i++) {
        double z[2] = {s * scaled[2 * i], s * scaled[2 * i + 1]}, at = z[labels[i]];
        at_slope += leuko_softmax(z, 2) - at;
    }
    g_assert_cmpfloat(at_slope, <=, loss);
}

/* leuko_head_strong_l2() bounds the curvature: a quarter of the largest eigenvalue. With copies of
 * one feature the sum of x x^T has one eigenvalue, rows times copies. */
static void test_strong_l2(void)
{
    enum { ROWS = 50, F = 4 };
    float x[ROWS * F];
    gint labels[ROWS];
    for (int i = 0; i < ROWS; i++) {
        labels[i] = i % 2;
        for (int c = 0; c < F; c++)
            x[i * F + c] = (float)(i * (c + 1));
    }
    LeukoHeadData data = {x, labels, NULL, ROWS, F, 2};
    g_assert_cmpfloat_with_epsilon(leuko_head_strong_l2(&data), 0.25 * ROWS * F, 1e-3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/head/fit/equals-sklearn", test_fit_equals_sklearn);
    g_test_add_func("/head/gradient/by-differences", test_gradient_by_differences);
    g_test_add_func("/head/fit/same-bytes-any-threads", test_same_bytes_any_threads);
    g_test_add_func("/head/fold", test_fold);
    g_test_add_func("/head/near", test_near);
    g_test_add_func("/head/curvature", test_curvature);
    g_test_add_func("/head/refuses", test_refuses);
    g_test_add_func("/head/deal/by-group", test_deal_by_group);
    g_test_add_func("/head/deal/half", test_deal_half);
    g_test_add_func("/head/choose", test_choose);
    g_test_add_func("/head/strong-l2", test_strong_l2);
    return g_test_run();
}

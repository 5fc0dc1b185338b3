#include "leuko/error.h"
#include "train/cholesky.h"
#include "train/discriminant-choice.h"
#include "train/discriminant.h"
#include "train/head-folds.h"
#include "train/head-recipe.h"
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

/* The logits are those of scikit-learn's LinearDiscriminantAnalysis(solver="lsqr"), minus their
 * mean. Values: tests/golden/make-discriminant-values.py. */
static void test_equals_sklearn(void)
{
    static const guint rows[] = {0, 7, 31};
    static const struct {
        double shrinkage, z[3][K];
    } golden[] = {{0.1,
                   {{2.397703061827509, -1.396945409587798, -1.0007576522397108},
                    {-0.8461835741726083, 3.737317734807192, -2.891134160634583},
                    {-0.8199468009768326, 5.182659952106154, -4.362713151129321}}},
                  {0.5,
                   {{2.463471781913766, -1.7459165283713072, -0.7175552535424587},
                    {-1.023522124317985, 3.271797763050446, -2.24827563873246},
                    {-1.2255623311769115, 5.088713930652502, -3.8631515994755903}}},
                  {1.0,
                   {{2.9250505591952463, -2.3083745071770565, -0.6166760520181898},
                    {-1.3297693151752465, 2.8573003072546874, -1.5275309920794413},
                    {-2.1471555102679796, 5.414950737847727, -3.2677952275797475}}}};
    float x[N * C];
    gint labels[N];
    fill(x, labels);
    const LeukoHeadData data = {x, labels, NULL, N, C, K};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoDiscriminant) d = leuko_discriminant_new(&data, NULL, 0, NULL, &error);
    g_assert_no_error(error);
    for (gsize s = 0; s < G_N_ELEMENTS(golden); s++) {
        g_autoptr(LeukoHead) h = leuko_discriminant_head(d, golden[s].shrinkage, NULL, &error);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
            double z[K];
            leuko_head_logits(h, x + rows[i] * C, z);
            double mean = (z[0] + z[1] + z[2]) / 3;
            for (guint k = 0; k < K; k++)
                g_assert_cmpfloat_with_epsilon(z[k] - mean, golden[s].z[i][k], 1e-9);
        }
    }
}

/* A row of weight 2 is the row twice, and one of weight 0 is absent. */
static void test_weights(void)
{
    float x[N * C], twice[2 * N * C];
    gint labels[N], twice_labels[2 * N];
    double weights[N];
    gsize n = 0;
    fill(x, labels);
    for (int i = 0; i < N; i++) {
        weights[i] = i % 3;
        for (int copy = 0; copy < i % 3; copy++) {
            memcpy(twice + n * C, x + i * C, C * sizeof *x);
            twice_labels[n++] = labels[i];
        }
    }
    const LeukoHeadData weighted = {x, labels, weights, N, C, K},
                        copied = {twice, twice_labels, NULL, n, C, K};
    g_autoptr(LeukoDiscriminant) a = leuko_discriminant_new(&weighted, NULL, 0, NULL, NULL);
    g_autoptr(LeukoDiscriminant) b = leuko_discriminant_new(&copied, NULL, 0, NULL, NULL);
    g_autoptr(LeukoHead) ha = leuko_discriminant_head(a, 0.3, NULL, NULL);
    g_autoptr(LeukoHead) hb = leuko_discriminant_head(b, 0.3, NULL, NULL);
    for (int i = 0; i < K * (C + 1); i++)
        g_assert_cmpfloat_with_epsilon(ha->w[i], hb->w[i], 1e-9);
}

/* At sizes around the blocks, the factor times its transpose is the matrix, and the solution
 * solves. */
static void test_cholesky(void)
{
    for (guint n = 1; n < 40; n += n < 10 ? 1 : 13) {
        g_autofree double *rows = g_new(double, LEUKO_CHOLESKY_ROWS *n);
        g_autofree double *a = g_new0(double, n *n), *factor = NULL, *x = g_new(double, n);
        for (guint i = 0; i < LEUKO_CHOLESKY_ROWS * n; i++)
            rows[i] = sin(1.7 * i) + cos(0.3 * i * i);
        leuko_cholesky_add_rows(a, n, rows, LEUKO_CHOLESKY_ROWS - 1);
        for (guint i = 0; i < n; i++) {
            a[i * n + i] += 1;
            x[i] = i + 1;
        }
        factor = g_memdup2(a, n * n * sizeof *a);
        leuko_cholesky_factor(factor, n);
        leuko_cholesky_solve(factor, n, x);
        for (guint i = 0; i < n; i++) {
            double right = 0;
            for (guint j = 0; j < n; j++) {
                double sum = 0, by_rows = i == j;
                for (guint k = 0; k <= MIN(i, j); k++)
                    sum += factor[i * n + k] * factor[j * n + k];
                for (guint r = 0; r < LEUKO_CHOLESKY_ROWS - 1; r++)
                    by_rows += rows[r * n + i] * rows[r * n + j];
                g_assert_cmpfloat_with_epsilon(sum, by_rows, 1e-9);
                right += by_rows * x[j];
            }
            g_assert_cmpfloat_with_epsilon(right, i + 1, 1e-8);
        }
    }
}

enum { WIDE = 30 };

/* Nearly as many features as rows: six tell the classes apart, and the others are noise of small
 * variance, which a standardization raises. */
static void fill_noisy(float *x, gint *labels)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    for (int i = 0; i < N; i++) {
        labels[i] = i % K;
        for (int c = 0; c < WIDE; c++) {
            double own = g_rand_double_range(rand, -1, 1) + g_rand_double_range(rand, -1, 1);
            x[i * WIDE + c] = (float)(c < 6 ? own + (i % K == c % K ? 0.8 : 0.0) : 0.02 * own);
        }
    }
}

static LeukoHeadFit *fit(const LeukoHeadData *data, const char *const *groups, LeukoHeadKind kind,
                         guint n_threads, GError **error)
{
    const LeukoHeadRecipe recipe = {.data = data,
                                    .groups = groups,
                                    .kind = kind,
                                    .n_folds = 5,
                                    .seed = 1,
                                    .n_threads = n_threads};
    const LeukoReporter silent = {NULL, NULL};
    return leuko_head_recipe_fit(&recipe, silent, NULL, error);
}

/* The recipe takes the kind with the smaller held-out loss, keeps both losses, and gives the same
 * bytes with any number of threads; a kind that is asked for is used. */
static void test_kind_is_chosen(void)
{
    float x[N * WIDE];
    gint labels[N];
    g_autoptr(GError) error = NULL;
    const LeukoHeadData data = {x, labels, NULL, N, WIDE, K};
    fill_noisy(x, labels);
    g_autoptr(LeukoHeadFit) chosen = fit(&data, NULL, LEUKO_HEAD_CHOSEN, 1, &error);
    g_autoptr(LeukoHeadFit) again = fit(&data, NULL, LEUKO_HEAD_CHOSEN, 3, &error);
    g_autoptr(LeukoHeadFit) logistic = fit(&data, NULL, LEUKO_HEAD_LOGISTIC, 1, &error);
    g_autoptr(LeukoHeadFit) discriminant = fit(&data, NULL, LEUKO_HEAD_DISCRIMINANT, 1, &error);
    g_assert_no_error(error);
    g_assert_cmpint(chosen->kind, ==, LEUKO_HEAD_DISCRIMINANT);
    g_assert_cmpfloat(chosen->discriminant_loss, <, chosen->logistic_loss);
    g_assert_cmpfloat(chosen->held_out_loss, ==, chosen->discriminant_loss);
    g_assert_cmpint(logistic->kind, ==, LEUKO_HEAD_LOGISTIC);
    g_assert_true(isnan(logistic->discriminant_loss) && isnan(logistic->shrinkage));
    g_assert_cmpfloat(chosen->logistic_loss, ==, logistic->logistic_loss);
    g_assert_cmpfloat(discriminant->shrinkage, ==, chosen->shrinkage);
    gsize bytes = sizeof(double) * K * (WIDE + 1);
    g_assert_cmpint(memcmp(chosen->head->w, again->head->w, bytes), ==, 0);
    g_assert_cmpint(memcmp(chosen->head->w, discriminant->head->w, bytes), ==, 0);
}

/* Where a class has one group, the variation between groups is unknown: the head is logistic with
 * the strongest regularization. Without rows of a class outside a fold no discriminant exists. */
static void test_kind_without_groups(void)
{
    float x[N * WIDE];
    gint labels[N];
    const char *groups[N];
    guint fold[N];
    g_autoptr(GError) error = NULL;
    const LeukoHeadData data = {x, labels, NULL, N, WIDE, K};
    fill_noisy(x, labels);
    for (int i = 0; i < N; i++) {
        groups[i] = labels[i] == 0 ? "only" : i % 2 ? "a" : "b";
        fold[i] = labels[i] == 0 ? 0 : (guint)i % 2;
    }
    g_autoptr(LeukoHeadFit) half = fit(&data, groups, LEUKO_HEAD_CHOSEN, 1, &error);
    g_assert_no_error(error);
    g_assert_true(half->kind == LEUKO_HEAD_LOGISTIC && half->strong_l2);
    g_assert_true(isnan(half->discriminant_loss));
    g_auto(LeukoDiscriminantChoice) c = {0};
    const LeukoReporter silent = {NULL, NULL};
    g_assert_true(leuko_discriminant_choose(&data, &data, fold, 2, 1, &c, silent, NULL, &error));
    g_assert_true(isnan(c.shrinkage));
    guint same[] = {1, 4, 7};
    g_assert_null(leuko_discriminant_new(&data, same, 3, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
}

enum { VIEWS = 2, USED = N - 6 };

/* The rows of `used` (USED) of both views, one view behind the other. */
static void stack(const float *views, const gint *labels, const guint *used, float *x,
                  gint *stacked_labels)
{
    for (guint j = 0; j < VIEWS * USED; j++) {
        gsize row = (gsize)(j / USED) * N + used[j % USED];
        memcpy(x + (gsize)j * WIDE, views + row * WIDE, WIDE * sizeof *x);
        stacked_labels[j] = labels[used[j % USED]];
    }
}

/* With views, a head is fitted as on all views stacked by hand, each image counting once; the views
 * of an image are on one side of the inner folds, and what is held out is the row of `data`. */
static void test_views_are_rows(void)
{
    float views[VIEWS * N * WIDE], x[N * WIDE], stacked[VIEWS * USED * WIDE];
    gint labels[N], stacked_labels[VIEWS * USED], used_labels[USED];
    guint used[USED], fold[USED];
    const LeukoReporter silent = {NULL, NULL};
    g_autoptr(GError) error = NULL;
    fill_noisy(views, labels);
    for (int i = 0; i < N * WIDE; i++) {
        views[N * WIDE + i] = views[i] + 0.3F * (float)sin(0.37 * i);
        x[i] = 0.5F * (views[i] + views[N * WIDE + i]);
    }
    for (guint i = 0; i < USED; i++) {
        used[i] = i < 20 ? i : i + 6;
        used_labels[i] = labels[used[i]];
    }
    stack(views, labels, used, stacked, stacked_labels);
    const LeukoHeadData data = {x, labels, NULL, N, WIDE, K},
                        by_hand = {stacked, stacked_labels, NULL, VIEWS * USED, WIDE, K};
    LeukoHeadRecipe recipe = {.data = &data,
                              .views = views,
                              .n_views = VIEWS,
                              .rows = used,
                              .n = USED,
                              .kind = LEUKO_HEAD_DISCRIMINANT,
                              .n_folds = 5,
                              .seed = 1,
                              .n_threads = 2};
    g_autoptr(LeukoHeadFit) f = leuko_head_recipe_fit(&recipe, silent, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(LeukoDiscriminant) d = leuko_discriminant_new(&by_hand, NULL, 0, NULL, &error);
    g_autoptr(LeukoHead) head = leuko_discriminant_head(d, f->shrinkage, NULL, &error);
    for (int i = 0; i < K * (WIDE + 1); i++)
        g_assert_cmpfloat_with_epsilon(f->head->w[i], f->slope * head->w[i], 1e-9);

    guint n_folds = 5;
    LeukoFoldKind kind;
    leuko_head_folds_make(used_labels, NULL, NULL, USED, K, 1, fold, &n_folds, &kind, &error);
    for (guint k = 0; k < n_folds; k++) {
        guint rows[VIEWS * USED], n = 0;
        for (guint j = 0; j < VIEWS * USED; j++)
            if (fold[j % USED] != k)
                rows[n++] = j;
        g_autoptr(LeukoDiscriminant) own = leuko_discriminant_new(&by_hand, rows, n, NULL, &error);
        g_autoptr(LeukoHead) h = leuko_discriminant_head(own, f->shrinkage, NULL, &error);
        for (guint i = 0; i < USED; i++) {
            double z[K];
            leuko_head_logits(h, x + (gsize)used[i] * WIDE, z);
            for (guint c = 0; fold[i] == k && c < K; c++)
                g_assert_cmpfloat_with_epsilon(f->logits[i * K + c], f->slope * z[c], 1e-9);
        }
    }

    recipe.l2 = 3.0;
    g_autoptr(LeukoHeadFit) fixed = leuko_head_recipe_fit(&recipe, silent, NULL, &error);
    g_autoptr(LeukoHead) twice =
        leuko_head_fit(&by_hand, NULL, 0, VIEWS * 3.0, NULL, 1e-8, 1, NULL, &error);
    g_assert_no_error(error);
    for (int i = 0; i < K * (WIDE + 1); i++)
        g_assert_cmpfloat_with_epsilon(fixed->head->w[i], twice->w[i], 1e-5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/discriminant/equals-sklearn", test_equals_sklearn);
    g_test_add_func("/discriminant/weights", test_weights);
    g_test_add_func("/discriminant/cholesky", test_cholesky);
    g_test_add_func("/discriminant/kind-is-chosen", test_kind_is_chosen);
    g_test_add_func("/discriminant/kind-without-groups", test_kind_without_groups);
    g_test_add_func("/discriminant/views-are-rows", test_views_are_rows);
    return g_test_run();
}

/* The held-out probabilities of a cross-validation are those of scikit-learn on the same folds.
 * Values: make-crossval-values.py. */
#include "base/json.h"
#include "study/crossval-fit.h"
#include <math.h>

enum { N = 150, C = 12, K = 3, FOLDS = 5 };

/* Features by a formula; two labels in twenty-two are changed, so the classes overlap. */
static void fill(float *x, gint *labels, guint *unit)
{
    for (int i = 0; i < N; i++) {
        for (int c = 0; c < C; c++)
            x[i * C + c] = (float)(sin(0.7 * i * (c + 1)) + 0.3 * cos(i * 0.31 + c) +
                                   (i % K == c % K ? 0.8 : 0.0));
        labels[i] = (i % K + (i % 11 == 0 ? 1 : 0)) % K;
        unit[i] = (guint)(i / 3 % FOLDS);
    }
}

/* The largest difference between the answers of all folds and the expected ones. */
static double largest_difference(const LeukoCrossvalJob *job, json_t *expected)
{
    double worst = 0;
    for (guint f = 0; f < FOLDS; f++) {
        LeukoFold fold = {0, f, 1, &f};
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoFoldAnswers) a = leuko_crossval_fit_head(job, &fold, 1, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(a->n_held, ==, N / FOLDS);
        for (guint j = 0; j < a->n_held; j++)
            for (guint k = 0; k < K; k++)
                worst = fmax(worst, fabs(a->p[j * K + k] - json_number_value(json_array_get(
                                                               expected, a->held[j] * K + k))));
    }
    return worst;
}

/* Each strength, with a start from nothing and near the head of all images. */
static void test_equals_sklearn(void)
{
    float x[N * C];
    gint labels[N];
    guint unit[N];
    gboolean scored[N];
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path =
        g_build_filename(g_getenv("LEUKO_TEST_DATA"), "golden", "crossval-values.json", NULL);
    g_autoptr(json_t) values = leuko_json_load(path, &error);
    g_assert_no_error(error);
    fill(x, labels, unit);
    for (int i = 0; i < N; i++)
        scored[i] = TRUE;
    LeukoCrossvalData data = {.n = N,
                              .n_scored = N,
                              .n_units = FOLDS,
                              .n_classes = K,
                              .positive = -1,
                              .labels = labels,
                              .unit = unit,
                              .scored = scored};
    for (gsize v = 0; v < json_array_size(values); v++) {
        json_t *value = json_array_get(values, v), *p = json_object_get(value, "probabilities");
        double l2 = json_number_value(json_object_get(value, "l2"));
        const LeukoCrossvalOptions options = {.l2 = l2};
        const LeukoStart start = {.weights = NULL};
        LeukoCrossvalJob job = {.data = &data,
                                .options = &options,
                                .start = &start,
                                .features = {x, labels, NULL, N, C, K}};
        g_assert_cmpuint(json_array_size(p), ==, N * K);
        g_assert_cmpfloat(largest_difference(&job, p), <, 2e-5);
        g_autoptr(LeukoHead) all =
            leuko_head_fit(&job.features, NULL, 0, l2, NULL, LEUKO_HEAD_TOLERANCE, 1, NULL, &error);
        g_autoptr(LeukoHeadCurvature) near = leuko_head_curvature_new(&job.features, all, 1);
        job.near = near;
        g_assert_cmpfloat(largest_difference(&job, p), <, 2e-5);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/crossval/equals-sklearn", test_equals_sklearn);
    return g_test_run();
}

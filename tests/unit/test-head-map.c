#include "train/head-map.h"
#include <math.h>
#include <string.h>

enum { N = 12, C = 3, K = 3 };

static void fill(float *x, gint *labels, double *offsets, guint *rows)
{
    for (guint i = 0; i < N; i++) {
        for (guint c = 0; c < C; c++)
            x[i * C + c] = (float)((i * 7 + c * 5) % 11) / 4 - 1;
        for (guint k = 0; k < K; k++)
            offsets[i * K + k] = ((i * 3 + k * 4) % 7) / 3.0 - 1;
        labels[i] = (gint)((i * 5 + i / 4) % K);
        rows[i] = i;
    }
}

/* The optimum is that of scipy: tests/golden/make-head-map-values.py. */
static void test_fit_equals_scipy(void)
{
    static const struct {
        double l2, theta[K * C + K];
    } cases[] = {
        {0.5,
         {-0.532450916, 0.212258989, 0.641647921, 0.323240133, 0.078358290, -0.296323252,
          0.209210783, -0.290617279, -0.345324669, 0.565880633, -0.334071319, -0.231809314}},
        {20.0,
         {-0.082775761, 0.028566025, 0.081500180, 0.040089289, 0.003653418, -0.040571536,
          0.042686471, -0.032219442, -0.040928644, 0.088275456, -0.052902943, -0.035372513}}};
    float x[N * C];
    gint labels[N];
    double offsets[N * K], mean[C], inv_sd[C];
    guint rows[N];
    fill(x, labels, offsets, rows);
    LeukoHeadData data = {x, labels, NULL, N, C, K};
    leuko_head_map_standardize(&data, rows, N, mean, inv_sd);
    const LeukoHeadPrior prior = {&data, offsets, mean, inv_sd};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        double theta[K * (C + 1)] = {0};
        g_assert_true(
            leuko_head_map_fit(&prior, rows, N, cases[i].l2, 1e-10, 1, theta, NULL, &error));
        g_assert_no_error(error);
        for (guint t = 0; t < K * (C + 1); t++)
            g_assert_cmpfloat_with_epsilon(theta[t], cases[i].theta[t], 2e-7);
    }
}

/* With an infinitely strong prior the old head remains. */
static void test_strong_prior_changes_nothing(void)
{
    float x[N * C];
    gint labels[N];
    double offsets[N * K], mean[C], inv_sd[C], theta[K * (C + 1)] = {0};
    guint rows[N];
    fill(x, labels, offsets, rows);
    LeukoHeadData data = {x, labels, NULL, N, C, K};
    leuko_head_map_standardize(&data, rows, N, mean, inv_sd);
    const LeukoHeadPrior prior = {&data, offsets, mean, inv_sd};
    g_assert_true(leuko_head_map_fit(&prior, rows, N, 1e9, 1e-10, 1, theta, NULL, NULL));
    for (guint t = 0; t < K * (C + 1); t++)
        g_assert_cmpfloat_with_epsilon(theta[t], 0, 1e-7);
}

enum { WIDE = 40 };

/* A fit in the coordinates gives the same logits as one in the features, also of rows that it does
 * not see, if there are fewer rows than features. */
static void test_coordinates_give_the_same_fit(void)
{
    g_autofree float *x = g_new(float, N *WIDE);
    float narrow[N * C];
    gint labels[N];
    double offsets[N * K], mean[WIDE], inv_sd[WIDE], zeros[N] = {0}, ones[N];
    double wide_theta[K * (WIDE + 1)] = {0}, theta[K * (N + 1)] = {0};
    guint rows[N];
    fill(narrow, labels, offsets, rows);
    for (guint i = 0; i < N; i++)
        for (guint c = 0; c < WIDE; c++)
            x[i * WIDE + c] = (float)sin(0.37 * (i + 1) * (c + 1));
    LeukoHeadData data = {x, labels, NULL, N, WIDE, K}, small = data;
    leuko_head_map_standardize(&data, rows, N - 3, mean, inv_sd);
    const LeukoHeadPrior prior = {&data, offsets, mean, inv_sd};
    g_assert_cmpuint(leuko_head_map_rank(&data), ==, N);
    g_autofree float *coordinates = leuko_head_map_coordinates(&prior, NULL);
    small.x = coordinates;
    small.n_features = N;
    for (guint i = 0; i < N; i++)
        ones[i] = 1;
    const LeukoHeadPrior reduced = {&small, offsets, zeros, ones};
    g_assert_true(leuko_head_map_fit(&prior, rows, N - 3, 3, 1e-10, 1, wide_theta, NULL, NULL));
    g_assert_true(leuko_head_map_fit(&reduced, rows, N - 3, 3, 1e-10, 1, theta, NULL, NULL));
    for (guint i = 0; i < N; i++)
        for (guint k = 0; k < K; k++) {
            double a = wide_theta[K * WIDE + k], b = theta[K * N + k];
            for (guint c = 0; c < WIDE; c++)
                a += wide_theta[k * WIDE + c] * ((double)x[i * WIDE + c] - mean[c]) * inv_sd[c];
            for (guint r = 0; r < N; r++)
                b += theta[k * N + r] * (double)coordinates[i * N + r];
            g_assert_cmpfloat_with_epsilon(a, b, 2e-5);
        }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/head-map/fit/equals-scipy", test_fit_equals_scipy);
    g_test_add_func("/head-map/fit/strong-prior", test_strong_prior_changes_nothing);
    g_test_add_func("/head-map/coordinates/same-fit", test_coordinates_give_the_same_fit);
    return g_test_run();
}

#include "base/rng.h"
#include "engine/round.h"
#include <math.h>
#include <string.h>

enum { K = 24, ROWS = 16 };

/* Weights, and a covariance of inputs that go together: C = B B' + I / 12. */
static void make(guint64 seed, float *v, float *c)
{
    LeukoRng rng;
    float b[K][4];
    leuko_rng_init(&rng, seed, "round", 0);
    for (guint i = 0; i < ROWS * K; i++)
        v[i] = (float)leuko_rng_normal(&rng);
    for (guint i = 0; i < K; i++)
        for (guint j = 0; j < 4; j++)
            b[i][j] = (float)(20 * leuko_rng_normal(&rng));
    for (guint i = 0; i < K; i++)
        for (guint j = 0; j < K; j++) {
            c[i * K + j] = i == j ? 1.0f / 12 : 0;
            for (guint l = 0; l < 4; l++)
                c[i * K + j] += b[i][l] * b[j][l];
        }
}

static double objective(const float *v, const gint8 *q, float scale, const float *c)
{
    double sum = 0, e[K];
    for (guint i = 0; i < K; i++)
        e[i] = (double)v[i] - (double)scale * q[i];
    for (guint i = 0; i < K; i++)
        for (guint j = 0; j < K; j++)
            sum += e[i] * (double)c[i * K + j] * e[j];
    return sum;
}

/* No row's sums are further off than with nearest rounding, all together less than a third; and
 * no single weight moved by one step would make a row better. */
static void test_better(void)
{
    static float v[ROWS * K], c[K * K];
    gint8 q[ROWS * K], plain[ROWS * K];
    float scale[ROWS], plain_scale[ROWS];
    make(1, v, c);
    leuko_round_rows(&(LeukoRounding){K, c, NULL}, ROWS, v, q, scale);
    leuko_round_rows(&(LeukoRounding){K, NULL, NULL}, ROWS, v, plain, plain_scale);
    double sum = 0, plain_sum = 0;
    for (guint o = 0; o < ROWS; o++) {
        double left = objective(v + o * K, q + o * K, scale[o], c);
        double before = objective(v + o * K, plain + o * K, plain_scale[o], c);
        g_assert_cmpfloat(left, <=, before);
        sum += left;
        plain_sum += before;
        for (guint i = 0; i < K; i++)
            for (gint step = -1; step <= 1; step += 2) {
                gint8 other[K];
                memcpy(other, q + o * K, K);
                if (ABS(other[i] + step) > 127)
                    continue;
                other[i] = (gint8)(other[i] + step);
                g_assert_cmpfloat(objective(v + o * K, other, scale[o], c), >=, left * (1 - 1e-3));
            }
    }
    g_test_message("objective %.3g, nearest %.3g", sum, plain_sum);
    g_assert_cmpfloat(sum, <, plain_sum / 3);
}

/* Partners of one sign never sum to more than 128, so that 255 (q + q') fits 16 bits, also where
 * large weights stand side by side; a weight without a partner is free. */
static void test_pairs(void)
{
    static float v[ROWS * K], c[K * K];
    gint partner[K];
    gint8 q[ROWS * K];
    float scale[ROWS];
    make(2, v, c);
    for (guint i = 0; i < K; i++)
        partner[i] = i == K - 1 ? -1 : i == K - 2 ? -1 : (gint)(i ^ 1u);
    for (guint o = 0; o < ROWS; o += 2)
        v[o * K] = v[o * K + 1] = o % 4 ? 5 : -5;
    for (guint with = 0; with < 2; with++) {
        gint most = 0;
        leuko_round_rows(&(LeukoRounding){K, with ? c : NULL, partner}, ROWS, v, q, scale);
        for (guint o = 0; o < ROWS; o++)
            for (guint i = 0; i < K; i++) {
                most = MAX(most, ABS(q[o * K + i]));
                if (partner[i] >= 0)
                    g_assert_cmpint(ABS(q[o * K + i] + q[o * K + (guint)partner[i]]), <=,
                                    LEUKO_PAIR_LIMIT);
            }
        g_assert_cmpint(most, >, 100); /* rows without such neighbors keep all their bits */
    }
}

/* Weights that are integers times a scale come back as they are; a row of zeros is a row of
 * zeros. */
static void test_exact(void)
{
    static float v[ROWS * K], c[K * K];
    gint8 q[ROWS * K];
    float scale[ROWS];
    make(3, v, c);
    for (guint i = 0; i < ROWS * K; i++)
        v[i] = i < K ? 0 : 0.25f * (float)(i % K == 0 ? 127 : (gint)(i * 37 % 255) - 127);
    leuko_round_rows(&(LeukoRounding){K, c, NULL}, ROWS, v, q, scale);
    for (guint i = 0; i < ROWS * K; i++)
        g_assert_cmpfloat_with_epsilon(v[i], scale[i / K] * (float)q[i], 1e-4);
    for (guint o = 0; o < ROWS; o++)
        g_assert_cmpfloat(scale[o], >, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/round/better", test_better);
    g_test_add_func("/round/pairs", test_pairs);
    g_test_add_func("/round/exact", test_exact);
    return g_test_run();
}

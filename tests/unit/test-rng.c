#include "base/rng.h"
#include <math.h>

/* The same key gives the same numbers; another seed, stream or index gives others. */
static void test_keys(void)
{
    LeukoRng a, b;
    leuko_rng_init(&a, 7, "augment", 3);
    leuko_rng_init(&b, 7, "augment", 3);
    guint64 first = leuko_rng_u64(&a);
    g_assert_cmpuint(first, ==, leuko_rng_u64(&b));
    leuko_rng_init(&b, 8, "augment", 3);
    g_assert_cmpuint(first, !=, leuko_rng_u64(&b));
    leuko_rng_init(&b, 7, "synth", 3);
    g_assert_cmpuint(first, !=, leuko_rng_u64(&b));
    leuko_rng_init(&b, 7, "augment", 4);
    g_assert_cmpuint(first, !=, leuko_rng_u64(&b));
}

/* below(n) reaches every value about equally often (chi-square of 10 bins, 99.99 % point 33.7). */
static void test_below(void)
{
    LeukoRng rng;
    leuko_rng_init(&rng, 1, NULL, 0);
    double counts[10] = {0}, chi2 = 0;
    for (int i = 0; i < 100000; i++)
        counts[leuko_rng_below(&rng, 10)]++;
    for (int i = 0; i < 10; i++)
        chi2 += (counts[i] - 1e4) * (counts[i] - 1e4) / 1e4;
    g_assert_cmpfloat(chi2, <, 33.7);
}

/* Moments of the normal and the truncated normal (sd of N(0,1) cut at 2 sd: 0.87964). */
static void test_normal(void)
{
    LeukoRng rng;
    leuko_rng_init(&rng, 2, NULL, 0);
    double s = 0, s2 = 0, t2 = 0;
    enum { N = 200000 };
    for (int i = 0; i < N; i++) {
        double z = leuko_rng_normal(&rng), t = leuko_rng_truncated_normal(&rng, 0, 1);
        g_assert_cmpfloat(fabs(t), <=, 2.0);
        s += z;
        s2 += z * z;
        t2 += t * t;
    }
    g_assert_cmpfloat_with_epsilon(s / N, 0, 0.01);
    g_assert_cmpfloat_with_epsilon(s2 / N, 1, 0.02);
    g_assert_cmpfloat_with_epsilon(sqrt(t2 / N), 0.87964, 0.01);
}

/* A shuffle keeps every element. */
static void test_shuffle(void)
{
    LeukoRng rng;
    leuko_rng_init(&rng, 3, NULL, 0);
    guint v[100], seen = 0, moved = 0;
    for (guint i = 0; i < 100; i++)
        v[i] = i;
    leuko_rng_shuffle(&rng, v, 100);
    for (guint i = 0; i < 100; i++) {
        seen += v[i];
        moved += v[i] != i;
    }
    g_assert_cmpuint(seen, ==, 4950);
    g_assert_cmpuint(moved, >, 80);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rng/keys", test_keys);
    g_test_add_func("/rng/below", test_below);
    g_test_add_func("/rng/normal", test_normal);
    g_test_add_func("/rng/shuffle", test_shuffle);
    return g_test_run();
}

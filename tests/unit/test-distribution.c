#include "stats/distribution.h"
#include <math.h>

/* Every expected value is from SciPy 1.17.1 (scipy.stats: norm, beta, t, binom). */

static void equal(double got, double expected)
{
    g_assert_cmpfloat(fabs(got - expected), <=, 1e-12 * fabs(expected) + 1e-15);
}

static void test_normal(void)
{
    equal(leuko_normal_cdf(-8), 6.22096057427174e-16);
    equal(leuko_normal_cdf(-1.3), 0.09680048458561036);
    equal(leuko_normal_cdf(3.1), 0.9990323967867817);
    equal(leuko_normal_quantile(1e-9), -5.9978070150076865);
    equal(leuko_normal_quantile(0.025), -1.9599639845400545);
    equal(leuko_normal_quantile(0.5), 0);
    equal(leuko_normal_quantile(0.8), 0.8416212335729143);
    equal(leuko_normal_quantile(0.9999), 3.719016485455709);
}

static void test_beta(void)
{
    equal(leuko_beta_cdf(0.3, 0.5, 0.5), 0.36901011956554536);
    equal(leuko_beta_cdf(0.4, 2, 3), 0.5248);
    equal(leuko_beta_cdf(0.97, 30, 1.5), 0.6057005616050082);
    equal(leuko_beta_cdf(0.41, 500, 700), 0.32067327266140055);
    g_assert_cmpfloat_with_epsilon(leuko_beta_cdf(0.9985, 9000, 12), 0.3027417071530019, 1e-11);
    g_assert_cmpfloat_with_epsilon(leuko_beta_cdf(1e-5, 1, 1e5), 0.6321223982334279, 1e-10);
    g_assert_cmpfloat(leuko_beta_cdf(0, 2, 3), ==, 0);
    g_assert_cmpfloat(leuko_beta_cdf(1, 2, 3), ==, 1);
    equal(leuko_beta_quantile(0.025, 1, 10), 0.0025285785444617848);
    equal(leuko_beta_quantile(0.975, 8, 3), 0.9332604888222655);
    equal(leuko_beta_quantile(0.1, 0.5, 0.5), 0.024471741852423214);
    equal(leuko_beta_quantile(0.05, 400, 101), 0.7682837124398479);
}

static void test_student(void)
{
    const double expected[][3] = {{0.975, 1, 12.706204736174694},  {0.975, 2, 4.302652729749462},
                                  {0.975, 5, 2.5705818356363146},  {0.975, 9, 2.262157162798205},
                                  {0.975, 30, 2.0422724563012378}, {0.975, 200, 1.9718962236339088},
                                  {0.01, 3.5, -4.0607113593000825}};
    for (gsize i = 0; i < G_N_ELEMENTS(expected); i++)
        equal(leuko_student_quantile(expected[i][0], expected[i][1]), expected[i][2]);
    g_assert_cmpfloat(fabs(leuko_student_quantile(0.5, 12)), <, 1e-12);
    equal(leuko_student_cdf(-2, 1), 0.14758361765043326);
    equal(leuko_student_cdf(0.7, 2.5), 0.728297528405226);
    equal(leuko_student_cdf(2.2, 9), 0.9723297136006942);
    equal(leuko_student_cdf(-1.9, 300), 0.029195910557880428);
}

static void test_binomial(void)
{
    equal(leuko_binomial_cdf(0, 5, 0.5), 0.03125);
    equal(leuko_binomial_cdf(3, 17, 0.5), 0.0063629150390625);
    equal(leuko_binomial_cdf(40, 100, 0.5), 0.028443966820490444);
    equal(leuko_binomial_cdf(7, 20, 0.31), 0.7408557879257767);
    g_assert_cmpfloat(leuko_binomial_cdf(20, 20, 0.2), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/distribution/normal", test_normal);
    g_test_add_func("/distribution/beta", test_beta);
    g_test_add_func("/distribution/student", test_student);
    g_test_add_func("/distribution/binomial", test_binomial);
    return g_test_run();
}

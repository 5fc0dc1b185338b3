#include "engine/speed-probe.h"

/* A precision compared with itself is as fast as itself, forward and backward: every kernel of the
 * probe runs, and what is divided belongs together. The limits allow for a busy machine. */
static void test_same(void)
{
    for (gint training = FALSE; training <= TRUE; training++) {
        LeukoSpeed speed = leuko_speed_compare(LEUKO_FP32, training);
        if (speed.ratio == 0) { /* no fast kernels: another architecture */
            g_test_skip("oneDNN has reference kernels only");
            return;
        }
        g_assert_cmpfloat(speed.ratio, >, 0.5);
        g_assert_cmpfloat(speed.ratio, <, 2.0);
    }
}

/* The fastest halves count; halves that disagree by more than a quarter give the smaller ratio and
 * are not steady. */
static void test_judge(void)
{
    const struct {
        double fp32_s[2], reduced_s[2], ratio;
        gboolean steady;
    } cases[] = {{{2, 2}, {1, 1}, 2, TRUE},
                 {{2.2, 2}, {1, 1.1}, 2, TRUE},
                 {{4, 4}, {2, 1}, 2, FALSE},
                 {{1, 3}, {2, 2}, 0.5, FALSE}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        LeukoSpeed speed = leuko_speed_judge(cases[i].fp32_s, cases[i].reduced_s);
        g_assert_cmpfloat_with_epsilon(speed.ratio, cases[i].ratio, 1e-12);
        g_assert_true(speed.steady == cases[i].steady);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/speed-probe/same", test_same);
    g_test_add_func("/speed-probe/judge", test_judge);
    return g_test_run();
}

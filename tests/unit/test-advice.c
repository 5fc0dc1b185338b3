#include "compile/advice.h"

/* The advice names the fastest precision and warns of a graph that is slower than fp32 here. */
static void test_advice(void)
{
    const struct {
        LeukoPrecision compiled;
        double bf16, int8;
        gboolean slower;
        const char *says;
    } cases[] = {
        {LEUKO_INT8, 0, 3.1, FALSE, "int8 is 3.1 times as fast as fp32 on this processor"},
        {LEUKO_FP32, 0, 3.1, FALSE, "int8 is 3.1 times as fast as fp32 on this processor"},
        {LEUKO_BF16, 2, 4, FALSE, "int8 is 2.0 times as fast as bf16 on this processor"},
        {LEUKO_BF16, 2, 0.8, FALSE, "bf16 is 2.0 times as fast as fp32 on this processor"},
        {LEUKO_BF16, 0.46, 3, TRUE,
         "bf16 is 0.46 times as fast as fp32 on this processor; a graph in int8 is faster here"},
        {LEUKO_INT8, 0, 0.9, TRUE,
         "int8 is 0.90 times as fast as fp32 on this processor; a graph in fp32 is faster here"},
        {LEUKO_FP32, 0.46, 0.9, FALSE, NULL},
        {LEUKO_BF16, 0, 3, FALSE, NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        LeukoCompileReport r = {.precision = cases[i].compiled,
                                .speeds = {1, cases[i].bf16, cases[i].int8}};
        leuko_compile_choose_advice(&r);
        g_assert_cmpstr(r.advice, ==, cases[i].says);
        g_assert_true(r.slower == cases[i].slower);
        g_free(r.advice);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/advice", test_advice);
    return g_test_run();
}

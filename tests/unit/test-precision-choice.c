#include "engine/precision-choice.h"
#include <string.h>

/* bf16 is chosen where the processor has it and it is at least 1.15 times as fast; the reason says
 * what was measured. */
static void test_decide(void)
{
    const struct {
        LeukoPrecisionFacts facts;
        LeukoPrecision precision;
        const char *reason;
    } cases[] = {{{TRUE, "AVX-512 BF16", 1.93}, LEUKO_BF16, "bf16 is 1.93 times as fast as fp32"},
                 {{TRUE, "AVX-512 BF16", 1.15}, LEUKO_BF16, "bf16 is 1.15 times as fast as fp32"},
                 {{TRUE, "AVX-512 BF16", 1.12}, LEUKO_FP32, "less than the 1.15 that auto takes"},
                 {{TRUE, "AVX-512 BF16", 0.46}, LEUKO_FP32, "bf16 is 0.46 times as fast as fp32"},
                 {{TRUE, "AVX-512", 0}, LEUKO_FP32, "could not be measured"},
                 {{FALSE, "AVX2", 0}, LEUKO_FP32, "this AVX2 processor has no bf16"},
                 {{FALSE, "AVX2", 3.5}, LEUKO_FP32, "this AVX2 processor has no bf16"}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(LeukoPrecisionChoice) choice = {0};
        leuko_precision_decide(&cases[i].facts, &choice);
        g_assert_cmpint(choice.precision, ==, cases[i].precision);
        g_assert_nonnull(strstr(choice.reason, cases[i].reason));
        g_assert_null(choice.note);
    }
}

/* A precision that is asked for is taken without a measurement. */
static void test_asked(void)
{
    const LeukoPrecision asked[] = {LEUKO_FP32, LEUKO_BF16, LEUKO_INT8};
    for (gsize i = 0; i < G_N_ELEMENTS(asked); i++) {
        g_auto(LeukoPrecisionChoice) choice = {0};
        leuko_precision_choose(asked[i], LEUKO_WORK_TRAINING, &choice);
        g_assert_cmpint(choice.precision, ==, asked[i]);
        g_assert_cmpstr(choice.reason, ==, "as requested");
        g_assert_cmpfloat(choice.speed, ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/precision-choice/decide", test_decide);
    g_test_add_func("/precision-choice/asked", test_asked);
    return g_test_run();
}

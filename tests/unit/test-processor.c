#include "engine/processor.h"
#include <string.h>

/* bf16 needs AVX-512, and every instruction set has a name. */
static void test_features(void)
{
    g_assert_true(leuko_processor_has_bf16() == leuko_processor_has_avx512());
    g_assert_true(!leuko_processor_has_amx() || leuko_processor_has_bf16());
    g_assert_cmpuint(strlen(leuko_processor_isa_name()), >, 0);
}

/* The older instruction sets end with SSE4.1, differ from the one in use, and each has a limit. */
static void test_older(void)
{
    const char *limit = NULL, *last = NULL;
    for (guint i = 0; i < 8; i++) {
        const char *isa = leuko_processor_older_isa(i, &limit);
        if (!isa)
            break;
        g_assert_cmpstr(isa, !=, leuko_processor_isa_name());
        g_assert_cmpuint(strlen(limit), >, 0);
        last = limit;
    }
#if defined(__x86_64__)
    if (strcmp(leuko_processor_isa_name(), "SSE4.1") != 0)
        g_assert_cmpstr(last, ==, "SSE41");
#else
    g_assert_null(last); /* these are x86's */
#endif
}

/* The measured peak in fp32 is a number of GFLOP/s that a processor can have. */
static void test_peak(void)
{
    double gflops = leuko_processor_peak_gflops(LEUKO_FP32, 1);
    g_assert_cmpfloat(gflops, >, 0.1);
    g_assert_cmpfloat(gflops, <, 10000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/processor/features", test_features);
    g_test_add_func("/processor/older", test_older);
    g_test_add_func("/processor/peak", test_peak);
    return g_test_run();
}

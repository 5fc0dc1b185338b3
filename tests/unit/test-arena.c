#include "base/rng.h"
#include "engine/arena.h"

/* Buffers used at the same time never share a byte, all are aligned, and none ends beyond the size
 * returned: 300 random sets, empty buffers among them. */
static void test_no_overlap(void)
{
    for (guint trial = 0; trial < 300; trial++) {
        LeukoRng rng;
        LeukoArenaBuffer b[20];
        leuko_rng_init(&rng, trial, "arena", 0);
        guint n = 1 + (guint)leuko_rng_below(&rng, 20);
        for (guint i = 0; i < n; i++) {
            guint first = (guint)leuko_rng_below(&rng, 12);
            b[i] = (LeukoArenaBuffer){leuko_rng_below(&rng, 5) ? leuko_rng_below(&rng, 1000) : 0,
                                      first, first + (guint)leuko_rng_below(&rng, 6), 0};
        }
        gsize total = leuko_arena_plan(b, n);
        for (guint i = 0; i < n; i++) {
            g_assert_cmpuint(b[i].offset % 64, ==, 0);
            g_assert_cmpuint(b[i].offset + b[i].bytes, <=, total);
            for (guint j = 0; j < i; j++)
                if (b[i].first <= b[j].last && b[j].first <= b[i].last && b[i].bytes && b[j].bytes)
                    g_assert_true(b[i].offset + b[i].bytes <= b[j].offset ||
                                  b[j].offset + b[j].bytes <= b[i].offset);
        }
    }
}

/* A chain, each buffer living two steps, needs the two largest neighbors and no more. */
static void test_chain_is_tight(void)
{
    LeukoArenaBuffer b[] = {{640, 0, 1}, {1280, 1, 2}, {640, 2, 3}, {1280, 3, 4}, {64, 4, 5}};
    g_assert_cmpuint(leuko_arena_plan(b, G_N_ELEMENTS(b)), ==, 1920);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/arena/no-overlap", test_no_overlap);
    g_test_add_func("/arena/chain-is-tight", test_chain_is_tight);
    return g_test_run();
}

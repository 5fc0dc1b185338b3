#include "engine/lower.h"
#include <string.h>

static LeukoNet *build(double depth, gboolean pads)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.depth_multiplier = depth;
    spec.n_classes = 2;
    spec.aux_head = TRUE;
    spec.pool_includes_padding = pads;
    return leuko_net_new(&spec, NULL);
}

static const LeukoLowerOptions all = {16, TRUE, TRUE, TRUE};

static LeukoSlice slice_of(const LeukoNet *net, const LeukoLowered *lo, const char *name)
{
    return lo->slices[leuko_net_find(net, name)];
}

/* The published network becomes 75 convolutions (nine blocks merge three 1x1 into one, Mixed_7a
 * two) and 13 pools; no concat, no head, no auxiliary head remains. */
static void test_counts(void)
{
    g_autoptr(LeukoNet) net = build(1.0, FALSE);
    g_autoptr(LeukoLowered) lo = leuko_lower(net, &all);
    guint n[4] = {0}, n_members = 0;
    for (guint i = 0; i < lo->n_steps; i++) {
        n[lo->steps[i].kind]++;
        if (lo->steps[i].kind == LEUKO_STEP_CONV)
            n_members += lo->steps[i].n_members;
    }
    g_assert_cmpuint(n_members, ==, 94);
    g_assert_cmpuint(n[LEUKO_STEP_CONV], ==, 94 - 9 * 2 - 1);
    g_assert_cmpuint(n[LEUKO_STEP_MAX_POOL], ==, 4);
    g_assert_cmpuint(n[LEUKO_STEP_AVG_POOL], ==, 9);
    g_assert_cmpuint(n[LEUKO_STEP_CONCAT], ==, 0);
    g_assert_cmpuint(slice_of(net, lo, "AuxLogits/Conv2d_1b_1x1").n, ==, 0);
}

/* Branches lie in their concat in order, the merged step ends with the first branch, and pooled
 * branches pool their own channels, with ReLU and, where padding counts, the bias behind the
 * pool. */
static void test_mixed_5b(void)
{
    for (gint pads = 0; pads <= 1; pads++) {
        g_autoptr(LeukoNet) net = build(1.0, pads);
        g_autoptr(LeukoLowered) lo = leuko_lower(net, &all);
        LeukoSlice concat = slice_of(net, lo, "Mixed_5b");
        static const struct {
            const char *name;
            guint first, n;
        } branches[] = {{"Mixed_5b/Branch_0/Conv2d_0a_1x1", 0, 64},
                        {"Mixed_5b/Branch_1/Conv2d_0b_5x5", 64, 64},
                        {"Mixed_5b/Branch_2/Conv2d_0c_3x3", 128, 96},
                        {"Mixed_5b/Branch_3/Conv2d_0b_1x1", 224, 32}};
        for (guint b = 0; b < 4; b++) {
            LeukoSlice s = slice_of(net, lo, branches[b].name);
            g_assert_cmpuint(s.root, ==, concat.root);
            g_assert_cmpuint(s.first, ==, concat.first + branches[b].first);
            g_assert_cmpuint(s.n, ==, branches[b].n);
        }
        guint pool_layer = (guint)leuko_net_find(net, "Mixed_5b/Branch_3/AvgPool_0a_3x3");
        guint found = 0;
        for (guint i = 0; i < lo->n_steps; i++) {
            const LeukoLoweredStep *s = &lo->steps[i];
            if (s->kind == LEUKO_STEP_CONV && s->n_members == 3 && s->target.root == concat.root) {
                found++;
                g_assert_cmpuint(s->target.n, ==, 48 + 64 + 64);
                g_assert_cmpuint(s->target.first + s->target.n, ==, concat.first + 64);
            }
            if (s->members[0].layer == pool_layer) {
                found++;
                g_assert_cmpuint(s->source[0].n, ==, 32);
                g_assert_true(s->relu);
                g_assert_cmpint(s->bias, ==, pads);
                g_assert_false(lo->steps[i - 1].relu);
                g_assert_cmpint(lo->steps[i - 1].bias, ==, !pads);
            }
        }
        g_assert_cmpuint(found, ==, 2);
    }
}

/* With channels that fill no block every slice still starts and ends on one, and logical channels
 * map to distinct physical ones below the slice's size. */
static void test_blocks(void)
{
    static const double depths[] = {0.25, 0.3, 0.5, 0.77};
    for (guint d = 0; d < G_N_ELEMENTS(depths); d++) {
        g_autoptr(LeukoNet) net = build(depths[d], FALSE);
        g_autoptr(LeukoLowered) lo = leuko_lower(net, &all);
        for (guint i = 1; i < lo->n_layers; i++) {
            LeukoSlice s = lo->slices[i];
            g_assert_cmpuint(s.first % 16, ==, 0);
            g_assert_cmpuint(s.n % 16, ==, 0);
            for (guint c = 0; s.n > 0 && c < leuko_net_layer(net, i)->out_channels; c++) {
                g_assert_cmpuint(lo->channel[i][c], <, s.n);
                if (c > 0)
                    g_assert_cmpuint(lo->channel[i][c], >, lo->channel[i][c - 1]);
            }
        }
    }
}

/* Without merging and in-place branches the steps are the net's layers one by one. */
static void test_plain(void)
{
    g_autoptr(LeukoNet) net = build(1.0, FALSE);
    g_autoptr(LeukoLowered) lo = leuko_lower(net, &(LeukoLowerOptions){16, FALSE, FALSE, FALSE});
    g_assert_cmpuint(lo->n_steps, ==, 94 + 13 + 15);
    guint last = 0;
    for (guint i = 0; i < lo->n_steps; i++) {
        g_assert_cmpuint(lo->steps[i].n_members, ==, 1);
        g_assert_cmpuint(lo->steps[i].members[0].layer, >, last);
        last = lo->steps[i].members[0].layer;
        g_assert_cmpuint(lo->steps[i].target.n, ==, lo->roots[lo->steps[i].target.root].channels);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lower/counts", test_counts);
    g_test_add_func("/lower/mixed-5b", test_mixed_5b);
    g_test_add_func("/lower/blocks", test_blocks);
    g_test_add_func("/lower/plain", test_plain);
    return g_test_run();
}

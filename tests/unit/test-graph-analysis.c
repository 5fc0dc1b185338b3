#include "engine/graph-analysis.h"

static LeukoNet *build(void)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = 2;
    spec.aux_head = TRUE;
    return leuko_net_new(&spec, NULL);
}

static guint find(const LeukoNet *net, const char *name)
{
    return (guint)leuko_net_find(net, name);
}

/* The endpoint's ancestors are the trunk; the input's descendants are all other layers; the
 * descendants of a block's last layer are the layers after that block. */
static void test_active(void)
{
    g_autoptr(LeukoNet) net = build();
    guint n = leuko_net_n_layers(net), endpoint = leuko_net_endpoint_layer(net);
    guint mixed_5d = find(net, "Mixed_5d");
    g_autofree gboolean *trunk = leuko_graph_ancestors(net, endpoint);
    g_autofree gboolean *all = leuko_graph_descendants(net, 0);
    g_autofree gboolean *late = leuko_graph_descendants(net, mixed_5d);
    for (guint i = 0; i < n; i++) {
        g_assert_cmpint(trunk[i], ==, i <= endpoint);
        g_assert_cmpint(all[i], ==, i > 0);
        g_assert_cmpint(late[i], ==, i > mixed_5d);
    }
}

/* The nine 3x3 average pools of the trunk, and no other pool, commute with the convolution after
 * them, which then reads the pool's input. */
static void test_pools(void)
{
    g_autoptr(LeukoNet) net = build();
    g_autoptr(LeukoGraphAnalysis) a =
        leuko_graph_analysis_new(net, leuko_graph_descendants(net, 0), 16);
    guint n_moving = 0;
    for (guint i = 0; i < a->n_layers; i++)
        n_moving += a->moves[i] ? 1 : 0;
    g_assert_cmpuint(n_moving, ==, 9);
    guint pool = find(net, "Mixed_5b/Branch_3/AvgPool_0a_3x3"),
          conv = find(net, "Mixed_5b/Branch_3/Conv2d_0b_1x1");
    g_assert_cmpint(a->pool[conv], ==, (gint)pool);
    g_assert_cmpuint(leuko_graph_source(a, conv), ==, find(net, "MaxPool_5a_3x3"));
    g_assert_false(a->moves[find(net, "AuxLogits/AvgPool_1a_5x5")]);
}

/* The pointwise convolutions of a block merge, the one after the pool only if asked for; a 3x3
 * convolution and the logits stay alone. */
static void test_merge(void)
{
    g_autoptr(LeukoNet) net = build();
    g_autoptr(LeukoGraphAnalysis) a =
        leuko_graph_analysis_new(net, leuko_graph_descendants(net, 0), 16);
    guint members[LEUKO_MAX_INPUTS], first = find(net, "Mixed_5b/Branch_0/Conv2d_0a_1x1");
    g_assert_cmpuint(leuko_graph_merge(a, first, FALSE, members), ==, 3);
    g_assert_cmpuint(leuko_graph_merge(a, first, TRUE, members), ==, 4);
    g_assert_cmpuint(members[0], ==, first);
    g_assert_cmpuint(members[3], ==, find(net, "Mixed_5b/Branch_3/Conv2d_0b_1x1"));
    guint alone[] = {find(net, "Conv2d_2a_3x3"), find(net, LEUKO_HEAD_LAYER)};
    for (guint i = 0; i < G_N_ELEMENTS(alone); i++)
        g_assert_cmpuint(leuko_graph_merge(a, alone[i], TRUE, members), ==, 1);
}

/* Branches get slices of their outermost concat, one after the other. */
static void test_assign(void)
{
    g_autoptr(LeukoNet) net = build();
    g_autoptr(LeukoGraphAnalysis) a =
        leuko_graph_analysis_new(net, leuko_graph_descendants(net, 0), 16);
    guint branch = find(net, "Mixed_7b/Branch_1/Conv2d_0b_1x3"), outer = find(net, "Mixed_7b");
    g_autofree LeukoSlice *slices = g_new0(LeukoSlice, a->n_layers);
    g_assert_cmpuint(leuko_graph_outermost(a, branch), ==, outer);
    leuko_graph_assign(a, outer, (LeukoSlice){5, 32, a->physical[outer]}, slices);
    g_assert_cmpuint(slices[branch].root, ==, 5);
    g_assert_cmpuint(slices[branch].first, ==, 32 + 320);
    g_assert_cmpuint(slices[branch].n, ==, 384);
    g_assert_cmpuint(slices[outer].n, ==, 2048);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/graph-analysis/active", test_active);
    g_test_add_func("/graph-analysis/pools", test_pools);
    g_test_add_func("/graph-analysis/merge", test_merge);
    g_test_add_func("/graph-analysis/assign", test_assign);
    return g_test_run();
}

#include "leuko/error.h"
#include "net/net.h"
#include "network-reference.h"
#include <math.h>
#include <string.h>

static LeukoNet *build(LeukoNetSpec spec)
{
    g_autoptr(GError) error = NULL;
    LeukoNet *net = leuko_net_new(&spec, &error);
    g_assert_no_error(error);
    return net;
}

/* The whole network has the published totals: 94 convolutions, 21,751,136 weights, 17,216 output
 * channels, 5.711168 GMAC, 4 max pools, 9 average pools, 15 concats. */
static void test_totals(void)
{
    g_autoptr(LeukoNet) net = build(leuko_net_spec_default());
    guint n[7] = {0};
    gsize weights = 0, channels = 0;
    for (guint i = 0; i < leuko_net_n_layers(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        n[l->kind]++;
        if (l->kind == LEUKO_LAYER_CONV) {
            weights += (gsize)l->kernel_h * l->kernel_w * l->in_channels * l->out_channels;
            channels += l->out_channels;
        }
        for (guint j = 0; j < l->n_inputs; j++)
            g_assert_cmpuint(l->inputs[j], <, i);
    }
    g_assert_cmpuint(n[LEUKO_LAYER_CONV], ==, 94);
    g_assert_cmpuint(n[LEUKO_LAYER_MAX_POOL], ==, 4);
    g_assert_cmpuint(n[LEUKO_LAYER_AVG_POOL], ==, 9);
    g_assert_cmpuint(n[LEUKO_LAYER_CONCAT], ==, 15);
    g_assert_cmpuint(weights, ==, 21751136);
    g_assert_cmpuint(channels, ==, 17216);
    g_assert_cmpuint(reference_flop(net), ==, 2 * G_GUINT64_CONSTANT(5711168096));
    g_assert_cmpuint(leuko_net_feature_channels(net), ==, 2048);
}

/* Every endpoint has the published channels and size at 299 px, and cutting there ends there. */
static void test_endpoints(void)
{
    static const struct {
        const char *name;
        guint channels, size;
    } published[] = {
        {"Conv2d_1a_3x3", 32, 149},  {"Conv2d_2a_3x3", 32, 147}, {"Conv2d_2b_3x3", 64, 147},
        {"MaxPool_3a_3x3", 64, 73},  {"Conv2d_3b_1x1", 80, 73},  {"Conv2d_4a_3x3", 192, 71},
        {"MaxPool_5a_3x3", 192, 35}, {"Mixed_5b", 256, 35},      {"Mixed_5c", 288, 35},
        {"Mixed_5d", 288, 35},       {"Mixed_6a", 768, 17},      {"Mixed_6b", 768, 17},
        {"Mixed_6c", 768, 17},       {"Mixed_6d", 768, 17},      {"Mixed_6e", 768, 17},
        {"Mixed_7a", 1280, 8},       {"Mixed_7b", 2048, 8},      {"Mixed_7c", 2048, 8}};
    g_assert_cmpuint(g_strv_length((GStrv)leuko_net_endpoints()), ==, G_N_ELEMENTS(published));
    for (guint i = 0; i < G_N_ELEMENTS(published); i++) {
        LeukoNetSpec spec = leuko_net_spec_default();
        g_assert_cmpstr(leuko_net_endpoints()[i], ==, published[i].name);
        g_strlcpy(spec.endpoint, published[i].name, sizeof spec.endpoint);
        g_autoptr(LeukoNet) net = build(spec);
        const LeukoLayer *last = leuko_net_layer(net, leuko_net_n_layers(net) - 1);
        g_assert_cmpint(leuko_net_find(net, published[i].name), ==,
                        (gint)leuko_net_n_layers(net) - 1);
        g_assert_cmpuint(leuko_net_endpoint_layer(net), ==, leuko_net_n_layers(net) - 1);
        g_assert_cmpuint(last->out_channels, ==, published[i].channels);
        g_assert_cmpuint(last->out_h, ==, published[i].size);
        g_assert_cmpuint(last->out_w, ==, published[i].size);
    }
}

static void assert_inputs(const LeukoNet *net, const char *name, const char *const *inputs)
{
    const LeukoLayer *l = leuko_net_layer(net, (guint)leuko_net_find(net, name));
    g_assert_cmpuint(l->n_inputs, ==, g_strv_length((GStrv)inputs));
    for (guint i = 0; i < l->n_inputs; i++)
        g_assert_cmpstr(leuko_net_layer(net, l->inputs[i])->name, ==, inputs[i]);
}

/* Branches read and join what slim's do, also in the blocks that differ from the pattern. */
static void test_wiring(void)
{
    g_autoptr(LeukoNet) net = build(leuko_net_spec_default());
    assert_inputs(net, "Mixed_5b/Branch_2/Conv2d_0a_1x1", (const char *[]){"MaxPool_5a_3x3", NULL});
    assert_inputs(net, "Mixed_5c",
                  (const char *[]){
                      "Mixed_5c/Branch_0/Conv2d_0a_1x1", "Mixed_5c/Branch_1/Conv_1_0c_5x5",
                      "Mixed_5c/Branch_2/Conv2d_0c_3x3", "Mixed_5c/Branch_3/Conv2d_0b_1x1", NULL});
    assert_inputs(net, "Mixed_6a",
                  (const char *[]){"Mixed_6a/Branch_0/Conv2d_1a_1x1",
                                   "Mixed_6a/Branch_1/Conv2d_1a_1x1",
                                   "Mixed_6a/Branch_2/MaxPool_1a_3x3", NULL});
    assert_inputs(net, "Mixed_7b/Branch_1/Conv2d_0b_3x1",
                  (const char *[]){"Mixed_7b/Branch_1/Conv2d_0a_1x1", NULL});
    assert_inputs(net, "Mixed_7c/Branch_2/Conv2d_0d_3x1",
                  (const char *[]){"Mixed_7c/Branch_2/Conv2d_0b_3x3", NULL});
    assert_inputs(net, "Mixed_7c",
                  (const char *[]){"Mixed_7c/Branch_0/Conv2d_0a_1x1", "Mixed_7c/Branch_1/concat",
                                   "Mixed_7c/Branch_2/concat", "Mixed_7c/Branch_3/Conv2d_0b_1x1",
                                   NULL});
    assert_inputs(net, "Mixed_7c/Branch_3/AvgPool_0a_3x3",
                  (const char *[]){"Mixed_7b/concat", NULL});
}

/* The head's pool covers the endpoint, whatever its size, and carries that size in its name. */
static void test_head(void)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = 3;
    g_strlcpy(spec.endpoint, "Mixed_6e", sizeof spec.endpoint);
    g_autoptr(LeukoNet) net = build(spec);
    gint pool = leuko_net_find(net, "Logits/AvgPool_1a_17x17");
    g_assert_cmpint(pool, >, 0);
    g_assert_cmpuint(leuko_net_layer(net, (guint)pool)->out_h, ==, 1);
    const LeukoLayer *logits = leuko_net_layer(net, (guint)leuko_net_find(net, LEUKO_HEAD_LAYER));
    g_assert_cmpuint(logits->in_channels, ==, 768);
    g_assert_cmpuint(logits->out_channels, ==, 3);
    g_assert_true(logits->bias && !logits->batch_norm && !logits->relu);
    const LeukoLayer *last = leuko_net_layer(net, leuko_net_n_layers(net) - 1);
    g_assert_cmpstr(last->name, ==, "Predictions/Softmax");
    const LeukoLayer *dropout =
        leuko_net_layer(net, (guint)leuko_net_find(net, "Logits/Dropout_1b"));
    g_assert_cmpfloat(dropout->keep, ==, 0.8f);
}

/* Channels follow slim's rule max(int(d x m), 16), also where the product is not whole. */
static void test_depth_multiplier(void)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.depth_multiplier = 0.3;
    g_autoptr(LeukoNet) net = build(spec);
    const struct {
        const char *name;
        guint channels;
    } expected[] = {{"Conv2d_1a_3x3", 16},
                    {"Conv2d_2b_3x3", 19},
                    {"Conv2d_3b_1x1", 24},
                    {"Conv2d_4a_3x3", 57},
                    {"Mixed_5b", 19 + 19 + 28 + 16}};
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        gint at = leuko_net_find(net, expected[i].name);
        g_assert_cmpuint(leuko_net_layer(net, (guint)at)->out_channels, ==, expected[i].channels);
    }
}

/* The auxiliary head ends in one pixel of K logits exactly on the documented sides. */
static void test_aux(void)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = 2;
    spec.aux_head = TRUE;
    for (guint side = 75; side <= 400; side++) {
        g_autoptr(GError) error = NULL;
        spec.side_px = side;
        g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
        if (side < 299 || side > 346) {
            g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
            continue;
        }
        g_assert_no_error(error);
        const LeukoLayer *last = leuko_net_layer(net, leuko_net_n_layers(net) - 1);
        g_assert_cmpstr(last->name, ==, "AuxLogits/Conv2d_2b_1x1");
        g_assert_cmpuint(last->out_h * last->out_w, ==, 1);
        g_assert_cmpuint(last->out_channels, ==, 2);
        g_assert_cmpfloat(last->init_sd, ==, 0.001);
        g_assert_true(leuko_layer_is_aux(last));
    }
}

/* Each documented error has its code and names its field. */
static void test_refuses(void)
{
    static const struct {
        guint side;
        double depth;
        const char *endpoint;
        guint classes;
        gboolean aux;
        const char *says;
    } bad[] = {
        {74, 1, "Mixed_7c", 0, FALSE, "74"},        {1025, 1, "Mixed_7c", 0, FALSE, "1025"},
        {299, 0, "Mixed_7c", 0, FALSE, "depth"},    {299, NAN, "Mixed_7c", 0, FALSE, "depth"},
        {299, 1, "Mixed_8a", 0, FALSE, "Mixed_7b"}, {299, 1, "", 0, FALSE, "endpoint"},
        {299, 1, "Mixed_7c", 1, FALSE, "classes"},  {299, 1, "Mixed_6d", 2, TRUE, "Mixed_6e"},
        {299, 1, "Mixed_7c", 0, TRUE, "classes"}};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        LeukoNetSpec spec = {.side_px = bad[i].side,
                             .depth_multiplier = bad[i].depth,
                             .n_classes = bad[i].classes,
                             .aux_head = bad[i].aux};
        g_strlcpy(spec.endpoint, bad[i].endpoint, sizeof spec.endpoint);
        g_assert_null(leuko_net_new(&spec, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
        g_assert_nonnull(strstr(error->message, bad[i].says));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/totals", test_totals);
    g_test_add_func("/net/endpoints", test_endpoints);
    g_test_add_func("/net/wiring", test_wiring);
    g_test_add_func("/net/head", test_head);
    g_test_add_func("/net/depth-multiplier", test_depth_multiplier);
    g_test_add_func("/net/aux", test_aux);
    g_test_add_func("/net/refuses", test_refuses);
    return g_test_run();
}

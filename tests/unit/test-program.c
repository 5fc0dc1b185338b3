#include "engine/dnnl.h"
#include "engine/processor.h"
#include "engine/state.h"
#include "leuko/error.h"
#include "network-reference.h"
#include <math.h>
#include <string.h>

static LeukoState *make_state(const LeukoNet *net, const LeukoParams *params,
                              LeukoProgramOptions options)
{
    g_autoptr(GError) error = NULL;
    LeukoState *state =
        leuko_state_take(leuko_program_new(net, params, &options, &error), NULL, &error);
    g_assert_no_error(error);
    return state;
}

static gboolean is_precision_supported(LeukoPrecision precision)
{
    return precision != LEUKO_BF16 || leuko_processor_has_bf16();
}

/* All layers of a whole network that a state can keep: all but average pools and head. */
static const char **all_layers(const LeukoNet *net)
{
    const char **names = g_new0(const char *, leuko_net_n_layers(net));
    guint n = 0;
    for (guint i = 1; i <= leuko_net_endpoint_layer(net); i++)
        if (leuko_net_layer(net, i)->kind != LEUKO_LAYER_AVG_POOL)
            names[n++] = leuko_net_layer(net, i)->name;
    g_assert_cmpuint(n, ==, 94 + 4 + 15);
    return names;
}

/* Every layer that the program computes equals the reference network's, at odd and even sides, with
 * channels that fill no block, with both average pools, blocked and channels-last, in float32
 * (1e-5: 50 layers of roundings of 6e-8, Winograd's somewhat larger ones) and bf16 (4e-2). */
static void test_layers(void)
{
    static const struct {
        guint side;
        double depth;
        gboolean pads;
        LeukoPrecision precision;
        gboolean channels_last;
    } cases[] = {{75, 0.25, FALSE, LEUKO_FP32, FALSE},  {75, 0.3, TRUE, LEUKO_FP32, FALSE},
                 {139, 0.25, FALSE, LEUKO_FP32, FALSE}, {96, 0.5, FALSE, LEUKO_FP32, FALSE},
                 {101, 0.37, TRUE, LEUKO_FP32, FALSE},  {75, 0.3, FALSE, LEUKO_BF16, FALSE},
                 {139, 0.25, TRUE, LEUKO_BF16, FALSE},  {101, 0.37, FALSE, LEUKO_BF16, TRUE},
                 {75, 0.3, TRUE, LEUKO_BF16, TRUE},     {75, 0.25, FALSE, LEUKO_FP32, TRUE}};
    for (guint k = 0; k < G_N_ELEMENTS(cases); k++) {
        if (!is_precision_supported(cases[k].precision))
            continue;
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoNet) net =
            reference_net(cases[k].side, cases[k].depth, "Mixed_7c", 3, cases[k].pads);
        g_autoptr(LeukoParams) params = reference_params(net, k);
        g_autofree float *x = reference_images(3u * cases[k].side * cases[k].side, k);
        double **want = reference_run(net, params, x);
        const LeukoProgramOptions options = {cases[k].precision, 1, 0};
        g_autofree const char **kept = all_layers(net);
        g_autoptr(LeukoState) state = leuko_state_take(
            leuko_program_new_in_layout(net, params, &options, cases[k].channels_last, &error),
            kept, &error);
        g_assert_no_error(error);
        run_state(state, 1, x);
        double tolerance = cases[k].precision == LEUKO_BF16 ? 4e-2 : 1e-5;
        for (guint i = 1; i < leuko_net_n_layers(net); i++) {
            const LeukoLayer *l = leuko_net_layer(net, i);
            const float *ours = leuko_state_kept(state, l->name);
            double d = ours ? reference_distance(ours, want[i],
                                                 (gsize)l->out_channels * l->out_h * l->out_w)
                            : 0;
            if (!(d < tolerance))
                g_error("%s: %.2e from the reference (side %u, depth %g, padding %d, %s)", l->name,
                        d, cases[k].side, cases[k].depth, cases[k].pads,
                        leuko_precision_name(cases[k].precision));
        }
        guint n = leuko_net_n_layers(net);
        g_assert_cmpfloat(reference_distance(leuko_state_features(state), want[n - 4],
                                             leuko_net_feature_channels(net)),
                          <, tolerance);
        g_assert_cmpfloat(reference_distance(leuko_state_logits(state), want[n - 2], 3), <,
                          tolerance);
        g_assert_cmpfloat(reference_distance(leuko_state_probabilities(state), want[n - 1], 3), <,
                          tolerance);
        reference_free(net, want);
    }
}

/* Cut at any endpoint, the features are the spatial mean of that endpoint. */
static void test_endpoints(void)
{
    g_autoptr(LeukoNet) whole = reference_net(75, 0.25, "Mixed_7c", 0, FALSE);
    g_autoptr(LeukoParams) params = reference_params(whole, 5);
    g_autofree float *x = reference_images(3 * 75 * 75, 5);
    double **want = reference_run(whole, params, x);
    for (guint e = 0; leuko_net_endpoints()[e]; e++) {
        g_autoptr(LeukoNet) net = reference_net(75, 0.25, leuko_net_endpoints()[e], 0, FALSE);
        g_autoptr(LeukoState) state =
            make_state(net, params, (LeukoProgramOptions){LEUKO_FP32, 1, 0});
        run_state(state, 1, x);
        guint layer = (guint)leuko_net_find(whole, leuko_net_endpoints()[e]);
        const LeukoLayer *l = leuko_net_layer(whole, layer);
        gsize plane = (gsize)l->out_h * l->out_w;
        g_autofree double *means = g_new0(double, l->out_channels);
        for (guint c = 0; c < l->out_channels; c++)
            for (gsize p = 0; p < plane; p++)
                means[c] += want[layer][c * plane + p] / (double)plane;
        g_assert_cmpfloat(reference_distance(leuko_state_features(state), means, l->out_channels),
                          <, 1e-5);
        g_assert_null(leuko_state_probabilities(state));
    }
    reference_free(whole, want);
}

/* As every processor with AMX, for which the channels-last plans are. */
static gboolean has_native_bf16(void)
{
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_bf16) ==
           dnnl_cpu_isa_avx512_core_bf16;
}

/* No primitive of the published network is a reference one, in any precision of this processor
 * (bf16 also channels-last). */
static void test_kernels(void)
{
    for (gint k = 0; k < 3; k++) {
        LeukoPrecision precision = k > 0 ? LEUKO_BF16 : LEUKO_FP32;
        if (!is_precision_supported(precision) || (k == 2 && !has_native_bf16()))
            continue;
        g_autoptr(LeukoNet) net = reference_net(299, 1.0, "Mixed_7c", 2, FALSE);
        g_autoptr(LeukoParams) params = leuko_params_new_random(net, 1, NULL);
        const LeukoProgramOptions options = {precision, 1, 0};
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoState) state = leuko_state_take(
            leuko_program_new_in_layout(net, params, &options, k == 2, &error), NULL, &error);
        g_assert_no_error(error);
        guint64 flop = 0;
        for (guint i = 0; i < leuko_program_n_steps(leuko_state_program(state)); i++) {
            LeukoProgramStep step;
            leuko_program_step(leuko_state_program(state), i, &step);
            if (leuko_dnnl_kernel_is_reference(step.kernel))
                g_error("%s runs on the reference kernel %s", step.name, step.kernel);
            g_assert_cmpuint(step.bytes, >, 0);
            flop += step.flop;
        }
        g_assert_cmpuint(flop, ==, reference_flop(net) - 2 * 2048 * 2); /* all but the head */
        g_assert_cmpuint(leuko_program_weights_bytes(leuko_state_program(state)), >,
                         21751136u * (precision ? 2 : 4));
    }
}

/* The same run gives the same bits, alone or within a batch, full or not, before and after other
 * images; other thread counts agree within 1e-5. */
static void test_repeats(void)
{
    g_autoptr(LeukoNet) net = reference_net(107, 0.25, "Mixed_7a", 2, FALSE);
    g_autoptr(LeukoParams) params = reference_params(net, 9);
    gsize image = 3 * 107 * 107;
    g_autofree float *x = reference_images(3 * image, 9);
    g_autoptr(LeukoState) state = make_state(net, params, (LeukoProgramOptions){LEUKO_FP32, 4, 2});
    gsize c = leuko_net_feature_channels(net), bytes = c * sizeof(float);
    run_state(state, 3, x);
    g_autofree float *first = g_memdup2(leuko_state_features(state), 3 * bytes);
    for (guint i = 3; i-- > 0;) {
        run_state(state, 1, x + i * image);
        g_assert_true(memcmp(leuko_state_features(state), first + i * c, bytes) == 0);
    }
    g_autoptr(LeukoState) again = make_state(net, params, (LeukoProgramOptions){LEUKO_FP32, 1, 2});
    run_state(again, 1, x);
    g_assert_true(memcmp(leuko_state_features(again), first, bytes) == 0);
    g_autoptr(LeukoState) single = make_state(net, params, (LeukoProgramOptions){LEUKO_FP32, 1, 1});
    run_state(single, 1, x);
    double worst = 0;
    for (gsize k = 0; k < c; k++)
        worst = MAX(worst, fabs((double)leuko_state_features(single)[k] - (double)first[k]));
    g_assert_cmpfloat(worst, <, 1e-5);
}

/* However many images come, and however many lanes there are for them, each row is that of the
 * image alone, to the bit, also of a kept layer, and in a second state of the program. */
static void test_workers(void)
{
    enum { N = 7, VALUES = 3 * 75 * 75 };
    static const struct {
        guint batch, n_threads;
    } cases[] = {{N, 1}, {N, 2}, {N, 3}, {N, 16}, {2, 5}};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoNet) net = reference_net(75, 0.25, "Mixed_6a", 2, FALSE);
    g_autoptr(LeukoParams) params = reference_params(net, 4);
    g_autofree float *x = reference_images(N * VALUES, 4);
    gsize c = leuko_net_feature_channels(net);
    for (guint k = 0; k < G_N_ELEMENTS(cases); k++) {
        const LeukoProgramOptions options = {LEUKO_FP32, cases[k].batch, cases[k].n_threads};
        const char *const names[] = {"Conv2d_1a_3x3", NULL};
        g_autoptr(LeukoProgram) program = leuko_program_new(net, params, &options, &error);
        g_assert_no_error(error);
        g_autoptr(LeukoState) state = leuko_state_new(program, names, &error);
        g_autoptr(LeukoState) other = leuko_state_new(program, NULL, &error);
        g_assert_no_error(error);
        const LeukoLayer *l = leuko_net_layer(net, (guint)leuko_net_find(net, "Conv2d_1a_3x3"));
        gsize kept = (gsize)l->out_channels * l->out_h * l->out_w;
        g_autofree float *rows = g_new(float, N *c), *layers = g_new(float, N *kept);
        for (guint i = 0; i < cases[k].batch; i++) {
            run_state(state, 1, x + i * VALUES);
            memcpy(rows + i * c, leuko_state_features(state), c * sizeof(float));
            memcpy(layers + i * kept, leuko_state_kept(state, "Conv2d_1a_3x3"),
                   kept * sizeof(float));
        }
        for (guint n = 1; n <= cases[k].batch; n++) {
            run_state(state, n, x);
            run_state(other, n, x);
            g_assert_true(memcmp(leuko_state_features(state), rows, n * c * sizeof(float)) == 0);
            g_assert_true(memcmp(leuko_state_features(other), rows, n * c * sizeof(float)) == 0);
            g_assert_true(memcmp(leuko_state_kept(state, "Conv2d_1a_3x3"), layers,
                                 n * kept * sizeof(float)) == 0);
        }
    }
}

/* A state that keeps a layer gives the same features, and the kept values are the layer's
 * output. */
static void test_keep(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoNet) net = reference_net(75, 0.25, "Mixed_6a", 0, FALSE);
    g_autoptr(LeukoParams) params = reference_params(net, 3);
    g_autofree float *x = reference_images(2 * 3 * 75 * 75, 3);
    const LeukoProgramOptions options = {LEUKO_FP32, 2, 0};
    const char *const names[] = {"Mixed_5b", NULL};
    g_autoptr(LeukoProgram) program = leuko_program_new(net, params, &options, &error);
    g_autoptr(LeukoState) plain = leuko_state_new(program, NULL, &error);
    g_autoptr(LeukoState) state = leuko_state_new(program, names, &error);
    g_assert_no_error(error);
    run_state(plain, 2, x);
    run_state(state, 2, x);
    gsize n = 2 * leuko_net_feature_channels(net);
    g_assert_null(leuko_state_kept(plain, "Mixed_5b"));
    g_assert_true(
        memcmp(leuko_state_features(plain), leuko_state_features(state), n * sizeof(float)) == 0);
    double **want = reference_run(net, params, x + 3 * 75 * 75);
    guint layer = (guint)leuko_net_find(net, "Mixed_5b");
    const LeukoLayer *l = leuko_net_layer(net, layer);
    gsize values = (gsize)l->out_channels * l->out_h * l->out_w;
    g_assert_cmpfloat(
        reference_distance(leuko_state_kept(state, "Mixed_5b") + values, want[layer], values), <,
        1e-5);
    reference_free(net, want);
    const char *bad[] = {"Mixed_7c", "nothing", "input", "Mixed_5b/Branch_3/AvgPool_0a_3x3"};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *const wrong[] = {bad[i], NULL};
        g_assert_null(leuko_state_new(program, wrong, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
        g_clear_error(&error);
    }
}

/* Each documented error: its code. bf16 without AVX-512 is refused by the processor's name. */
static void test_refuses(void)
{
    g_autoptr(LeukoNet) net = reference_net(75, 0.25, "Mixed_5b", 2, FALSE);
    g_autoptr(LeukoParams) params = reference_params(net, 1), empty = leuko_params_new();
    const struct {
        LeukoPrecision precision;
        guint batch;
        const LeukoParams *params;
        LeukoErrorCode code;
    } bad[] = {{LEUKO_FP32, 0, params, LEUKO_ERROR_ARGUMENT},
               {LEUKO_FP32, 257, params, LEUKO_ERROR_ARGUMENT},
               {LEUKO_FP32, 1, empty, LEUKO_ERROR_DATA}};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        LeukoProgramOptions options = {bad[i].precision, bad[i].batch, 0};
        g_assert_null(leuko_state_take(leuko_program_new(net, bad[i].params, &options, &error),
                                       NULL, &error));
        g_assert_error(error, LEUKO_ERROR, (gint)bad[i].code);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoState) bf16 = leuko_state_take(
        leuko_program_new(net, params, &(LeukoProgramOptions){LEUKO_BF16, 1, 0}, &error), NULL,
        &error);
    if (leuko_processor_has_bf16())
        g_assert_no_error(error);
    else
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
    g_clear_error(&error);
    g_autoptr(LeukoState) state = make_state(net, params, (LeukoProgramOptions){LEUKO_FP32, 2, 0});
    g_autofree float *x = reference_images(3 * 75 * 75 * 3, 1);
    for (guint n = 0; n <= 3; n += 3) {
        g_assert_false(leuko_state_run(state, n, x, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
        g_clear_error(&error);
    }
}

/* Precisions are read by the names they are written with. */
static void test_precision_names(void)
{
    for (gint p = LEUKO_FP32; p <= LEUKO_INT8; p++) {
        LeukoPrecision parsed;
        g_assert_true(
            leuko_precision_parse(leuko_precision_name((LeukoPrecision)p), &parsed, NULL));
        g_assert_cmpint((gint)parsed, ==, p);
    }
    g_autoptr(GError) error = NULL;
    LeukoPrecision parsed;
    g_assert_false(leuko_precision_parse("fp16", &parsed, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/program/layers", test_layers);
    g_test_add_func("/program/endpoints", test_endpoints);
    g_test_add_func("/program/kernels", test_kernels);
    g_test_add_func("/program/repeats", test_repeats);
    g_test_add_func("/program/workers", test_workers);
    g_test_add_func("/program/keep", test_keep);
    g_test_add_func("/program/refuses", test_refuses);
    g_test_add_func("/program/precision-names", test_precision_names);
    return g_test_run();
}

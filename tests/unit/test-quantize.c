#include "engine/dnnl.h"
#include "engine/processor.h"
#include "engine/program-int8.h"
#include "leuko/error.h"
#include "network-reference.h"
#include <math.h>
#include <string.h>

static LeukoCalibration *calibrate(const LeukoNet *net, const LeukoParams *params, guint n,
                                   const float *x)
{
    g_autoptr(GError) error = NULL;
    LeukoCalibration *c = leuko_calibration_new(net, params, 0, &error);
    g_assert_no_error(error);
    g_assert_true(leuko_calibration_add(c, n, x, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(leuko_calibration_n_images(c), ==, n);
    return c;
}

static LeukoQuantized *quantize(const LeukoNet *net, const LeukoParams *params,
                                const LeukoCalibration *c, LeukoQuantizeOptions options)
{
    g_autoptr(GError) error = NULL;
    LeukoQuantized *q = leuko_quantize(net, params, c, &options, &error);
    g_assert_no_error(error);
    return q;
}

static LeukoState *make_state(const LeukoNet *net, const LeukoQuantized *q,
                              const LeukoParams *params, guint batch, const char *const *kept)
{
    g_autoptr(GError) error = NULL;
    LeukoProgramOptions options = {LEUKO_INT8, batch, 0};
    LeukoState *state = leuko_state_take(
        leuko_program_new_quantized(net, q, params, &options, &error), kept, &error);
    g_assert_no_error(error);
    return state;
}

/* One output of a quantized convolution by integers written out; x (ic, h, w) quantized. */
static gint integer_conv(const LeukoQuantizedConv *c, const LeukoLayer *l, const gint *x, gint zero,
                         guint o, guint row, guint column)
{
    gint64 sum = 0;
    for (guint i = 0; i < c->ic; i++)
        for (guint kh = 0; kh < c->kh; kh++)
            for (guint kw = 0; kw < c->kw; kw++) {
                gint y = (gint)(row * l->stride + kh) - (gint)l->pad_h;
                gint z = (gint)(column * l->stride + kw) - (gint)l->pad_w;
                if (y < 0 || z < 0 || y >= (gint)l->in_h || z >= (gint)l->in_w)
                    continue;
                gint q = x[((gsize)i * l->in_h + (guint)y) * l->in_w + (guint)z] - zero;
                sum += q * c->weights[(((gsize)o * c->ic + i) * c->kh + kh) * c->kw + kw];
            }
    double real = (double)sum * (double)c->weight_scale[o] + (double)c->bias[o];
    return (gint)CLAMP(rint(real / (double)c->output_scale[o]), 0, 255);
}

/* Each convolution of the stem is integer arithmetic, to the last step of 255 (ties of rounding may
 * fall either way): image with its offset of 128, 3x3 with and without padding, stride 2, and
 * saturation of no kind, for any processor and, where this is one, for VNNI. */
static void test_integers(void)
{
    for (gboolean vnni = FALSE; vnni <= leuko_processor_has_vnni(); vnni++) {
        enum { SIDE = 75 };
        g_autoptr(LeukoNet) net = reference_net(SIDE, 0.5, "Conv2d_2b_3x3", 0, FALSE);
        g_autoptr(LeukoParams) params = reference_params(net, 4);
        g_autofree float *x = reference_images(3 * SIDE * SIDE, 4);
        g_autoptr(LeukoCalibration) calibration = calibrate(net, params, 1, x);
        LeukoQuantizeOptions options = leuko_quantize_options_default();
        options.vnni = vnni;
        g_autoptr(LeukoQuantized) q = quantize(net, params, calibration, options);
        const char *const layers[] = {"Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", NULL};
        g_autoptr(LeukoState) state = make_state(net, q, NULL, 1, layers);
        run_state(state, 1, x);
        g_autofree gint *in = g_new(gint, 3 * SIDE * SIDE);
        for (gsize k = 0; k < 3 * SIDE * SIDE; k++)
            in[k] = (gint)rintf(127 * x[k] + 128);
        for (guint i = 0; i < 3; i++) {
            LeukoQuantizedConv c;
            leuko_quantized_conv(q, i, &c);
            const LeukoLayer *l = leuko_net_layer(net, (guint)leuko_net_find(net, c.layer));
            gsize n = (gsize)l->out_channels * l->out_h * l->out_w, n_off = 0;
            const float *kept = leuko_state_kept(state, c.layer);
            gint *out = g_new(gint, n);
            for (gsize k = 0; k < n; k++) {
                guint o = (guint)(k / (l->out_h * l->out_w)),
                      p = (guint)(k % (l->out_h * l->out_w));
                gint want =
                    integer_conv(&c, l, in, i == 0 ? 128 : 0, o, p / l->out_w, p % l->out_w);
                out[k] = (gint)rintf(kept[k] / c.output_scale[o]);
                g_assert_cmpint(ABS(out[k] - want), <=, 1);
                n_off += out[k] != want;
            }
            g_assert_cmpuint(n_off, <, n / 500 + 1);
            g_free(in);
            in = out;
        }
    }
}

/* The whole network in 8 bits stays near the float one, with channels that fill no block, both
 * average pools, some convolutions raised, at most the distance that 8 bits cost such a net (0.1; a
 * wrong scale anywhere gives 0.3 and more); more bits come nearer. */
static void test_whole(void)
{
    static const char *const raised[] = {"Conv2d_1a_3x3", "Conv2d_4a_3x3",
                                         "Mixed_5b/Branch_2/Conv2d_0b_3x3",
                                         "Mixed_6c/Branch_3/Conv2d_0b_1x1", NULL};
    static const struct {
        guint side;
        double depth;
        gboolean pads, raise;
    } cases[] = {{75, 0.25, FALSE, FALSE}, {83, 0.3, TRUE, FALSE}, {80, 0.33, FALSE, TRUE}};
    for (guint k = 0; k < G_N_ELEMENTS(cases); k++) {
        g_autoptr(LeukoNet) net =
            reference_net(cases[k].side, cases[k].depth, "Mixed_7c", 3, cases[k].pads);
        g_autoptr(LeukoParams) params = reference_params(net, k);
        g_autofree float *x = reference_images(2u * 3 * cases[k].side * cases[k].side, k);
        g_autoptr(LeukoCalibration) calibration = calibrate(net, params, 2, x);
        double **want = reference_run(net, params, x);
        LeukoQuantizeOptions options = leuko_quantize_options_default();
        options.vnni = leuko_processor_has_vnni();
        options.raise = cases[k].raise ? raised : NULL;
        /* The other rounding takes seconds and does not depend on the instruction set: once is
         * enough. */
        options.nearest = k > 0 || g_getenv("ONEDNN_MAX_CPU_ISA");
        g_autoptr(LeukoQuantized) q = quantize(net, params, calibration, options);
        g_autoptr(LeukoState) state = make_state(net, q, params, 1, NULL);
        run_state(state, 1, x);
        guint n = leuko_net_n_layers(net);
        guint n_bf16 = 0; /* three of the four: the first reads the image */
        for (guint i = 0; i < leuko_program_n_steps(leuko_state_program(state)); i++) {
            LeukoProgramStep step;
            leuko_program_step(leuko_state_program(state), i, &step);
            n_bf16 += strcmp(step.name, "reorder to bf16") == 0;
        }
        g_assert_cmpuint(n_bf16, ==, cases[k].raise && leuko_processor_has_bf16() ? 3 : 0);
        double d = reference_distance(leuko_state_features(state), want[n - 4],
                                      leuko_net_feature_channels(net));
        g_test_message("side %u depth %g: features %.3f", cases[k].side, cases[k].depth, d);
        g_assert_cmpfloat(d, <, 0.1);
        g_assert_cmpfloat(reference_distance(leuko_state_probabilities(state), want[n - 1], 3), <,
                          0.1);
        reference_free(net, want);
    }
}

/* Raised as a whole, the network's tensors are real from end to end: it comes as near to the float
 * one as
 * bf16 does (4e-2; 1e-5 in float32); raised from the middle on, it is nearer than in 8 bits. */
static void test_raised(void)
{
    g_autoptr(LeukoNet) net = reference_net(75, 0.25, "Mixed_7c", 3, TRUE);
    g_autoptr(LeukoParams) params = reference_params(net, 7);
    g_autofree float *x = reference_images(2u * 3 * 75 * 75, 7);
    g_autoptr(LeukoCalibration) calibration = calibrate(net, params, 2, x);
    double **want = reference_run(net, params, x), distance[4];
    guint n = leuko_net_n_layers(net), middle = (guint)leuko_net_find(net, "Mixed_6a");
    for (guint k = 0; k < 4; k++) { /* none, the first half, the second, all */
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint i = 0; i < n; i++)
            if (leuko_net_layer(net, i)->kind == LEUKO_LAYER_CONV && i < n - 3 &&
                (k == 3 || (k == 1 && i < middle) || (k == 2 && i > middle)))
                g_ptr_array_add(names, (gpointer)leuko_net_layer(net, i)->name);
        g_ptr_array_add(names, NULL);
        LeukoQuantizeOptions options = leuko_quantize_options_default();
        options.raise = (const char *const *)names->pdata;
        options.nearest = TRUE; /* quick, as is the range */
        options.range = LEUKO_RANGE_MAX;
        g_autoptr(LeukoQuantized) q = quantize(net, params, calibration, options);
        g_autoptr(LeukoState) state = make_state(net, q, params, 1, NULL);
        run_state(state, 1, x);
        distance[k] = reference_distance(leuko_state_features(state), want[n - 4],
                                         leuko_net_feature_channels(net));
        g_test_message("raised %u: %.2e", names->len - 1, distance[k]);
        guint n_reorders = 0;
        for (guint i = 0; i < leuko_program_n_steps(leuko_state_program(state)); i++) {
            LeukoProgramStep step;
            leuko_program_step(leuko_state_program(state), i, &step);
            n_reorders += g_str_has_prefix(step.name, "reorder to ") ? 1 : 0;
        }
        g_assert_cmpuint(n_reorders, ==,
                         k == 1 || k == 2 ? 2 : 0); /* Mixed_6a's, and its average pool's */
    }
    g_assert_cmpfloat(distance[3], <, leuko_processor_has_bf16() ? 4e-2 : 1e-5);
    g_assert_cmpfloat(distance[2], <, distance[0]);
    reference_free(net, want);
}

/* The published network in 8 bits with weights of 0: only its shapes matter here. */
static LeukoQuantized *empty_network(const LeukoNet *net, gint8 *zeros, float *ones)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) convs = g_array_new(FALSE, FALSE, sizeof(LeukoQuantizedConv));
    for (guint i = 0; i <= leuko_net_endpoint_layer(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        LeukoQuantizedConv c = {.layer = l->name,
                                .oc = l->out_channels,
                                .ic = l->in_channels,
                                .kh = l->kernel_h,
                                .kw = l->kernel_w,
                                .weights = zeros,
                                .weight_scale = ones,
                                .bias = ones,
                                .output_scale = ones};
        if (l->kind == LEUKO_LAYER_CONV)
            g_array_append_val(convs, c);
    }
    LeukoQuantized *q = leuko_quantized_new(
        net, FALSE, (const LeukoQuantizedConv *)(gpointer)convs->data, convs->len, &error);
    g_assert_no_error(error);
    return q;
}

/* No primitive of the published network in 8 bits is a reference one. */
static void test_kernels(void)
{
    enum { MOST_WEIGHTS = 9 * 448 * 384 + 2048 * 2048, MOST_CHANNELS = 2048 };
    g_autoptr(LeukoNet) net = reference_net(299, 1.0, "Mixed_7c", 0, FALSE);
    g_autofree gint8 *zeros = g_new0(gint8, MOST_WEIGHTS);
    g_autofree float *ones = g_new(float, MOST_CHANNELS);
    for (guint i = 0; i < MOST_CHANNELS; i++)
        ones[i] = 1;
    g_autoptr(LeukoQuantized) q = empty_network(net, zeros, ones);
    g_autoptr(LeukoState) state = make_state(net, q, NULL, 1, NULL);
    guint64 flop = 0;
    for (guint i = 0; i < leuko_program_n_steps(leuko_state_program(state)); i++) {
        LeukoProgramStep step;
        leuko_program_step(leuko_state_program(state), i, &step);
        if (leuko_dnnl_kernel_is_reference(step.kernel))
            g_error("%s runs on the reference kernel %s", step.name, step.kernel);
        flop += step.flop;
    }
    g_assert_cmpuint(flop, ==, reference_flop(net));
    g_assert_cmpuint(leuko_quantized_n_convs(q), ==, 94);
}

/* Alone, in a batch, or after other images: the same bits. */
static void test_repeats(void)
{
    g_autoptr(LeukoNet) net = reference_net(75, 0.25, "Mixed_6e", 0, FALSE);
    g_autoptr(LeukoParams) params = reference_params(net, 2);
    gsize image = 3 * 75 * 75, c = leuko_net_feature_channels(net);
    g_autofree float *x = reference_images(6 * image, 2);
    g_autoptr(LeukoCalibration) calibration = calibrate(net, params, 2, x);
    LeukoQuantizeOptions options = leuko_quantize_options_default();
    options.nearest = TRUE; /* quick, as is the range */
    options.range = LEUKO_RANGE_MAX;
    g_autoptr(LeukoQuantized) q = quantize(net, params, calibration, options);
    g_autoptr(LeukoState) state = make_state(net, q, NULL, 6, NULL),
                          single = make_state(net, q, NULL, 1, NULL);
    run_state(state, 6, x);
    for (guint i = 0; i < 6; i++) {
        run_state(single, 1, x + i * image);
        g_assert_true(memcmp(leuko_state_features(single), leuko_state_features(state) + i * c,
                             c * sizeof(float)) == 0);
    }
}

/* The largest output of a convolution over the calibration images. */
static double largest_seen(const LeukoCalibration *calibration, const LeukoNet *net,
                           const char *layer)
{
    guint at = (guint)leuko_net_find(net, layer);
    float largest = 0;
    for (guint k = 0; k < leuko_net_layer(net, at)->out_channels; k++)
        largest = MAX(largest, leuko_calibration_observed(calibration, at)[k].largest);
    return (double)largest;
}

/* The scales follow the method: everything seen, 90 % of it, or the least squared error, which (its
 * tenth of headroom apart) lies below the first; weights use their 8 bits. */
static void test_options(void)
{
    g_autoptr(LeukoNet) net = reference_net(299, 0.25, "Conv2d_2b_3x3", 0, FALSE);
    g_autoptr(LeukoParams) params = reference_params(net, 6);
    g_autofree float *x = reference_images(3 * 299 * 299, 6);
    g_autoptr(LeukoCalibration) calibration = calibrate(net, params, 1, x);
    float scale[3];
    for (guint method = 0; method < 3; method++) {
        LeukoQuantizeOptions options = leuko_quantize_options_default();
        options.range = (LeukoRangeMethod)method;
        options.percentile = 90;
        g_autoptr(LeukoQuantized) q = quantize(net, params, calibration, options);
        LeukoQuantizedConv c;
        leuko_quantized_conv(q, 0, &c);
        scale[method] = 0;
        for (guint o = 0; o < c.oc; o++)
            scale[method] += c.output_scale[o] / (float)c.oc;
        float widest = 0, finest = G_MAXFLOAT;
        for (guint o = 0; o < c.oc; o++) {
            widest = MAX(widest, c.output_scale[o]);
            finest = MIN(finest, c.output_scale[o]);
        }
        if (method == LEUKO_RANGE_MAX)
            g_assert_cmpfloat_with_epsilon(255 * (double)widest,
                                           largest_seen(calibration, net, c.layer), 1e-5);
        g_assert_cmpfloat(finest, >=, options.finest * widest * (1 - 1e-6f));
        g_assert_cmpfloat(finest, <, widest);
        gint largest = 0;
        for (gsize k = 0; k < (gsize)c.oc * c.ic * c.kh * c.kw; k++)
            largest = MAX(largest, ABS(c.weights[k]));
        g_assert_cmpint(largest, ==, 127);
    }
    g_assert_cmpfloat((double)scale[LEUKO_RANGE_MSE] / 1.1, <,
                      (double)scale[LEUKO_RANGE_MAX] * (1 - 1e-6));
    g_assert_cmpfloat(scale[LEUKO_RANGE_PERCENTILE], <, 0.8 * (double)scale[LEUKO_RANGE_MAX]);
}

/* Each documented error: its code. */
static void test_refuses(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoNet) net = reference_net(75, 0.25, "Mixed_5b", 0, FALSE);
    g_autoptr(LeukoNet) other = reference_net(75, 0.25, "Mixed_5c", 0, FALSE);
    g_autoptr(LeukoParams) params = reference_params(net, 1);
    g_autofree float *x = reference_images(3 * 75 * 75, 1);
    g_autoptr(LeukoCalibration) calibration = calibrate(net, params, 1, x);
    static const char *const unknown[] = {"Mixed_9a", NULL}, *const pool[] = {"MaxPool_3a_3x3",
                                                                              NULL};
    for (guint k = 1; k < 4; k++) {
        LeukoQuantizeOptions options = leuko_quantize_options_default();
        options.range = LEUKO_RANGE_PERCENTILE;
        options.percentile = k == 1 ? 100.5 : 99;
        options.raise = k == 2 ? unknown : k == 3 ? pool : NULL;
        g_assert_null(leuko_quantize(net, params, calibration, &options, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
        g_clear_error(&error);
    }
    LeukoQuantizeOptions options = leuko_quantize_options_default();
    g_autoptr(LeukoCalibration) blind = leuko_calibration_new(net, params, 0, &error);
    g_assert_null(leuko_quantize(net, params, blind, &options, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_clear_error(&error);
    x[5] = NAN;
    g_assert_false(leuko_calibration_add(blind, 1, x, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_clear_error(&error);

    g_autoptr(LeukoQuantized) q = quantize(net, params, calibration, options);
    const LeukoProgramOptions good = {LEUKO_INT8, 1, 0}, wrong = {LEUKO_FP32, 1, 0};
    g_assert_null(
        leuko_state_take(leuko_program_new_quantized(net, q, NULL, &wrong, &error), NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_clear_error(&error);
    g_assert_null(
        leuko_state_take(leuko_program_new_quantized(other, q, NULL, &good, &error), NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_clear_error(&error);
    options.vnni = TRUE;
    g_autoptr(LeukoQuantized) wide = quantize(net, params, calibration, options);
    g_autoptr(LeukoState) state =
        leuko_state_take(leuko_program_new_quantized(net, wide, NULL, &good, &error), NULL, &error);
    if (leuko_processor_has_vnni())
        g_assert_no_error(error);
    else
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/quantize/integers", test_integers);
    g_test_add_func("/quantize/whole", test_whole);
    g_test_add_func("/quantize/raised", test_raised);
    g_test_add_func("/quantize/kernels", test_kernels);
    g_test_add_func("/quantize/repeats", test_repeats);
    g_test_add_func("/quantize/options", test_options);
    g_test_add_func("/quantize/refuses", test_refuses);
    return g_test_run();
}

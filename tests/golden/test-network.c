/* The whole network with weights by formula, against PyTorch's float64 (make_network.py): proves it
 * on machines that have no pretrained weights. */
#include "engine/dnnl.h"
#include "leuko/plan.h"
#include "network-expected.h"
#include <math.h>

enum { K = 3, SIDE = 299 };

static guint32 hash(guint32 tensor, guint32 index)
{
    guint32 h = index + tensor * 0x9E3779B1u;
    h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
    h = (h ^ (h >> 13)) * 0xC2B2AE35u;
    return h ^ (h >> 16);
}

static void fill(float *out, gsize n, guint32 tensor, double low, double high)
{
    for (gsize i = 0; i < n; i++)
        out[i] = (float)(low + (high - low) * (hash(tensor, (guint32)i) / 4294967296.0));
}

static void add(LeukoParams *params, const LeukoLayer *l, const char *variable, guint32 tensor,
                double low, double high)
{
    gsize dims[] = {l->kernel_h, l->kernel_w, l->in_channels, l->out_channels};
    gboolean weights = g_str_equal(variable, "weights");
    gsize n = weights ? dims[0] * dims[1] * dims[2] * dims[3] : dims[3];
    g_autofree gchar *name = leuko_param_name(l, variable);
    float *out;
    g_assert_true(leuko_params_add(params, name, weights ? 4 : 1, weights ? dims : dims + 3, &out, NULL));
    fill(out, n, tensor, low, high);
}

static LeukoParams *formula_params(const LeukoNet *net)
{
    LeukoParams *params = leuko_params_new();
    guint32 number = 0;
    for (guint i = 0; i < leuko_net_n_layers(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        if (l->kind != LEUKO_LAYER_CONV)
            continue;
        if (!l->batch_norm) {
            add(params, l, "weights", 2000, -0.02, 0.02);
            add(params, l, "biases", 2001, -0.5, 0.5);
            continue;
        }
        double bound = sqrt(6.0 / (l->kernel_h * l->kernel_w * l->in_channels));
        add(params, l, "weights", 10 * number, -bound, bound);
        add(params, l, "BatchNorm/beta", 10 * number + 1, -0.25, 0.25);
        add(params, l, "BatchNorm/moving_mean", 10 * number + 2, -0.25, 0.25);
        add(params, l, "BatchNorm/moving_variance", 10 * number + 3, 0.5, 1.5);
        add(params, l, "BatchNorm/gamma", 10 * number + 4, 0.75, 1.25);
        number++;
    }
    g_assert_cmpuint(number, ==, 94);
    return params;
}

static double distance(const float *ours, gsize step, const double *theirs, gsize n)
{
    double difference = 0, norm = 0;
    for (gsize i = 0; i < n; i++) {
        double d = (double)ours[i * step] - theirs[i];
        difference += d * d;
        norm += theirs[i] * theirs[i];
    }
    double result = sqrt(difference / norm);
    g_test_message("relative L2 %.2e", result);
    return isnan(result) ? INFINITY : result;
}

static void check(gboolean pads, LeukoPrecision precision, double tolerance)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = K;
    spec.pool_includes_padding = pads;
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
    g_assert_no_error(error);
    g_autoptr(LeukoParams) params = formula_params(net);
    g_autofree float *x_nchw = g_new(float, 3 * SIDE * SIDE);
    fill(x_nchw, 3 * SIDE * SIDE, 3000, -1, 1);
    g_autoptr(LeukoPlan) plan =
        leuko_plan_new(net, params, &(LeukoPlanOptions){precision, 1, 0}, &error);
    g_assert_no_error(error);
    g_assert_true(leuko_plan_run(plan, 1, x_nchw, &error));
    g_assert_no_error(error);
    g_assert_cmpfloat(distance(leuko_plan_features(plan), 32,
                               pads ? expected_features_torchvision : expected_features_slim,
                               G_N_ELEMENTS(expected_features_slim)),
                      <, tolerance);
    g_assert_cmpfloat(distance(leuko_plan_logits(plan), 1,
                               pads ? expected_logits_torchvision : expected_logits_slim, K),
                      <, tolerance);
    g_assert_cmpfloat(distance(leuko_plan_probabilities(plan), 1,
                               pads ? expected_probabilities_torchvision
                                    : expected_probabilities_slim,
                               K),
                      <, 2 * tolerance);
}

/* float32 with TensorFlow's average pools equals float64 within 1e-5. */
static void test_slim(void) { check(FALSE, LEUKO_FP32, 1e-5); }
/* float32 with torchvision's average pools equals torchvision within 1e-5. */
static void test_torchvision(void) { check(TRUE, LEUKO_FP32, 1e-5); }

/* bf16 equals it within 5e-2 (94 layers of 8-bit mantissas). */
static void test_bf16(void)
{
    if (!leuko_dnnl_has_bf16())
        g_test_skip("this processor does not run bf16");
    else
        check(FALSE, LEUKO_BF16, 5e-2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/network/slim", test_slim);
    g_test_add_func("/golden/network/torchvision", test_torchvision);
    g_test_add_func("/golden/network/bf16", test_bf16);
    return g_test_run();
}

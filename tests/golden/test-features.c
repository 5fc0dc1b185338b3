/* The network with ImageNet weights on real cells, against another implementation's float64. */
#include "engine/processor.h"
#include "engine/state.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include "tensors.h"
#include <math.h>
#include <string.h>

enum { N = 16, SIDE = 299 };

static float *load_inputs(const char *shared)
{
    float *x = g_new(float, N * 3 * SIDE * SIDE); /* (N, 3, S, S) */
    for (guint i = 0; i < N; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *path = g_strdup_printf("%s/golden/inputs/%02u.png", shared, i);
        g_autoptr(LeukoImage) image = leuko_image_load(path, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(image->width, ==, SIDE);
        g_assert_cmpuint(image->height, ==, SIDE);
        for (gsize y = 0; y < SIDE; y++)
            for (gsize p = 0; p < SIDE; p++)
                for (gsize c = 0; c < 3; c++)
                    x[((i * 3 + c) * SIDE + y) * SIDE + p] =
                        (float)image->pixels[y * image->row_bytes + p * 3 + c] / 127.5f - 1.0f;
    }
    return x;
}

static LeukoParams *load_weights(const char *shared)
{
    g_autofree gchar *path =
        g_build_filename(shared, "weights", "inception_v3_2015_to_mixed_7a.safetensors", NULL);
    return golden_tensors_load(path, NULL);
}

static LeukoState *make_state(const LeukoParams *params, const char *endpoint,
                              LeukoPrecision precision, const char *const *kept)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = leuko_net_spec_default();
    g_strlcpy(spec.endpoint, endpoint, sizeof spec.endpoint);
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
    g_assert_no_error(error);
    LeukoState *state = leuko_state_take(
        leuko_program_new(net, params, &(LeukoProgramOptions){precision, N, 0}, &error), kept,
        &error);
    g_assert_no_error(error);
    return state;
}

static double relative_l2(const float *ours, const float *theirs, gsize n)
{
    double difference = 0, norm = 0;
    for (gsize i = 0; i < n; i++) {
        g_assert_true(isfinite(ours[i]));
        difference += ((double)ours[i] - theirs[i]) * ((double)ours[i] - theirs[i]);
        norm += (double)theirs[i] * theirs[i];
    }
    return sqrt(difference / norm);
}

static void check_features(LeukoPrecision precision, double tolerance)
{
    const char *shared = golden_shared();
    if (!shared)
        return;
    g_autofree gchar *path = g_build_filename(shared, "golden", "features.safetensors", NULL);
    g_autoptr(LeukoParams) weights = load_weights(shared), golden = golden_tensors_load(path, NULL);
    g_autofree float *x_nchw = load_inputs(shared);
    static const char *const endpoints[] = {"Mixed_6e", "Mixed_7a"};
    for (guint e = 0; e < 2; e++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *name = g_strconcat(endpoints[e], "/mean", NULL);
        const LeukoTensor *theirs = leuko_params_find(golden, name);
        g_autoptr(LeukoState) state = make_state(weights, endpoints[e], precision, NULL);
        g_assert_true(leuko_state_run(state, N, x_nchw, &error));
        double d = relative_l2(leuko_state_features(state), theirs->data, theirs->n_values);
        g_test_message("%s %s: relative L2 %.2e", leuko_precision_name(precision), endpoints[e], d);
        g_assert_cmpfloat(d, <, tolerance);
    }
}

/* float32 features of 16 cells at Mixed_6e and Mixed_7a equal float64's within 1e-5. */
static void test_features_fp32(void) { check_features(LEUKO_FP32, 1e-5); }

/* bf16's equal them within 4e-2 (8 bits of mantissa through 50 layers; PyTorch's bf16: 2.3e-2). */
static void test_features_bf16(void)
{
    if (!leuko_processor_has_bf16())
        g_test_skip("this processor does not run bf16");
    else
        check_features(LEUKO_BF16, 4e-2);
}

static void assert_near(double ours, double theirs, double scale, const char *what, guint image)
{
    if (!(fabs(ours - theirs) <= 1e-4 * scale))
        g_error("%s of image %u: %.7g, should be %.7g", what, image, ours, theirs);
}

/* Mean, standard deviation and maximum of every endpoint of every image equal float64's within
 * 1e-4 of their size. */
static void test_endpoint_statistics(void)
{
    const char *shared = golden_shared();
    if (!shared)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = g_build_filename(shared, "golden", "features.safetensors", NULL);
    g_autoptr(GHashTable) metadata = NULL;
    g_autoptr(LeukoParams) weights = load_weights(shared),
                           golden = golden_tensors_load(path, &metadata);
    g_auto(GStrv) names = g_strsplit(g_hash_table_lookup(metadata, "endpoints"), " ", 0);
    const float *stats = leuko_params_find(golden, "endpoint_stats")->data; /* (16, N, 3) */
    g_autofree float *x_nchw = load_inputs(shared);
    g_autoptr(LeukoState) state =
        make_state(weights, "Mixed_7a", LEUKO_FP32, (const char *const *)names);
    g_assert_cmpuint(g_strv_length(names), ==, 16);
    g_assert_true(leuko_state_run(state, N, x_nchw, &error));
    g_assert_no_error(error);
    LeukoNetSpec spec = leuko_net_spec_default();
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
    for (guint e = 0; names[e]; e++) {
        const LeukoLayer *l = leuko_net_layer(net, (guint)leuko_net_find(net, names[e]));
        gsize n = (gsize)l->out_channels * l->out_h * l->out_w;
        for (guint i = 0; i < N; i++) {
            const float *x = leuko_state_kept(state, names[e]) + i * n;
            double sum = 0, squares = 0, largest = -INFINITY;
            for (gsize k = 0; k < n; k++) {
                sum += (double)x[k];
                largest = MAX(largest, (double)x[k]);
            }
            double mean = sum / (double)n;
            for (gsize k = 0; k < n; k++)
                squares += ((double)x[k] - mean) * ((double)x[k] - mean);
            const float *want = stats + (e * N + i) * 3;
            assert_near(mean, want[0], want[0], names[e], i);
            assert_near(sqrt(squares / (double)n), want[1], want[1], names[e], i);
            assert_near(largest, want[2], want[2], names[e], i);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/features/fp32", test_features_fp32);
    g_test_add_func("/golden/features/bf16", test_features_bf16);
    g_test_add_func("/golden/endpoint-statistics", test_endpoint_statistics);
    return g_test_run();
}

/* The whole network with weights by formula, against PyTorch's float64 (refnetwork.py): proves it
 * on machines that have no pretrained weights. */
#include "engine/processor.h"
#include "engine/state.h"
#include "formats/layer-names.h"
#include "formats/model-file.h"
#include "formats/safetensors.h"
#include "formula.h"
#include "network-expected.h"
#include <glib/gstdio.h>
#include <math.h>

enum { K = 3 };

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

/* The state after one run of the network that formula_params() and formula_input() fill. */
static LeukoState *run_formula(LeukoNetSpec spec, LeukoPrecision precision)
{
    g_autoptr(GError) error = NULL;
    spec.n_classes = K;
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
    g_assert_no_error(error);
    g_autoptr(LeukoParams) params = formula_params(net);
    g_autofree float *x_nchw = formula_input(spec.side_px);
    LeukoState *state = leuko_state_take(
        leuko_program_new(net, params, &(LeukoProgramOptions){precision, 1, 0}, &error), NULL,
        &error);
    g_assert_no_error(error);
    g_assert_true(leuko_state_run(state, 1, x_nchw, &error));
    g_assert_no_error(error);
    return state;
}

static void check(gboolean pads, LeukoPrecision precision, double tolerance)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.pool_includes_padding = pads;
    g_autoptr(LeukoState) state = run_formula(spec, precision);
    g_assert_cmpfloat(distance(leuko_state_features(state), 32,
                               pads ? expected_features_torchvision : expected_features_slim,
                               G_N_ELEMENTS(expected_features_slim)),
                      <, tolerance);
    g_assert_cmpfloat(distance(leuko_state_logits(state), 1,
                               pads ? expected_logits_torchvision : expected_logits_slim, K),
                      <, tolerance);
    g_assert_cmpfloat(
        distance(leuko_state_probabilities(state), 1,
                 pads ? expected_probabilities_torchvision : expected_probabilities_slim, K),
        <, 2 * tolerance);
}

/* float32 with TensorFlow's average pools equals float64 within 1e-5. */
static void test_slim(void) { check(FALSE, LEUKO_FP32, 1e-5); }
/* float32 with torchvision's average pools equals torchvision within 1e-5. */
static void test_torchvision(void) { check(TRUE, LEUKO_FP32, 1e-5); }

/* The same weights in a file under torchvision's names, read as a foreign classifier: torchvision's
 * answer, with no word from us about its pooling. */
static void test_foreign(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-golden-XXXXXX", NULL);
    g_autofree gchar *path = g_build_filename(folder, "torchvision.safetensors", NULL);
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = K;
    g_autoptr(LeukoNet) ours = leuko_net_new(&spec, &error);
    g_autoptr(LeukoParams) params = formula_params(ours);
    g_autoptr(LeukoParams) theirs =
        leuko_layer_names_from_slim(params, LEUKO_LAYER_NAMES_TORCHVISION, &error);
    g_assert_true(leuko_safetensors_save(theirs, NULL, path, &error));
    g_autoptr(LeukoModel) model = leuko_model_load_any(path, &error);
    g_unlink(path);
    g_rmdir(folder);
    g_assert_no_error(error);
    g_autoptr(LeukoNet) net = leuko_net_new(&model->spec, &error);
    g_autoptr(LeukoState) state = leuko_state_take(
        leuko_program_new(net, model->params, &(LeukoProgramOptions){LEUKO_FP32, 1, 0}, &error),
        NULL, &error);
    g_autofree float *x_nchw = formula_input(spec.side_px);
    g_assert_true(leuko_state_run(state, 1, x_nchw, &error));
    g_assert_cmpfloat(distance(leuko_state_logits(state), 1, expected_logits_torchvision, K), <,
                      1e-5);
}

/* bf16 equals it within 5e-2 (94 layers of 8-bit mantissas). */
static void test_bf16(void)
{
    if (!leuko_processor_has_bf16())
        g_test_skip("this processor does not run bf16");
    else
        check(FALSE, LEUKO_BF16, 5e-2);
}

/* At 75 px, where emulated processors are fast enough, float32 equals within 1e-5 what the loops of
 * tests/support/network-reference.c give in double precision on x86-64. */
static void test_small(void)
{
    static const double logits[] = {0.75305915, 0.285101915, 0.642684762};
    static const double probabilities[] = {0.396545437, 0.248348597, 0.355105966};
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.side_px = 75;
    g_autoptr(LeukoState) state = run_formula(spec, LEUKO_FP32);
    g_assert_cmpfloat(distance(leuko_state_logits(state), 1, logits, K), <, 1e-5);
    g_assert_cmpfloat(distance(leuko_state_probabilities(state), 1, probabilities, K), <, 1e-5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/network/small", test_small);
    g_test_add_func("/golden/network/slim", test_slim);
    g_test_add_func("/golden/network/torchvision", test_torchvision);
    g_test_add_func("/golden/network/foreign", test_foreign);
    g_test_add_func("/golden/network/bf16", test_bf16);
    return g_test_run();
}

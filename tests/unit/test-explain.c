/* Heat maps: that they add up to the logits, lie where they should, and are drawn as documented. */
#include "engine/backprop.h"
#include "eval/explain-gradient.h"
#include "eval/explain-map.h"
#include "formats/model.h"
#include "leuko/error.h"
#include "leuko/explain.h"
#include "network-reference.h"
#include "randomized.h"
#include "small-model.h"
#include "smear/synth.h"
#include "train/discriminant.h"
#include <math.h>
#include <string.h>

enum { SIDE = 96 };

static LeukoImage *cell(guint number)
{
    g_autoptr(GError) error = NULL;
    LeukoImage *image = leuko_synth_cell(LEUKO_SYNTH_BLAST, 1, number, SIDE, 7, &error);
    g_assert_no_error(error);
    return image;
}

static LeukoImage *a_cell(void) { return cell(2); }

static LeukoExplanation *explain(const LeukoModel *model, const char *endpoint, guint n_views,
                                 const LeukoImage *image, gint class_index)
{
    g_autoptr(GError) error = NULL;
    LeukoExplainOptions o = leuko_explain_options_default();
    o.endpoint = endpoint;
    o.n_views = n_views;
    o.n_threads = 1;
    g_autoptr(LeukoExplainer) e = leuko_explainer_new(model, &o, &error);
    g_assert_no_error(error);
    LeukoExplanation *x = leuko_explainer_explain(e, image, "cell.png", class_index, &error);
    g_assert_no_error(error);
    return x;
}

static double mean_of(const LeukoExplanation *x)
{
    double sum = 0;
    for (guint i = 0; i < x->rows * x->columns; i++)
        sum += (double)x->map[i];
    return sum / (x->rows * x->columns);
}

/* The mean of an exact map, which has the bias, is the class's logit minus the mean of the others,
 * before temperature and calibration: for every class of a model without calibration. */
static void check_adds_up(const LeukoModel *model, guint n_views)
{
    guint n_classes = leuko_model_n_classes(model);
    g_autoptr(LeukoImage) image = a_cell();
    for (guint k = 0; k < n_classes; k++) {
        g_autoptr(LeukoExplanation) x = explain(model, NULL, n_views, image, (gint)k);
        const double *p = x->answer->probabilities; /* softmax of logits / temperature */
        double score = 0;
        for (guint i = 0; i < n_classes; i++)
            score += (i == k ? 1 : -1.0 / (n_classes - 1)) * log(p[i]);
        score *= model->temperature;
        g_assert_true(x->is_exact);
        g_assert_cmpint(x->explained, ==, (gint)k);
        g_assert_cmpfloat(fabs(x->score), >, 1e-3);
        g_assert_cmpfloat_with_epsilon(mean_of(x), x->score, 1e-5 * (1 + fabs(x->score)));
        g_assert_cmpfloat_with_epsilon(x->score, score, 1e-5 * (1 + fabs(score)));
    }
}

static void test_adds_up(void)
{
    g_autoptr(LeukoModel) model = small_model();
    check_adds_up(model, 1);
    check_adds_up(model, 4);
}

/* The same of a head from a discriminant, whose features are not standardized. */
static void test_discriminant(void)
{
    enum { N = 60 };
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) model = small_model();
    const LeukoTensor w = *leuko_params_find(model->params, LEUKO_HEAD_WEIGHTS);
    const LeukoTensor b = *leuko_params_find(model->params, LEUKO_HEAD_BIASES);
    guint n_channels = (guint)w.n_values / SMALL_MODEL_K;
    g_autofree float *rows = reference_images((gsize)N * n_channels, 5);
    gint labels[N];
    for (guint i = 0; i < N; i++) {
        labels[i] = (gint)(i % SMALL_MODEL_K);
        rows[(gsize)i * n_channels + i % SMALL_MODEL_K] += 1;
    }
    const LeukoHeadData data = {rows, labels, NULL, N, n_channels, SMALL_MODEL_K};
    g_autoptr(LeukoDiscriminant) d = leuko_discriminant_new(&data, NULL, 0, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(LeukoHead) head = leuko_discriminant_head(d, 0.5, NULL, &error);
    g_assert_no_error(error);
    float *weights, *biases;
    g_assert_true(
        leuko_params_add(model->params, LEUKO_HEAD_WEIGHTS, w.n_dims, w.dims, &weights, &error));
    g_assert_true(
        leuko_params_add(model->params, LEUKO_HEAD_BIASES, b.n_dims, b.dims, &biases, &error));
    leuko_head_fold(head, weights, biases);
    check_adds_up(model, 1);
}

/* A map of isotonic regression follows the logits: the mean of the heat map is the log odds before
 * it, and the answer's probability is what the calibration makes of it. */
static void test_isotonic(void)
{
    g_autoptr(LeukoModel) model = small_binary_model();
    g_autoptr(LeukoImage) image = a_cell();
    g_autoptr(LeukoExplanation) before = explain(model, NULL, 1, image, 1);
    check_adds_up(model, 1);
    double m = before->score / model->temperature;
    model->calibration.n_knots = 3;
    model->calibration.isotonic = LEUKO_ISOTONIC_USED;
    memcpy(model->calibration.x, (const double[]){m - 2, m - 1, m + 1}, 3 * sizeof(double));
    memcpy(model->calibration.y, (const double[]){m - 1, m + 1, m + 6}, 3 * sizeof(double));
    g_assert_null(leuko_probability_map_check(&model->calibration));
    g_autoptr(LeukoExplanation) x = explain(model, NULL, 1, image, 1);
    const double *p = x->answer->probabilities;
    g_assert_cmpfloat_with_epsilon(mean_of(x), x->score, 1e-5 * (1 + fabs(x->score)));
    g_assert_cmpfloat(x->score, ==, before->score);
    g_assert_cmpfloat_with_epsilon(log(p[1] / p[0]), m + 3.5, 1e-5 * (1 + fabs(m)));
}

/* A map that did not depend on the weights would stay as it is when layers are randomized one after
 * another from the head down. */
static void test_randomized(void)
{
    static const char *const blocks[] = {"Logits",        "Mixed_5c",      "Mixed_5b",
                                         "Conv2d_4a_3x3", "Conv2d_3b_1x1", "Conv2d_2b_3x3",
                                         "Conv2d_2a_3x3", "Conv2d_1a_3x3"};
    enum { N_CELLS = 6 };
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) model = small_model();
    g_autoptr(LeukoNet) net = leuko_net_new(&model->spec, &error);
    g_assert_no_error(error);
    g_autoptr(LeukoParams) drawn = reference_params(net, 99);
    g_autoptr(LeukoParams) own = leuko_params_ref(model->params);
    double mean = 1;
    for (guint n = 0; n <= G_N_ELEMENTS(blocks); n++) {
        g_autoptr(LeukoParams) changed = params_randomized(own, drawn, blocks, n);
        mean = 0;
        for (guint i = 0; i < N_CELLS; i++) {
            g_autoptr(LeukoImage) image = cell(i);
            model->params = own;
            g_autoptr(LeukoExplanation) before = explain(model, NULL, 1, image, 0);
            model->params = changed;
            g_autoptr(LeukoExplanation) x = explain(model, NULL, 1, image, 0);
            mean += fabs(rank_correlation(before->map, x->map, x->rows * x->columns)) / N_CELLS;
        }
        g_test_message("randomized %u blocks: mean |rank correlation| %.2f", n, mean);
        if (n == 0)
            g_assert_cmpfloat_with_epsilon(mean, 1, 1e-9);
    }
    g_assert_cmpfloat(mean, <, 0.5);
    model->params = own;
}

/* The answer is that of the model, and it is what is explained by default. */
static void test_answer(void)
{
    g_autoptr(LeukoModel) model = small_model();
    g_autoptr(LeukoImage) image = a_cell();
    g_autoptr(LeukoExplanation) x = explain(model, NULL, 1, image, LEUKO_EXPLAIN_ANSWER);
    for (gint k = 0; k < SMALL_MODEL_K; k++)
        g_assert_cmpfloat(x->answer->probabilities[k], <=, x->answer->probabilities[x->explained]);
    g_assert_cmpint(x->explained, ==, x->answer->decision);
    g_assert_cmpstr(x->answer->file, ==, "cell.png");
}

/* At the last endpoint, the gradient weights are the head's weights by the number of pixels, so
 * that the gradient-weighted map is the exact one but for its bias and its scale. */
static void test_gradient_of_head(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) model = small_model();
    g_autoptr(LeukoNet) net = leuko_net_new(&model->spec, &error);
    const LeukoLayer *end = leuko_net_layer(net, leuko_net_endpoint_layer(net));
    guint n_channels = end->out_channels, n = end->out_h * end->out_w;
    g_autoptr(LeukoChannelGradient) g =
        leuko_channel_gradient_new(net, model->params, model->spec.endpoint, 1, &error);
    g_assert_no_error(error);
    g_autofree float *activations = reference_images((gsize)n_channels * n, 4);
    const float signs[SMALL_MODEL_K] = {-0.5f, 1, -0.5f};
    g_autofree double *weights = g_new(double, n_channels);
    g_assert_true(leuko_channel_gradient_run(g, activations, signs, weights, &error));
    const float *head = leuko_params_find(model->params, LEUKO_HEAD_WEIGHTS)->data;
    for (guint c = 0; c < n_channels; c++) {
        double want = 0;
        for (guint k = 0; k < SMALL_MODEL_K; k++)
            want += (double)signs[k] * (double)head[c * SMALL_MODEL_K + k];
        g_assert_cmpfloat_with_epsilon(weights[c] * n, want, 1e-6 * (1 + fabs(want)));
    }
}

/* The score of activations at an endpoint, by the layers after it as simple loops: the reference
 * network runs from the image, so its own activations are the only ones that it can be asked for.
 * A change of the image moves both, and the gradient must predict the score's change from that of
 * the activations. */
static double score_of(const LeukoNet *net, const LeukoParams *params, const float *x,
                       const float *signs, const char *endpoint, double *activations)
{
    double **outputs = reference_run(net, params, x), score = 0;
    const LeukoLayer *l = leuko_net_layer(net, (guint)leuko_net_find(net, endpoint));
    const double *logits = outputs[leuko_net_find(net, LEUKO_HEAD_LAYER)];
    for (guint k = 0; k < SMALL_MODEL_K; k++)
        score += (double)signs[k] * logits[k];
    memcpy(activations, outputs[leuko_net_find(net, endpoint)],
           (gsize)l->out_channels * l->out_h * l->out_w * sizeof *activations);
    reference_free(net, outputs);
    return score;
}

static void test_gradient_of_layers(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) model = small_model();
    g_autoptr(LeukoNet) net = leuko_net_new(&model->spec, &error);
    static const char *const endpoint = "Mixed_5b";
    const LeukoLayer *l = leuko_net_layer(net, (guint)leuko_net_find(net, endpoint));
    gsize n = (gsize)l->out_channels * l->out_h * l->out_w;
    gsize floats = 3 * SMALL_MODEL_SIDE * SMALL_MODEL_SIDE;
    const float signs[SMALL_MODEL_K] = {1, -0.5f, -0.5f};
    LeukoBackpropOptions o = leuko_backprop_options_default();
    o.batch = 1;
    o.n_threads = 1;
    o.batch_norm_trained = FALSE;
    o.input_gradient = TRUE;
    g_strlcpy(o.first_block, "Mixed_5c", sizeof o.first_block);
    g_autoptr(LeukoBackprop) b = leuko_backprop_new(net, model->params, &o, &error);
    g_assert_no_error(error);
    g_autofree float *x = reference_images(floats, 9), *a = g_new(float, n), *d = g_new(float, n);
    g_autofree double *before = g_new(double, n), *after = g_new(double, n);
    double score = score_of(net, model->params, x, signs, endpoint, before), loss, predicted = 0;
    for (gsize i = 0; i < n; i++)
        a[i] = (float)before[i];
    const float targets[SMALL_MODEL_K] = {1, 0, 0};
    const LeukoBackpropBatch batch = {.x_nchw = a, .targets = targets};
    g_assert_true(leuko_backprop_forward(b, &batch, &loss, &error));
    leuko_backprop_set_gradient(b, signs);
    g_assert_true(leuko_backprop_backward(b, &error));
    leuko_backprop_input_gradient(b, d);
    for (gsize i = 0; i < floats; i++)
        x[i] += 1e-4f * (float)sin((double)i); /* a small change: ReLUs hardly switch */
    double change = score_of(net, model->params, x, signs, endpoint, after) - score;
    for (gsize i = 0; i < n; i++)
        predicted += (double)d[i] * (after[i] - before[i]);
    g_assert_cmpfloat(fabs(change), >, 1e-7);
    g_assert_cmpfloat_with_epsilon(predicted, change, 0.02 * fabs(change));
}

/* At the center of a position the heat is the map's value; between two it lies between them; and
 * what the network did not see has none. */
static void test_heat(void)
{
    g_autoptr(GError) error = NULL;
    float map[4] = {1, 2, 3, -4};
    const LeukoPreprocess half = {.side_px = 100, .crop_fraction = 0.5, .antialias = TRUE};
    const LeukoImage image = {.width = 200, .height = 400};
    LeukoExplanation x = {.rows = 2, .columns = 2, .map = map};
    explain_place(&x, &image, &half, 25, 50); /* 100 of 200 px and 200 of 400 px are seen */
    g_assert_cmpfloat_with_epsilon(x.left, 50 + 25, 1e-9);
    g_assert_cmpfloat_with_epsilon(x.top, 100 + 50.5, 1e-9);
    g_assert_cmpfloat_with_epsilon(x.step_x, 50, 1e-9);
    g_assert_cmpfloat_with_epsilon(x.step_y, 100, 1e-9);
    g_autofree float *heat = leuko_explanation_heat(&x, 200, 400, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat_with_epsilon(heat[150 * 200 + 75], 1, 0.02);
    g_assert_cmpfloat_with_epsilon(heat[151 * 200 + 125], 2, 0.04);
    g_assert_cmpfloat_with_epsilon(heat[251 * 200 + 125], -4, 0.04);
    g_assert_cmpfloat_with_epsilon(heat[150 * 200 + 100], 1.5, 0.02);
    g_assert_cmpfloat(heat[150 * 200 + 49], ==, 0);
    g_assert_cmpfloat(heat[99 * 200 + 75], ==, 0);
    g_assert_cmpfloat(heat[100 * 200 + 50], ==, 1); /* constant beyond the outer centers */
    g_assert_cmpfloat_with_epsilon(leuko_explanation_range(&x), 4, 1e-9);
    g_assert_null(leuko_explanation_heat(&x, 0, 4, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

/* Heat is what lies above 0; the ratio is that of the means. */
static void test_measure(void)
{
    LeukoExplanation x = {.width = 4, .height = 1, .seen_width = 3, .seen_height = 1, .peak_x = 1};
    const float heat[] = {3, 5, -7, 9}; /* the last pixel was not seen */
    explain_measure_mask(&x, heat, (const guint8[]){1, 1, 0, 0});
    g_assert_true(x.has_cell && x.peak_inside);
    g_assert_cmpfloat(x.inside, ==, 4);
    g_assert_cmpfloat(x.outside, ==, 0);
    g_assert_true(isinf(x.ratio));
    explain_measure_mask(&x, heat, (const guint8[]){1, 0, 0, 1});
    g_assert_false(x.peak_inside);
    g_assert_cmpfloat_with_epsilon(x.cell_share, 1.0 / 3, 1e-12);
    g_assert_cmpfloat_with_epsilon(x.ratio, 3 / 2.5, 1e-12);
}

/* Without opacity, an overlay is the gray image; else evidence for the class is orange, against it
 * blue. */
static void test_overlay(void)
{
    g_autoptr(GError) error = NULL;
    float map[2] = {1, -1};
    const LeukoPreprocess whole = {.side_px = 100, .crop_fraction = 1};
    LeukoExplanation x = {.rows = 1, .columns = 2, .map = map};
    g_autoptr(LeukoImage) image = a_cell();
    explain_place(&x, image, &whole, 10, 80);
    g_autoptr(LeukoImage) gray = leuko_explanation_overlay(&x, image, 0, &error);
    g_autoptr(LeukoImage) overlay = leuko_explanation_overlay(&x, image, 1, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < SIDE * SIDE; i++) {
        const guint8 *from = image->pixels + i * 3, *to = gray->pixels + i * 3;
        g_assert_true(to[0] == to[1] && to[1] == to[2]);
        g_assert_cmpfloat_with_epsilon(0.299 * from[0] + 0.587 * from[1] + 0.114 * from[2], to[0],
                                       0.51);
    }
    const guint8 *for_it = overlay->pixels, *against = overlay->pixels + (SIDE - 1) * 3;
    g_assert_true(for_it[0] == 230 && for_it[1] == 97 && for_it[2] == 0);
    g_assert_true(against[0] == 26 && against[1] == 95 && against[2] == 208);
    g_assert_null(leuko_explanation_overlay(&x, image, 1.5, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

static void refuse(const LeukoModel *model, const LeukoExplainOptions *o, LeukoErrorCode code)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(leuko_explainer_new(model, o, &error));
    g_assert_error(error, LEUKO_ERROR, (gint)code);
}

static void test_refuses(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) model = small_model();
    g_autoptr(LeukoImage) image = a_cell();
    LeukoExplainOptions o = leuko_explain_options_default();
    o.endpoint = "Mixed_7a"; /* the model ends before */
    refuse(model, &o, LEUKO_ERROR_ARGUMENT);
    o.endpoint = "nonsense";
    refuse(model, &o, LEUKO_ERROR_ARGUMENT);
    o = leuko_explain_options_default();
    o.n_views = 3;
    refuse(model, &o, LEUKO_ERROR_ARGUMENT);
    o = leuko_explain_options_default();
    o.threshold = 0.5; /* three classes */
    refuse(model, &o, LEUKO_ERROR_ARGUMENT);
    g_autoptr(LeukoExplainer) e = leuko_explainer_new(model, NULL, &error);
    g_assert_no_error(error);
    for (gint k = -2; k <= SMALL_MODEL_K; k += SMALL_MODEL_K + 2) {
        g_autoptr(GError) refused = NULL;
        g_assert_null(leuko_explainer_explain(e, image, "x", k, &refused));
        g_assert_error(refused, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/explain/adds-up", test_adds_up);
    g_test_add_func("/explain/discriminant", test_discriminant);
    g_test_add_func("/explain/isotonic", test_isotonic);
    g_test_add_func("/explain/randomized", test_randomized);
    g_test_add_func("/explain/answer", test_answer);
    g_test_add_func("/explain/gradient-of-head", test_gradient_of_head);
    g_test_add_func("/explain/gradient-of-layers", test_gradient_of_layers);
    g_test_add_func("/explain/heat", test_heat);
    g_test_add_func("/explain/measure", test_measure);
    g_test_add_func("/explain/overlay", test_overlay);
    g_test_add_func("/explain/refuses", test_refuses);
    return g_test_run();
}

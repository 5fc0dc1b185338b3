/* Forward and backward pass: gradients, determinism, statistics, errors. */
#include "engine/backprop.h"
#include "engine/state.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

enum { K = 3, N = 4 };

typedef struct {
    LeukoNet *net;
    LeukoParams *params;
    float *x, targets[N * K];
    LeukoBackpropOptions options;
} World;

static void world_clear(World *w)
{
    leuko_net_free(w->net);
    leuko_params_unref(w->params);
    g_free(w->x);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static float pseudo(guint64 *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (float)(*state >> 40) / 8388608.0f - 1.0f;
}

static World make(guint side, double multiplier, const char *endpoint, const char *first_block,
                  gboolean trained, guint n_threads)
{
    World w = {.options = leuko_backprop_options_default()};
    LeukoNetSpec spec = leuko_net_spec_default();
    g_autoptr(GError) error = NULL;
    guint64 state = 5;
    spec.side_px = side;
    spec.depth_multiplier = multiplier;
    spec.n_classes = K;
    g_strlcpy(spec.endpoint, endpoint, sizeof spec.endpoint);
    w.net = leuko_net_new(&spec, &error);
    g_assert_no_error(error);
    w.params = leuko_params_new_random(w.net, 3, &error);
    gint input = 0;
    for (guint e = 1; *first_block && leuko_net_endpoints()[e]; e++)
        if (strcmp(leuko_net_endpoints()[e], first_block) == 0)
            input = leuko_net_find(w.net, leuko_net_endpoints()[e - 1]);
    const LeukoLayer *l = leuko_net_layer(w.net, (guint)input);
    gsize n = (gsize)N * l->out_channels * l->out_h * l->out_w;
    w.x = g_new(float, n);
    for (gsize i = 0; i < n; i++)
        w.x[i] = pseudo(&state);
    for (guint i = 0; i < N; i++)
        for (guint k = 0; k < K; k++)
            w.targets[i * K + k] = i % K == k ? 0.8f : 0.1f;
    w.options.batch = N;
    w.options.n_threads = n_threads;
    w.options.batch_norm_trained = trained;
    g_strlcpy(w.options.first_block, first_block, sizeof w.options.first_block);
    return w;
}

static LeukoBackprop *start(const World *w)
{
    g_autoptr(GError) error = NULL;
    LeukoBackprop *t = leuko_backprop_new(w->net, w->params, &w->options, &error);
    g_assert_no_error(error);
    return t;
}

static double forward(LeukoBackprop *t, const World *w)
{
    g_autoptr(GError) error = NULL;
    LeukoBackpropBatch b = {.x_nchw = w->x, .targets = w->targets};
    double loss;
    leuko_backprop_forward(t, &b, &loss, &error);
    g_assert_no_error(error);
    return loss;
}

static void backward(LeukoBackprop *t)
{
    g_autoptr(GError) error = NULL;
    leuko_backprop_backward(t, &error);
    g_assert_no_error(error);
}

/* Along its own gradient, the loss rises as steeply as the gradient is long: each parameter, by
 * central differences. ReLUs that switch and float32 leave 3 %. */
static void check_slopes(const World *w, guint every, double tolerance)
{
    g_autoptr(LeukoBackprop) t = start(w);
    forward(t, w);
    backward(t);
    for (guint k = 0; k < leuko_backprop_n_parameters(t); k += every) {
        const LeukoBackpropParameter *s = leuko_backprop_parameter(t, k);
        g_autofree float *values = g_memdup2(s->values, s->n * sizeof(float));
        g_autofree float *gradient = g_memdup2(s->gradients, s->n * sizeof(float));
        double length = 0, best = INFINITY;
        for (gsize i = 0; i < s->n; i++)
            length += pow((double)gradient[i], 2);
        length = sqrt(length);
        g_assert_cmpfloat(length, >, 0);
        for (double rise = 2e-2; rise > 2e-4 && best > tolerance;
             rise /= 2) { /* of the loss, about */
            double step = rise / length, loss[2];
            for (guint side = 0; side < 2; side++) {
                for (gsize i = 0; i < s->n; i++)
                    s->values[i] =
                        values[i] + (float)((side ? -step : step) * (double)gradient[i] / length);
                loss[side] = forward(t, w);
            }
            best = fmin(best, fabs((loss[0] - loss[1]) / (2 * step) / length - 1));
        }
        memcpy(s->values, values, s->n * sizeof(float));
        if (best > tolerance)
            g_error("%s: slope off by %.3g", s->name, best);
    }
}

/* Every kind of layer, batch norm trained and frozen, odd maps and channels that fill no block. */
static void test_slopes(void)
{
    static const struct {
        guint side;
        double multiplier;
        const char *endpoint, *first;
    } nets[] = {{107, 0.27, "Mixed_5b", ""},
                {75, 0.27, "Mixed_6a", "Mixed_5d"},
                {139, 0.25, "Mixed_7b", "Mixed_6e"},
                {75, 0.3, "Mixed_7c", "Mixed_7c"}};
    for (gsize i = 0; i < G_N_ELEMENTS(nets); i++)
        for (guint trained = 0; trained < 2; trained++) {
            if (trained && i == 3) /* one pixel of 4 images: statistics of 4 numbers, too rough */
                continue;
            g_auto(World) w = make(nets[i].side, nets[i].multiplier, nets[i].endpoint,
                                   nets[i].first, trained != 0, 2);
            /* slow: the other nets test frozen batch norm in every kind of layer */
            check_slopes(&w, i == 0 && !trained ? 3 : 1, 0.03);
        }
}

static gchar *gradients_digest(const World *w)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoBackprop) t = start(w);
    forward(t, w);
    backward(t);
    g_autoptr(LeukoParams) g = leuko_backprop_gradients(t, &error);
    g_assert_no_error(error);
    return leuko_params_digest(g);
}

/* The same inputs give the same bytes; another number of threads gives gradients within 1e-4. */
static void test_same(void)
{
    g_auto(World) w = make(107, 0.27, "Mixed_6a", "", TRUE, 2),
                  one = make(107, 0.27, "Mixed_6a", "", TRUE, 1);
    g_autofree gchar *a = gradients_digest(&w), *b = gradients_digest(&w);
    g_assert_cmpstr(a, ==, b);
    g_autoptr(LeukoBackprop) s = start(&w), t = start(&one);
    g_assert_cmpfloat_with_epsilon(forward(s, &w), forward(t, &one), 1e-5);
    backward(s);
    backward(t);
    for (guint k = 0; k < leuko_backprop_n_parameters(s); k++) {
        const LeukoBackpropParameter *p = leuko_backprop_parameter(s, k),
                                     *q = leuko_backprop_parameter(t, k);
        double d = 0, n = 0;
        for (gsize i = 0; i < p->n; i++) {
            d += pow((double)p->gradients[i] - (double)q->gradients[i], 2);
            n += pow((double)p->gradients[i], 2);
        }
        g_assert_cmpfloat(sqrt(d), <, 1e-3 * sqrt(n));
    }
}

/* What goes in comes out: an untouched training exports the parameters it was given. */
static void test_export(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(World) w = make(75, 0.27, "Mixed_7c", "", FALSE, 1);
    g_autoptr(LeukoBackprop) t = start(&w);
    g_autofree gchar *before = leuko_params_digest(w.params);
    g_autoptr(LeukoParams) out = leuko_params_new();
    g_assert_true(leuko_backprop_export(t, NULL, out, &error));
    g_assert_cmpuint(leuko_params_n_tensors(out), ==, leuko_params_n_tensors(w.params));
    g_autofree gchar *after = leuko_params_digest(out);
    g_assert_cmpstr(before, ==, after);
}

/* With frozen batch norm, the forward pass gives the probabilities of an inference program of the
 * same parameters, from the image and from an endpoint on. */
static void test_same_as_inference(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(World) w = make(107, 0.27, "Mixed_7c", "", FALSE, 2);
    g_autoptr(LeukoBackprop) t = start(&w);
    LeukoProgramOptions o = {LEUKO_FP32, N, 2};
    const char *const kept[] = {"Mixed_5d", NULL};
    g_autoptr(LeukoState) state =
        leuko_state_take(leuko_program_new(w.net, w.params, &o, &error), kept, &error);
    g_assert_no_error(error);
    forward(t, &w);
    g_assert_true(leuko_state_run(state, N, w.x, &error));
    const float *p = leuko_backprop_probabilities(t), *q = leuko_state_probabilities(state);
    for (guint i = 0; i < N * K; i++)
        g_assert_cmpfloat_with_epsilon(p[i], q[i], 1e-5);
    g_strlcpy(w.options.first_block, "Mixed_6a", sizeof w.options.first_block);
    g_autoptr(LeukoBackprop) back = start(&w);
    LeukoBackpropBatch b = {.x_nchw = leuko_state_kept(state, "Mixed_5d"), .targets = w.targets};
    double loss;
    g_assert_true(leuko_backprop_forward(back, &b, &loss, &error));
    g_assert_cmpuint(leuko_backprop_memory_bytes(back), <, leuko_backprop_memory_bytes(t));
    p = leuko_backprop_probabilities(back);
    for (guint i = 0; i < N * K; i++)
        g_assert_cmpfloat_with_epsilon(p[i], q[i], 1e-5);
}

/* Re-estimated over the one batch, the moving statistics give the batch's own answers. */
static void test_estimate(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(World) w = make(107, 0.27, "Mixed_6a", "", TRUE, 2);
    g_autoptr(LeukoBackprop) t = start(&w);
    leuko_backprop_estimate_begin(t);
    double loss = forward(t, &w);
    leuko_backprop_estimate_end(t);
    g_autoptr(LeukoParams) out = leuko_params_new();
    g_assert_true(leuko_backprop_export(t, NULL, out, &error));
    g_auto(World) frozen = make(107, 0.27, "Mixed_6a", "", FALSE, 2);
    leuko_params_unref(frozen.params);
    frozen.params = leuko_params_ref(out);
    g_autoptr(LeukoBackprop) f = start(&frozen);
    g_assert_cmpfloat_with_epsilon(forward(f, &frozen), loss, 1e-4);
}

/* Values that are not finite are an error that names the layer, and no statistic has moved. */
static void test_not_finite(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(World) w = make(107, 0.27, "Mixed_5b", "", TRUE, 1);
    g_autoptr(LeukoBackprop) t = start(&w);
    LeukoBackpropBatch b = {.x_nchw = w.x, .targets = w.targets};
    double loss;
    const char *name;
    gsize n;
    float *moving;
    forward(t, &w);
    leuko_backprop_statistics(t, 0, &name, &n, &moving);
    g_autofree float *before = g_memdup2(moving, n * sizeof(float));
    for (guint k = 0; k < leuko_backprop_n_parameters(t); k++) {
        const LeukoBackpropParameter *s = leuko_backprop_parameter(t, k);
        if (g_str_has_prefix(s->name, "Conv2d_3b_1x1/weights"))
            s->values[0] = NAN;
    }
    g_assert_false(leuko_backprop_forward(t, &b, &loss, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "Conv2d_3b_1x1"));
    g_assert_true(memcmp(before, moving, n * sizeof(float)) == 0);
}

/* bfloat16 points the same way as float32 (cosine above 0.98 for each tensor, batch norm frozen),
 * and master weights stay float32. */
static void test_bf16(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(World) w = make(107, 0.27, "Mixed_6a", "", FALSE, 2);
    g_autoptr(LeukoBackprop) f32 = start(&w);
    w.options.precision = LEUKO_BF16;
    g_autoptr(LeukoBackprop) t = leuko_backprop_new(w.net, w.params, &w.options, &error);
    if (!t) {
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
        g_test_skip("this processor has no bf16");
        return;
    }
    g_assert_cmpfloat_with_epsilon(forward(f32, &w), forward(t, &w), 1e-2);
    backward(f32);
    backward(t);
    g_autoptr(LeukoParams) a = leuko_backprop_gradients(f32, &error),
                           b = leuko_backprop_gradients(t, &error);
    for (guint i = 0; i < leuko_params_n_tensors(a); i++) {
        const LeukoTensor *x = leuko_params_nth(a, i), *y = leuko_params_find(b, x->name);
        double xx = 0, yy = 0, xy = 0;
        for (gsize j = 0; j < x->n_values; j++) {
            xx += pow((double)x->data[j], 2);
            yy += pow((double)y->data[j], 2);
            xy += (double)x->data[j] * (double)y->data[j];
        }
        g_assert_cmpfloat(xy, >=, 0.98 * sqrt(xx * yy));
    }
}

/* Parameters of 0: only their shapes matter. */
static LeukoParams *zero_params(const LeukoNet *net)
{
    static const char *const vectors[] = {"BatchNorm/beta", "BatchNorm/moving_mean",
                                          "BatchNorm/moving_variance"};
    g_autoptr(LeukoParams) params = leuko_params_new();
    for (guint i = 0; i < leuko_net_n_layers(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        const gsize dims[] = {l->kernel_h, l->kernel_w, l->in_channels, l->out_channels};
        if (l->kind != LEUKO_LAYER_CONV)
            continue;
        g_autofree gchar *weights = leuko_param_name(l, "weights");
        g_assert_true(leuko_params_add(params, weights, 4, dims, NULL, NULL));
        for (guint v = 0; v < (l->batch_norm ? G_N_ELEMENTS(vectors) : 1); v++) {
            g_autofree gchar *name = leuko_param_name(l, l->batch_norm ? vectors[v] : "biases");
            g_assert_true(leuko_params_add(params, name, 1, &dims[3], NULL, NULL));
        }
    }
    return g_steal_pointer(&params);
}

/* No convolution runs on the slow reference implementation. */
static void test_kernels(void)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.side_px = 139;
    spec.n_classes = K;
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
    g_autoptr(LeukoParams) params = zero_params(net);
    LeukoBackpropOptions options = leuko_backprop_options_default();
    options.batch = N;
    options.n_threads = 2;
    g_autoptr(LeukoBackprop) t = leuko_backprop_new(net, params, &options, &error);
    g_assert_no_error(error);
    g_autofree gchar *kernels = leuko_backprop_kernels(t);
    g_assert_null(strstr(kernels, " ref"));
    g_assert_nonnull(strstr(kernels, "Mixed_7c/Branch_0/Conv2d_0a_1x1 weights "));
}

/* Dropout: keys decide, and the mean over many keys is the answer without it. */
static void test_dropout(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(World) w = make(75, 0.25, "Mixed_5b", "", FALSE, 1);
    g_autoptr(LeukoBackprop) t = start(&w);
    guint64 keys[N] = {1, 2, 3, 4};
    LeukoBackpropBatch b = {.x_nchw = w.x, .targets = w.targets, .keys = keys};
    double first, again, other;
    g_assert_true(leuko_backprop_forward(t, &b, &first, &error));
    g_assert_true(leuko_backprop_forward(t, &b, &again, &error));
    keys[0] = 99;
    g_assert_true(leuko_backprop_forward(t, &b, &other, &error));
    g_assert_cmpfloat(first, ==, again);
    g_assert_cmpfloat(first, !=, other);
}

/* What cannot be trained is refused with the reason. */
static void test_refused(void)
{
    g_auto(World) w = make(75, 0.25, "Mixed_5b", "", TRUE, 1);
    g_autoptr(GError) error = NULL;
    g_strlcpy(w.options.first_block, "Mixed_7a", sizeof w.options.first_block);
    g_assert_null(leuko_backprop_new(w.net, w.params, &w.options, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_nonnull(strstr(error->message, "Mixed_7a"));
    g_clear_error(&error);
    w.options.first_block[0] = '\0';
    w.options.precision = LEUKO_INT8;
    g_assert_null(leuko_backprop_new(w.net, w.params, &w.options, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_clear_error(&error);
    w.options = leuko_backprop_options_default();
    w.options.batch = N;
    leuko_params_remove(w.params, "InceptionV3/Conv2d_2a_3x3/BatchNorm/beta");
    g_assert_null(leuko_backprop_new(w.net, w.params, &w.options, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "Conv2d_2a_3x3"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/backprop/slopes", test_slopes);
    g_test_add_func("/backprop/same", test_same);
    g_test_add_func("/backprop/export", test_export);
    g_test_add_func("/backprop/same-as-inference", test_same_as_inference);
    g_test_add_func("/backprop/estimate", test_estimate);
    g_test_add_func("/backprop/not-finite", test_not_finite);
    g_test_add_func("/backprop/bf16", test_bf16);
    g_test_add_func("/backprop/kernels", test_kernels);
    g_test_add_func("/backprop/dropout", test_dropout);
    g_test_add_func("/backprop/refused", test_refused);
    return g_test_run();
}

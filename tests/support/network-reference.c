#include "network-reference.h"
#include "base/rng.h"
#include <math.h>
#include <string.h>

static const float *variable(const LeukoParams *params, const LeukoLayer *l, const char *name)
{
    g_autofree gchar *full = leuko_param_name(l, name);
    const LeukoTensor *t = leuko_params_find(params, full);
    return t ? t->data : NULL;
}

static double normalized(const LeukoParams *params, const LeukoLayer *l, guint o, double y)
{
    if (l->bias)
        y += (double)variable(params, l, "biases")[o];
    if (l->batch_norm) {
        const float *gamma = variable(params, l, "BatchNorm/gamma");
        double mean = (double)variable(params, l, "BatchNorm/moving_mean")[o];
        double variance = (double)variable(params, l, "BatchNorm/moving_variance")[o];
        y = (y - mean) / sqrt(variance + (double)LEUKO_BATCH_NORM_EPSILON);
        y = y * (gamma ? (double)gamma[o] : 1.0) + (double)variable(params, l, "BatchNorm/beta")[o];
    }
    return l->relu ? MAX(y, 0) : y;
}

/* The input pixel (row or column) under tap k of output p, or -1 outside. */
static gint under(guint p, guint k, guint stride, guint pad, guint size)
{
    gint at = (gint)(p * stride + k) - (gint)pad;
    return at >= 0 && at < (gint)size ? at : -1;
}

static void convolve(const LeukoParams *params, const LeukoLayer *l, const double *x, double *y)
{
    const float *w = variable(params, l, "weights"); /* (kh, kw, ic, oc) */
    gsize plane = (gsize)l->in_h * l->in_w;
    for (guint o = 0; o < l->out_channels; o++)
        for (guint r = 0; r < l->out_h; r++)
            for (guint q = 0; q < l->out_w; q++) {
                double sum = 0;
                for (guint kh = 0; kh < l->kernel_h; kh++)
                    for (guint kw = 0; kw < l->kernel_w; kw++) {
                        gint row = under(r, kh, l->stride, l->pad_h, l->in_h);
                        gint column = under(q, kw, l->stride, l->pad_w, l->in_w);
                        if (row < 0 || column < 0)
                            continue;
                        const double *pixel = x + (guint)row * l->in_w + (guint)column;
                        const float *tap =
                            w + ((gsize)kh * l->kernel_w + kw) * l->in_channels * l->out_channels +
                            o;
                        for (guint i = 0; i < l->in_channels; i++)
                            sum += pixel[i * plane] * (double)tap[(gsize)i * l->out_channels];
                    }
                y[((gsize)o * l->out_h + r) * l->out_w + q] = normalized(params, l, o, sum);
            }
}

static void pool(const LeukoLayer *l, gboolean includes_padding, const double *x, double *y)
{
    for (guint c = 0; c < l->out_channels; c++)
        for (guint r = 0; r < l->out_h; r++)
            for (guint q = 0; q < l->out_w; q++) {
                double largest = -INFINITY, sum = 0;
                guint inside = 0;
                for (guint kh = 0; kh < l->kernel_h; kh++)
                    for (guint kw = 0; kw < l->kernel_w; kw++) {
                        gint row = under(r, kh, l->stride, l->pad_h, l->in_h);
                        gint column = under(q, kw, l->stride, l->pad_w, l->in_w);
                        if (row < 0 || column < 0)
                            continue;
                        double v = x[((gsize)c * l->in_h + (guint)row) * l->in_w + (guint)column];
                        largest = MAX(largest, v);
                        sum += v;
                        inside++;
                    }
                guint n = includes_padding ? l->kernel_h * l->kernel_w : inside;
                y[((gsize)c * l->out_h + r) * l->out_w + q] =
                    l->kind == LEUKO_LAYER_MAX_POOL ? largest : sum / n;
            }
}

static void softmax(const double *x, double *y, guint n)
{
    double largest = -INFINITY, sum = 0;
    for (guint k = 0; k < n; k++)
        largest = MAX(largest, x[k]);
    for (guint k = 0; k < n; k++)
        sum += y[k] = exp(x[k] - largest);
    for (guint k = 0; k < n; k++)
        y[k] /= sum;
}

guint64 reference_flop(const LeukoNet *net)
{
    guint64 flop = 0;
    for (guint i = 0; i < leuko_net_n_layers(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        if (l->kind == LEUKO_LAYER_CONV && !leuko_layer_is_aux(l))
            flop += 2 * (guint64)l->out_h * l->out_w * l->out_channels * l->in_channels *
                    l->kernel_h * l->kernel_w;
    }
    return flop;
}

double **reference_run(const LeukoNet *net, const LeukoParams *params, const float *x)
{
    guint n = leuko_net_n_layers(net);
    double **out = g_new0(double *, n);
    for (guint i = 0; i < n; i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        gsize values = (gsize)l->out_channels * l->out_h * l->out_w;
        double *y = out[i] = g_new(double, values);
        const double *from = l->n_inputs ? out[l->inputs[0]] : NULL;
        switch (l->kind) {
        case LEUKO_LAYER_INPUT:
            for (gsize k = 0; k < values; k++)
                y[k] = (double)x[k];
            break;
        case LEUKO_LAYER_CONV:
            convolve(params, l, from, y);
            break;
        case LEUKO_LAYER_MAX_POOL:
        case LEUKO_LAYER_AVG_POOL:
            pool(l, leuko_net_spec(net)->pool_includes_padding, from, y);
            break;
        case LEUKO_LAYER_CONCAT:
            for (guint j = 0; j < l->n_inputs; j++) {
                const LeukoLayer *in = leuko_net_layer(net, l->inputs[j]);
                gsize part = (gsize)in->out_channels * in->out_h * in->out_w;
                memcpy(y, out[l->inputs[j]], part * sizeof(double));
                y += part;
            }
            break;
        case LEUKO_LAYER_DROPOUT:
            memcpy(y, from, values * sizeof(double));
            break;
        case LEUKO_LAYER_SOFTMAX:
            softmax(from, y, l->out_channels);
            break;
        }
    }
    return out;
}

void reference_free(const LeukoNet *net, double **outputs)
{
    for (guint i = 0; i < leuko_net_n_layers(net); i++)
        g_free(outputs[i]);
    g_free(outputs);
}

LeukoNet *reference_net(guint side, double depth, const char *endpoint, guint n_classes,
                        gboolean pads)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = {.side_px = side,
                         .depth_multiplier = depth,
                         .n_classes = n_classes,
                         .pool_includes_padding = pads};
    g_strlcpy(spec.endpoint, endpoint, sizeof spec.endpoint);
    LeukoNet *net = leuko_net_new(&spec, &error);
    g_assert_no_error(error);
    return net;
}

static void fill(LeukoParams *params, const LeukoLayer *l, const char *name, LeukoRng *rng,
                 double low, double high)
{
    g_autofree gchar *full = leuko_param_name(l, name);
    gsize n = l->out_channels;
    float *values;
    g_assert_true(leuko_params_add(params, full, 1, &n, &values, NULL));
    for (gsize c = 0; c < n; c++)
        values[c] = (float)leuko_rng_range(rng, low, high);
}

void run_state(LeukoState *state, guint n, const float *x_nchw)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(leuko_state_run(state, n, x_nchw, &error));
    g_assert_no_error(error);
}

LeukoParams *reference_params(const LeukoNet *net, guint64 seed)
{
    g_autoptr(GError) error = NULL;
    LeukoParams *params = leuko_params_new_random(net, seed, &error);
    g_assert_no_error(error);
    LeukoRng rng;
    leuko_rng_init(&rng, seed, "reference", 0);
    for (guint i = 0; i < leuko_net_n_layers(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        if (l->kind != LEUKO_LAYER_CONV)
            continue;
        if (l->bias)
            fill(params, l, "biases", &rng, -0.5, 0.5);
        if (!l->batch_norm)
            continue;
        fill(params, l, "BatchNorm/beta", &rng, -0.5, 0.5);
        fill(params, l, "BatchNorm/moving_mean", &rng, -0.5, 0.5);
        fill(params, l, "BatchNorm/moving_variance", &rng, 0.5, 1.5);
        if (i % 2)
            fill(params, l, "BatchNorm/gamma", &rng, 0.5, 1.5);
    }
    return params;
}

float *reference_images(gsize n, guint64 seed)
{
    float *x = g_new(float, n);
    LeukoRng rng;
    leuko_rng_init(&rng, seed, "images", 0);
    for (gsize i = 0; i < n; i++)
        x[i] = (float)leuko_rng_range(&rng, -1, 1);
    return x;
}

double reference_distance(const float *ours, const double *theirs, gsize n)
{
    double difference = 0, norm = 0;
    for (gsize i = 0; i < n; i++) {
        difference += ((double)ours[i] - theirs[i]) * ((double)ours[i] - theirs[i]);
        norm += theirs[i] * theirs[i];
    }
    double d = sqrt(difference / MAX(norm, 1e-30));
    return isnan(d) ? INFINITY : d;
}

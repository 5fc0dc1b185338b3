#include "engine/quantize.h"
#include "engine/fold.h"
#include "engine/round.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

typedef struct {
    LeukoQuantizedConv conv; /* points to the arrays below */
    gint8 *weights;
    float *weight_scale, *output_scale, *real_weights, *bias;
} Conv;

struct LeukoQuantized {
    LeukoNet *net; /* owns the names */
    gboolean vnni;
    const float **output_scale; /* (n_layers)(out_channels), borrowed; NULL unless a convolution */
    GPtrArray *convs;           /* of Conv */
};

static void conv_free(gpointer data)
{
    Conv *c = data;
    g_free(c->weights);
    g_free(c->weight_scale);
    g_free(c->output_scale);
    g_free(c->real_weights);
    g_free(c->bias);
    g_free(c);
}

LeukoQuantizeOptions leuko_quantize_options_default(void)
{
    return (LeukoQuantizeOptions){
        .range = LEUKO_RANGE_MSE, .percentile = 99.99, .finest = 0.5f, .bias_correction = TRUE};
}

/* --- ranges of activations -------------------------------------------------------------------- */

/* Sum of squared errors if [0, top] is divided into 255 steps and larger values are clipped. */
static double squared_error(const LeukoObserved *o, double top)
{
    double width = (double)o->limit / LEUKO_CALIBRATION_BINS, step = top / 255, sum = 0;
    for (guint b = 1; b < LEUKO_CALIBRATION_BINS; b++) { /* bin 0 is mostly exact zeros */
        if (o->bins[b] == 0)
            continue;
        double x = (b + 0.5) * width;
        double error = x < top ? step / sqrt(12) : x - top;
        sum += (double)o->bins[b] * error * error;
    }
    return sum;
}

static double percentile_top(const LeukoObserved *o, double percentile)
{
    double above = (double)o->n_values * (1 - percentile / 100), count = 0,
           limit = (double)o->limit;
    for (guint b = LEUKO_CALIBRATION_BINS; b-- > 0;) {
        count += (double)o->bins[b];
        if (count > above)
            return MIN((double)o->largest, (b + 1) * limit / LEUKO_CALIBRATION_BINS);
    }
    return (double)o->largest;
}

/* A channel's range over few images is smaller than over many. Without this factor, the gate's mean
 * |dp| is 2.7 times larger after 24 small images, and equal within noise after 128 large images. */
static const double HEADROOM = 1.1;

/* The largest value that 8 bits represent. */
static double choose_top(const LeukoObserved *o, const LeukoQuantizeOptions *options)
{
    double largest = (double)o->largest, best = largest;
    if (options->range == LEUKO_RANGE_PERCENTILE)
        best = percentile_top(o, options->percentile);
    if (options->range == LEUKO_RANGE_MSE) {
        double least = squared_error(o, largest);
        for (guint k = 1; k < 45; k++) {
            double top = largest * (1 - k * 0.02), error = squared_error(o, top);
            if (error < least) {
                least = error;
                best = top;
            }
        }
    }
    return options->range == LEUKO_RANGE_MSE ? best * HEADROOM : best;
}

/* Scale of each channel of a convolution's output, (n). Scales per channel cost nothing, since the
 * 32-bit sums are multiplied by one number per channel anyway. A channel that was rarely active
 * shows little of its range, so no scale is smaller than a share of the layer's largest. */
static float *choose_steps(const LeukoObserved *o, guint n, const LeukoQuantizeOptions *options)
{
    float *steps = g_new(float, n), widest = 0;
#pragma omp parallel for schedule(dynamic, 8)
    for (guint c = 0; c < n; c++)
        steps[c] = (float)(choose_top(&o[c], options) / 255);
    for (guint c = 0; c < n; c++)
        widest = MAX(widest, steps[c]);
    if (widest <= 0) /* all outputs of the layer are 0: any scale works */
        widest = 1.0f / 255;
    for (guint c = 0; c < n; c++)
        steps[c] = MAX(steps[c], widest * options->finest);
    return steps;
}

/* --- scales of inputs ------------------------------------------------------------------------- */

/* Scale of each channel of a layer's output, (out_channels). Concats join the scales of their
 * inputs, pools keep them. */
static float *scales_of(const LeukoNet *net, const float *const *output_scale, guint layer)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    float *out = g_new0(float, l->out_channels);
    gboolean own = l->kind == LEUKO_LAYER_INPUT || l->kind == LEUKO_LAYER_CONV;
    for (guint c = 0; own && c < l->out_channels; c++)
        out[c] = l->kind == LEUKO_LAYER_INPUT ? 1.0f / 127 : output_scale[layer][c];
    for (guint j = 0, at = 0; !own && j < l->n_inputs; j++) {
        g_autofree float *in = scales_of(net, output_scale, l->inputs[j]);
        guint n = leuko_net_layer(net, l->inputs[j])->out_channels;
        memcpy(out + at, in, n * sizeof *in);
        at += n;
    }
    return out;
}

/* --- weights ---------------------------------------------------------------------------------- */

/* The physical channel of each channel of a layer's output. Processors without VNNI add the
 * products of physical channels 2 n and 2 n + 1 in 16 bits. Each branch starts at an even channel
 * (LeukoLowered pads to whole blocks). */
static guint *pair_channels(const LeukoNet *net, guint layer, guint *n_physical)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    gboolean own = l->kind == LEUKO_LAYER_INPUT || l->kind == LEUKO_LAYER_CONV;
    guint *physical = g_new0(guint, l->out_channels), first = 0;
    for (guint c = 0; own && c < l->out_channels; c++)
        physical[c] = c;
    for (guint j = 0, at = 0; !own && j < l->n_inputs; j++) {
        guint n = leuko_net_layer(net, l->inputs[j])->out_channels, n_in;
        g_autofree guint *in = pair_channels(net, l->inputs[j], &n_in);
        for (guint c = 0; c < n; c++)
            physical[at++] = first + in[c];
        first += n_in;
    }
    *n_physical = ((own ? l->out_channels : first) + 1u) & ~1u;
    return physical;
}

gint *leuko_weight_partners(const LeukoNet *net, guint layer)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    guint taps = l->kernel_h * l->kernel_w, n_physical;
    g_autofree guint *physical = pair_channels(net, l->inputs[0], &n_physical);
    gint *partner = g_new(gint, l->in_channels * taps);
    for (guint i = 0; i < l->in_channels; i++) {
        guint other = physical[i] % 2 ? i - 1 : i + 1; /* adjacent, in the same branch */
        gboolean paired = other < l->in_channels && physical[other] == (physical[i] ^ 1u);
        for (guint t = 0; t < taps; t++)
            partner[i * taps + t] = paired ? (gint)(other * taps + t) : -1;
    }
    return partner;
}

/* Rows (oc, k) of weights with the scales of the inputs folded in; g_free. */
static float *in_steps(const LeukoLayer *l, const float *weights, const float *in_scale)
{
    gsize taps = (gsize)l->kernel_h * l->kernel_w, k = taps * l->in_channels;
    float *v = g_new0(float, k * l->out_channels);
    for (gsize at = 0; at < k * l->out_channels; at++)
        v[at] = weights[at] * in_scale[at % k / taps];
    return v;
}

/* Add the mean error of the rounded sums to the bias: sum of (w - a q) mean(x). */
static void correct_bias(const Conv *c, gsize k, const float *v, const double *mean,
                         const float *in_scale, gsize taps)
{
    for (gsize o = 0; o < c->conv.oc; o++) {
        double error = 0;
        for (gsize i = 0; i < k; i++)
            error += ((double)v[o * k + i] - c->weights[o * k + i] * (double)c->weight_scale[o]) *
                     mean[i] / (double)in_scale[i / taps];
        c->bias[o] += (float)error;
    }
}

static gboolean round_weights(Conv *c, const LeukoNet *net, guint layer, const float *weights,
                              const float *in_scale, LeukoMoments *moments,
                              const LeukoQuantizeOptions *options, GError **error)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    gsize taps = (gsize)l->kernel_h * l->kernel_w, k = taps * l->in_channels;
    g_autofree float *covariance = NULL, *v = in_steps(l, weights, in_scale);
    g_autofree double *mean = NULL;
    g_autofree gint *partner = options->vnni ? NULL : leuko_weight_partners(net, layer);
    if (!leuko_moments_of(moments, layer, in_scale, options->nearest ? NULL : &covariance, &mean,
                          error))
        return FALSE;
    c->weights = g_new(gint8, k * l->out_channels);
    c->weight_scale = g_new(float, l->out_channels);
    const LeukoRounding how = {k, covariance, partner};
    leuko_round_rows(&how, l->out_channels, v, c->weights, c->weight_scale);
    if (options->bias_correction)
        correct_bias(c, k, v, mean, in_scale, taps);
    return TRUE;
}

static Conv *quantize_conv(const LeukoNet *net, const LeukoParams *params, guint layer,
                           const float *in_scale, LeukoMoments *moments,
                           const LeukoQuantizeOptions *options, gboolean raised, GError **error)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    g_autoptr(LeukoFolded) folded = leuko_fold_layer(net, params, layer, error);
    if (!folded)
        return NULL;
    Conv *c = g_new0(Conv, 1);
    c->bias = g_steal_pointer(&folded->bias);
    c->conv = (LeukoQuantizedConv){.layer = l->name,
                                   .oc = l->out_channels,
                                   .ic = l->in_channels,
                                   .kh = l->kernel_h,
                                   .kw = l->kernel_w,
                                   .raised = raised};
    if (raised) {
        c->real_weights = g_steal_pointer(&folded->weights);
    } else if (!round_weights(c, net, layer, folded->weights, in_scale, moments, options, error)) {
        conv_free(c);
        return NULL;
    }
    c->conv.weights = c->weights;
    c->conv.weight_scale = c->weight_scale;
    c->conv.real_weights = c->real_weights;
    c->conv.bias = c->bias;
    return c;
}

/* --- the whole network ------------------------------------------------------------------------ */

static gboolean check_options(const LeukoNet *net, const LeukoQuantizeOptions *options,
                              const LeukoCalibration *calibration, GError **error)
{
    if (options->range == LEUKO_RANGE_PERCENTILE &&
        !(options->percentile > 50 && options->percentile <= 100)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "percentile %g: must be above 50 and at most 100", options->percentile);
        return FALSE;
    }
    for (guint i = 0; options->raise && options->raise[i]; i++) {
        gint layer = leuko_net_find(net, options->raise[i]);
        if (layer < 0 || leuko_net_layer(net, (guint)layer)->kind != LEUKO_LAYER_CONV) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                        "%s: not a convolution of this network", options->raise[i]);
            return FALSE;
        }
    }
    if (leuko_calibration_n_images(calibration) == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "the calibration has no images");
        return FALSE;
    }
    return TRUE;
}

LeukoQuantized *leuko_quantize(const LeukoNet *net, const LeukoParams *params,
                               const LeukoCalibration *calibration,
                               const LeukoQuantizeOptions *options, GError **error)
{
    if (!check_options(net, options, calibration, error) ||
        !leuko_params_check_shapes(params, net, "parameters", error))
        return NULL;
    g_autoptr(LeukoQuantized) out = g_new0(LeukoQuantized, 1);
    out->vnni = options->vnni;
    out->convs = g_ptr_array_new_with_free_func(conv_free);
    out->net = leuko_net_new(leuko_net_spec(net), error);
    if (!out->net)
        return NULL;
    const float **output_scale = out->output_scale = g_new0(const float *, leuko_net_n_layers(net));
    for (guint i = 0; i <= leuko_net_endpoint_layer(net); i++) {
        const LeukoLayer *l = leuko_net_layer(out->net, i);
        if (l->kind != LEUKO_LAYER_CONV)
            continue;
        g_autofree float *in_scale = scales_of(net, output_scale, l->inputs[0]);
        gboolean raised = options->raise && g_strv_contains(options->raise, l->name);
        Conv *c = quantize_conv(out->net, params, i, in_scale,
                                leuko_calibration_moments(calibration), options, raised, error);
        if (!c)
            return NULL;
        g_ptr_array_add(out->convs, c);
        c->output_scale =
            choose_steps(leuko_calibration_observed(calibration, i), l->out_channels, options);
        c->conv.output_scale = output_scale[i] = c->output_scale;
    }
    return g_steal_pointer(&out);
}

float *leuko_quantized_scales(const LeukoQuantized *q, guint layer)
{
    return scales_of(q->net, q->output_scale, layer);
}

gboolean leuko_quantized_fits(const LeukoQuantized *q, const LeukoNet *net)
{
    const LeukoNetSpec *a = leuko_net_spec(q->net), *b = leuko_net_spec(net);
    return a->side_px == b->side_px && a->depth_multiplier == b->depth_multiplier &&
           strcmp(a->endpoint, b->endpoint) == 0 &&
           a->pool_includes_padding == b->pool_includes_padding;
}

gboolean leuko_quantized_needs_vnni(const LeukoQuantized *q) { return q->vnni; }
guint leuko_quantized_n_convs(const LeukoQuantized *q) { return q->convs->len; }

void leuko_quantized_conv(const LeukoQuantized *q, guint index, LeukoQuantizedConv *out)
{
    g_assert(index < q->convs->len);
    *out = ((const Conv *)g_ptr_array_index(q->convs, index))->conv;
}

void leuko_quantized_free(LeukoQuantized *q)
{
    if (!q)
        return;
    if (q->convs)
        g_ptr_array_unref(q->convs);
    g_free(q->output_scale);
    leuko_net_free(q->net);
    g_free(q);
}

/* --- conversions ------------------------------------------------------------------------------ */

LeukoQuantized *leuko_quantized_new(const LeukoNet *net, gboolean vnni,
                                    const LeukoQuantizedConv *convs, guint n_convs, GError **error)
{
    g_autoptr(LeukoQuantized) out = g_new0(LeukoQuantized, 1);
    out->vnni = vnni;
    out->convs = g_ptr_array_new_with_free_func(conv_free);
    out->net = leuko_net_new(leuko_net_spec(net), error);
    if (!out->net)
        return NULL;
    out->output_scale = g_new0(const float *, leuko_net_n_layers(net));
    for (guint i = 0; i <= leuko_net_endpoint_layer(net); i++) {
        const LeukoLayer *l = leuko_net_layer(out->net, i);
        if (l->kind != LEUKO_LAYER_CONV)
            continue;
        const LeukoQuantizedConv *from = out->convs->len < n_convs ? &convs[out->convs->len] : NULL;
        if (!from || strcmp(from->layer, l->name) != 0 || from->oc != l->out_channels ||
            from->ic != l->in_channels || from->kh != l->kernel_h || from->kw != l->kernel_w) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "quantized convolution %u does not match the network's %s", out->convs->len,
                        l->name);
            return NULL;
        }
        Conv *c = g_new0(Conv, 1);
        c->conv = *from;
        c->conv.layer = l->name;
        out->output_scale[i] = from->output_scale;
        g_ptr_array_add(out->convs, c);
    }
    return g_steal_pointer(&out);
}

/* w = q weight_scale / in_scale */
static void real_weights(const LeukoQuantizedConv *c, const float *in_scale, float *out)
{
    gsize taps = (gsize)c->kh * c->kw;
    for (gsize o = 0; o < c->oc; o++)
        for (gsize i = 0; i < c->ic; i++)
            for (gsize t = 0; t < taps; t++) {
                gsize at = (o * c->ic + i) * taps + t;
                out[at] = c->raised ? c->real_weights[at]
                                    : (float)c->weights[at] * c->weight_scale[o] / in_scale[i];
            }
}

LeukoParams *leuko_quantized_to_params(const LeukoQuantized *q, const LeukoNet *net,
                                       const LeukoParams *head, GError **error)
{
    g_autoptr(LeukoParams) out = leuko_params_new();
    for (guint k = 0; k < q->convs->len; k++) {
        const LeukoQuantizedConv *c = &((const Conv *)g_ptr_array_index(q->convs, k))->conv;
        const LeukoLayer *l = leuko_net_layer(net, (guint)leuko_net_find(net, c->layer));
        g_autofree float *in_scale = leuko_quantized_scales(q, l->inputs[0]);
        g_autofree float *weights = g_try_new(float, (gsize)c->oc * c->ic * c->kh * c->kw);
        if (!weights) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory for the weights of %s",
                        c->layer);
            return NULL;
        }
        real_weights(c, in_scale, weights);
        if (!leuko_params_add_folded(out, l, weights, c->bias, error))
            return NULL;
    }
    return !head || leuko_params_add_head(out, head, error) ? g_steal_pointer(&out) : NULL;
}

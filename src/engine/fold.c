#include "engine/fold.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

static const float *variable(const LeukoParams *params, const LeukoLayer *layer, const char *name)
{
    g_autofree gchar *full = leuko_param_name(layer, name);
    const LeukoTensor *tensor = leuko_params_find(params, full);
    return tensor ? tensor->data : NULL;
}

/* Compute the scale s and the shift of each output channel, (oc) each. */
static void scale_and_shift(const LeukoParams *params, const LeukoLayer *layer, double *scale,
                            double *shift)
{
    const float *gamma = variable(params, layer, "BatchNorm/gamma");
    const float *beta = variable(params, layer, "BatchNorm/beta");
    const float *mean = variable(params, layer, "BatchNorm/moving_mean");
    const float *variance = variable(params, layer, "BatchNorm/moving_variance");
    const float *biases = variable(params, layer, "biases");
    for (guint o = 0; o < layer->out_channels; o++) {
        scale[o] = 1;
        shift[o] = 0;
        if (layer->batch_norm) {
            scale[o] = (gamma ? gamma[o] : 1.0) /
                       sqrt((double)variance[o] + (double)LEUKO_BATCH_NORM_EPSILON);
            shift[o] = beta[o] - mean[o] * scale[o];
        } else if (layer->bias) {
            shift[o] = biases[o];
        }
    }
}

/* Fold one member's weights, (kh, kw, ic, oc), into its rows of out->weights (oc, ic, kh, kw). */
static void fold_member(const LeukoParams *params, const LeukoLayer *layer, const guint *in_channel,
                        guint first, gboolean bias, LeukoFolded *out)
{
    const float *w = variable(params, layer, "weights"); /* (kh, kw, ic, oc) */
    guint n_in = layer->in_channels, n_out = layer->out_channels;
    guint taps = layer->kernel_h * layer->kernel_w;
    g_autofree double *scale = g_new(double, n_out), *shift = g_new(double, n_out);
    scale_and_shift(params, layer, scale, shift);
#pragma omp parallel for
    for (guint o = 0; o < n_out; o++) {
        float *row = out->weights + (gsize)(first + o) * out->ic * taps; /* (ic, kh, kw) */
        for (guint i = 0; i < n_in; i++)
            for (guint t = 0; t < taps; t++)
                row[(gsize)in_channel[i] * taps + t] =
                    (float)(w[((gsize)t * n_in + i) * n_out + o] * scale[o]);
        out->bias[first + o] = bias ? (float)shift[o] : 0;
    }
}

static LeukoFolded *new_folded(guint oc, guint ic, const LeukoLayer *layer, GError **error)
{
    g_autoptr(LeukoFolded) out = g_new0(LeukoFolded, 1);
    *out = (LeukoFolded){.oc = oc, .ic = ic, .kh = layer->kernel_h, .kw = layer->kernel_w};
    out->weights = g_try_new0(float, (gsize)oc *ic * out->kh * out->kw);
    out->bias = g_try_new0(float, oc);
    if (!out->weights || !out->bias) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory for the weights of %s",
                    layer->name);
        return NULL;
    }
    return g_steal_pointer(&out);
}

LeukoFolded *leuko_fold(const LeukoNet *net, const LeukoParams *params, const LeukoLowered *lowered,
                        const LeukoLoweredStep *step, GError **error)
{
    const LeukoLayer *first = leuko_net_layer(net, step->members[0].layer);
    LeukoFolded *out = new_folded(step->target.n, step->source[0].n, first, error);
    for (guint k = 0; out && k < step->n_members; k++)
        fold_member(params, leuko_net_layer(net, step->members[k].layer),
                    lowered->channel[step->source_layer], step->members[k].first, step->bias, out);
    return out;
}

LeukoFolded *leuko_fold_layer(const LeukoNet *net, const LeukoParams *params, guint layer,
                              GError **error)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    g_autofree guint *in_channel = g_new(guint, l->in_channels);
    for (guint i = 0; i < l->in_channels; i++)
        in_channel[i] = i;
    LeukoFolded *out = new_folded(l->out_channels, l->in_channels, l, error);
    if (out)
        fold_member(params, l, in_channel, 0, TRUE, out);
    return out;
}

void leuko_folded_free(LeukoFolded *folded)
{
    if (!folded)
        return;
    g_free(folded->weights);
    g_free(folded->bias);
    g_free(folded);
}

float *leuko_fold_bias(const LeukoNet *net, const LeukoParams *params, guint layer,
                       guint n_physical)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    g_autofree double *scale = g_new(double, l->out_channels),
                      *shift = g_new(double, l->out_channels);
    scale_and_shift(params, l, scale, shift);
    float *bias = g_new0(float, n_physical);
    for (guint o = 0; o < l->out_channels; o++)
        bias[o] = (float)shift[o];
    return bias;
}

/* (oc, ic, kh, kw) into slim's (kh, kw, ic, oc) */
static void oihw_to_hwio(const float *oihw, guint oc, guint ic, guint taps, float *hwio)
{
#pragma omp parallel for
    for (guint t = 0; t < taps; t++)
        for (guint i = 0; i < ic; i++)
            for (guint o = 0; o < oc; o++)
                hwio[((gsize)t * ic + i) * oc + o] = oihw[((gsize)o * ic + i) * taps + t];
}

static gboolean add(LeukoParams *out, const LeukoLayer *l, const char *what, guint n_dims,
                    const gsize *dims, float **data, GError **error)
{
    g_autofree gchar *name = leuko_param_name(l, what);
    return leuko_params_add(out, name, n_dims, dims, data, error);
}

gboolean leuko_params_add_folded(LeukoParams *out, const LeukoLayer *l, const float *oihw,
                                 const float *bias, GError **error)
{
    const gsize dims[] = {l->kernel_h, l->kernel_w, l->in_channels, l->out_channels};
    const gsize *one_dim = &dims[3];
    float *weights, *shift, *mean, *variance;
    if (!add(out, l, "weights", 4, dims, &weights, error) ||
        !add(out, l, l->batch_norm ? "BatchNorm/beta" : "biases", 1, one_dim, &shift, error))
        return FALSE;
    oihw_to_hwio(oihw, l->out_channels, l->in_channels, l->kernel_h * l->kernel_w, weights);
    memcpy(shift, bias, l->out_channels * sizeof(float));
    if (!l->batch_norm)
        return TRUE;
    if (!add(out, l, "BatchNorm/moving_mean", 1, one_dim, &mean, error) ||
        !add(out, l, "BatchNorm/moving_variance", 1, one_dim, &variance, error))
        return FALSE;
    for (guint o = 0; o < l->out_channels; o++)
        variance[o] = 1.0f - LEUKO_BATCH_NORM_EPSILON;
    return TRUE;
}

gboolean leuko_params_add_head(LeukoParams *out, const LeukoParams *from, GError **error)
{
    static const char *const names[] = {LEUKO_HEAD_WEIGHTS, LEUKO_HEAD_BIASES};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const LeukoTensor *t = leuko_params_find(from, names[i]);
        float *data;
        if (t && !leuko_params_add(out, t->name, t->n_dims, t->dims, &data, error))
            return FALSE;
        if (t)
            memcpy(data, t->data, t->n_values * sizeof(float));
    }
    return TRUE;
}

LeukoParams *leuko_fold_params(const LeukoNet *net, const LeukoParams *params, GError **error)
{
    g_autoptr(LeukoParams) out = leuko_params_new();
    for (guint i = 0; i <= leuko_net_endpoint_layer(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        if (l->kind != LEUKO_LAYER_CONV)
            continue;
        g_autoptr(LeukoFolded) folded = leuko_fold_layer(net, params, i, error);
        if (!folded || !leuko_params_add_folded(out, l, folded->weights, folded->bias, error))
            return NULL;
    }
    return leuko_params_add_head(out, params, error) ? g_steal_pointer(&out) : NULL;
}

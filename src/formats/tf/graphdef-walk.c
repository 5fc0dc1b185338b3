#include "formats/tf/graphdef-walk.h"
#include "formats/layer-names.h"
#include "formats/tf/graphdef-conv.h"
#include "leuko/error.h"
#include <string.h>

/* --- attributes ------------------------------------------------------------------------------- */

/* The two middle numbers of [1, h, w, 1]; FALSE if the outer ones are not 1. An absent list is all
 * ones. */
static gboolean middle(const LeukoGraphdefWalk *w, guint node, const char *key, gint64 *h,
                       gint64 *width)
{
    const Leuko__Tf__AttrValue *v = leuko_graphdef_attr(w->g, node, key);
    *h = *width = 1;
    if (!v)
        return TRUE;
    if (v->value_case != LEUKO__TF__ATTR_VALUE__VALUE_LIST || v->list->n_i != 4)
        return FALSE;
    *h = v->list->i[1];
    *width = v->list->i[2];
    return v->list->i[0] == 1 && v->list->i[3] == 1;
}

static gboolean is_nhwc(const LeukoGraphdefWalk *w, guint node)
{
    return !leuko_graphdef_attr(w->g, node, "data_format") ||
           leuko_graphdef_attr_is(w->g, node, "data_format", "NHWC");
}

/* Read the window of a convolution or pool: kernel, one stride for both directions, and padding.
 * The padding is that of a Pad node before it, or SAME with stride 1. */
static gboolean read_window(const LeukoGraphdefWalk *w, guint node, const LeukoGraphdefValue *in,
                            gint64 kh, gint64 kw, LeukoGraphdefWindow *out, GError **error)
{
    gint64 step_h, step_w, dh, dw;
    gboolean same = leuko_graphdef_attr_is(w->g, node, "padding", "SAME");
    if (!is_nhwc(w, node))
        return leuko_graphdef_walk_refuse(w, node, error,
                                          "has the layout NCHW; only NHWC is supported");
    if (!middle(w, node, "strides", &step_h, &step_w) || step_h != step_w || step_h < 1 ||
        step_h > 1024 || !middle(w, node, "dilations", &dh, &dw) || dh != 1 || dw != 1 || kh < 1 ||
        kw < 1 || kh > 1024 || kw > 1024)
        return leuko_graphdef_walk_refuse(
            w, node, error, "has a stride, dilation or kernel size that Inception V3 does not use");
    if (!same && !leuko_graphdef_attr_is(w->g, node, "padding", "VALID"))
        return leuko_graphdef_walk_refuse(w, node, error,
                                          "has a padding other than SAME and VALID");
    gboolean one = kh == 1 && kw == 1;
    if (same && !one &&
        (step_h != 1 || kh % 2 == 0 || kw % 2 == 0 || in->kind == LEUKO_GRAPHDEF_PADDED))
        return leuko_graphdef_walk_refuse(w, node, error, "pads SAME where Inception V3 does not");
    *out = (LeukoGraphdefWindow){(guint)kh, (guint)kw, (guint)step_h,
                                 same ? (guint)(kh - 1) / 2 : in->pad_h,
                                 same ? (guint)(kw - 1) / 2 : in->pad_w};
    return TRUE;
}

/* --- layers ----------------------------------------------------------------------------------- */

/* The layer that input i of a layer reads. Dropout is skipped: it does nothing in inference. */
static guint source_of(const LeukoGraphdefWalk *w, const LeukoLayer *layer, guint i)
{
    guint at = layer->inputs[i];
    while (leuko_net_layer(w->net, at)->kind == LEUKO_LAYER_DROPOUT)
        at = leuko_net_layer(w->net, at)->inputs[0];
    return at;
}

static gboolean is_data(const LeukoGraphdefValue *v)
{
    return v && (v->kind == LEUKO_GRAPHDEF_LAYER || v->kind == LEUKO_GRAPHDEF_PADDED);
}

static gboolean fits(const LeukoLayer *layer, const LeukoGraphdefWindow *x)
{
    return layer->kernel_h == x->kernel_h && layer->kernel_w == x->kernel_w &&
           layer->stride == x->stride && layer->pad_h == x->pad_h && layer->pad_w == x->pad_w;
}

static gboolean on_placeholder(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out,
                               GError **error)
{
    const Leuko__Tf__AttrValue *type = leuko_graphdef_attr(w->g, node, "dtype");
    if (w->has_input)
        return leuko_graphdef_walk_refuse(w, node, error, "is a second input");
    if (!type || type->value_case != LEUKO__TF__ATTR_VALUE__VALUE_TYPE ||
        type->type != LEUKO_TF_FLOAT)
        return leuko_graphdef_walk_refuse(w, node, error, "is not a float32 input");
    w->has_input = TRUE;
    *out = (LeukoGraphdefValue){.kind = LEUKO_GRAPHDEF_LAYER, .layer = 0};
    return TRUE;
}

static gboolean on_const(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out, GError **error)
{
    (void)error;
    (void)w;
    *out = (LeukoGraphdefValue){.kind = LEUKO_GRAPHDEF_CONST, .node = node};
    return TRUE;
}

static gboolean on_identity(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out,
                            GError **error)
{
    const LeukoGraphdefValue *in = leuko_graphdef_walk_input(w, node, 0);
    if (!in)
        return leuko_graphdef_walk_refuse(w, node, error, "has no input");
    *out = *in;
    return TRUE;
}

static gboolean on_conv(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out, GError **error)
{
    LeukoGraphdefWindow x = {0};
    const LeukoGraphdefValue *in = leuko_graphdef_walk_input(w, node, 0);
    gint weights = leuko_graphdef_weights_node(w->g, node);
    gint at =
        leuko_net_find(w->net, leuko_graphdef_layer_name(w->g, node)); /* known to be one of ours */
    const LeukoLayer *layer = at >= 0 ? leuko_net_layer(w->net, (guint)at) : NULL;
    LeukoTfShape shape;
    if (!layer || weights < 0 || layer->kind != LEUKO_LAYER_CONV)
        return leuko_graphdef_walk_refuse(w, node, error, "is not a layer of this network");
    if (w->is_done[at])
        return leuko_graphdef_refuse(w->g, node, LEUKO_ERROR_UNSUPPORTED, error,
                                     "duplicates layer %s", layer->name);
    const Leuko__Tf__Tensor *t = leuko_graphdef_const(w->g, (guint)weights);
    if (!leuko_tf_shape_read(t->tensor_shape, &shape) || shape.n_dims != 4)
        return leuko_graphdef_walk_refuse(w, node, error, "has weights without four dimensions");
    if (!is_data(in) || in->layer != source_of(w, layer, 0))
        return leuko_graphdef_refuse(w->g, node, LEUKO_ERROR_UNSUPPORTED, error,
                                     "(%s) does not have the input of layer %s",
                                     leuko_graphdef_op(w->g, node), layer->name);
    if (!read_window(w, node, in, (gint64)MIN(shape.dims[0], G_MAXINT),
                     (gint64)MIN(shape.dims[1], G_MAXINT), &x, error))
        return FALSE;
    if (!fits(layer, &x))
        return leuko_graphdef_refuse(w->g, node, LEUKO_ERROR_UNSUPPORTED, error,
                                     "(%s): %ux%u, stride %u, padding %ux%u, but layer %s is "
                                     "%ux%u, stride %u, padding %ux%u",
                                     leuko_graphdef_op(w->g, node), x.kernel_h, x.kernel_w,
                                     x.stride, x.pad_h, x.pad_w, layer->name, layer->kernel_h,
                                     layer->kernel_w, layer->stride, layer->pad_h, layer->pad_w);
    w->is_done[at] = 1;
    *out = (LeukoGraphdefValue){.kind = LEUKO_GRAPHDEF_CONV, .layer = (guint)at, .node = node};
    return TRUE;
}

static gboolean on_pad(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out, GError **error)
{
    const LeukoGraphdefValue *in = leuko_graphdef_walk_input(w, node, 0);
    gint paddings = leuko_graphdef_source(w->g, node, 1);
    const Leuko__Tf__Tensor *t = paddings >= 0 ? leuko_graphdef_const(w->g, (guint)paddings) : NULL;
    gint64 p[8];
    if (!in || in->kind != LEUKO_GRAPHDEF_LAYER || !t || leuko_tf_integers(t, p, 8) != 8)
        return leuko_graphdef_walk_refuse(w, node, error,
                                          "does not pad the output of a layer by constant sizes");
    if (p[0] || p[1] || p[6] || p[7] || p[2] != p[3] || p[4] != p[5] || p[2] < 0 || p[4] < 0 ||
        p[2] > 64 || p[4] > 64)
        return leuko_graphdef_walk_refuse(w, node, error, "pads opposite sides unequally");
    *out = (LeukoGraphdefValue){.kind = LEUKO_GRAPHDEF_PADDED,
                                .layer = in->layer,
                                .pad_h = (guint)p[2],
                                .pad_w = (guint)p[4]};
    return TRUE;
}

/* Note whether average pools count padding; all pools must agree. */
static gboolean note_pool(LeukoGraphdefWalk *w, guint node, const LeukoLayer *layer,
                          gboolean padded, GError **error)
{
    if (layer->kind != LEUKO_LAYER_AVG_POOL || layer->pad_h + layer->pad_w == 0)
        return TRUE;
    if (w->n_pools++ > 0 && w->found->pool_includes_padding != padded)
        return leuko_graphdef_walk_refuse(w, node, error,
                                          "treats padding unlike the average pools before it");
    w->found->pool_includes_padding = padded;
    return TRUE;
}

static gboolean pool_layer(LeukoGraphdefWalk *w, guint node, LeukoLayerKind kind,
                           const LeukoGraphdefWindow *x, const LeukoGraphdefValue *in,
                           LeukoGraphdefValue *out, GError **error)
{
    for (guint i = 0; i < leuko_net_n_layers(w->net); i++) {
        const LeukoLayer *layer = leuko_net_layer(w->net, i);
        if (layer->kind == kind && source_of(w, layer, 0) == in->layer && fits(layer, x)) {
            *out = (LeukoGraphdefValue){.kind = LEUKO_GRAPHDEF_LAYER, .layer = i};
            return note_pool(w, node, layer, in->kind == LEUKO_GRAPHDEF_PADDED, error);
        }
    }
    return leuko_graphdef_walk_refuse(w, node, error, "is not a pool of this network");
}

static gboolean on_pool(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out, GError **error)
{
    LeukoGraphdefWindow x = {0};
    gint64 kh, kw;
    const LeukoGraphdefValue *in = leuko_graphdef_walk_input(w, node, 0);
    gboolean average = strcmp(leuko_graphdef_op(w->g, node), "AvgPool") == 0;
    if (!is_data(in) || !middle(w, node, "ksize", &kh, &kw))
        return leuko_graphdef_walk_refuse(w, node, error, "does not pool the output of a layer");
    if (!read_window(w, node, in, kh, kw, &x, error))
        return FALSE;
    const LeukoLayer *from = leuko_net_layer(w->net, in->layer);
    /* a window as large as the feature map: its stride has no effect */
    if (average && x.kernel_h == from->out_h && x.kernel_w == from->out_w && x.pad_h + x.pad_w == 0)
        x.stride = 1;
    if (in->kind == LEUKO_GRAPHDEF_PADDED && !average)
        return leuko_graphdef_walk_refuse(w, node, error, "max-pools over zero padding");
    return pool_layer(w, node, average ? LEUKO_LAYER_AVG_POOL : LEUKO_LAYER_MAX_POOL, &x, in, out,
                      error);
}

/* The mean over rows and columns is an average pool over the whole feature map. */
static gboolean on_mean(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out, GError **error)
{
    const LeukoGraphdefValue *in = leuko_graphdef_walk_input(w, node, 0);
    gint axes = leuko_graphdef_source(w->g, node, 1);
    const Leuko__Tf__Tensor *t = axes >= 0 ? leuko_graphdef_const(w->g, (guint)axes) : NULL;
    gint64 a[2];
    if (!in || in->kind != LEUKO_GRAPHDEF_LAYER || !t || leuko_tf_integers(t, a, 2) != 2 ||
        a[0] != 1 || a[1] != 2)
        return leuko_graphdef_walk_refuse(w, node, error,
                                          "is not the mean over a layer's rows and columns");
    const LeukoLayer *from = leuko_net_layer(w->net, in->layer);
    return pool_layer(w, node, LEUKO_LAYER_AVG_POOL,
                      &(LeukoGraphdefWindow){from->out_h, from->out_w, 1, 0, 0}, in, out, error);
}

static gboolean on_concat(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out, GError **error)
{
    guint n = 0, first = strcmp(leuko_graphdef_op(w->g, node), "Concat") == 0 ? 1 : 0;
    leuko_graphdef_input(w->g, node, 0, &n);
    gint at = n > 0 ? leuko_graphdef_source(w->g, node, first ? 0 : n - 1) : -1;
    const Leuko__Tf__Tensor *axis = at >= 0 ? leuko_graphdef_const(w->g, (guint)at) : NULL;
    gint64 channels;
    if (!axis || leuko_tf_integers(axis, &channels, 1) != 1 || (channels != 3 && channels != -1))
        return leuko_graphdef_walk_refuse(w, node, error, "does not concatenate along channels");
    for (guint i = 0; i < leuko_net_n_layers(w->net); i++) {
        const LeukoLayer *layer = leuko_net_layer(w->net, i);
        gboolean same = layer->kind == LEUKO_LAYER_CONCAT && layer->n_inputs == n - 1;
        for (guint k = 0; same && k < layer->n_inputs; k++) {
            const LeukoGraphdefValue *in = leuko_graphdef_walk_input(w, node, k + first);
            same = in && in->kind == LEUKO_GRAPHDEF_LAYER && in->layer == layer->inputs[k];
        }
        if (same) {
            *out = (LeukoGraphdefValue){.kind = LEUKO_GRAPHDEF_LAYER, .layer = i};
            return TRUE;
        }
    }
    return leuko_graphdef_walk_refuse(
        w, node, error,
        "does not concatenate the branches of an Inception V3 block in their order");
}

static gboolean on_relu(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out, GError **error)
{
    const LeukoGraphdefValue *in = leuko_graphdef_walk_input(w, node, 0);
    if (!in || in->kind != LEUKO_GRAPHDEF_CONV || !leuko_net_layer(w->net, in->layer)->relu)
        return leuko_graphdef_walk_refuse(w, node, error,
                                          "does not follow a convolution with a ReLU");
    *out = *in;
    return leuko_graphdef_finish_conv(w, out, error);
}

/* Make *v the output of a layer: the logits are complete where Squeeze, Reshape or Softmax reads
 * them. */
static gboolean to_layer_output(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *v,
                                GError **error)
{
    if (v->kind == LEUKO_GRAPHDEF_CONV && leuko_net_layer(w->net, v->layer)->bias)
        return leuko_graphdef_finish_conv(w, v, error);
    return v->kind == LEUKO_GRAPHDEF_LAYER ||
           leuko_graphdef_walk_refuse(w, node, error, "is not the output of a layer");
}

static gboolean on_shape(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out, GError **error)
{
    const LeukoGraphdefValue *in = leuko_graphdef_walk_input(w, node, 0);
    if (!in)
        return leuko_graphdef_walk_refuse(w, node, error, "has no input");
    *out = *in;
    if (!to_layer_output(w, node, out, error))
        return FALSE;
    const LeukoLayer *layer = leuko_net_layer(w->net, out->layer);
    if (layer->out_h != 1 || layer->out_w != 1)
        return leuko_graphdef_walk_refuse(w, node, error, "reshapes a feature map larger than 1x1");
    if (strcmp(leuko_graphdef_op(w->g, node), "Squeeze") == 0)
        return TRUE;
    gint at = leuko_graphdef_source(w->g, node, 1);
    const Leuko__Tf__Tensor *t = at >= 0 ? leuko_graphdef_const(w->g, (guint)at) : NULL;
    gint64 to[4];
    gint n = t ? leuko_tf_integers(t, to, 4) : -1;
    return (n == 2 && to[1] == layer->out_channels) ||
           leuko_graphdef_walk_refuse(w, node, error, "does not reshape to (batch, classes)");
}

static gboolean on_softmax(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out,
                           GError **error)
{
    const LeukoGraphdefValue *in = leuko_graphdef_walk_input(w, node, 0);
    if (!in)
        return leuko_graphdef_walk_refuse(w, node, error, "has no input");
    *out = *in;
    if (!to_layer_output(w, node, out, error))
        return FALSE;
    guint last = leuko_net_n_layers(w->net) - 1;
    const LeukoLayer *layer = leuko_net_layer(w->net, last);
    if (layer->kind != LEUKO_LAYER_SOFTMAX || source_of(w, layer, 0) != out->layer)
        return leuko_graphdef_walk_refuse(w, node, error, "does not follow the classifier");
    out->layer = last;
    w->found->softmax = TRUE;
    return TRUE;
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct {
    const char *op;
    gboolean (*step)(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out, GError **error);
} steps[] = {
    {"Add", leuko_graphdef_on_arithmetic},
    {"AddV2", leuko_graphdef_on_arithmetic},
    {"AvgPool", on_pool},
    {"BiasAdd", leuko_graphdef_on_arithmetic},
    {"Concat", on_concat},
    {"ConcatV2", on_concat},
    {"Const", on_const},
    {"Conv2D", on_conv},
    {"FusedBatchNorm", leuko_graphdef_on_fused_norm},
    {"FusedBatchNormV2", leuko_graphdef_on_fused_norm},
    {"FusedBatchNormV3", leuko_graphdef_on_fused_norm},
    {"Identity", on_identity},
    {"MaxPool", on_pool},
    {"Mean", on_mean},
    {"Mul", leuko_graphdef_on_arithmetic},
    {"Pad", on_pad},
    {"Placeholder", on_placeholder},
    {"Relu", on_relu},
    {"Reshape", on_shape},
    {"Rsqrt", leuko_graphdef_on_rsqrt},
    {"Softmax", on_softmax},
    {"Squeeze", on_shape},
    {"Sub", leuko_graphdef_on_arithmetic},
};

gboolean leuko_graphdef_op_is_known(const char *op)
{
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++)
        if (strcmp(steps[i].op, op) == 0)
            return TRUE;
    return FALSE;
}

const char *leuko_graphdef_known_ops(void)
{
    static gsize once;
    static gchar *text;
    if (g_once_init_enter(&once)) {
        g_autoptr(GString) list = g_string_new(steps[0].op);
        for (gsize i = 1; i < G_N_ELEMENTS(steps); i++)
            g_string_append_printf(list, ", %s", steps[i].op);
        text = g_string_free(g_steal_pointer(&list), FALSE);
        g_once_init_leave(&once, 1);
    }
    return text;
}

static gboolean step(LeukoGraphdefWalk *w, guint node, GError **error)
{
    const char *op = leuko_graphdef_op(w->g, node);
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++)
        if (strcmp(steps[i].op, op) == 0)
            return steps[i].step(w, node, &w->values[node], error);
    return leuko_graphdef_refuse(w->g, node, LEUKO_ERROR_UNSUPPORTED, error,
                                 "is a %.60s, an unsupported operation (supported: %s)", op,
                                 leuko_graphdef_known_ops());
}

/* The last node must be the network's last layer; then the graph has all layers before it. */
static gboolean check_end(LeukoGraphdefWalk *w, guint node, GError **error)
{
    LeukoGraphdefValue *end = &w->values[node];
    guint last = leuko_net_n_layers(w->net) - 1;
    const LeukoLayer *layer = leuko_net_layer(w->net, last);
    if (!to_layer_output(w, node, end, error))
        return FALSE;
    if (end->layer == last ||
        (layer->kind == LEUKO_LAYER_SOFTMAX && source_of(w, layer, 0) == end->layer))
        return TRUE;
    return leuko_graphdef_refuse(w->g, node, LEUKO_ERROR_UNSUPPORTED, error,
                                 "(%s) is the output of the graph, but corresponds to layer %s, "
                                 "not to the output of the network",
                                 leuko_graphdef_op(w->g, node),
                                 leuko_net_layer(w->net, end->layer)->name);
}

gboolean leuko_graphdef_walk(LeukoGraphdef *g, const GArray *order, const LeukoNet *net,
                             LeukoParams *params, LeukoGraphdefFound *found, GError **error)
{
    g_autofree LeukoGraphdefValue *values = g_new0(LeukoGraphdefValue, g->graph->n_node);
    g_autofree guint8 *is_done = g_new0(guint8, leuko_net_n_layers(net));
    LeukoGraphdefWalk w = {
        .g = g, .net = net, .params = params, .found = found, .values = values, .is_done = is_done};
    *found = (LeukoGraphdefFound){.epsilon = LEUKO_BATCH_NORM_EPSILON};
    leuko_vectors_init(&w.vectors);
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < order->len; i++)
        ok = step(&w, g_array_index(order, guint, i), error);
    ok = ok && check_end(&w, g_array_index(order, guint, order->len - 1), error);
    leuko_vectors_clear(&w.vectors);
    return ok;
}

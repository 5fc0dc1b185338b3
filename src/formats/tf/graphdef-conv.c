#include "formats/tf/graphdef-conv.h"
#include "formats/layer-names.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

enum { MAX_CHANNELS = 1 << 16 };

/* --- which layer ------------------------------------------------------------------------------ */

/* TRUE if `row` is a sequence of whole path components of `name`. */
static gboolean holds_row(const char *name, const char *row)
{
    gsize n = strlen(row);
    for (const char *at = strstr(name, row); at; at = strstr(at + 1, row))
        if ((at == name || at[-1] == '/') && (at[n] == '/' || at[n] == '\0'))
            return TRUE;
    return FALSE;
}

/* The longest match: Mixed_7a/Branch_0/Conv2d_1a_3x3 contains Conv2d_1a_3x3. */
static const char *find_row(const char *name)
{
    const char *longest = NULL;
    for (guint r = 0; r < LEUKO_LAYER_NAMES_N_CONVS + 1; r++) {
        const char *row = r < LEUKO_LAYER_NAMES_N_CONVS ? leuko_layer_names_convs[r].slim
                                                        : leuko_layer_names_heads[0].slim;
        if (holds_row(name, row) && (!longest || strlen(row) > strlen(longest)))
            longest = row;
    }
    return longest;
}

gint leuko_graphdef_weights_node(const LeukoGraphdef *g, guint conv)
{
    gint at = leuko_graphdef_source(g, conv, 1);
    return at >= 0 && leuko_graphdef_const(g, (guint)at) ? at : -1;
}

const char *leuko_graphdef_layer_name(const LeukoGraphdef *g, guint conv)
{
    gint weights = leuko_graphdef_weights_node(g, conv);
    const char *row = weights >= 0 ? find_row(leuko_graphdef_name(g, (guint)weights)) : NULL;
    row = row ? row : find_row(leuko_graphdef_name(g, conv));
    return row ? row : "";
}

/* --- vectors ---------------------------------------------------------------------------------- */

/* The value `v` as a constant with one value per channel or one for all channels; NULL if it is
 * not such a constant. */
static const LeukoVector *to_vector(LeukoGraphdefWalk *w, LeukoGraphdefValue *v)
{
    LeukoTfShape shape;
    if (!v || v->kind != LEUKO_GRAPHDEF_CONST)
        return v && v->kind == LEUKO_GRAPHDEF_VECTOR ? v->vector : NULL;
    const Leuko__Tf__Tensor *t = leuko_graphdef_const(w->g, v->node);
    if (!t || !leuko_tf_type_is_floating(t->dtype) ||
        !leuko_tf_shape_read(t->tensor_shape, &shape) || shape.n_values == 0 ||
        shape.n_values > MAX_CHANNELS ||
        (shape.n_dims > 0 && shape.dims[shape.n_dims - 1] != shape.n_values) ||
        !leuko_tf_floats_fit(t, &shape, &w->g->budget))
        return NULL;
    g_autofree float *floats = g_new(float, shape.n_values);
    leuko_tf_floats(t, shape.n_values, floats);
    const LeukoVector *vector = leuko_vector_given(&w->vectors, floats, shape.n_values);
    if (vector)
        *v = (LeukoGraphdefValue){.kind = LEUKO_GRAPHDEF_VECTOR, .vector = vector};
    return vector;
}

static gboolean is_constant(const LeukoGraphdefValue *v)
{
    return v && (v->kind == LEUKO_GRAPHDEF_CONST || v->kind == LEUKO_GRAPHDEF_VECTOR);
}

static gboolean put_vector(LeukoGraphdefWalk *w, guint node, LeukoVectorOp op, const LeukoVector *a,
                           const LeukoVector *b, LeukoGraphdefValue *out, GError **error)
{
    const LeukoVector *v = a ? leuko_vector_new(&w->vectors, op, a, b) : NULL;
    if (!v)
        return leuko_graphdef_walk_refuse(
            w, node, error,
            "computes with constants that are not one number per channel, or with too many");
    *out = (LeukoGraphdefValue){.kind = LEUKO_GRAPHDEF_VECTOR, .vector = v};
    return TRUE;
}

gboolean leuko_graphdef_on_rsqrt(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out,
                                 GError **error)
{
    return put_vector(w, node, LEUKO_VECTOR_RSQRT,
                      to_vector(w, leuko_graphdef_walk_input(w, node, 0)), NULL, out, error);
}

/* Combine a convolution's output v with a constant c. Scale NULL is 1, shift NULL is 0. */
static gboolean on_conv_output(LeukoGraphdefWalk *w, guint node, LeukoVectorOp op,
                               const LeukoVector *c, LeukoGraphdefValue *v, GError **error)
{
    const float zero = 0;
    guint oc = leuko_net_layer(w->net, v->layer)->out_channels;
    if (v->fused)
        return leuko_graphdef_walk_refuse(w, node, error,
                                          "adds arithmetic after a fused batch norm");
    if (!c || (c->n != 1 && c->n != oc))
        return leuko_graphdef_walk_refuse(
            w, node, error, "does not combine a convolution with one constant per channel");
    if (op == LEUKO_VECTOR_SUB)
        c = leuko_vector_new(&w->vectors, LEUKO_VECTOR_SUB,
                             leuko_vector_given(&w->vectors, &zero, 1), c);
    if (op == LEUKO_VECTOR_MUL) {
        v->scale = v->scale ? leuko_vector_new(&w->vectors, op, v->scale, c) : c;
        v->shift = v->shift ? leuko_vector_new(&w->vectors, op, v->shift, c) : NULL;
    } else {
        v->shift = v->shift ? leuko_vector_new(&w->vectors, LEUKO_VECTOR_ADD, v->shift, c) : c;
    }
    return (c && (v->scale || v->shift)) ||
           leuko_graphdef_walk_refuse(w, node, error, "is part of too much arithmetic");
}

gboolean leuko_graphdef_on_arithmetic(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out,
                                      GError **error)
{
    const char *name = leuko_graphdef_op(w->g, node);
    LeukoVectorOp op = strcmp(name, "Mul") == 0   ? LEUKO_VECTOR_MUL
                       : strcmp(name, "Sub") == 0 ? LEUKO_VECTOR_SUB
                                                  : LEUKO_VECTOR_ADD;
    LeukoGraphdefValue *a = leuko_graphdef_walk_input(w, node, 0),
                       *b = leuko_graphdef_walk_input(w, node, 1);
    if (leuko_graphdef_attr_is(w->g, node, "data_format", "NCHW"))
        return leuko_graphdef_walk_refuse(w, node, error,
                                          "has the layout NCHW; only NHWC is supported");
    if (is_constant(a) && is_constant(b)) {
        const LeukoVector *x = to_vector(w, a), *y = to_vector(w, b);
        return put_vector(w, node, op, x && y ? x : NULL, y, out, error);
    }
    if (is_constant(a) && b && b->kind == LEUKO_GRAPHDEF_CONV && op != LEUKO_VECTOR_SUB) {
        LeukoGraphdefValue *swap = a;
        a = b;
        b = swap;
    }
    if (a && a->kind == LEUKO_GRAPHDEF_CONV && is_constant(b)) {
        *out = *a;
        return on_conv_output(w, node, op, to_vector(w, b), out, error);
    }
    gboolean on_input = (a && a->kind == LEUKO_GRAPHDEF_LAYER && a->layer == 0) ||
                        (b && b->kind == LEUKO_GRAPHDEF_LAYER && b->layer == 0);
    return leuko_graphdef_walk_refuse(w, node, error,
                                      on_input ? "preprocesses the image inside the graph; only "
                                                 "graphs that take x / 127.5 - 1 are supported"
                                               : "is not the batch norm of a convolution");
}

gboolean leuko_graphdef_on_fused_norm(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out,
                                      GError **error)
{
    const LeukoGraphdefValue *in = leuko_graphdef_walk_input(w, node, 0);
    const Leuko__Tf__AttrValue *epsilon = leuko_graphdef_attr(w->g, node, "epsilon");
    const Leuko__Tf__AttrValue *training = leuko_graphdef_attr(w->g, node, "is_training");
    const LeukoVector *v[4];
    if (!in || in->kind != LEUKO_GRAPHDEF_CONV || in->fused || in->scale || in->shift)
        return leuko_graphdef_walk_refuse(w, node, error, "does not follow a convolution");
    guint oc = leuko_net_layer(w->net, in->layer)->out_channels;
    if (!training || training->value_case != LEUKO__TF__ATTR_VALUE__VALUE_B || training->b)
        return leuko_graphdef_walk_refuse(
            w, node, error,
            "uses batch statistics: this is a training graph; freeze an inference graph");
    if (leuko_graphdef_attr_is(w->g, node, "data_format", "NCHW"))
        return leuko_graphdef_walk_refuse(w, node, error,
                                          "has the layout NCHW; only NHWC is supported");
    for (guint k = 0; k < 4; k++) {
        v[k] = to_vector(w, leuko_graphdef_walk_input(w, node, k + 1));
        if (!v[k] || v[k]->n != oc)
            return leuko_graphdef_walk_refuse(w, node, error,
                                              "needs one constant per channel for each parameter");
    }
    *out = *in;
    out->fused = TRUE;
    out->norm = (LeukoVectorNorm){v[0], v[1], v[2], v[3], 1e-4}; /* TensorFlow's default */
    if (epsilon && epsilon->value_case == LEUKO__TF__ATTR_VALUE__VALUE_F)
        out->norm.epsilon = epsilon->f;
    return TRUE;
}

/* --- parameters ------------------------------------------------------------------------------- */

static gboolean put(LeukoGraphdefWalk *w, const LeukoLayer *layer, const char *variable,
                    const LeukoVector *v, double otherwise, GError **error)
{
    g_autofree gchar *name = leuko_param_name(layer, variable);
    const gsize dims[] = {layer->out_channels};
    float *out;
    if (!leuko_params_add(w->params, name, 1, dims, &out, error))
        return FALSE;
    for (guint o = 0; o < layer->out_channels; o++)
        out[o] = v ? (float)leuko_vector_at(v, o) : (float)otherwise;
    return TRUE;
}

/* Another epsilon is added to the variance, so that variance + epsilon does not change. */
static gboolean put_variance(LeukoGraphdefWalk *w, const LeukoLayer *layer,
                             const LeukoGraphdefValue *v, GError **error)
{
    g_autofree gchar *name = leuko_param_name(layer, "BatchNorm/moving_variance");
    const gsize dims[] = {layer->out_channels};
    double more = v->norm.epsilon - (double)LEUKO_BATCH_NORM_EPSILON;
    float *out;
    if (!leuko_params_add(w->params, name, 1, dims, &out, error))
        return FALSE;
    if (fabs(more) < 1e-9)
        more = 0;
    else
        w->found->epsilon = v->norm.epsilon;
    for (guint o = 0; o < layer->out_channels; o++) {
        out[o] = (float)(leuko_vector_at(v->norm.variance, o) + more);
        if (!(out[o] >= 0)) /* NaN too */
            return leuko_graphdef_refuse(w->g, v->node, LEUKO_ERROR_UNSUPPORTED, error,
                                         "has a batch norm with epsilon %g and, in channel %u, "
                                         "variance %g: this cannot be expressed with epsilon 0.001",
                                         v->norm.epsilon, o, leuko_vector_at(v->norm.variance, o));
    }
    return TRUE;
}

static gboolean all_ones(const LeukoVector *v)
{
    for (gsize i = 0; i < v->n; i++)
        if (v->values[i] != 1)
            return FALSE;
    return TRUE;
}

static gboolean put_norm(LeukoGraphdefWalk *w, const LeukoLayer *layer, const LeukoGraphdefValue *v,
                         GError **error)
{
    const LeukoVectorNorm *n = &v->norm;
    return put(w, layer, "BatchNorm/beta", n->beta, 0, error) &&
           put(w, layer, "BatchNorm/moving_mean", n->mean, 0, error) &&
           put_variance(w, layer, v, error) &&
           (!n->gamma || all_ones(n->gamma) ||
            put(w, layer, "BatchNorm/gamma", n->gamma, 1, error));
}

/* Multiply the weights (kh, kw, ic, oc) by one number per output channel. */
static gboolean scale_weights(LeukoGraphdefWalk *w, const LeukoLayer *layer,
                              const LeukoVector *scale, GError **error)
{
    g_autofree gchar *name = leuko_param_name(layer, "weights");
    const LeukoTensor *t = leuko_params_find(w->params, name);
    gsize dims[4], n = t->n_values;
    g_autofree float *scaled = g_new(float, n);
    float *out;
    memcpy(dims, t->dims, sizeof dims);
    for (gsize i = 0; i < n; i++)
        scaled[i] = (float)(t->data[i] * leuko_vector_at(scale, i % dims[3]));
    if (!leuko_params_add(w->params, name, 4, dims, &out, error))
        return FALSE;
    memcpy(out, scaled, n * sizeof *out);
    return TRUE;
}

/* A scale and a shift whose batch norm cannot be recovered: fold the scale into the weights, and
 * use a batch norm that only adds the shift. */
static gboolean put_folded(LeukoGraphdefWalk *w, const LeukoLayer *layer,
                           const LeukoGraphdefValue *v, GError **error)
{
    return (!v->scale || scale_weights(w, layer, v->scale, error)) &&
           put(w, layer, "BatchNorm/beta", v->shift, 0, error) &&
           put(w, layer, "BatchNorm/moving_mean", NULL, 0, error) &&
           put(w, layer, "BatchNorm/moving_variance", NULL, 1.0 - (double)LEUKO_BATCH_NORM_EPSILON,
               error);
}

gboolean leuko_graphdef_finish_conv(LeukoGraphdefWalk *w, LeukoGraphdefValue *v, GError **error)
{
    const LeukoLayer *layer = leuko_net_layer(w->net, v->layer);
    gboolean ok;
    if (layer->bias && v->fused)
        return leuko_graphdef_walk_refuse(w, v->node, error,
                                          "is the classifier, which must have no batch norm");
    if (layer->bias) {
        ok = (!v->scale || scale_weights(w, layer, v->scale, error)) &&
             put(w, layer, "biases", v->shift, 0, error);
    } else if (v->fused || leuko_vector_norm(v->scale, v->shift, &v->norm)) {
        ok = put_norm(w, layer, v, error);
        *(v->fused ? &w->found->n_fused : &w->found->n_unfused) += 1;
    } else {
        ok = put_folded(w, layer, v, error);
        w->found->n_folded++;
    }
    *v = (LeukoGraphdefValue){.kind = LEUKO_GRAPHDEF_LAYER, .layer = v->layer};
    return ok;
}

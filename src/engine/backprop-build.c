/* Builds the oneDNN primitives and plans the memory of a forward and backward pass. */
#include "engine/backprop-parts.h"
#include "leuko/error.h"
#include <string.h>

static const gsize max_partials = 2; /* doubles per channel and image: sum, sum of products */

void leuko_exec_clear(LeukoExec *exec)
{
    for (int a = 0; a < exec->n_args; a++)
        dnnl_memory_destroy(exec->args[a].memory);
    dnnl_primitive_destroy(exec->primitive);
    dnnl_primitive_desc_destroy(exec->desc);
    *exec = (LeukoExec){.scratch = LEUKO_NO_BUFFER};
}

/* --- buffers -------------------------------------------------------------------------------- */

static gint add_buffer(LeukoBackprop *t, gsize bytes, guint first, guint last)
{
    LeukoArenaBuffer buffer = {.bytes = bytes, .first = first, .last = last};
    g_array_append_val(t->buffers, buffer);
    return (gint)t->buffers->len - 1;
}

static void extend(LeukoBackprop *t, gint buffer, guint time)
{
    LeukoArenaBuffer *b = &g_array_index(t->buffers, LeukoArenaBuffer, buffer);
    b->first = MIN(b->first, time);
    b->last = MAX(b->last, time);
}

static guint backward_time(const LeukoBackprop *t, guint op) { return 2 * t->graph->n_ops - op; }

static gsize value_bytes(const LeukoBackprop *t, guint value)
{
    const LeukoValue *v = &t->graph->values[value];
    gsize element = v->logits || t->type == dnnl_f32 ? sizeof(float) : sizeof(guint16);
    return (gsize)t->options.batch * v->channels * v->h * v->w * element;
}

/* A value is in use from the first operation that writes it to the last operation that reads it.
 * The backward pass reads the inputs of convolutions and the outputs of ReLU. */
static void plan_values(LeukoBackprop *t)
{
    const LeukoBackpropGraph *g = t->graph;
    t->values = g_new(gint, g->n_values);
    for (guint v = 0; v < g->n_values; v++)
        t->values[v] =
            add_buffer(t, v == 0 ? dnnl_memory_desc_get_size(t->input) : value_bytes(t, v),
                       v == 0 ? 0 : G_MAXUINT, 0);
    for (guint i = 0; i < g->n_ops; i++) {
        const LeukoOp *op = &g->ops[i];
        gboolean conv = op->kind == LEUKO_OP_CONV;
        extend(t, t->values[op->source], i);
        if (conv)
            extend(t, t->values[op->source], backward_time(t, i));
        for (guint m = 0; m < op->n_members; m++) {
            gint target = t->values[op->members[m].target.root];
            extend(t, target, i);
            if (conv && leuko_backprop_layer(t, op)->relu)
                extend(t, target, backward_time(t, i));
            if (g->values[op->members[m].target.root].logits)
                extend(t, target, g->n_ops);
        }
    }
}

/* The gradient of an operation's input is in use until the backward pass of the first operation
 * that wrote the input. */
static void plan_source_gradient(LeukoBackprop *t, guint i)
{
    const LeukoBackpropGraph *g = t->graph;
    guint source = g->ops[i].source;
    t->ops[i].d_source = LEUKO_NO_BUFFER;
    if (!leuko_backprop_wants_gradient(t, source))
        return;
    guint first_writer = source == 0 ? 0 : i; /* the caller reads the gradient of the input */
    for (guint k = i; k-- > 0;)
        for (guint m = 0; m < g->ops[k].n_members; m++)
            if (g->ops[k].members[m].target.root == source)
                first_writer = k;
    t->ops[i].d_source =
        add_buffer(t, value_bytes(t, source), backward_time(t, i), backward_time(t, first_writer));
}

static gsize raw_bytes(const LeukoBackprop *t, const LeukoOp *op, guint channels, gboolean f32)
{
    const LeukoLayer *l = leuko_backprop_layer(t, op);
    return (gsize)t->options.batch * channels * l->out_h * l->out_w *
           (f32 || t->type == dnnl_f32 ? sizeof(float) : sizeof(guint16));
}

static gint add_scratch(LeukoBackprop *t, LeukoExec *exec, guint time)
{
    gsize bytes =
        dnnl_memory_desc_get_size(leuko_dnnl_query(exec->desc, dnnl_query_scratchpad_md, 0));
    exec->scratch = bytes > 0 ? add_buffer(t, bytes, time, time) : LEUKO_NO_BUFFER;
    return exec->scratch;
}

static void plan_conv(LeukoBackprop *t, guint i)
{
    const LeukoOp *op = &t->graph->ops[i];
    LeukoOpPrimitives *s = &t->ops[i];
    guint back = backward_time(t, i);
    gboolean logits = t->graph->values[op->members[0].target.root].logits;
    guint raw_last = s->batch_norm && t->options.batch_norm_trained ? back : i;
    s->raw = add_buffer(t, raw_bytes(t, op, op->n_raw, logits), i, raw_last);
    s->dz = add_buffer(t, raw_bytes(t, op, op->n_raw, FALSE), back, back);
    for (guint m = 0; m < op->n_members; m++) {
        s->pooled[m] = s->d_pooled[m] = LEUKO_NO_BUFFER;
        if (op->members[m].pool >= 0) {
            s->pooled[m] = add_buffer(t, raw_bytes(t, op, op->members[m].n, FALSE), i, raw_last);
            s->d_pooled[m] = add_buffer(t, raw_bytes(t, op, op->members[m].n, FALSE), back, back);
        }
    }
    add_scratch(t, &s->forward, i);
    add_scratch(t, &s->weights_pass, back);
    s->forward_weights = s->data_weights = LEUKO_NO_BUFFER;
    if (s->to_forward.desc) {
        gsize n =
            dnnl_memory_desc_get_size(leuko_dnnl_query(s->forward.desc, dnnl_query_weights_md, 0));
        s->forward_weights = add_buffer(t, n, i, i);
        add_scratch(t, &s->to_forward, i);
    }
    if (s->data_pass.desc)
        add_scratch(t, &s->data_pass, back);
    if (s->to_data.desc) {
        gsize n = dnnl_memory_desc_get_size(
            leuko_dnnl_query(s->data_pass.desc, dnnl_query_weights_md, 0));
        s->data_weights = add_buffer(t, n, back, back);
        add_scratch(t, &s->to_data, back);
    }
}

static void plan_memory(LeukoBackprop *t)
{
    const LeukoBackpropGraph *g = t->graph;
    plan_values(t);
    if (t->pack.desc)
        add_scratch(t, &t->pack, 0);
    for (guint i = 0; i < g->n_ops; i++) {
        const LeukoOp *op = &g->ops[i];
        LeukoOpPrimitives *s = &t->ops[i];
        plan_source_gradient(t, i);
        if (op->kind == LEUKO_OP_CONV)
            plan_conv(t, i);
        else if (op->kind == LEUKO_OP_MAX_POOL)
            s->which = add_buffer(t, raw_bytes(t, op, op->n_raw, TRUE) / sizeof(float), i,
                                  backward_time(t, i));
        else if (op->kind == LEUKO_OP_DROPOUT)
            s->mask = add_buffer(t, (gsize)t->options.batch * op->n_raw * sizeof(float), i,
                                 backward_time(t, i));
    }
    for (guint k = 0; k < 2; k++) {
        gint value = k == 0 ? g->logits : g->aux_logits;
        t->d_logits[k] = LEUKO_NO_BUFFER;
        for (guint i = 0; value >= 0 && i < g->n_ops; i++)
            if (g->ops[i].members[0].target.root == (guint)value)
                t->d_logits[k] =
                    add_buffer(t, value_bytes(t, (guint)value), g->n_ops, backward_time(t, i));
    }
}

/* --- primitives ----------------------------------------------------------------------------- */

static LeukoMemoryDesc blocked_desc(const LeukoBackprop *t, guint channels, guint h, guint w,
                                    dnnl_data_type_t type)
{
    const dnnl_dim_t dims[] = {t->options.batch, channels, h, w};
    return leuko_dnnl_desc(4, dims, type, leuko_dnnl_blocked_tag());
}

static gboolean create_reorder(LeukoExec *exec, LeukoMemoryDesc from, LeukoMemoryDesc to,
                               GError **error)
{
    return dnnl_memory_desc_equal(from, to) ||
           leuko_dnnl_reorder(&exec->desc, "reorder", from, to, NULL, error);
}

/* The forward pass of a convolution, and the descriptors in which the backward passes differ. */
typedef struct {
    LeukoDnnlConv forward;
    LeukoMemoryDesc dz, d_weights;
} ConvDescs;

static ConvDescs conv_descs(const LeukoBackprop *t, guint i)
{
    const LeukoOp *op = &t->graph->ops[i];
    const LeukoLayer *l = leuko_backprop_layer(t, op);
    const LeukoValue *from = &t->graph->values[op->source];
    const dnnl_dim_t w_dims[] = {op->n_raw, from->channels, l->kernel_h, l->kernel_w};
    const dnnl_dim_t x_dims[] = {t->options.batch, from->channels, from->h, from->w};
    gboolean image = op->source == 0 && t->graph->input_layer == 0;
    gboolean logits = t->graph->values[op->members[0].target.root].logits;
    return (ConvDescs){
        .forward = {.name = l->name,
                    .source = leuko_dnnl_desc(
                        4, x_dims, t->type, image ? dnnl_format_tag_any : leuko_dnnl_blocked_tag()),
                    .weights = leuko_dnnl_desc(4, w_dims, t->type, dnnl_format_tag_any),
                    .target =
                        blocked_desc(t, op->n_raw, l->out_h, l->out_w, logits ? dnnl_f32 : t->type),
                    .strides = {l->stride, l->stride},
                    .pads = {l->pad_h, l->pad_w}},
        .dz = blocked_desc(t, op->n_raw, l->out_h, l->out_w, t->type),
        .d_weights = leuko_dnnl_desc(4, w_dims, dnnl_f32, dnnl_format_tag_any)};
}

/* Winograd's F(4x4, 3x3) needs a quarter of the multiplications. The rule is fixed (nothing is
 * timed), so that the same build gives the same bytes. A pass without a Winograd kernel in oneDNN
 * uses the direct algorithm. */
static gboolean create_pass(const LeukoBackprop *t, guint i, LeukoExec *exec, dnnl_prop_kind_t pass,
                            LeukoDnnlConv conv, GError **error)
{
    const LeukoLayer *l = leuko_backprop_layer(t, &t->graph->ops[i]);
    conv.winograd = t->graph->ops[i].source != 0 && t->type == dnnl_f32 && l->kernel_h == 3 &&
                    l->kernel_w == 3 && l->stride == 1;
    if (conv.winograd && leuko_dnnl_conv(&exec->desc, pass, &conv, NULL, NULL))
        return TRUE;
    conv.winograd = FALSE;
    return leuko_dnnl_conv(&exec->desc, pass, &conv, NULL, error);
}

static gboolean create_conv(LeukoBackprop *t, guint i, GError **error)
{
    LeukoOpPrimitives *s = &t->ops[i];
    gboolean first = t->graph->ops[i].source == 0;
    ConvDescs d = conv_descs(t, i);
    LeukoDnnlConv conv = d.forward;
    if (!create_pass(t, i, &s->forward, dnnl_forward_training, conv, error))
        return FALSE;
    conv.source = leuko_dnnl_query(s->forward.desc, dnnl_query_src_md, 0);
    conv.target = d.dz;
    if (first)
        t->input = conv.source;
    conv.weights = d.d_weights;
    if (!create_pass(t, i, &s->weights_pass, dnnl_backward_weights, conv, error))
        return FALSE;
    s->master = leuko_dnnl_query(s->weights_pass.desc, dnnl_query_diff_weights_md, 0);
    if (!create_reorder(&s->to_forward, s->master,
                        leuko_dnnl_query(s->forward.desc, dnnl_query_weights_md, 0), error))
        return FALSE;
    if (!leuko_backprop_wants_gradient(t, t->graph->ops[i].source))
        return TRUE;
    conv.weights = d.forward.weights;
    return create_pass(t, i, &s->data_pass, dnnl_backward_data, conv, error) &&
           create_reorder(&s->to_data, s->master,
                          leuko_dnnl_query(s->data_pass.desc, dnnl_query_weights_md, 0), error);
}

/* The caller's input. */
static LeukoMemoryDesc image_desc(const LeukoBackprop *t)
{
    const LeukoValue *v = &t->graph->values[0];
    const dnnl_dim_t dims[] = {t->options.batch, v->channels, v->h, v->w};
    return leuko_dnnl_desc(4, dims, dnnl_f32, dnnl_nchw);
}

static gboolean create_pack(LeukoBackprop *t, GError **error)
{
    const LeukoValue *v = &t->graph->values[0];
    if (t->graph->input_layer == 0)
        return create_reorder(&t->pack, image_desc(t), t->input, error);
    t->input = blocked_desc(t, v->channels, v->h, v->w, t->type);
    return TRUE;
}

/* --- arguments ------------------------------------------------------------------------------ */

void *leuko_backprop_buffer(const LeukoBackprop *t, gint buffer)
{
    if (buffer < 0)
        return NULL;
    return t->arena + g_array_index(t->buffers, LeukoArenaBuffer, buffer).offset;
}

static gboolean add_arg(LeukoExec *exec, int arg, LeukoMemoryDesc md, void *data, GError **error)
{
    g_assert(exec->n_args < LEUKO_EXEC_MAX_ARGS);
    exec->args[exec->n_args].arg = arg;
    exec->args[exec->n_args].memory = leuko_dnnl_memory_new(md, data, error);
    return exec->args[exec->n_args++].memory != NULL;
}

static gboolean finish_exec(LeukoBackprop *t, LeukoExec *exec, GError **error)
{
    return (exec->scratch < 0 || add_arg(exec, DNNL_ARG_SCRATCHPAD,
                                         leuko_dnnl_query(exec->desc, dnnl_query_scratchpad_md, 0),
                                         leuko_backprop_buffer(t, exec->scratch), error)) &&
           leuko_dnnl_ok(dnnl_primitive_create(&exec->primitive, exec->desc), error, "primitive");
}

static gboolean bind_reorder(LeukoBackprop *t, LeukoExec *exec, const LeukoExec *user,
                             LeukoMemoryDesc master, float *weights, gint to, GError **error)
{
    return !exec->desc ||
           (add_arg(exec, DNNL_ARG_FROM, master, weights, error) &&
            add_arg(exec, DNNL_ARG_TO, leuko_dnnl_query(user->desc, dnnl_query_weights_md, 0),
                    leuko_backprop_buffer(t, to), error) &&
            finish_exec(t, exec, error));
}

static gboolean bind_conv(LeukoBackprop *t, guint i, GError **error)
{
    LeukoOpPrimitives *s = &t->ops[i];
    const LeukoOp *op = &t->graph->ops[i];
    const LeukoBackpropParameter *w =
        &g_array_index(t->parameters, LeukoBackpropParameter, s->weights);
    void *source = leuko_backprop_buffer(t, t->values[op->source]),
         *dz = leuko_backprop_buffer(t, s->dz);
    void *forward_weights =
        s->to_forward.desc ? leuko_backprop_buffer(t, s->forward_weights) : w->values;
    void *data_weights = s->to_data.desc ? leuko_backprop_buffer(t, s->data_weights) : w->values;
    LeukoExec *f = &s->forward, *b = &s->weights_pass, *d = &s->data_pass;
    LeukoMemoryDesc source_md = leuko_dnnl_query(f->desc, dnnl_query_src_md, 0);
    return bind_reorder(t, &s->to_forward, f, s->master, w->values, s->forward_weights, error) &&
           add_arg(f, DNNL_ARG_SRC, source_md, source, error) &&
           add_arg(f, DNNL_ARG_WEIGHTS, leuko_dnnl_query(f->desc, dnnl_query_weights_md, 0),
                   forward_weights, error) &&
           add_arg(f, DNNL_ARG_DST, leuko_dnnl_query(f->desc, dnnl_query_dst_md, 0),
                   leuko_backprop_buffer(t, s->raw), error) &&
           finish_exec(t, f, error) &&
           add_arg(b, DNNL_ARG_SRC, leuko_dnnl_query(b->desc, dnnl_query_src_md, 0), source,
                   error) &&
           add_arg(b, DNNL_ARG_DIFF_DST, leuko_dnnl_query(b->desc, dnnl_query_diff_dst_md, 0), dz,
                   error) &&
           add_arg(b, DNNL_ARG_DIFF_WEIGHTS, s->master, w->gradients, error) &&
           finish_exec(t, b, error) &&
           (!d->desc ||
            (bind_reorder(t, &s->to_data, d, s->master, w->values, s->data_weights, error) &&
             add_arg(d, DNNL_ARG_DIFF_DST, leuko_dnnl_query(d->desc, dnnl_query_diff_dst_md, 0), dz,
                     error) &&
             add_arg(d, DNNL_ARG_WEIGHTS, leuko_dnnl_query(d->desc, dnnl_query_weights_md, 0),
                     data_weights, error) &&
             add_arg(d, DNNL_ARG_DIFF_SRC, leuko_dnnl_query(d->desc, dnnl_query_diff_src_md, 0),
                     leuko_backprop_buffer(t, s->d_source), error) &&
             finish_exec(t, d, error)));
}

static gboolean bind_pack(LeukoBackprop *t, GError **error)
{
    return !t->pack.desc || (add_arg(&t->pack, DNNL_ARG_FROM, image_desc(t), NULL, error) &&
                             add_arg(&t->pack, DNNL_ARG_TO, t->input,
                                     leuko_backprop_buffer(t, t->values[0]), error) &&
                             finish_exec(t, &t->pack, error));
}

static LeukoPooling pooling_of(const LeukoBackprop *t, guint layer)
{
    const LeukoLayer *l = leuko_net_layer(t->net, layer);
    return (LeukoPooling){l->kernel_h, l->kernel_w,
                          l->stride,   l->pad_h,
                          l->pad_w,    l->in_h,
                          l->in_w,     l->out_h,
                          l->out_w,    leuko_net_spec(t->net)->pool_includes_padding};
}

static void add_vectors(LeukoBackprop *t, guint i)
{
    const LeukoOp *op = &t->graph->ops[i];
    LeukoOpPrimitives *s = &t->ops[i];
    s->channel_vectors = g_new0(float, (gsize)LEUKO_N_VECTORS * op->n_raw);
    s->partials = g_new0(double, max_partials * t->options.batch * op->n_raw);
    s->estimate = g_new0(double, 3 * (gsize)op->n_raw);
}

gboolean leuko_backprop_build(LeukoBackprop *t, GError **error)
{
    for (guint i = 0; i < t->graph->n_ops; i++) {
        const LeukoOp *op = &t->graph->ops[i];
        LeukoOpPrimitives *s = &t->ops[i];
        s->batch_norm = leuko_backprop_layer(t, op)->batch_norm;
        if (op->kind != LEUKO_OP_CONV)
            s->pooling = pooling_of(t, op->members[0].layer);
        for (guint m = 0; m < op->n_members; m++)
            if (op->members[m].pool >= 0)
                s->pooling = pooling_of(t, (guint)op->members[m].pool);
        if (op->kind == LEUKO_OP_CONV) {
            add_vectors(t, i);
            if (!create_conv(t, i, error))
                return FALSE;
        }
    }
    if (!create_pack(t, error))
        return FALSE;
    plan_memory(t);
    leuko_backprop_add_parameters(t);
    t->arena_bytes =
        leuko_arena_plan((LeukoArenaBuffer *)(gpointer)t->buffers->data, t->buffers->len);
    t->arena = leuko_dnnl_alloc(t->arena_bytes, error);
    t->flat_values = leuko_dnnl_alloc(2 * t->n_flat * sizeof(float), error);
    if (!t->arena || !t->flat_values)
        return FALSE;
    t->flat_gradients = t->flat_values + t->n_flat;
    for (guint k = 0; k < t->parameters->len; k++) {
        LeukoBackpropParameter *parameter =
            &g_array_index(t->parameters, LeukoBackpropParameter, k);
        gsize at = GPOINTER_TO_SIZE(parameter->values);
        parameter->values = t->flat_values + at;
        parameter->gradients = t->flat_gradients + at;
    }
    for (guint i = 0; i < t->graph->n_ops; i++)
        if (t->graph->ops[i].kind == LEUKO_OP_CONV && !bind_conv(t, i, error))
            return FALSE;
    return bind_pack(t, error);
}

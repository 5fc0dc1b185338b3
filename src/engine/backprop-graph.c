#include "engine/backprop-graph.h"
#include "engine/channels.h"
#include "leuko/error.h"
#include <string.h>

typedef struct {
    const LeukoNet *net;
    guint n, block;
    LeukoBackpropGraph *out;
    guint *physical;    /* (n): channels of each layer's output, padded */
    gint *joined_by;    /* (n): the concat that takes it, or -1 */
    gboolean *done;     /* (n) */
    LeukoSlice *slices; /* (n): n 0: none yet */
    GArray *ops, *values;
} Builder;

static const LeukoLayer *layer_of(const Builder *b, guint i) { return leuko_net_layer(b->net, i); }

/* The average pool that may come behind the 1x1 convolution `conv`, or -1. */
static gint pool_before(const Builder *b, guint conv)
{
    const LeukoLayer *l = layer_of(b, conv);
    const LeukoLayer *p = layer_of(b, l->inputs[0]);
    gboolean fits = leuko_layer_is_pointwise(l) && l->batch_norm &&
                    p->kind == LEUKO_LAYER_AVG_POOL && p->stride == 1 && p->out_h == p->in_h &&
                    p->out_w == p->in_w;
    return fits ? (gint)l->inputs[0] : -1;
}

/* What a convolution reads when pools have moved behind it. */
static guint source_of(const Builder *b, guint conv)
{
    gint pool = pool_before(b, conv);
    return layer_of(b, pool >= 0 ? (guint)pool : conv)->inputs[0];
}

static void place(Builder *b, guint layer, LeukoSlice slice)
{
    const LeukoLayer *l = layer_of(b, layer);
    b->slices[layer] = slice;
    if (l->kind != LEUKO_LAYER_CONCAT)
        return;
    for (guint j = 0, first = slice.first; j < l->n_inputs; j++) {
        place(b, l->inputs[j], (LeukoSlice){slice.root, first, b->physical[l->inputs[j]]});
        first += b->physical[l->inputs[j]];
    }
}

/* The slice that `layer` writes: its own value, or a part of the outermost concat's. */
static LeukoSlice target_of(Builder *b, guint layer)
{
    guint outer = layer;
    while (b->joined_by[outer] >= 0)
        outer = (guint)b->joined_by[outer];
    if (b->slices[outer].n == 0) {
        const LeukoLayer *l = layer_of(b, outer);
        LeukoValue value = {b->physical[outer], l->out_h, l->out_w, FALSE};
        g_array_append_val(b->values, value);
        place(b, outer, (LeukoSlice){b->values->len - 1, 0, b->physical[outer]});
    }
    return b->slices[layer];
}

static void add_member(Builder *b, LeukoOp *op, guint layer)
{
    gint pool = layer_of(b, layer)->kind == LEUKO_LAYER_CONV ? pool_before(b, layer) : -1;
    LeukoOpMember *m = &op->members[op->n_members++];
    *m = (LeukoOpMember){layer, op->n_raw, b->physical[layer], target_of(b, layer), pool};
    op->n_raw += m->n;
    b->done[layer] = TRUE;
}

static void add_conv(Builder *b, guint layer)
{
    guint source = source_of(b, layer);
    const LeukoLayer *l = layer_of(b, layer);
    LeukoOp op = {.kind = LEUKO_OP_CONV, .source = b->slices[source].root, .source_layer = source};
    for (guint i = layer; i < b->n && op.n_members < LEUKO_MAX_INPUTS; i++) {
        const LeukoLayer *o = layer_of(b, i);
        gboolean together = i == layer || (leuko_layer_is_pointwise(l) && l->batch_norm &&
                                           leuko_layer_is_pointwise(o) && o->batch_norm &&
                                           source_of(b, i) == source);
        if (together && !b->done[i] && leuko_layer_is_aux(o) == leuko_layer_is_aux(l))
            add_member(b, &op, i);
    }
    if (!l->batch_norm) {
        g_array_index(b->values, LeukoValue, op.members[0].target.root).logits = TRUE;
        *(leuko_layer_is_aux(l) ? &b->out->aux_logits : &b->out->logits) =
            (gint)op.members[0].target.root;
    }
    g_array_append_val(b->ops, op);
}

/* A pool that moves behind its convolution is no operation of its own. */
static gboolean moves(const Builder *b, guint pool)
{
    for (guint i = pool + 1; i < b->n; i++)
        if (layer_of(b, i)->kind == LEUKO_LAYER_CONV && pool_before(b, i) == (gint)pool)
            return TRUE;
    return FALSE;
}

static void add_layer(Builder *b, guint i)
{
    const LeukoLayer *l = layer_of(b, i);
    LeukoOp op = {.kind = l->kind == LEUKO_LAYER_MAX_POOL   ? LEUKO_OP_MAX_POOL
                          : l->kind == LEUKO_LAYER_AVG_POOL ? LEUKO_OP_AVG_POOL
                                                            : LEUKO_OP_DROPOUT,
                  .source_layer = l->inputs[0]};
    if (l->kind == LEUKO_LAYER_CONV) {
        add_conv(b, i);
    } else if (l->kind == LEUKO_LAYER_CONCAT) {
        target_of(b, i);
    } else if (l->kind != LEUKO_LAYER_SOFTMAX && !moves(b, i)) {
        op.source = b->slices[l->inputs[0]].root;
        add_member(b, &op, i);
        g_array_append_val(b->ops, op);
    }
}

/* The layer whose output is the input: the image, or the last layer in front of the block. */
static gboolean find_input(const LeukoNet *net, const char *first_block, guint *input,
                           GError **error)
{
    const char *const *endpoints = leuko_net_endpoints();
    *input = 0;
    if (!*first_block || strcmp(first_block, endpoints[0]) == 0)
        return TRUE;
    for (guint e = 1; endpoints[e]; e++)
        if (strcmp(endpoints[e], first_block) == 0 && leuko_net_find(net, first_block) >= 0) {
            *input = (guint)leuko_net_find(net, endpoints[e - 1]);
            return TRUE;
        }
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "cannot train from %s on: the network ends at %s", first_block,
                leuko_net_spec(net)->endpoint);
    return FALSE;
}

/* Layers that depend on the input layer alone. */
static gboolean *find_trained(const LeukoNet *net, guint input)
{
    gboolean *trained = g_new0(gboolean, leuko_net_n_layers(net));
    for (guint i = input + 1; i < leuko_net_n_layers(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        for (guint j = 0; j < l->n_inputs; j++)
            trained[i] = trained[i] || l->inputs[j] == input || trained[l->inputs[j]];
    }
    return trained;
}

static void build(Builder *b, guint input)
{
    g_autofree gboolean *trained = find_trained(b->net, input);
    for (guint i = 0; i <= input; i++) {
        leuko_map_channels(b->net, i, b->block, b->out->channel, b->physical);
        b->done[i] = TRUE;
    }
    LeukoValue value = {b->physical[input], layer_of(b, input)->out_h, layer_of(b, input)->out_w,
                        FALSE};
    g_array_append_val(b->values, value);
    b->slices[input] = (LeukoSlice){0, 0, b->physical[input]};
    for (guint i = input + 1; i < b->n; i++) {
        leuko_map_channels(b->net, i, b->block, b->out->channel, b->physical);
        b->done[i] = !trained[i];
        b->joined_by[i] = -1;
    }
    for (guint i = input + 1; i < b->n; i++)
        for (guint j = 0;
             layer_of(b, i)->kind == LEUKO_LAYER_CONCAT && j < layer_of(b, i)->n_inputs; j++)
            b->joined_by[layer_of(b, i)->inputs[j]] = (gint)i;
    for (guint i = input + 1; i < b->n; i++)
        if (!b->done[i])
            add_layer(b, i);
}

LeukoBackpropGraph *leuko_backprop_graph_new(const LeukoNet *net, const char *first_block,
                                             guint block, GError **error)
{
    guint n = leuko_net_n_layers(net), input = 0;
    if (!find_input(net, first_block, &input, error))
        return NULL;
    LeukoBackpropGraph *out = g_new0(LeukoBackpropGraph, 1);
    *out =
        (LeukoBackpropGraph){.n_layers = n, .input_layer = input, .logits = -1, .aux_logits = -1};
    out->channel = g_new0(guint *, n);
    g_autofree guint *physical = g_new0(guint, n);
    g_autofree gint *joined_by = g_new0(gint, n);
    g_autofree gboolean *done = g_new0(gboolean, n);
    g_autofree LeukoSlice *slices = g_new0(LeukoSlice, n);
    Builder b = {net,
                 n,
                 block,
                 out,
                 physical,
                 joined_by,
                 done,
                 slices,
                 g_array_new(FALSE, TRUE, sizeof(LeukoOp)),
                 g_array_new(FALSE, TRUE, sizeof(LeukoValue))};
    build(&b, input);
    out->n_ops = b.ops->len;
    out->n_values = b.values->len;
    out->ops = (LeukoOp *)(gpointer)g_array_free(b.ops, FALSE);
    out->values = (LeukoValue *)(gpointer)g_array_free(b.values, FALSE);
    return out;
}

void leuko_backprop_graph_free(LeukoBackpropGraph *graph)
{
    if (!graph)
        return;
    for (guint i = 0; i < graph->n_layers; i++)
        g_free(graph->channel[i]);
    g_free(graph->channel);
    g_free(graph->ops);
    g_free(graph->values);
    g_free(graph);
}

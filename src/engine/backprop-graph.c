#include "engine/backprop-graph.h"
#include "engine/backprop-types.h"
#include "leuko/error.h"
#include <string.h>

typedef struct {
    const LeukoNet *net;
    LeukoGraphAnalysis *graph;
    LeukoBackpropGraph *out;
    gboolean *done;     /* (n_layers) */
    LeukoSlice *slices; /* (n_layers); n 0: not assigned yet */
    GArray *ops, *values;
} Builder;

static const LeukoLayer *layer_of(const Builder *b, guint i) { return leuko_net_layer(b->net, i); }

/* The slice that `layer` writes: a value of its own, or a part of the outermost concat's value. */
static LeukoSlice target_of(Builder *b, guint layer)
{
    guint outer = leuko_graph_outermost(b->graph, layer), n = b->graph->physical[outer];
    if (b->slices[outer].n == 0) {
        const LeukoLayer *l = layer_of(b, outer);
        LeukoValue value = {n, l->out_h, l->out_w, FALSE};
        g_array_append_val(b->values, value);
        leuko_graph_assign(b->graph, outer, (LeukoSlice){b->values->len - 1, 0, n}, b->slices);
    }
    return b->slices[layer];
}

static void add_member(Builder *b, LeukoOp *op, guint layer)
{
    LeukoOpMember *m = &op->members[op->n_members++];
    *m = (LeukoOpMember){layer, op->n_raw, b->graph->physical[layer], target_of(b, layer),
                         b->graph->pool[layer]};
    op->n_raw += m->n;
    b->done[layer] = TRUE;
}

static void add_conv(Builder *b, guint layer)
{
    guint source = leuko_graph_source(b->graph, layer), members[LEUKO_MAX_INPUTS];
    const LeukoLayer *l = layer_of(b, layer);
    LeukoOp op = {.kind = LEUKO_OP_CONV, .source = b->slices[source].root, .source_layer = source};
    guint n = leuko_graph_merge(b->graph, layer, TRUE, members);
    for (guint k = 0; k < n; k++)
        add_member(b, &op, members[k]);
    if (!l->batch_norm) {
        g_array_index(b->values, LeukoValue, op.members[0].target.root).logits = TRUE;
        *(leuko_layer_is_aux(l) ? &b->out->aux_logits : &b->out->logits) =
            (gint)op.members[0].target.root;
    }
    g_array_append_val(b->ops, op);
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
    } else if (l->kind != LEUKO_LAYER_SOFTMAX && !b->graph->moves[i]) {
        op.source = b->slices[l->inputs[0]].root;
        add_member(b, &op, i);
        g_array_append_val(b->ops, op);
    }
}

/* Find the layer whose output is the input: the image, or the endpoint before the block. */
static gboolean find_input(const LeukoNet *net, const char *first_block, guint *input,
                           GError **error)
{
    const char *const *endpoints = leuko_net_endpoints();
    *input = 0;
    if (!*first_block || strcmp(first_block, endpoints[0]) == 0)
        return TRUE;
    if (strcmp(first_block, LEUKO_BACKPROP_HEAD) == 0) {
        *input = leuko_net_endpoint_layer(net);
        return TRUE;
    }
    for (guint e = 1; endpoints[e]; e++)
        if (strcmp(endpoints[e], first_block) == 0 && leuko_net_find(net, first_block) >= 0) {
            *input = (guint)leuko_net_find(net, endpoints[e - 1]);
            return TRUE;
        }
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "cannot train from endpoint %s: the network ends at %s", first_block,
                leuko_net_spec(net)->endpoint);
    return FALSE;
}

static void build(Builder *b, guint input)
{
    guint n = b->graph->physical[input];
    LeukoValue value = {n, layer_of(b, input)->out_h, layer_of(b, input)->out_w, FALSE};
    g_array_append_val(b->values, value);
    b->slices[input] = (LeukoSlice){0, 0, n};
    for (guint i = input + 1; i < b->graph->n_layers; i++)
        if (b->graph->active[i] && !b->done[i])
            add_layer(b, i);
}

LeukoBackpropGraph *leuko_backprop_graph_new(const LeukoNet *net, const char *first_block,
                                             guint block, GError **error)
{
    guint n = leuko_net_n_layers(net), input = 0;
    if (!find_input(net, first_block, &input, error))
        return NULL;
    g_autoptr(LeukoGraphAnalysis) graph =
        leuko_graph_analysis_new(net, leuko_graph_descendants(net, input), block);
    LeukoBackpropGraph *out = g_new0(LeukoBackpropGraph, 1);
    *out =
        (LeukoBackpropGraph){.n_layers = n, .input_layer = input, .logits = -1, .aux_logits = -1};
    g_autofree gboolean *done = g_new0(gboolean, n);
    g_autofree LeukoSlice *slices = g_new0(LeukoSlice, n);
    Builder b = {net,
                 graph,
                 out,
                 done,
                 slices,
                 g_array_new(FALSE, TRUE, sizeof(LeukoOp)),
                 g_array_new(FALSE, TRUE, sizeof(LeukoValue))};
    build(&b, input);
    out->channel = g_steal_pointer(&graph->channel);
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

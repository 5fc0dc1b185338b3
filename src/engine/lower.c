#include "engine/lower.h"
#include <string.h>

typedef struct {
    const LeukoNet *net;
    LeukoLowerOptions options;
    LeukoGraphAnalysis *graph;
    LeukoLowered *out;
    gboolean *done; /* (n_layers): a step computes the layer */
    GArray *steps, *roots;
} Lowering;

static const LeukoLayer *layer_of(const Lowering *lo, guint index)
{
    return leuko_net_layer(lo->net, index);
}

/* The average pool that is swapped with the convolution `conv`, or -1. */
static gint swapped_pool(const Lowering *lo, guint conv)
{
    return lo->options.commute_pools ? lo->graph->pool[conv] : -1;
}

static guint add_root(Lowering *lo, guint channels, guint h, guint w)
{
    LeukoRoot root = {channels, h, w};
    g_array_append_val(lo->roots, root);
    return lo->roots->len - 1;
}

static void assign(Lowering *lo, guint layer, LeukoSlice slice)
{
    if (lo->options.in_place)
        leuko_graph_assign(lo->graph, layer, slice, lo->out->slices);
    else
        lo->out->slices[layer] = slice;
}

/* The convolutions that one step computes together with `first`. Convolutions outside concats come
 * first, then the convolution that is the first branch of its concat. A later branch of a concat
 * has a step of its own. */
static guint gather(const Lowering *lo, guint first, guint members[LEUKO_MAX_INPUTS])
{
    guint all[LEUKO_MAX_INPUTS], n = 0;
    guint n_all = lo->options.merge ? leuko_graph_merge(lo->graph, first, FALSE, all) : 0;
    gint last = -1;
    for (guint k = 0; k < n_all; k++) {
        gint concat = lo->graph->concat[all[k]];
        if (concat < 0 && n < LEUKO_MAX_INPUTS - 1)
            members[n++] = all[k];
        else if (concat >= 0 && layer_of(lo, (guint)concat)->inputs[0] == all[k] &&
                 lo->graph->concat[concat] < 0 && last < 0)
            last = (gint)all[k];
    }
    if (last >= 0)
        members[n++] = (guint)last;
    for (guint k = 0; k < n; k++)
        if (members[k] == first)
            return n;
    members[0] = first;
    return 1;
}

static LeukoLoweredStep step_for(const Lowering *lo, guint layer, LeukoStepKind kind)
{
    const LeukoLayer *l = layer_of(lo, layer);
    return (LeukoLoweredStep){.kind = kind,
                              .n_members = 1,
                              .members = {{layer, 0}},
                              .n_sources = 1,
                              .source = {lo->out->slices[l->inputs[0]]},
                              .source_layer = l->inputs[0],
                              .target = lo->out->slices[layer],
                              .kernel_h = l->kernel_h,
                              .kernel_w = l->kernel_w,
                              .stride = l->stride,
                              .pad_h = l->pad_h,
                              .pad_w = l->pad_w,
                              .in_h = l->in_h,
                              .in_w = l->in_w,
                              .out_h = l->out_h,
                              .out_w = l->out_w,
                              .relu = l->relu,
                              .bias = l->batch_norm || l->bias};
}

/* If `layer` has no slice yet, make a root for its outermost concat (or for `layer` itself). The
 * root begins with `prefix` channels of other layers. */
static void ensure_slice(Lowering *lo, guint layer, guint prefix)
{
    guint outer = lo->options.in_place ? leuko_graph_outermost(lo->graph, layer) : layer;
    guint n = lo->graph->physical[outer];
    if (lo->out->slices[outer].n > 0)
        return;
    const LeukoLayer *l = layer_of(lo, outer);
    guint root = add_root(lo, prefix + n, l->out_h, l->out_w);
    assign(lo, outer, (LeukoSlice){root, prefix, n});
}

static void lower_conv(Lowering *lo, guint layer)
{
    guint members[LEUKO_MAX_INPUTS], prefix = 0;
    guint n = gather(lo, layer, members);
    gboolean joins = n > 1 && lo->graph->concat[members[n - 1]] >= 0;
    for (guint k = 0; k + 1 < n; k++)
        prefix += lo->graph->physical[members[k]];
    if (n > 1 && joins) {
        ensure_slice(lo, members[n - 1], prefix);
    } else if (n > 1) {
        const LeukoLayer *l = layer_of(lo, layer);
        guint root = add_root(lo, prefix + lo->graph->physical[members[n - 1]], l->out_h, l->out_w);
        assign(lo, members[n - 1], (LeukoSlice){root, prefix, lo->graph->physical[members[n - 1]]});
    } else {
        ensure_slice(lo, layer, 0);
    }
    LeukoSlice last = lo->out->slices[members[n - 1]];
    guint first = last.first - prefix;
    g_assert(last.first >= prefix);
    for (guint k = 0, at = first; k + 1 < n; k++) {
        assign(lo, members[k], (LeukoSlice){last.root, at, lo->graph->physical[members[k]]});
        at += lo->graph->physical[members[k]];
    }
    LeukoLoweredStep step = step_for(lo, members[0], LEUKO_STEP_CONV);
    step.n_members = n;
    step.target = (LeukoSlice){last.root, first, prefix + last.n};
    for (guint k = 0; k < n; k++) {
        step.members[k] = (LeukoMember){members[k], lo->out->slices[members[k]].first - first};
        lo->done[members[k]] = TRUE;
    }
    g_array_append_val(lo->steps, step);
}

/* Add two steps: the convolution without ReLU writes a root of its own; then the pool with ReLU
 * writes the convolution's slice. */
static void lower_commuted(Lowering *lo, guint conv, guint pool)
{
    const LeukoLayer *c = layer_of(lo, conv), *p = layer_of(lo, pool);
    gboolean pads = leuko_net_spec(lo->net)->pool_includes_padding;
    ensure_slice(lo, conv, 0);
    guint root = add_root(lo, lo->graph->physical[conv], c->out_h, c->out_w);
    LeukoSlice middle = {root, 0, lo->graph->physical[conv]};

    LeukoLoweredStep first = step_for(lo, conv, LEUKO_STEP_CONV);
    first.source[0] = lo->out->slices[p->inputs[0]];
    first.source_layer = p->inputs[0];
    first.target = middle;
    first.relu = FALSE;
    first.bias = first.bias && !pads;
    g_array_append_val(lo->steps, first);

    LeukoLoweredStep second = step_for(lo, pool, LEUKO_STEP_AVG_POOL);
    second.source[0] = middle;
    second.source_layer = conv;
    second.target = lo->out->slices[conv];
    second.relu = c->relu;
    second.bias = pads && (c->batch_norm || c->bias);
    second.bias_layer = conv;
    g_array_append_val(lo->steps, second);
    lo->done[conv] = lo->done[pool] = TRUE;
    lo->out->slices[pool] = (LeukoSlice){0};
}

static void lower_layer(Lowering *lo, guint layer)
{
    const LeukoLayer *l = layer_of(lo, layer);
    gint pool = swapped_pool(lo, layer);
    if (l->kind == LEUKO_LAYER_INPUT) {
        guint root = add_root(lo, l->out_channels, l->out_h, l->out_w);
        lo->out->slices[layer] = (LeukoSlice){root, 0, l->out_channels};
    } else if (pool >= 0) {
        lower_commuted(lo, layer, (guint)pool);
    } else if (l->kind == LEUKO_LAYER_CONV) {
        lower_conv(lo, layer);
    } else if (l->kind == LEUKO_LAYER_CONCAT) {
        ensure_slice(lo, layer, 0);
        if (lo->options.in_place)
            return;
        LeukoLoweredStep step = step_for(lo, layer, LEUKO_STEP_CONCAT);
        step.n_sources = l->n_inputs;
        for (guint j = 0; j < l->n_inputs; j++)
            step.source[j] = lo->out->slices[l->inputs[j]];
        g_array_append_val(lo->steps, step);
    } else {
        ensure_slice(lo, layer, 0);
        LeukoLoweredStep step = step_for(
            lo, layer, l->kind == LEUKO_LAYER_MAX_POOL ? LEUKO_STEP_MAX_POOL : LEUKO_STEP_AVG_POOL);
        g_array_append_val(lo->steps, step);
    }
}

static void lower_all(Lowering *lo)
{
    for (guint i = 0; i < lo->graph->n_layers; i++)
        if (lo->graph->active[i] && !lo->done[i] &&
            !(lo->options.commute_pools && lo->graph->moves[i]))
            lower_layer(lo, i);
}

LeukoLowered *leuko_lower(const LeukoNet *net, const LeukoLowerOptions *options)
{
    guint n = leuko_net_n_layers(net);
    g_autoptr(LeukoGraphAnalysis) graph = leuko_graph_analysis_new(
        net, leuko_graph_ancestors(net, leuko_net_endpoint_layer(net)), options->align);
    LeukoLowered *out = g_new0(LeukoLowered, 1);
    out->n_layers = n;
    out->slices = g_new0(LeukoSlice, n);
    g_autofree gboolean *done = g_new0(gboolean, n);
    Lowering lo = {.net = net,
                   .options = *options,
                   .graph = graph,
                   .out = out,
                   .done = done,
                   .steps = g_array_new(FALSE, TRUE, sizeof(LeukoLoweredStep)),
                   .roots = g_array_new(FALSE, TRUE, sizeof(LeukoRoot))};
    lower_all(&lo);
    out->channel = g_steal_pointer(&graph->channel);
    out->n_steps = lo.steps->len;
    out->n_roots = lo.roots->len;
    out->steps = (LeukoLoweredStep *)(gpointer)g_array_free(lo.steps, FALSE);
    out->roots = (LeukoRoot *)(gpointer)g_array_free(lo.roots, FALSE);
    return out;
}

void leuko_lowered_free(LeukoLowered *lowered)
{
    if (!lowered)
        return;
    for (guint i = 0; i < lowered->n_layers; i++)
        g_free(lowered->channel[i]);
    g_free(lowered->channel);
    g_free(lowered->slices);
    g_free(lowered->roots);
    g_free(lowered->steps);
    g_free(lowered);
}

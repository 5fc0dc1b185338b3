#include "engine/graph-analysis.h"

gboolean *leuko_graph_ancestors(const LeukoNet *net, guint layer)
{
    gboolean *needed = g_new0(gboolean, leuko_net_n_layers(net));
    needed[layer] = TRUE;
    for (guint i = layer + 1; i-- > 0;)
        for (guint j = 0; needed[i] && j < leuko_net_layer(net, i)->n_inputs; j++)
            needed[leuko_net_layer(net, i)->inputs[j]] = TRUE;
    return needed;
}

gboolean *leuko_graph_descendants(const LeukoNet *net, guint layer)
{
    gboolean *depends = g_new0(gboolean, leuko_net_n_layers(net));
    for (guint i = layer + 1; i < leuko_net_n_layers(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        for (guint j = 0; j < l->n_inputs; j++)
            depends[i] = depends[i] || l->inputs[j] == layer || depends[l->inputs[j]];
    }
    return depends;
}

/* --- building --------------------------------------------------------------------------------- */

static const LeukoLayer *layer_of(const LeukoGraphAnalysis *a, guint i)
{
    return leuko_net_layer(a->net, i);
}

/* The convolution of the logits has no batch norm. It is never merged, because its outputs are
 * float32. */
static gboolean is_pointwise(const LeukoLayer *l)
{
    return l->kind == LEUKO_LAYER_CONV && l->kernel_h == 1 && l->kernel_w == 1 && l->stride == 1 &&
           l->batch_norm;
}

static gboolean keeps_size(const LeukoLayer *l)
{
    return l->kind == LEUKO_LAYER_AVG_POOL && l->stride == 1 && l->out_h == l->in_h &&
           l->out_w == l->in_w;
}

static void find_concats_and_pools(LeukoGraphAnalysis *a)
{
    g_autofree guint *n_readers = g_new0(guint, a->n_layers);
    for (guint i = 0; i < a->n_layers; i++) {
        const LeukoLayer *l = layer_of(a, i);
        a->concat[i] = a->pool[i] = -1;
        for (guint j = 0; a->active[i] && j < l->n_inputs; j++) {
            n_readers[l->inputs[j]]++;
            if (l->kind == LEUKO_LAYER_CONCAT)
                a->concat[l->inputs[j]] = (gint)i;
        }
    }
    for (guint i = 0; i < a->n_layers; i++) {
        const LeukoLayer *l = layer_of(a, i);
        if (a->active[i] && is_pointwise(l) && keeps_size(layer_of(a, l->inputs[0])) &&
            n_readers[l->inputs[0]] == 1) {
            a->pool[i] = (gint)l->inputs[0];
            a->moves[l->inputs[0]] = TRUE;
        }
    }
}

/* A convolution and the input have channels of their own. Any other layer has the channels of its
 * inputs, one input after the other. */
static void map_channels(LeukoGraphAnalysis *a, guint layer, guint align)
{
    const LeukoLayer *l = layer_of(a, layer);
    guint *map = a->channel[layer] = g_new(guint, l->out_channels), c = 0;
    if (l->kind == LEUKO_LAYER_CONV || l->kind == LEUKO_LAYER_INPUT) {
        a->physical[layer] = l->kind == LEUKO_LAYER_INPUT
                                 ? l->out_channels
                                 : (l->out_channels + align - 1) / align * align;
        for (; c < l->out_channels; c++)
            map[c] = c;
        return;
    }
    for (guint j = 0; j < l->n_inputs; j++) {
        guint from = l->inputs[j];
        for (guint k = 0; k < layer_of(a, from)->out_channels; k++)
            map[c++] = a->physical[layer] + a->channel[from][k];
        a->physical[layer] += a->physical[from];
    }
}

LeukoGraphAnalysis *leuko_graph_analysis_new(const LeukoNet *net, gboolean *active, guint align)
{
    guint n = leuko_net_n_layers(net);
    LeukoGraphAnalysis *a = g_new0(LeukoGraphAnalysis, 1);
    *a = (LeukoGraphAnalysis){.net = net,
                              .n_layers = n,
                              .active = active,
                              .concat = g_new(gint, n),
                              .pool = g_new(gint, n),
                              .moves = g_new0(gboolean, n),
                              .channel = g_new0(guint *, n),
                              .physical = g_new0(guint, n)};
    find_concats_and_pools(a);
    for (guint i = 0; i < n; i++)
        map_channels(a, i, align);
    return a;
}

void leuko_graph_analysis_free(LeukoGraphAnalysis *a)
{
    if (!a)
        return;
    for (guint i = 0; a->channel && i < a->n_layers; i++)
        g_free(a->channel[i]);
    g_free(a->channel);
    g_free(a->active);
    g_free(a->concat);
    g_free(a->pool);
    g_free(a->moves);
    g_free(a->physical);
    g_free(a);
}

/* --- queries ---------------------------------------------------------------------------------- */

guint leuko_graph_source(const LeukoGraphAnalysis *a, guint conv)
{
    return layer_of(a, a->pool[conv] >= 0 ? (guint)a->pool[conv] : conv)->inputs[0];
}

guint leuko_graph_merge(const LeukoGraphAnalysis *a, guint first, gboolean through_pools,
                        guint members[LEUKO_MAX_INPUTS])
{
    const LeukoLayer *l = layer_of(a, first);
    guint source = leuko_graph_source(a, first), n = 0;
    members[n++] = first;
    for (guint i = first + 1; is_pointwise(l) && i < a->n_layers; i++) {
        const LeukoLayer *other = layer_of(a, i);
        if (a->active[i] && is_pointwise(other) && leuko_graph_source(a, i) == source &&
            (through_pools || a->pool[i] < 0) && n < LEUKO_MAX_INPUTS &&
            leuko_layer_is_aux(other) == leuko_layer_is_aux(l))
            members[n++] = i;
    }
    return n;
}

guint leuko_graph_outermost(const LeukoGraphAnalysis *a, guint layer)
{
    while (a->concat[layer] >= 0)
        layer = (guint)a->concat[layer];
    return layer;
}

void leuko_graph_assign(const LeukoGraphAnalysis *a, guint layer, LeukoSlice slice,
                        LeukoSlice *slices)
{
    const LeukoLayer *l = layer_of(a, layer);
    slices[layer] = slice;
    for (guint j = 0, first = slice.first; l->kind == LEUKO_LAYER_CONCAT && j < l->n_inputs; j++) {
        guint n = a->physical[l->inputs[j]];
        leuko_graph_assign(a, l->inputs[j], (LeukoSlice){slice.root, first, n}, slices);
        first += n;
    }
}

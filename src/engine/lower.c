#include "engine/lower.h"
#include "engine/channels.h"
#include <string.h>

typedef struct {
    const LeukoNet *net;
    LeukoLowerOptions options;
    LeukoLowered *out;
    guint n;          /* layers */
    gboolean *needed; /* (n): an ancestor of the endpoint, or it */
    guint *n_readers; /* (n): among the needed */
    guint *physical;  /* (n): padded channels of the output */
    gboolean *done;   /* (n): a step computes it */
    gint *joined_by;  /* (n): the concat whose slice it writes, or -1 */
    GArray *steps, *roots;
} Lowering;

static const LeukoLayer *layer_of(const Lowering *lo, guint index)
{
    return leuko_net_layer(lo->net, index);
}

static void mark_needed(Lowering *lo)
{
    lo->needed[leuko_net_endpoint_layer(lo->net)] = TRUE;
    for (guint i = lo->n; i-- > 0;)
        for (guint j = 0; lo->needed[i] && j < layer_of(lo, i)->n_inputs; j++) {
            lo->needed[layer_of(lo, i)->inputs[j]] = TRUE;
            lo->n_readers[layer_of(lo, i)->inputs[j]]++;
        }
}

/* The average pool that changes place with the 1x1 convolution `conv`, or -1. */
static gint commuting_pool(const Lowering *lo, guint conv)
{
    if (!lo->options.commute_pools || !leuko_layer_is_pointwise(layer_of(lo, conv)))
        return -1;
    guint pool = layer_of(lo, conv)->inputs[0];
    const LeukoLayer *p = layer_of(lo, pool);
    gboolean fits = p->kind == LEUKO_LAYER_AVG_POOL && p->stride == 1 && p->out_h == p->in_h &&
                    p->out_w == p->in_w && lo->n_readers[pool] == 1;
    return fits ? (gint)pool : -1;
}

static guint add_root(Lowering *lo, guint channels, guint h, guint w)
{
    LeukoRoot root = {channels, h, w};
    g_array_append_val(lo->roots, root);
    return lo->roots->len - 1;
}

/* Give `layer` its slice; a concat's inputs get theirs inside it. */
static void place(Lowering *lo, guint layer, LeukoSlice slice)
{
    const LeukoLayer *l = layer_of(lo, layer);
    lo->out->slices[layer] = slice;
    if (l->kind != LEUKO_LAYER_CONCAT || !lo->options.in_place)
        return;
    for (guint j = 0, first = slice.first; j < l->n_inputs; j++) {
        guint from = l->inputs[j];
        place(lo, from, (LeukoSlice){slice.root, first, lo->physical[from]});
        first += lo->physical[from];
    }
}

/* The convolutions that one step computes together with `first`: all 1x1 of the same input, those
 * outside concats in front, then the one that begins its concat. Others of a concat stay alone. */
static guint gather(const Lowering *lo, guint first, guint members[LEUKO_MAX_INPUTS])
{
    const LeukoLayer *l = layer_of(lo, first);
    guint n = 0;
    gint last = -1;
    members[0] = first;
    if (!lo->options.merge || !leuko_layer_is_pointwise(l))
        return 1;
    for (guint i = first; i < lo->n; i++) {
        const LeukoLayer *other = layer_of(lo, i);
        if (!lo->needed[i] || !leuko_layer_is_pointwise(other) || other->inputs[0] != l->inputs[0])
            continue;
        gint concat = lo->joined_by[i];
        if (concat < 0 && n < LEUKO_MAX_INPUTS - 1)
            members[n++] = i;
        else if (concat >= 0 && layer_of(lo, (guint)concat)->inputs[0] == i &&
                 lo->joined_by[concat] < 0 && last < 0)
            last = (gint)i;
    }
    if (last >= 0)
        members[n++] = (guint)last;
    for (guint k = 0; k < n; k++)
        if (members[k] == first)
            return n;
    members[0] = first; /* a later branch of a concat */
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

/* A slice for the outermost concat above `layer` (or for itself), if there is none yet;
 * `prefix` channels stand in front of it in its root. */
static void ensure_placed(Lowering *lo, guint layer, guint prefix)
{
    guint outer = layer;
    while (lo->options.in_place && lo->joined_by[outer] >= 0)
        outer = (guint)lo->joined_by[outer];
    if (lo->out->slices[outer].n > 0)
        return;
    const LeukoLayer *l = layer_of(lo, outer);
    guint root = add_root(lo, prefix + lo->physical[outer], l->out_h, l->out_w);
    place(lo, outer, (LeukoSlice){root, prefix, lo->physical[outer]});
}

static void lower_conv(Lowering *lo, guint layer)
{
    guint members[LEUKO_MAX_INPUTS], prefix = 0;
    guint n = gather(lo, layer, members);
    gboolean joins = n > 1 && lo->joined_by[members[n - 1]] >= 0;
    for (guint k = 0; k + 1 < n; k++)
        prefix += lo->physical[members[k]];
    if (n > 1 && joins) {
        ensure_placed(lo, members[n - 1], prefix);
    } else if (n > 1) {
        const LeukoLayer *l = layer_of(lo, layer);
        guint root = add_root(lo, prefix + lo->physical[members[n - 1]], l->out_h, l->out_w);
        place(lo, members[n - 1], (LeukoSlice){root, prefix, lo->physical[members[n - 1]]});
    } else {
        ensure_placed(lo, layer, 0);
    }
    LeukoSlice last = lo->out->slices[members[n - 1]];
    guint first = last.first - prefix;
    g_assert(last.first >= prefix);
    for (guint k = 0, at = first; k + 1 < n; k++) {
        place(lo, members[k], (LeukoSlice){last.root, at, lo->physical[members[k]]});
        at += lo->physical[members[k]];
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

/* conv without ReLU into a root of its own, then the pool with ReLU into the convolution's place */
static void lower_commuted(Lowering *lo, guint conv, guint pool)
{
    const LeukoLayer *c = layer_of(lo, conv), *p = layer_of(lo, pool);
    gboolean pads = leuko_net_spec(lo->net)->pool_includes_padding;
    ensure_placed(lo, conv, 0);
    guint root = add_root(lo, lo->physical[conv], c->out_h, c->out_w);
    LeukoSlice middle = {root, 0, lo->physical[conv]};

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
    gint pool = commuting_pool(lo, layer);
    if (l->kind == LEUKO_LAYER_INPUT) {
        guint root = add_root(lo, l->out_channels, l->out_h, l->out_w);
        lo->out->slices[layer] = (LeukoSlice){root, 0, l->out_channels};
    } else if (pool >= 0) {
        lower_commuted(lo, layer, (guint)pool);
    } else if (l->kind == LEUKO_LAYER_CONV) {
        lower_conv(lo, layer);
    } else if (l->kind == LEUKO_LAYER_CONCAT) {
        ensure_placed(lo, layer, 0);
        if (lo->options.in_place)
            return;
        LeukoLoweredStep step = step_for(lo, layer, LEUKO_STEP_CONCAT);
        step.n_sources = l->n_inputs;
        for (guint j = 0; j < l->n_inputs; j++)
            step.source[j] = lo->out->slices[l->inputs[j]];
        g_array_append_val(lo->steps, step);
    } else {
        ensure_placed(lo, layer, 0);
        LeukoLoweredStep step = step_for(
            lo, layer, l->kind == LEUKO_LAYER_MAX_POOL ? LEUKO_STEP_MAX_POOL : LEUKO_STEP_AVG_POOL);
        g_array_append_val(lo->steps, step);
    }
}

/* A pool whose one reader is the convolution that it changes place with. */
static gboolean waits_for_its_conv(const Lowering *lo, guint pool)
{
    for (guint i = pool + 1; i < lo->n; i++)
        if (lo->needed[i] && commuting_pool(lo, i) == (gint)pool)
            return TRUE;
    return FALSE;
}

static void lower_all(Lowering *lo)
{
    for (guint i = 0; i < lo->n; i++)
        lo->joined_by[i] = -1;
    for (guint i = 0; i < lo->n; i++)
        for (guint j = 0; lo->needed[i] && layer_of(lo, i)->kind == LEUKO_LAYER_CONCAT &&
                          j < layer_of(lo, i)->n_inputs;
             j++)
            lo->joined_by[layer_of(lo, i)->inputs[j]] = (gint)i;
    for (guint i = 0; i < lo->n; i++)
        if (lo->needed[i] && !lo->done[i] && !waits_for_its_conv(lo, i))
            lower_layer(lo, i);
}

LeukoLowered *leuko_lower(const LeukoNet *net, const LeukoLowerOptions *options)
{
    guint n = leuko_net_n_layers(net);
    LeukoLowered *out = g_new0(LeukoLowered, 1);
    out->n_layers = n;
    out->slices = g_new0(LeukoSlice, n);
    out->channel = g_new0(guint *, n);
    g_autofree gboolean *needed = g_new0(gboolean, n), *done = g_new0(gboolean, n);
    g_autofree guint *n_readers = g_new0(guint, n), *physical = g_new0(guint, n);
    g_autofree gint *joined_by = g_new0(gint, n);
    Lowering lo = {.net = net,
                   .options = *options,
                   .out = out,
                   .n = n,
                   .needed = needed,
                   .n_readers = n_readers,
                   .physical = physical,
                   .done = done,
                   .joined_by = joined_by,
                   .steps = g_array_new(FALSE, TRUE, sizeof(LeukoLoweredStep)),
                   .roots = g_array_new(FALSE, TRUE, sizeof(LeukoRoot))};
    mark_needed(&lo);
    for (guint i = 0; i < n; i++)
        if (needed[i])
            leuko_map_channels(net, i, options->align, out->channel, physical);
    lower_all(&lo);
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

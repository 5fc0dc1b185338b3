#include "net/net.h"
#include "base/error.h"
#include "net/inception-v3.h"
#include <math.h>
#include <string.h>

struct LeukoNet {
    LeukoNetSpec spec;
    GArray *layers;      /* of LeukoLayer */
    GHashTable *by_name; /* name -> index + 1; `names` owns the names */
    GStringChunk *names;
    guint endpoint_layer;
};

LeukoNetSpec leuko_net_spec_default(void)
{
    return (LeukoNetSpec){.side_px = 299, .depth_multiplier = 1.0, .endpoint = "Mixed_7c"};
}

static const char *const endpoints[] = {
    "Conv2d_1a_3x3",
    "Conv2d_2a_3x3",
    "Conv2d_2b_3x3",
    "MaxPool_3a_3x3",
    "Conv2d_3b_1x1",
    "Conv2d_4a_3x3",
    "MaxPool_5a_3x3",
    "Mixed_5b",
    "Mixed_5c",
    "Mixed_5d",
    "Mixed_6a",
    "Mixed_6b",
    "Mixed_6c",
    "Mixed_6d",
    "Mixed_6e",
    "Mixed_7a",
    "Mixed_7b",
    "Mixed_7c",
    NULL,
};

const char *const *leuko_net_endpoints(void) { return endpoints; }

static LeukoLayer *layer_at(const LeukoNet *net, guint index)
{
    return &g_array_index(net->layers, LeukoLayer, index);
}

/* Append a layer that reads inputs[0 .. n_inputs). Sets the shapes of its input and output, except
 * the output channels of a convolution. Returns its index. */
static guint append(LeukoNet *net, LeukoLayer layer)
{
    guint index = net->layers->len;
    layer.name = g_string_chunk_insert(net->names, layer.name);
    if (layer.n_inputs > 0) {
        const LeukoLayer *first = layer_at(net, layer.inputs[0]);
        layer.in_h = first->out_h;
        layer.in_w = first->out_w;
        for (guint i = 0; i < layer.n_inputs; i++)
            layer.in_channels += layer_at(net, layer.inputs[i])->out_channels;
        g_assert(layer.in_h + 2 * layer.pad_h >= layer.kernel_h);
        g_assert(layer.in_w + 2 * layer.pad_w >= layer.kernel_w);
        layer.out_h = (layer.in_h + 2 * layer.pad_h - layer.kernel_h) / layer.stride + 1;
        layer.out_w = (layer.in_w + 2 * layer.pad_w - layer.kernel_w) / layer.stride + 1;
        if (layer.kind != LEUKO_LAYER_CONV)
            layer.out_channels = layer.in_channels;
        else if (layer.init_sd <= 0)
            layer.init_sd = sqrt(2.6 / (layer.kernel_h * layer.kernel_w * layer.in_channels));
    }
    g_array_append_val(net->layers, layer);
    g_hash_table_insert(net->by_name, (gpointer)layer.name, GUINT_TO_POINTER(index + 1));
    return index;
}

static guint scaled_channels(const LeukoNet *net, guint channels)
{
    guint scaled = (guint)(channels * net->spec.depth_multiplier);
    return MAX(scaled, 16);
}

/* Set the inputs of a concat: all layers with its name prefix whose output no layer reads yet. */
static void find_joined(const LeukoNet *net, LeukoLayer *concat)
{
    gsize prefix = (gsize)(strrchr(concat->name, '/') - concat->name) + 1;
    g_autofree gboolean *read = g_new0(gboolean, net->layers->len);
    for (guint i = 0; i < net->layers->len; i++) {
        const LeukoLayer *layer = layer_at(net, i);
        for (guint j = 0; j < layer->n_inputs; j++)
            read[layer->inputs[j]] = TRUE;
    }
    for (guint i = 0; i < net->layers->len; i++)
        if (!read[i] && strncmp(layer_at(net, i)->name, concat->name, prefix) == 0) {
            g_assert(concat->n_inputs < LEUKO_MAX_INPUTS);
            concat->inputs[concat->n_inputs++] = i;
        }
}

static void build_trunk(LeukoNet *net)
{
    guint last = append(net, (LeukoLayer){.kind = LEUKO_LAYER_INPUT,
                                          .name = "input",
                                          .out_channels = 3,
                                          .out_h = net->spec.side_px,
                                          .out_w = net->spec.side_px});
    guint block_input = last;
    for (guint i = 0; i < leuko_inception_v3_n_rows; i++) {
        const LeukoInceptionRow *row = &leuko_inception_v3[i];
        gboolean conv = row->kind == LEUKO_LAYER_CONV;
        LeukoLayer layer = {.kind = row->kind,
                            .name = row->name,
                            .kernel_h = row->kernel_h,
                            .kernel_w = row->kernel_w,
                            .stride = row->stride,
                            .pad_h = row->same ? (row->kernel_h - 1) / 2 : 0,
                            .pad_w = row->same ? (row->kernel_w - 1) / 2 : 0,
                            .out_channels = conv ? scaled_channels(net, row->channels) : 0,
                            .batch_norm = conv,
                            .relu = conv};
        layer.n_inputs = 1;
        switch (row->from) {
        case LEUKO_FROM_PREV:
            layer.inputs[0] = last;
            break;
        case LEUKO_FROM_BLOCK:
            layer.inputs[0] = block_input;
            break;
        case LEUKO_FROM_SIBLING:
            layer.inputs[0] = layer_at(net, last)->inputs[0];
            break;
        case LEUKO_FROM_JOIN:
            layer.n_inputs = 0;
            find_joined(net, &layer);
            break;
        }
        last = append(net, layer);
        if (row->endpoint) {
            block_input = last;
            if (strcmp(row->endpoint, net->spec.endpoint) == 0)
                break;
        }
    }
    net->endpoint_layer = last;
}

static void build_head(LeukoNet *net)
{
    const LeukoLayer *end = layer_at(net, net->endpoint_layer);
    g_autofree gchar *name = g_strdup_printf("Logits/AvgPool_1a_%ux%u", end->out_h, end->out_w);
    guint pool = append(net, (LeukoLayer){.kind = LEUKO_LAYER_AVG_POOL,
                                          .name = name,
                                          .n_inputs = 1,
                                          .inputs = {net->endpoint_layer},
                                          .kernel_h = end->out_h,
                                          .kernel_w = end->out_w,
                                          .stride = 1});
    guint dropout = append(net, (LeukoLayer){.kind = LEUKO_LAYER_DROPOUT,
                                             .name = "Logits/Dropout_1b",
                                             .n_inputs = 1,
                                             .inputs = {pool},
                                             .kernel_h = 1,
                                             .kernel_w = 1,
                                             .stride = 1,
                                             .keep = 0.8f});
    guint logits = append(net, (LeukoLayer){.kind = LEUKO_LAYER_CONV,
                                            .name = LEUKO_HEAD_LAYER,
                                            .n_inputs = 1,
                                            .inputs = {dropout},
                                            .kernel_h = 1,
                                            .kernel_w = 1,
                                            .stride = 1,
                                            .out_channels = net->spec.n_classes,
                                            .bias = TRUE});
    append(net, (LeukoLayer){.kind = LEUKO_LAYER_SOFTMAX,
                             .name = "Predictions/Softmax",
                             .n_inputs = 1,
                             .inputs = {logits},
                             .kernel_h = 1,
                             .kernel_w = 1,
                             .stride = 1});
}

static void build_aux(LeukoNet *net)
{
    static const struct {
        const char *name;
        guint kernel, channels;
        double init_sd;
    } convs[] = {{"AuxLogits/Conv2d_1b_1x1", 1, 128, 0},
                 {"AuxLogits/Conv2d_2a_5x5", 5, 768, 0.01},
                 {"AuxLogits/Conv2d_2b_1x1", 1, 0, 0.001}};

    guint last = append(net, (LeukoLayer){.kind = LEUKO_LAYER_AVG_POOL,
                                          .name = "AuxLogits/AvgPool_1a_5x5",
                                          .n_inputs = 1,
                                          .inputs = {(guint)leuko_net_find(net, "Mixed_6e")},
                                          .kernel_h = 5,
                                          .kernel_w = 5,
                                          .stride = 3});
    for (guint i = 0; i < G_N_ELEMENTS(convs); i++) {
        gboolean logits = convs[i].channels == 0;
        guint channels = logits ? net->spec.n_classes : scaled_channels(net, convs[i].channels);
        last = append(net, (LeukoLayer){.kind = LEUKO_LAYER_CONV,
                                        .name = convs[i].name,
                                        .n_inputs = 1,
                                        .inputs = {last},
                                        .kernel_h = convs[i].kernel,
                                        .kernel_w = convs[i].kernel,
                                        .stride = 1,
                                        .out_channels = channels,
                                        .batch_norm = !logits,
                                        .relu = !logits,
                                        .bias = logits,
                                        .init_sd = convs[i].init_sd});
    }
}

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean refuse(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree gchar *shown = leuko_one_line(text); /* names may come from a file */
    g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, shown);
    return FALSE;
}

static gboolean check_spec(const LeukoNetSpec *spec, GError **error)
{
    if (spec->side_px < 75 || spec->side_px > 1024)
        return refuse(error, "image side %u px: must be 75 to 1024", spec->side_px);
    if (!(spec->depth_multiplier > 0 && spec->depth_multiplier <= 8))
        return refuse(error, "depth multiplier %g: must be above 0 and at most 8",
                      spec->depth_multiplier);
    if (spec->n_classes == 1 || spec->n_classes > 100000)
        return refuse(error, "%u classes: must be 0 (no head) or 2 to 100000", spec->n_classes);
    if (!memchr(spec->endpoint, 0, sizeof spec->endpoint) ||
        !g_strv_contains(endpoints, spec->endpoint)) {
        g_autofree gchar *list = g_strjoinv(", ", (gchar **)endpoints);
        return refuse(error, "unknown endpoint '%.31s'; the endpoints are %s", spec->endpoint,
                      list);
    }
    return TRUE;
}

static gboolean check_aux(const LeukoNet *net, GError **error)
{
    gint at = leuko_net_find(net, "Mixed_6e");
    if (at < 0 || net->spec.n_classes == 0)
        return refuse(error, "the auxiliary head needs classes and an endpoint from Mixed_6e on");
    guint side = layer_at(net, (guint)at)->out_h;
    if (side < 17 || side > 19)
        return refuse(error,
                      "the auxiliary head needs 17 to 19 px at Mixed_6e (a side of 299 to 346 px); "
                      "this network has %u px",
                      side);
    return TRUE;
}

LeukoNet *leuko_net_new(const LeukoNetSpec *spec, GError **error)
{
    if (!check_spec(spec, error))
        return NULL;
    g_autoptr(LeukoNet) net = g_new0(LeukoNet, 1);
    net->spec = *spec;
    net->layers = g_array_new(FALSE, TRUE, sizeof(LeukoLayer));
    net->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    net->names = g_string_chunk_new(4096);
    build_trunk(net);
    if (spec->n_classes > 0)
        build_head(net);
    if (spec->aux_head) {
        if (!check_aux(net, error))
            return NULL;
        build_aux(net);
    }
    return g_steal_pointer(&net);
}

void leuko_net_free(LeukoNet *net)
{
    if (!net)
        return;
    g_hash_table_unref(net->by_name);
    g_array_unref(net->layers);
    g_string_chunk_free(net->names);
    g_free(net);
}

const LeukoNetSpec *leuko_net_spec(const LeukoNet *net) { return &net->spec; }
guint leuko_net_n_layers(const LeukoNet *net) { return net->layers->len; }
guint leuko_net_endpoint_layer(const LeukoNet *net) { return net->endpoint_layer; }

const LeukoLayer *leuko_net_layer(const LeukoNet *net, guint index)
{
    g_assert(index < net->layers->len);
    return layer_at(net, index);
}

gint leuko_net_find(const LeukoNet *net, const char *name)
{
    guint found = GPOINTER_TO_UINT(g_hash_table_lookup(net->by_name, name));
    if (found == 0) {
        g_autofree gchar *concat = g_strconcat(name, "/concat", NULL);
        found = GPOINTER_TO_UINT(g_hash_table_lookup(net->by_name, concat));
    }
    return (gint)found - 1;
}

gboolean leuko_layer_is_aux(const LeukoLayer *layer)
{
    return g_str_has_prefix(layer->name, "AuxLogits/");
}

guint leuko_net_feature_channels(const LeukoNet *net)
{
    return layer_at(net, net->endpoint_layer)->out_channels;
}

void leuko_net_positions(const LeukoNet *net, guint layer, double *first, double *step)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    *first = 0;
    *step = 1;
    if (l->n_inputs == 0)
        return;
    leuko_net_positions(net, l->inputs[0], first, step); /* all inputs of a concat agree */
    if (l->kind != LEUKO_LAYER_CONV && l->kind != LEUKO_LAYER_MAX_POOL &&
        l->kind != LEUKO_LAYER_AVG_POOL)
        return;
    *first += *step * ((l->kernel_h - 1) / 2.0 - l->pad_h);
    *step *= l->stride;
}

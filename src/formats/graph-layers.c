#include "formats/graph-layers.h"
#include "base/json.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

static const char *kind_name(LeukoLayerKind kind)
{
    static const char *const names[] = {"input",  "convolution", "max_pool", "avg_pool",
                                        "concat", "dropout",     "softmax"};
    return names[kind];
}

/* The number of layers that inference runs: the first ones of the net. */
static guint count_layers(const LeukoNet *net)
{
    guint n = 0;
    while (n < leuko_net_n_layers(net) && !leuko_layer_is_aux(leuko_net_layer(net, n)))
        n++;
    return n;
}

/* A layer of the network as JSON, without its precision. */
static json_t *describe(const LeukoNet *net, guint index)
{
    const LeukoLayer *l = leuko_net_layer(net, index);
    json_t *inputs = json_array();
    for (guint i = 0; i < l->n_inputs; i++)
        json_array_append_new(inputs, json_integer(l->inputs[i]));
    json_t *one =
        json_pack("{s:s, s:s, s:o, s:[i, i], s:i, s:[i, i], s:i, s:[i, i]}", "name", l->name,
                  "kind", kind_name(l->kind), "inputs", inputs, "kernel", (int)l->kernel_h,
                  (int)l->kernel_w, "stride", (int)l->stride, "pad", (int)l->pad_h, (int)l->pad_w,
                  "channels", (int)l->out_channels, "size", (int)l->out_h, (int)l->out_w);
    if (l->kind == LEUKO_LAYER_CONV)
        json_object_set_new(one, "relu", json_boolean(l->relu));
    return one;
}

json_t *leuko_graph_layers(const LeukoNet *net, const LeukoGraph *graph)
{
    json_t *list = json_array();
    for (guint i = 0, conv = 0; i < count_layers(net); i++) {
        json_t *one = describe(net, i);
        gboolean is_conv = leuko_net_layer(net, i)->kind == LEUKO_LAYER_CONV;
        const char *precision = leuko_precision_name(graph->precision);
        if (is_conv && i > leuko_net_endpoint_layer(net)) { /* the head */
            precision = "fp32";
        } else if (is_conv && graph->precision == LEUKO_INT8) {
            const LeukoQuantizedConv *c = &graph->convs[conv++];
            if (c->raised)
                precision = "fp32";
        }
        if (is_conv)
            json_object_set_new(one, "precision", json_string(precision));
        json_array_append_new(list, one);
    }
    return list;
}

static gboolean differs(const char *name, const LeukoLayer *l, const char *key, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                "%s: layer %s: \"%s\" differs from the described network", name, l->name, key);
    return FALSE;
}

static gboolean take_precision(json_t *one, const LeukoLayer *l, gboolean head, guint *conv,
                               LeukoGraph *graph, const char *name, GError **error)
{
    const char *text = json_string_value(json_object_get(one, "precision"));
    LeukoPrecision precision;
    if (!text || !leuko_precision_parse(text, &precision, NULL))
        return differs(name, l, "precision", error);
    if (head || graph->precision != LEUKO_INT8)
        return precision == (head ? LEUKO_FP32 : graph->precision) ||
               differs(name, l, "precision", error);
    LeukoQuantizedConv *c = &graph->convs[(*conv)++];
    if (precision == LEUKO_BF16)
        return differs(name, l, "precision", error);
    c->raised = precision == LEUKO_FP32;
    return TRUE;
}

gboolean leuko_graph_check_layers(json_t *layers, const LeukoNet *net, LeukoGraph *graph,
                                  const char *name, GError **error)
{
    guint n = count_layers(net), conv = 0;
    if (!json_is_array(layers) || json_array_size(layers) != n) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: \"layers\" must be a list of the network's %u layers", name, n);
        return FALSE;
    }
    for (guint i = 0; i < n; i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        json_t *one = json_array_get(layers, i);
        g_autoptr(json_t) ours = describe(net, i);
        const char *key;
        json_t *value;
        json_object_foreach(
            ours, key,
            value) if (!json_equal(value, json_object_get(one, key))) return differs(name, l, key,
                                                                                     error);
        if (l->kind == LEUKO_LAYER_CONV &&
            !take_precision(one, l, i > leuko_net_endpoint_layer(net), &conv, graph, name, error))
            return FALSE;
    }
    return TRUE;
}

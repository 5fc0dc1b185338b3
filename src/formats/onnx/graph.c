#include "formats/onnx/graph.h"
#include <string.h>

typedef struct {
    LeukoOnnxGraph *graph;
    const LeukoNet *net;
    gchar **values; /* (n_layers): the name of each layer's output */
} Builder;

static void free_node(gpointer data) { leuko__onnx__node__free_unpacked(data, NULL); }
static void free_tensor(gpointer data) { leuko__onnx__tensor__free_unpacked(data, NULL); }

void leuko_onnx_graph_free(LeukoOnnxGraph *g)
{
    if (!g)
        return;
    g_ptr_array_unref(g->nodes);
    g_ptr_array_unref(g->constants);
    g_free(g);
}

/* protobuf-c will free these with free(), which works because g_malloc() is malloc() since GLib
 * 2.46. */
static Leuko__Onnx__Node *add_node(Builder *b, const char *op, const char *name, const char *output,
                                   const char *const *inputs)
{
    Leuko__Onnx__Node *n = g_new(Leuko__Onnx__Node, 1);
    leuko__onnx__node__init(n);
    n->op_type = g_strdup(op);
    n->name = g_strdup(name);
    n->n_output = 1;
    n->output = g_new(char *, 1);
    n->output[0] = g_strdup(output);
    n->n_input = g_strv_length((char **)inputs);
    n->input = g_new(char *, n->n_input);
    for (gsize i = 0; i < n->n_input; i++)
        n->input[i] = g_strdup(inputs[i]);
    g_ptr_array_add(b->graph->nodes, n);
    return n;
}

static Leuko__Onnx__Attribute *add_attribute(Leuko__Onnx__Node *n, const char *name, int type)
{
    Leuko__Onnx__Attribute *a = g_new(Leuko__Onnx__Attribute, 1);
    leuko__onnx__attribute__init(a);
    a->name = g_strdup(name);
    a->has_type = TRUE;
    a->type = type;
    n->attribute = g_renew(Leuko__Onnx__Attribute *, n->attribute, n->n_attribute + 1);
    n->attribute[n->n_attribute++] = a;
    return a;
}

enum { TYPE_FLOAT = 1, TYPE_INT = 2, TYPE_INTS = 7 };

static void add_int(Leuko__Onnx__Node *n, const char *name, gint64 value)
{
    Leuko__Onnx__Attribute *a = add_attribute(n, name, TYPE_INT);
    a->has_i = TRUE;
    a->i = value;
}

static void add_ints(Leuko__Onnx__Node *n, const char *name, const gint64 *values, gsize count)
{
    Leuko__Onnx__Attribute *a = add_attribute(n, name, TYPE_INTS);
    a->n_ints = count;
    a->ints = g_memdup2(values, count * sizeof *values);
}

static void add_window(Leuko__Onnx__Node *n, const LeukoLayer *l, gboolean padded)
{
    const gint64 kernel[] = {l->kernel_h, l->kernel_w}, strides[] = {l->stride, l->stride};
    const gint64 pad_h = padded ? l->pad_h : 0, pad_w = padded ? l->pad_w : 0,
                 pads[] = {pad_h, pad_w, pad_h, pad_w};
    add_ints(n, "kernel_shape", kernel, 2);
    add_ints(n, "strides", strides, 2);
    add_ints(n, "pads", pads, 4);
}

static Leuko__Onnx__Tensor *add_constant(Builder *b, const char *name, int type,
                                         gconstpointer values, gsize n_bytes)
{
    Leuko__Onnx__Tensor *t = g_new(Leuko__Onnx__Tensor, 1);
    leuko__onnx__tensor__init(t);
    t->name = g_strdup(name);
    t->has_data_type = t->has_raw_data = TRUE;
    t->data_type = type;
    t->raw_data.len = n_bytes;
    t->raw_data.data = g_memdup2(values, n_bytes);
    g_ptr_array_add(b->graph->constants, t);
    return t;
}

static void add_scalar(Builder *b, const char *name, float value)
{
    add_constant(b, name, LEUKO_ONNX_FLOAT, &value, sizeof value);
}

/* The paddings before N, C, H and W, then those after them. */
static void add_padding(Builder *b, const char *name, const LeukoLayer *l)
{
    gint64 ends[] = {0, 0, l->pad_h, l->pad_w, 0, 0, l->pad_h, l->pad_w};
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
        ends[i] = GINT64_TO_LE(ends[i]);
    Leuko__Onnx__Tensor *t = add_constant(b, name, LEUKO_ONNX_INT64, ends, sizeof ends);
    t->n_dims = 1;
    t->dims = g_new(int64_t, 1);
    t->dims[0] = G_N_ELEMENTS(ends);
}

/* uint8 (N, S, S, 3) to float32 (N, 3, S, S) in [-1, 1] */
static gchar *add_preprocessing(Builder *b)
{
    static const gint64 order[] = {0, 3, 1, 2};
    add_int(add_node(b, "Cast", "preprocess/float", "preprocess/float",
                     (const char *[]){LEUKO_ONNX_INPUT, NULL}),
            "to", LEUKO_ONNX_FLOAT);
    add_ints(add_node(b, "Transpose", "preprocess/planar", "preprocess/planar",
                      (const char *[]){"preprocess/float", NULL}),
             "perm", order, 4);
    add_scalar(b, "preprocess/half_range", 127.5f);
    add_scalar(b, "preprocess/one", 1.0f);
    add_node(b, "Div", "preprocess/scaled", "preprocess/scaled",
             (const char *[]){"preprocess/planar", "preprocess/half_range", NULL});
    add_node(b, "Sub", "preprocess/centered", "preprocess/centered",
             (const char *[]){"preprocess/scaled", "preprocess/one", NULL});
    return g_strdup("preprocess/centered");
}

static gchar *add_conv(Builder *b, const LeukoLayer *l, const char *input)
{
    g_autofree gchar *weights = leuko_param_name(l, "weights"),
                     *biases = leuko_param_name(l, "biases");
    g_autofree gchar *conv = g_strconcat(l->name, "/Conv2D", NULL);
    gchar *last = g_strdup(conv);
    add_window(add_node(b, "Conv", conv, conv,
                        (const char *[]){input, weights, l->bias ? biases : NULL, NULL}),
               l, TRUE);
    if (l->batch_norm) {
        g_autofree gchar *gamma = leuko_param_name(l, "BatchNorm/gamma"),
                         *beta = leuko_param_name(l, "BatchNorm/beta");
        g_autofree gchar *mean = leuko_param_name(l, "BatchNorm/moving_mean");
        g_autofree gchar *variance = leuko_param_name(l, "BatchNorm/moving_variance");
        g_autofree gchar *norm = g_strconcat(l->name, "/BatchNorm", NULL);
        Leuko__Onnx__Node *n = add_node(b, "BatchNormalization", norm, norm,
                                        (const char *[]){last, gamma, beta, mean, variance, NULL});
        Leuko__Onnx__Attribute *epsilon = add_attribute(n, "epsilon", TYPE_FLOAT);
        epsilon->has_f = TRUE;
        epsilon->f = LEUKO_BATCH_NORM_EPSILON;
        g_free(last);
        last = g_steal_pointer(&norm);
    }
    if (l->relu) {
        g_autofree gchar *relu = g_strconcat(l->name, "/Relu", NULL);
        add_node(b, "Relu", relu, relu, (const char *[]){last, NULL});
        g_free(last);
        last = g_steal_pointer(&relu);
    }
    return last;
}

/* output (N, n_out) = input (N, n_in) weights (n_in, n_out) + biases (n_out). The file holds the
 * weights transposed, as PyTorch writes them: OpenCV 4.6 reads no others. */
static void add_dense(Builder *b, const char *input, const char *output, guint n_in, guint n_out,
                      const float *weights, const float *biases)
{
    g_autofree gchar *w = g_strconcat(output, "/weights", NULL),
                     *bias = g_strconcat(output, "/biases", NULL);
    g_autofree float *transposed = g_new(float, (gsize)n_in *n_out);
    for (guint i = 0; i < n_in; i++)
        for (guint o = 0; o < n_out; o++)
            transposed[o * n_in + i] = weights[i * n_out + o];
    Leuko__Onnx__Tensor *t =
        add_constant(b, w, LEUKO_ONNX_FLOAT, transposed, (gsize)n_in * n_out * sizeof(float));
    t->n_dims = 2;
    t->dims = g_new(int64_t, 2);
    t->dims[0] = n_out;
    t->dims[1] = n_in;
    t = add_constant(b, bias, LEUKO_ONNX_FLOAT, biases, n_out * sizeof(float));
    t->n_dims = 1;
    t->dims = g_new(int64_t, 1);
    t->dims[0] = n_out;
    add_int(add_node(b, "Gemm", output, output, (const char *[]){input, w, bias, NULL}), "transB",
            1);
}

/* The map of the calibration, from (N, 2) logits to (N, 2) logits. */
static const char *add_map(Builder *b, const LeukoModel *m, const char *logits)
{
    enum { MOST = LEUKO_MAP_HIDDEN(LEUKO_MAP_MAX_KNOTS) };
    float first[2 * MOST], first_bias[MOST], second[2 * MOST], second_bias[2];
    guint hidden = LEUKO_MAP_HIDDEN(m->calibration.n_knots);
    leuko_probability_map_layers(&m->calibration, (guint)m->positive, first, first_bias, second,
                                 second_bias);
    add_dense(b, logits, "Calibration/knots", 2, hidden, first, first_bias);
    add_node(b, "Relu", "Calibration/relu", "Calibration/relu",
             (const char *[]){"Calibration/knots", NULL});
    add_dense(b, "Calibration/relu", "Calibration/map", hidden, 2, second, second_bias);
    return "Calibration/map";
}

/* (N, K, 1, 1) logits to calibrated probabilities: a temperature divides the logits, and a map may
 * follow. */
static gchar *add_softmax(Builder *b, const char *logits, const LeukoModel *m)
{
    double temperature = m->temperature;
    gboolean hot = temperature != 1.0;
    const char *last = hot ? "Logits/tempered" : "Logits/flat";
    add_int(add_node(b, "Flatten", "Logits/flat", "Logits/flat", (const char *[]){logits, NULL}),
            "axis", 1);
    if (hot) {
        add_scalar(b, "Logits/temperature", (float)temperature);
        add_node(b, "Div", "Logits/tempered", "Logits/tempered",
                 (const char *[]){"Logits/flat", "Logits/temperature", NULL});
    }
    if (m->calibration.n_knots > 0)
        last = add_map(b, m, last);
    add_int(
        add_node(b, "Softmax", LEUKO_ONNX_OUTPUT, LEUKO_ONNX_OUTPUT, (const char *[]){last, NULL}),
        "axis", 1);
    return g_strdup(LEUKO_ONNX_OUTPUT);
}

/* Padding that counts in the average is a node of its own, because OpenCV ignores count_include_pad
 * and decides by the producer's name. */
static gchar *add_pool(Builder *b, const LeukoLayer *l, const char *input)
{
    gboolean average = l->kind == LEUKO_LAYER_AVG_POOL, padded = l->pad_h || l->pad_w;
    gboolean counts = average && padded && leuko_net_spec(b->net)->pool_includes_padding;
    g_autofree gchar *pad = g_strconcat(l->name, "/Pad", NULL),
                     *pads = g_strconcat(pad, "/paddings", NULL);
    if (counts) {
        add_padding(b, pads, l);
        add_node(b, "Pad", pad, pad, (const char *[]){input, pads, NULL});
    }
    Leuko__Onnx__Node *n = add_node(b, average ? "AveragePool" : "MaxPool", l->name, l->name,
                                    (const char *[]){counts ? pad : input, NULL});
    add_window(n, l, !counts);
    if (average && padded && !counts)
        add_int(n, "count_include_pad", 0);
    return g_strdup(l->name);
}

static gchar *add_layer(Builder *b, const LeukoLayer *l, const LeukoModel *m)
{
    const char *input = b->values[l->inputs[0]];
    const char *inputs[LEUKO_MAX_INPUTS + 1] = {NULL};
    switch (l->kind) {
    case LEUKO_LAYER_CONV:
        return add_conv(b, l, input);
    case LEUKO_LAYER_DROPOUT:
        return g_strdup(input); /* dropout does nothing in inference */
    case LEUKO_LAYER_SOFTMAX:
        return add_softmax(b, input, m);
    case LEUKO_LAYER_CONCAT:
        for (guint j = 0; j < l->n_inputs; j++)
            inputs[j] = b->values[l->inputs[j]];
        add_int(add_node(b, "Concat", l->name, l->name, inputs), "axis", 1);
        return g_strdup(l->name);
    default:
        return add_pool(b, l, input);
    }
}

LeukoOnnxGraph *leuko_onnx_graph_new(const LeukoModel *model, const LeukoNet *net,
                                     gboolean with_preprocessing)
{
    LeukoOnnxGraph *graph = g_new0(LeukoOnnxGraph, 1);
    graph->nodes = g_ptr_array_new_with_free_func(free_node);
    graph->constants = g_ptr_array_new_with_free_func(free_tensor);
    guint n = leuko_net_n_layers(net);
    Builder b = {graph, net, g_new0(gchar *, n + 1)};
    b.values[0] = with_preprocessing ? add_preprocessing(&b) : g_strdup(LEUKO_ONNX_INPUT);
    for (guint i = 1; i < n; i++)
        b.values[i] = leuko_layer_is_aux(leuko_net_layer(net, i))
                          ? g_strdup("")
                          : add_layer(&b, leuko_net_layer(net, i), model);
    g_strfreev(b.values);
    return graph;
}

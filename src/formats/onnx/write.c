#include "base/durable.h"
#include "base/json.h"
#include "base/plural.h"
#include "config.h"
#include "formats/model-json.h"
#include "formats/onnx/graph.h"
#include "formats/onnx/onnx.h"
#include "formats/stamp.h"
#include "formats/training-fields.h"
#include "leuko/error.h"
#include <string.h>

enum { IR_VERSION = 8, OPSET = 13 };

/* (kh, kw, ic, oc) to (oc, ic, kh, kw) */
static float *to_oihw(const LeukoTensor *t)
{
    gsize h = t->dims[0], w = t->dims[1], ic = t->dims[2], oc = t->dims[3], at = 0;
    float *out = g_new(float, t->n_values);
    for (gsize y = 0; y < h; y++)
        for (gsize x = 0; x < w; x++)
            for (gsize i = 0; i < ic; i++)
                for (gsize o = 0; o < oc; o++, at++)
                    out[((o * ic + i) * h + y) * w + x] = t->data[at];
    return out;
}

static void free_tensor(gpointer data) { leuko__onnx__tensor__free_unpacked(data, NULL); }

static Leuko__Onnx__Tensor *new_tensor(const char *name, gsize n_dims, const gint64 *dims,
                                       float *data, gsize n)
{
    Leuko__Onnx__Tensor *t = g_new(Leuko__Onnx__Tensor, 1);
    leuko__onnx__tensor__init(t);
    t->name = g_strdup(name);
    t->n_dims = n_dims;
    t->dims = g_memdup2(dims, n_dims * sizeof *dims);
    t->has_data_type = t->has_raw_data = TRUE;
    t->data_type = LEUKO_ONNX_FLOAT;
    t->raw_data.len = n * sizeof(float);
    t->raw_data.data = (guint8 *)data;
    return t;
}

static void add_vector(GPtrArray *out, const LeukoModel *m, const LeukoLayer *l,
                       const char *variable)
{
    g_autofree gchar *name = leuko_param_name(l, variable);
    const LeukoTensor *t = leuko_params_find(m->params, name);
    gint64 dims[] = {l->out_channels};
    float *data = g_new(float, l->out_channels);
    for (guint c = 0; c < l->out_channels; c++)
        data[c] = t ? t->data[c] : 1; /* only gamma may be absent */
    g_ptr_array_add(out, new_tensor(name, 1, dims, data, l->out_channels));
}

static GPtrArray *collect_tensors(const LeukoModel *m, const LeukoNet *net)
{
    static const char *const norm[] = {"BatchNorm/gamma", "BatchNorm/beta", "BatchNorm/moving_mean",
                                       "BatchNorm/moving_variance"};
    GPtrArray *out = g_ptr_array_new_with_free_func(free_tensor);
    for (guint i = 0; i < leuko_net_n_layers(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        if (l->kind != LEUKO_LAYER_CONV || leuko_layer_is_aux(l))
            continue;
        g_autofree gchar *name = leuko_param_name(l, "weights");
        const LeukoTensor *t = leuko_params_find(m->params, name);
        gint64 dims[] = {l->out_channels, l->in_channels, l->kernel_h, l->kernel_w};
        g_ptr_array_add(out, new_tensor(name, 4, dims, to_oihw(t), t->n_values));
        for (guint k = 0; l->batch_norm && k < G_N_ELEMENTS(norm); k++)
            add_vector(out, m, l, norm[k]);
        if (l->bias)
            add_vector(out, m, l, "biases");
    }
    return out;
}

/* One input or output: (batch, dims...) of a type. */
typedef struct {
    Leuko__Onnx__Dim dims[4], *list[4];
    Leuko__Onnx__Shape shape;
    Leuko__Onnx__TensorType tensor;
    Leuko__Onnx__Type type;
    Leuko__Onnx__ValueInfo info, *one;
} Value;

static void fill_value(Value *v, const char *name, int type, const gint64 *dims, gsize n)
{
    leuko__onnx__shape__init(&v->shape);
    leuko__onnx__tensor_type__init(&v->tensor);
    leuko__onnx__type__init(&v->type);
    leuko__onnx__value_info__init(&v->info);
    for (gsize i = 0; i <= n; i++) {
        leuko__onnx__dim__init(&v->dims[i]);
        v->list[i] = &v->dims[i];
        v->dims[i].has_dim_value = i > 0;
        v->dims[i].dim_value = i > 0 ? dims[i - 1] : 0;
        v->dims[i].dim_param = i > 0 ? NULL : (char *)"batch";
    }
    v->shape.n_dim = n + 1;
    v->shape.dim = v->list;
    v->tensor.has_elem_type = TRUE;
    v->tensor.elem_type = type;
    v->tensor.shape = &v->shape;
    v->type.tensor_type = &v->tensor;
    v->info.name = (char *)name;
    v->info.type = &v->type;
    v->one = &v->info;
}

static gboolean write_model(const Leuko__Onnx__Model *onnx, const char *path, GError **error)
{
    gsize n = leuko__onnx__model__get_packed_size(onnx);
    if (n > G_MAXINT32) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: an ONNX file holds at most 2 GiB, this model is %zu %s", path, n,
                    LEUKO_PLURAL(n, "byte"));
        return FALSE;
    }
    g_autofree guint8 *bytes = g_malloc(n);
    leuko__onnx__model__pack(onnx, bytes);
    leuko_stamp_write(bytes, n, LEUKO_ONNX_MARK, sizeof LEUKO_ONNX_MARK - 1);
    return leuko_durable_set_contents(path, bytes, n, error);
}

gboolean leuko_onnx_save(const LeukoModel *m, const char *path, gboolean with_preprocessing,
                         GError **error)
{
    g_autoptr(LeukoNet) net = leuko_net_new(&m->spec, error);
    if (!net)
        return FALSE;
    g_autoptr(LeukoOnnxGraph) nodes = leuko_onnx_graph_new(m, net, with_preprocessing);
    g_autoptr(GPtrArray) tensors = collect_tensors(m, net);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    for (guint i = 0; i < tensors->len; i++)
        g_ptr_array_add(all, g_ptr_array_index(tensors, i));
    for (guint i = 0; i < nodes->constants->len; i++)
        g_ptr_array_add(all, g_ptr_array_index(nodes->constants, i));
    gint64 side = m->spec.side_px, planar[] = {LEUKO_CHANNELS, side, side},
           bytes[] = {side, side, LEUKO_CHANNELS};
    gint64 classes[] = {m->spec.n_classes};
    Value input, output;
    fill_value(&input, LEUKO_ONNX_INPUT, with_preprocessing ? LEUKO_ONNX_UINT8 : LEUKO_ONNX_FLOAT,
               with_preprocessing ? bytes : planar, 3);
    fill_value(&output, LEUKO_ONNX_OUTPUT, LEUKO_ONNX_FLOAT, classes, 1);
    Leuko__Onnx__Graph graph = LEUKO__ONNX__GRAPH__INIT;
    graph.name = (char *)"InceptionV3";
    graph.n_node = nodes->nodes->len;
    graph.node = (Leuko__Onnx__Node **)nodes->nodes->pdata;
    graph.n_initializer = all->len;
    graph.initializer = (Leuko__Onnx__Tensor **)all->pdata;
    graph.n_input = graph.n_output = 1;
    graph.input = &input.one;
    graph.output = &output.one;
    Leuko__Onnx__OperatorSet set = LEUKO__ONNX__OPERATOR_SET__INIT, *sets[] = {&set};
    set.domain = (char *)"";
    set.has_version = TRUE;
    set.version = OPSET;
    g_autoptr(json_t) description = leuko_model_to_json_apart(m);
    g_autofree ProtobufCBinaryData *images = leuko_training_fields(m->training);
    char *text = json_dumps(description, JSON_COMPACT | JSON_REAL_PRECISION(17));
    Leuko__Onnx__Entry entry = LEUKO__ONNX__ENTRY__INIT, stamp = LEUKO__ONNX__ENTRY__INIT;
    Leuko__Onnx__Entry *entries[] = {&entry, &stamp};
    entry.key = (char *)"leuko";
    entry.value = text;
    stamp.key = (char *)LEUKO_STAMP_KEY;
    stamp.value = (char *)LEUKO_STAMP_ZEROS;
    Leuko__Onnx__Model onnx = LEUKO__ONNX__MODEL__INIT;
    onnx.has_ir_version = TRUE;
    onnx.ir_version = IR_VERSION;
    onnx.producer_name = (char *)"leuko";
    onnx.producer_version = (char *)LEUKO_VERSION;
    onnx.graph = &graph;
    onnx.n_opset_import = 1;
    onnx.n_metadata_props = G_N_ELEMENTS(entries);
    onnx.opset_import = sets;
    onnx.metadata_props = entries;
    onnx.n_leuko_training_images = images ? m->training->len : 0;
    onnx.leuko_training_images = images;
    gboolean ok = write_model(&onnx, path, error);
    free(text);
    return ok;
}

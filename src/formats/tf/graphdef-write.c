#include "base/durable.h"
#include "base/json.h"
#include "formats/model-json.h"
#include "formats/stamp.h"
#include "formats/tf/graphdef.h"
#include "formats/training-fields.h"
#include "leuko/error.h"
#include "proto/graph.pb-c.h"
#include <string.h>

enum { DT_FLOAT = 1, DT_INT32 = 3, PRODUCER = 26, MAX_ATTRS = 8 };

typedef struct {
    LeukoDurable *file;
    const LeukoModel *model;
    const LeukoNet *net;
    GPtrArray *outputs; /* of each layer: the node's name */
    guint n_variables;
    GError **error;
} Writer;

/* The attributes of one node, which must stay in memory while the node is packed. */
typedef struct {
    Leuko__Tf__AttrEntry entries[MAX_ATTRS], *list[MAX_ATTRS];
    Leuko__Tf__AttrValue values[MAX_ATTRS];
    Leuko__Tf__AttrList lists[MAX_ATTRS];
    guint n;
} Attrs;

static Leuko__Tf__AttrValue *attr(Attrs *a, const char *key, Leuko__Tf__AttrValue__ValueCase kind)
{
    g_assert(a->n < MAX_ATTRS);
    guint i = a->n++;
    leuko__tf__attr_entry__init(&a->entries[i]);
    leuko__tf__attr_value__init(&a->values[i]);
    a->entries[i].key = (char *)key;
    a->entries[i].value = &a->values[i];
    a->values[i].value_case = kind;
    a->list[i] = &a->entries[i];
    return &a->values[i];
}

static void attr_type(Attrs *a, const char *key, gint type)
{
    attr(a, key, LEUKO__TF__ATTR_VALUE__VALUE_TYPE)->type = type;
}

static void attr_text(Attrs *a, const char *key, const char *text)
{
    attr(a, key, LEUKO__TF__ATTR_VALUE__VALUE_S)->s =
        (ProtobufCBinaryData){.len = strlen(text), .data = (uint8_t *)text};
}

static void attr_list(Attrs *a, const char *key, gint64 *values, gsize n)
{
    Leuko__Tf__AttrList *l = &a->lists[a->n];
    leuko__tf__attr_list__init(l);
    l->n_i = n;
    l->i = values;
    attr(a, key, LEUKO__TF__ATTR_VALUE__VALUE_LIST)->list = l;
}

/* Append a graph to the file. Several packed graphs in a row are one graph, because protobuf
 * concatenates repeated fields. */
static gboolean put_graph(Writer *w, const Leuko__Tf__Graph *graph)
{
    gsize n = leuko__tf__graph__get_packed_size(graph);
    g_autofree guint8 *bytes = g_malloc(n);
    leuko__tf__graph__pack(graph, bytes);
    return leuko_durable_write(w->file, bytes, n, w->error);
}

static gboolean put(Writer *w, const char *name, const char *op, const char *const *inputs,
                    Attrs *a)
{
    Leuko__Tf__Node node = LEUKO__TF__NODE__INIT, *nodes[] = {&node};
    node.name = (char *)name;
    node.op = (char *)op;
    node.n_input = inputs ? g_strv_length((char **)inputs) : 0;
    node.input = (char **)inputs;
    node.n_attr = a->n;
    node.attr = a->list;
    Leuko__Tf__Graph graph = LEUKO__TF__GRAPH__INIT;
    graph.n_node = 1;
    graph.node = nodes;
    return put_graph(w, &graph);
}

static gboolean put_const(Writer *w, const char *name, gint type, guint n_dims, const gsize *dims,
                          gconstpointer data, gsize n_bytes)
{
    Leuko__Tf__Dim sizes[LEUKO_MAX_DIMS], *list[LEUKO_MAX_DIMS];
    Leuko__Tf__Shape shape = LEUKO__TF__SHAPE__INIT;
    Leuko__Tf__Tensor tensor = LEUKO__TF__TENSOR__INIT;
    for (guint i = 0; i < n_dims; i++) {
        leuko__tf__dim__init(&sizes[i]);
        sizes[i].has_size = TRUE;
        sizes[i].size = (gint64)dims[i];
        list[i] = &sizes[i];
    }
    shape.n_dim = n_dims;
    shape.dim = list;
    tensor.has_dtype = tensor.has_tensor_content = TRUE;
    tensor.dtype = type;
    tensor.tensor_shape = &shape;
    tensor.tensor_content = (ProtobufCBinaryData){.len = n_bytes, .data = (uint8_t *)data};
    Attrs a = {.n = 0};
    attr_type(&a, "dtype", type);
    attr(&a, "value", LEUKO__TF__ATTR_VALUE__VALUE_TENSOR)->tensor = &tensor;
    return put(w, name, "Const", NULL, &a);
}

/* A scalar is stored in int_val as TensorFlow does, because OpenCV reads it only there. */
static gboolean put_scalar(Writer *w, const char *name, gint32 value)
{
    Leuko__Tf__Shape shape = LEUKO__TF__SHAPE__INIT;
    Leuko__Tf__Tensor tensor = LEUKO__TF__TENSOR__INIT;
    tensor.has_dtype = TRUE;
    tensor.dtype = DT_INT32;
    tensor.tensor_shape = &shape;
    tensor.n_int_val = 1;
    tensor.int_val = &value;
    Attrs a = {.n = 0};
    attr_type(&a, "dtype", DT_INT32);
    attr(&a, "value", LEUKO__TF__ATTR_VALUE__VALUE_TENSOR)->tensor = &tensor;
    return put(w, name, "Const", NULL, &a);
}

static gboolean put_ints(Writer *w, const char *name, guint n_dims, const gsize *dims,
                         const gint32 *values, gsize n)
{
    return put_const(w, name, DT_INT32, n_dims, dims, values, n * sizeof *values);
}

/* Write a variable of the model as a constant and the node NAME/read.
 * scale  factor of all values
 * read   out: the name of the node NAME/read, g_free */
static gboolean put_variable(Writer *w, const LeukoLayer *layer, const char *variable, double scale,
                             gchar **read)
{
    g_autofree gchar *name = leuko_param_name(layer, variable);
    const LeukoTensor *t = leuko_params_find(w->model->params, name);
    g_assert(t); /* leuko_params_check() passed */
    g_autofree float *scaled = NULL;
    if (scale != 1) {
        scaled = g_new(float, t->n_values);
        for (gsize i = 0; i < t->n_values; i++)
            scaled[i] = (float)(t->data[i] * scale);
    }
    *read = g_strconcat(name, "/read", NULL);
    Attrs a = {.n = 0};
    attr_type(&a, "T", DT_FLOAT);
    const char *const input[] = {name, NULL};
    w->n_variables++;
    return put_const(w, name, DT_FLOAT, t->n_dims, t->dims, scaled ? scaled : t->data,
                     t->n_values * sizeof(float)) &&
           put(w, *read, "Identity", input, &a);
}

static gchar *op_name(const LeukoLayer *layer, const char *op)
{
    gboolean trunk =
        !g_str_has_prefix(layer->name, "Logits/") && !g_str_has_prefix(layer->name, "Predictions/");
    return g_strconcat("InceptionV3/", trunk ? "InceptionV3/" : "", layer->name, op ? "/" : "", op,
                       NULL);
}

static const char *input_of(const Writer *w, const LeukoLayer *layer, guint i)
{
    return w->outputs->pdata[layer->inputs[i]];
}

/* slim uses SAME for the 1x1 convolutions in blocks, where SAME and VALID are equal. */
static const char *padding_of(const LeukoLayer *layer)
{
    gboolean same = layer->pad_h > 0 || layer->pad_w > 0 ||
                    (layer->kind == LEUKO_LAYER_CONV && layer->kernel_h == 1 &&
                     layer->kernel_w == 1 && strchr(layer->name, '/'));
    return same ? "SAME" : "VALID";
}

static gboolean put_batch_norm(Writer *w, const LeukoLayer *layer, const char *conv, gchar **out)
{
    g_autofree gchar *gamma = op_name(layer, "BatchNorm/Const"), *beta = NULL, *mean = NULL,
                     *variance = NULL;
    g_autofree gchar *gamma_name = leuko_param_name(layer, "BatchNorm/gamma");
    *out = op_name(layer, "BatchNorm/FusedBatchNorm");
    if (leuko_params_find(w->model->params, gamma_name)) {
        g_clear_pointer(&gamma, g_free);
        if (!put_variable(w, layer, "BatchNorm/gamma", 1, &gamma))
            return FALSE;
    } else {
        g_autofree float *ones = g_new(float, layer->out_channels);
        gsize dims[] = {layer->out_channels};
        for (guint i = 0; i < layer->out_channels; i++)
            ones[i] = 1;
        if (!put_const(w, gamma, DT_FLOAT, 1, dims, ones, layer->out_channels * sizeof(float)))
            return FALSE;
    }
    if (!put_variable(w, layer, "BatchNorm/beta", 1, &beta) ||
        !put_variable(w, layer, "BatchNorm/moving_mean", 1, &mean) ||
        !put_variable(w, layer, "BatchNorm/moving_variance", 1, &variance))
        return FALSE;
    Attrs a = {.n = 0};
    attr_type(&a, "T", DT_FLOAT);
    attr_text(&a, "data_format", "NHWC");
    attr(&a, "epsilon", LEUKO__TF__ATTR_VALUE__VALUE_F)->f = LEUKO_BATCH_NORM_EPSILON;
    attr(&a, "is_training", LEUKO__TF__ATTR_VALUE__VALUE_B)->b = FALSE;
    const char *const inputs[] = {conv, gamma, beta, mean, variance, NULL};
    return put(w, *out, "FusedBatchNorm", inputs, &a);
}

static gboolean put_conv(Writer *w, const LeukoLayer *layer, gchar **out)
{
    g_autofree gchar *weights = NULL, *conv = op_name(layer, "Conv2D");
    gboolean logits = layer->bias;
    double scale = logits ? 1 / w->model->temperature : 1;
    gint64 strides[] = {1, layer->stride, layer->stride, 1}, ones[] = {1, 1, 1, 1};
    if (!put_variable(w, layer, "weights", scale, &weights))
        return FALSE;
    Attrs a = {.n = 0};
    attr_type(&a, "T", DT_FLOAT);
    attr_list(&a, "strides", strides, 4);
    attr_list(&a, "dilations", ones, 4);
    attr_text(&a, "padding", padding_of(layer));
    attr_text(&a, "data_format", "NHWC");
    const char *const inputs[] = {input_of(w, layer, 0), weights, NULL};
    if (!put(w, conv, "Conv2D", inputs, &a))
        return FALSE;
    g_autofree gchar *normed = NULL, *biases = NULL;
    Attrs b = {.n = 0};
    attr_type(&b, "T", DT_FLOAT);
    if (logits) {
        attr_text(&b, "data_format", "NHWC");
        *out = op_name(layer, "BiasAdd");
        if (!put_variable(w, layer, "biases", scale, &biases))
            return FALSE;
        const char *const bias_inputs[] = {conv, biases, NULL};
        return put(w, *out, "BiasAdd", bias_inputs, &b);
    }
    if (!put_batch_norm(w, layer, conv, &normed))
        return FALSE;
    *out = op_name(layer, "Relu");
    const char *const relu_inputs[] = {normed, NULL};
    return put(w, *out, "Relu", relu_inputs, &b);
}

/* torchvision's average pools count the padding: a Pad node adds zeros, then the pool is VALID. */
static gboolean put_pad(Writer *w, const LeukoLayer *layer, gchar **out)
{
    g_autofree gchar *paddings = op_name(layer, "Pad/paddings");
    *out = op_name(layer, "Pad");
    gint32 p = (gint32)layer->pad_h, q = (gint32)layer->pad_w, values[] = {0, 0, p, p, q, q, 0, 0};
    gsize dims[] = {4, 2};
    Attrs a = {.n = 0};
    attr_type(&a, "T", DT_FLOAT);
    attr_type(&a, "Tpaddings", DT_INT32);
    const char *const inputs[] = {input_of(w, layer, 0), paddings, NULL};
    return put_ints(w, paddings, 2, dims, values, 8) && put(w, *out, "Pad", inputs, &a);
}

static gboolean put_pool(Writer *w, const LeukoLayer *layer, gchar **out)
{
    gboolean average = layer->kind == LEUKO_LAYER_AVG_POOL;
    gboolean pad = average && layer->pad_h > 0 && w->model->spec.pool_includes_padding;
    g_autofree gchar *padded = NULL;
    if (pad && !put_pad(w, layer, &padded))
        return FALSE;
    gint64 ksize[] = {1, layer->kernel_h, layer->kernel_w, 1};
    gint64 strides[] = {1, layer->stride, layer->stride, 1};
    *out = op_name(layer, average ? "AvgPool" : "MaxPool");
    Attrs a = {.n = 0};
    attr_type(&a, "T", DT_FLOAT);
    attr_list(&a, "ksize", ksize, 4);
    attr_list(&a, "strides", strides, 4);
    attr_text(&a, "padding", pad ? "VALID" : padding_of(layer));
    attr_text(&a, "data_format", "NHWC");
    const char *const inputs[] = {pad ? padded : input_of(w, layer, 0), NULL};
    return put(w, *out, average ? "AvgPool" : "MaxPool", inputs, &a);
}

static gboolean put_concat(Writer *w, const LeukoLayer *layer, gchar **out)
{
    *out = op_name(layer, NULL);
    g_autofree gchar *axis = g_strconcat(*out, "/axis", NULL);
    const char *inputs[LEUKO_MAX_INPUTS + 2] = {NULL};
    for (guint i = 0; i < layer->n_inputs; i++)
        inputs[i] = input_of(w, layer, i);
    inputs[layer->n_inputs] = axis;
    Attrs a = {.n = 0};
    attr_type(&a, "T", DT_FLOAT);
    attr_type(&a, "Tidx", DT_INT32);
    attr(&a, "N", LEUKO__TF__ATTR_VALUE__VALUE_I)->i = layer->n_inputs;
    return put_scalar(w, axis, 3) && put(w, *out, "ConcatV2", inputs, &a);
}

static gboolean put_input(Writer *w, guint batch)
{
    const gint64 sizes[] = {batch ? (gint64)batch : -1, w->model->spec.side_px,
                            w->model->spec.side_px, 3};
    Leuko__Tf__Dim dims[4], *list[4];
    Leuko__Tf__Shape shape = LEUKO__TF__SHAPE__INIT;
    for (guint i = 0; i < 4; i++) {
        leuko__tf__dim__init(&dims[i]);
        dims[i].has_size = TRUE;
        dims[i].size = sizes[i];
        list[i] = &dims[i];
    }
    shape.n_dim = 4;
    shape.dim = list;
    Attrs a = {.n = 0};
    attr_type(&a, "dtype", DT_FLOAT);
    attr(&a, "shape", LEUKO__TF__ATTR_VALUE__VALUE_SHAPE)->shape = &shape;
    return put(w, LEUKO_GRAPHDEF_INPUT, "Placeholder", NULL, &a);
}

static gboolean put_dropout(Writer *w, const LeukoLayer *layer, gchar **out)
{
    *out = op_name(layer, "Identity");
    Attrs a = {.n = 0};
    attr_type(&a, "T", DT_FLOAT);
    const char *const inputs[] = {input_of(w, layer, 0), NULL};
    return put(w, *out, "Identity", inputs, &a);
}

/* SpatialSqueeze, Reshape to (-1, K), Softmax. */
static gboolean put_softmax(Writer *w, const LeukoLayer *layer, gchar **out)
{
    static const char *const squeezed = "InceptionV3/Logits/SpatialSqueeze";
    static const char *const shape = "InceptionV3/Predictions/Reshape/shape";
    static const char *const flat = "InceptionV3/Predictions/Reshape";
    gint64 axes[] = {1, 2};
    const gint32 to[] = {-1, (gint32)layer->out_channels};
    const gsize dims[] = {2};
    Attrs a = {.n = 0}, b = {.n = 0}, c = {.n = 0};
    attr_type(&a, "T", DT_FLOAT);
    attr_list(&a, "squeeze_dims", axes, 2);
    attr_type(&b, "T", DT_FLOAT);
    attr_type(&b, "Tshape", DT_INT32);
    attr_type(&c, "T", DT_FLOAT);
    *out = g_strdup(LEUKO_GRAPHDEF_OUTPUT);
    const char *const in[] = {input_of(w, layer, 0), NULL}, *const in2[] = {squeezed, shape, NULL};
    const char *const in3[] = {flat, NULL};
    return put(w, squeezed, "Squeeze", in, &a) && put_ints(w, shape, 1, dims, to, 2) &&
           put(w, flat, "Reshape", in2, &b) && put(w, *out, "Softmax", in3, &c);
}

static gboolean put_layer(Writer *w, const LeukoLayer *layer, guint batch)
{
    gchar *out = NULL;
    gboolean ok = FALSE;
    switch (layer->kind) {
    case LEUKO_LAYER_INPUT:
        out = g_strdup(LEUKO_GRAPHDEF_INPUT);
        ok = put_input(w, batch);
        break;
    case LEUKO_LAYER_CONV:
        ok = put_conv(w, layer, &out);
        break;
    case LEUKO_LAYER_MAX_POOL:
    case LEUKO_LAYER_AVG_POOL:
        ok = put_pool(w, layer, &out);
        break;
    case LEUKO_LAYER_CONCAT:
        ok = put_concat(w, layer, &out);
        break;
    case LEUKO_LAYER_DROPOUT:
        ok = put_dropout(w, layer, &out);
        break;
    case LEUKO_LAYER_SOFTMAX:
        ok = put_softmax(w, layer, &out);
        break;
    }
    g_ptr_array_add(w->outputs, out);
    return ok;
}

/* Write FILE.pb.json, but do not give it its name yet. The temperature is 1, because it is folded
 * into the weights; "temperature_folded" keeps its value. */
static LeukoDurable *write_description(const LeukoModel *model, const char *path,
                                       const char *digest, GError **error)
{
    g_autofree gchar *json_path = g_strconcat(path, ".json", NULL);
    g_autoptr(LeukoDurable) file = leuko_durable_new(json_path, error);
    if (!file)
        return NULL;
    g_autoptr(json_t) json = leuko_model_to_json_apart(model);
    json_object_set_new(json, "temperature", json_real(1.0));
    if (model->temperature != 1) { /* the ledger counts this file as the model it was made from */
        g_autofree gchar *own = leuko_params_digest(model->params);
        const char *first = leuko_model_source_digest(model);
        json_object_set_new(json_object_get(json, "provenance"), LEUKO_PROVENANCE_SOURCE,
                            json_string(first ? first : own));
    }
    json_object_set_new(json, "graph",
                        json_pack("{s:s, s:s, s:s, s:f}", "sha256", digest, "input",
                                  LEUKO_GRAPHDEF_INPUT, "output", LEUKO_GRAPHDEF_OUTPUT,
                                  "temperature_folded", model->temperature));
    leuko_stamp_json(json);
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    gboolean ok = leuko_durable_write(file, text, strlen(text), error);
    free(text);
    return ok ? g_steal_pointer(&file) : NULL;
}

gboolean leuko_graphdef_save(const LeukoModel *model, const char *path, guint batch,
                             guint *n_variables, GError **error)
{
    g_autoptr(LeukoNet) net = leuko_net_new(&model->spec, error);
    if (!net || !leuko_params_check(model->params, net, "the model", error))
        return FALSE;
    g_autoptr(LeukoDurable) file = leuko_durable_new(path, error);
    if (!file)
        return FALSE;
    g_autoptr(GPtrArray) outputs = g_ptr_array_new_with_free_func(g_free);
    Writer w = {.file = file, .model = model, .net = net, .outputs = outputs, .error = error};
    for (guint i = 0; i < leuko_net_n_layers(net); i++)
        if (!put_layer(&w, leuko_net_layer(net, i), batch))
            return FALSE;
    Leuko__Tf__Versions versions = LEUKO__TF__VERSIONS__INIT;
    Leuko__Tf__Graph last = LEUKO__TF__GRAPH__INIT;
    versions.has_producer = TRUE;
    versions.producer = PRODUCER;
    last.versions = &versions;
    g_autofree ProtobufCBinaryData *images = leuko_training_fields(model->training);
    last.n_leuko_training_images = images ? model->training->len : 0;
    last.leuko_training_images = images;
    if (!put_graph(&w, &last))
        return FALSE;
    g_autofree gchar *digest = leuko_durable_sha256(file, error);
    g_autoptr(LeukoDurable) description =
        digest ? write_description(model, path, digest, error) : NULL;
    *n_variables = w.n_variables;
    /* the description first: until the graph follows, its digest differs */
    LeukoDurable *const both[] = {description, file};
    return description && leuko_durable_commit_all(both, G_N_ELEMENTS(both), error);
}

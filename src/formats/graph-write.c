#include "base/json.h"
#include "formats/graph-layers.h"
#include "formats/model-json.h"
#include "formats/numbers.h"
#include "formats/safetensors.h"
#include "formats/training-tensors.h"
#include <string.h>

typedef struct {
    GArray *tensors;  /* of LeukoSafetensor */
    GPtrArray *owned; /* names and converted values */
} Writer;

static void put(Writer *w, const char *layer, const char *what, const char *dtype, guint n_dims,
                const gsize *dims, gconstpointer data)
{
    LeukoSafetensor t = {.name = g_strdup_printf("InceptionV3/%s/%s", layer, what),
                         .dtype = dtype,
                         .n_dims = n_dims,
                         .n_values = 1,
                         .data = data};
    g_ptr_array_add(w->owned, (gpointer)t.name);
    for (guint i = 0; i < n_dims; i++) {
        t.dims[i] = dims[i];
        t.n_values *= dims[i];
    }
    g_array_append_val(w->tensors, t);
}

static void put_quantized(Writer *w, const LeukoQuantizedConv *c)
{
    const gsize dims[] = {c->oc, c->ic, c->kh, c->kw};
    put(w, c->layer, "biases", "F32", 1, dims, c->bias);
    put(w, c->layer, "steps", "F32", 1, dims, c->output_scale);
    if (!c->raised)
        put(w, c->layer, "scales", "F32", 1, dims, c->weight_scale);
    put(w, c->layer, "weights", c->raised ? "F32" : "I8", 4, dims,
        c->raised ? (gconstpointer)c->real_weights : (gconstpointer)c->weights);
}

static const LeukoTensor *param(const LeukoParams *params, const LeukoLayer *l, const char *what)
{
    g_autofree gchar *name = leuko_param_name(l, what);
    const LeukoTensor *t = leuko_params_find(params, name);
    g_assert(t); /* the caller's model is complete */
    return t;
}

static void put_real(Writer *w, const LeukoParams *params, const LeukoLayer *l, gboolean bf16)
{
    const LeukoTensor *weights = param(params, l, "weights");
    const LeukoTensor *bias = param(params, l, l->batch_norm ? "BatchNorm/beta" : "biases");
    gconstpointer data = weights->data;
    if (bf16) {
        gpointer narrow = g_malloc(2 * MAX(weights->n_values, 1));
        leuko_float_to_bfloat(weights->data, narrow, weights->n_values);
        g_ptr_array_add(w->owned, narrow);
        data = narrow;
    }
    put(w, l->name, "weights", bf16 ? "BF16" : "F32", 4, weights->dims, data);
    put(w, l->name, "biases", "F32", 1, bias->dims, bias->data);
}

static json_t *describe(const LeukoGraph *g, const LeukoNet *net)
{
    json_t *all = leuko_model_to_json_apart(g->model);
    json_t *graph =
        json_pack("{s:i, s:s, s:s, s:o, s:O}", "format", LEUKO_GRAPH_FORMAT, "precision",
                  leuko_precision_name(g->precision), "isa", g->vnni ? "vnni" : "any", "layers",
                  leuko_graph_layers(net, g), "compiled", g->compiled);
    json_object_set_new(all, "graph", graph);
    return all;
}

LeukoDurable *leuko_graph_begin(const LeukoGraph *g, const char *path, GError **error)
{
    g_autoptr(LeukoNet) net = leuko_net_new(&g->model->spec, error);
    if (!net)
        return NULL;
    g_autoptr(GArray) tensors = g_array_new(FALSE, TRUE, sizeof(LeukoSafetensor));
    g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
    Writer w = {tensors, owned};
    for (guint i = 0; i < g->n_convs; i++)
        put_quantized(&w, &g->convs[i]);
    for (guint i = 0; i <= leuko_net_endpoint_layer(net); i++)
        if (g->precision != LEUKO_INT8 && leuko_net_layer(net, i)->kind == LEUKO_LAYER_CONV)
            put_real(&w, g->model->params, leuko_net_layer(net, i), g->precision == LEUKO_BF16);
    put_real(&w, g->model->params,
             leuko_net_layer(net, (guint)leuko_net_find(net, LEUKO_HEAD_LAYER)), FALSE);
    leuko_training_tensors(g->model->training, tensors, owned);
    g_autoptr(json_t) description = describe(g, net);
    char *text = json_dumps(description, JSON_COMPACT | JSON_REAL_PRECISION(17));
    g_assert(text);
    g_autoptr(json_t) metadata = json_pack("{s:s, s:s}", "format", "leuko-graph", "leuko", text);
    free(text);
    return leuko_safetensors_begin((const LeukoSafetensor *)tensors->data, tensors->len, metadata,
                                   path, error);
}

gboolean leuko_graph_save(const LeukoGraph *g, const char *path, GError **error)
{
    g_autoptr(LeukoDurable) file = leuko_graph_begin(g, path, error);
    return file && leuko_durable_commit(file, error);
}

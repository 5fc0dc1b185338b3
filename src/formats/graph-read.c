#include "base/error.h"
#include "base/json.h"
#include "base/map.h"
#include "formats/graph-layers.h"
#include "formats/model-json.h"
#include "formats/numbers.h"
#include "formats/safetensors.h"
#include "formats/sniff.h"
#include "formats/training-tensors.h"
#include <string.h>

typedef struct {
    const char *name; /* of the file, in messages */
    LeukoSafetensors *file;
    GHashTable *tensors; /* name -> LeukoSafetensor, only tensors that are not read yet */
    LeukoNet *net;
    LeukoGraph *graph;
} Reader;

/* --- tensors ---------------------------------------------------------------------------------- */

static gboolean bad(const Reader *r, const char *tensor, GError **error, const char *what)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: tensor \"%s\": %s", r->name, tensor,
                what);
    return FALSE;
}

/* Return the tensor of this name, type and shape, and remove it from r->tensors. */
static const LeukoSafetensor *take(Reader *r, const char *layer, const char *what,
                                   const char *dtype, guint n_dims, const gsize *dims,
                                   GError **error)
{
    g_autofree gchar *name = g_strdup_printf("InceptionV3/%s/%s", layer, what);
    const LeukoSafetensor *t = g_hash_table_lookup(r->tensors, name);
    if (!t) {
        bad(r, name, error, "is missing");
        return NULL;
    }
    gboolean fits = t->n_dims == n_dims && strcmp(t->dtype, dtype) == 0;
    for (guint i = 0; fits && i < n_dims; i++)
        fits = t->dims[i] == dims[i];
    if (!fits) {
        g_autoptr(GString) want = g_string_new(NULL), have = g_string_new(NULL);
        for (guint i = 0; i < n_dims; i++)
            g_string_append_printf(want, "%s%zu", i ? ", " : "", dims[i]);
        for (guint i = 0; i < t->n_dims; i++)
            g_string_append_printf(have, "%s%zu", i ? ", " : "", t->dims[i]);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: tensor \"%s\": is %s (%s), must be %s (%s)", r->name, name, t->dtype,
                    have->str, dtype, want->str);
        return NULL;
    }
    g_hash_table_remove(r->tensors, name);
    return t;
}

/* A bf16 value whose exponent bits are all ones is infinite or NaN. */
static gboolean all_finite(const LeukoSafetensor *t)
{
    guint16 bad_bits = 0;
    const guint8 *p = t->data;
    if (strcmp(t->dtype, "F32") == 0)
        return leuko_floats_are_finite(p, t->n_values);
    for (gsize i = 0; i < t->n_values; i++) {
        guint16 bits;
        memcpy(&bits, p + 2 * i, sizeof bits);
        bad_bits |= (bits & 0x7f80u) == 0x7f80u;
    }
    return !bad_bits;
}

/* Floats in the mapping if they are aligned, else in a copy. */
static const float *take_floats(Reader *r, const char *layer, const char *what, guint n_dims,
                                const gsize *dims, GError **error)
{
    const LeukoSafetensor *t = take(r, layer, what, "F32", n_dims, dims, error);
    if (!t)
        return NULL;
    if (!all_finite(t)) {
        bad(r, t->name, error, "a value is not finite");
        return NULL;
    }
    if ((guintptr)t->data % sizeof(float) == 0)
        return t->data;
    gpointer copy = g_memdup2(t->data, MAX(t->n_bytes, 1));
    g_ptr_array_add(r->graph->owned, copy);
    return copy;
}

/* --- 8 bits ----------------------------------------------------------------------------------- */

/* The scales must be positive, and 1e-30 to 1e30, so that no product underflows or overflows. */
static gboolean all_positive(const Reader *r, const LeukoLayer *l, const float *scale,
                             const char *what, GError **error)
{
    for (gsize o = 0; o < l->out_channels; o++)
        if (!(scale[o] >= 1e-30f && scale[o] <= 1e30f))
            return bad(r, l->name, error, what);
    return TRUE;
}

static gboolean read_quantized(Reader *r, const LeukoLayer *l, LeukoQuantizedConv *c,
                               GError **error)
{
    const gsize dims[] = {l->out_channels, l->in_channels, l->kernel_h, l->kernel_w};
    c->layer = l->name;
    c->oc = l->out_channels;
    c->ic = l->in_channels;
    c->kh = l->kernel_h;
    c->kw = l->kernel_w;
    c->bias = take_floats(r, l->name, "biases", 1, dims, error);
    c->output_scale = c->bias ? take_floats(r, l->name, "steps", 1, dims, error) : NULL;
    if (!c->output_scale ||
        !all_positive(r, l, c->output_scale, "an output step is not positive", error))
        return FALSE;
    if (c->raised) {
        c->real_weights = take_floats(r, l->name, "weights", 4, dims, error);
        return c->real_weights != NULL;
    }
    const LeukoSafetensor *t = take(r, l->name, "weights", "I8", 4, dims, error);
    c->weight_scale = t ? take_floats(r, l->name, "scales", 1, dims, error) : NULL;
    if (!c->weight_scale)
        return FALSE;
    c->weights = t->data;
    if (memchr(c->weights, 0x80, t->n_values))
        return bad(r, t->name, error, "a weight is outside -127 to 127");
    return all_positive(r, l, c->weight_scale, "a weight scale is not positive", error);
}

/* --- floats ----------------------------------------------------------------------------------- */

static gboolean add(LeukoParams *params, const LeukoLayer *l, const char *what, guint n_dims,
                    const gsize *dims, const float *borrowed, GBytes *owner, float **out,
                    GError **error)
{
    g_autofree gchar *name = leuko_param_name(l, what);
    return borrowed ? leuko_params_add_borrowed(params, name, n_dims, dims, borrowed, owner, error)
                    : leuko_params_add(params, name, n_dims, dims, out, error);
}

static gboolean read_real(Reader *r, const LeukoLayer *l, LeukoParams *params, GError **error)
{
    const gsize dims[] = {l->kernel_h, l->kernel_w, l->in_channels, l->out_channels};
    const gsize *one = &dims[3];
    float *wide = NULL, *mean = NULL, *variance = NULL;
    const float *weights = NULL, *bias = take_floats(r, l->name, "biases", 1, one, error);
    if (!bias)
        return FALSE;
    if (r->graph->precision == LEUKO_BF16) {
        const LeukoSafetensor *t = take(r, l->name, "weights", "BF16", 4, dims, error);
        if (!t || (!all_finite(t) && !bad(r, t->name, error, "a value is not finite")) ||
            !add(params, l, "weights", 4, dims, NULL, NULL, &wide, error))
            return FALSE;
        leuko_bfloat_to_float(t->data, wide, t->n_values);
    } else {
        weights = take_floats(r, l->name, "weights", 4, dims, error);
        if (!weights || !add(params, l, "weights", 4, dims, weights, r->graph->bytes, NULL, error))
            return FALSE;
    }
    if (!add(params, l, l->batch_norm ? "BatchNorm/beta" : "biases", 1, one, bias, r->graph->bytes,
             NULL, error))
        return FALSE;
    if (!l->batch_norm)
        return TRUE;
    if (!add(params, l, "BatchNorm/moving_mean", 1, one, NULL, NULL, &mean, error) ||
        !add(params, l, "BatchNorm/moving_variance", 1, one, NULL, NULL, &variance, error))
        return FALSE;
    for (guint o = 0; o < l->out_channels; o++)
        variance[o] = 1.0f - LEUKO_BATCH_NORM_EPSILON;
    return TRUE;
}

static gboolean read_head(Reader *r, LeukoParams *params, GError **error)
{
    const LeukoLayer *l = leuko_net_layer(r->net, (guint)leuko_net_find(r->net, LEUKO_HEAD_LAYER));
    const gsize dims[] = {1, 1, l->in_channels, l->out_channels};
    const float *weights = take_floats(r, l->name, "weights", 4, dims, error);
    const float *biases = weights ? take_floats(r, l->name, "biases", 1, &dims[3], error) : NULL;
    return biases && add(params, l, "weights", 4, dims, weights, r->graph->bytes, NULL, error) &&
           add(params, l, "biases", 1, &dims[3], biases, r->graph->bytes, NULL, error);
}

/* --- all together ----------------------------------------------------------------------------- */

static gboolean read_tensors(Reader *r, GError **error)
{
    LeukoGraph *g = r->graph;
    for (guint i = 0; i < leuko_safetensors_n_tensors(r->file); i++) {
        const LeukoSafetensor *t = leuko_safetensors_nth(r->file, i);
        g_hash_table_insert(r->tensors, (gpointer)t->name, (gpointer)t);
    }
    g_autoptr(GPtrArray) training = g_ptr_array_new();
    if (!leuko_training_tensors_attach(g->model->training, r->file, r->name, training, error))
        return FALSE;
    for (guint i = 0; i < training->len; i++)
        g_hash_table_remove(r->tensors, training->pdata[i]);
    g->model->params = leuko_params_new();
    for (guint i = 0, conv = 0; i <= leuko_net_endpoint_layer(r->net); i++) {
        const LeukoLayer *l = leuko_net_layer(r->net, i);
        if (l->kind != LEUKO_LAYER_CONV)
            continue;
        if (!(g->precision == LEUKO_INT8 ? read_quantized(r, l, &g->convs[conv++], error)
                                         : read_real(r, l, g->model->params, error)))
            return FALSE;
    }
    if (!read_head(r, g->model->params, error))
        return FALSE;
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init(&iter, r->tensors);
    if (g_hash_table_iter_next(&iter, &name, NULL)) {
        g_autofree gchar *shown = leuko_one_line(name);
        return bad(r, shown, error, "belongs to no layer of the graph");
    }
    return TRUE;
}

static gboolean read_kind(json_t *json, LeukoGraph *g, const char *name, GError **error)
{
    const char *precision, *isa;
    g_autoptr(GError) why = NULL;
    if (!leuko_json_check_format(json, LEUKO_GRAPH_FORMAT, name, error) ||
        !leuko_json_get_string(json, "precision", &precision, name, error) ||
        !leuko_json_get_string(json, "isa", &isa, name, error))
        return FALSE;
    if (!leuko_precision_parse(precision, &g->precision, &why)) {
        g_autofree gchar *shown = leuko_one_line(why->message);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: %s", name, shown);
        return FALSE;
    }
    g->vnni = strcmp(isa, "vnni") == 0;
    if (!g->vnni && strcmp(isa, "any") != 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: \"isa\" must be \"any\" or \"vnni\"", name);
        return FALSE;
    }
    json_t *compiled = json_object_get(json, "compiled");
    if (!json_is_object(compiled)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: \"compiled\" must be an object",
                    name);
        return FALSE;
    }
    json_decref(g->compiled);
    g->compiled = json_incref(compiled);
    return TRUE;
}

static guint count_convs(const LeukoNet *net)
{
    guint n = 0;
    for (guint i = 0; i <= leuko_net_endpoint_layer(net); i++)
        n += leuko_net_layer(net, i)->kind == LEUKO_LAYER_CONV ? 1 : 0;
    return n;
}

static gboolean read_all(Reader *r, json_t *json, const char *label, GError **error)
{
    LeukoGraph *g = r->graph;
    json_t *graph = json_object_get(json, "graph");
    g_autofree gchar *inside = g_strdup_printf("%s: graph", label);
    if (!json_is_object(graph)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: \"graph\" must be an object",
                    label);
        return FALSE;
    }
    if (!read_kind(graph, g, inside, error))
        return FALSE;
    r->net = leuko_net_new(&g->model->spec, error);
    if (!r->net) {
        g_prefix_error(error, "%s: ", label);
        return FALSE;
    }
    if (g->precision == LEUKO_INT8) {
        g->n_convs = count_convs(r->net);
        g->convs = g_new0(LeukoQuantizedConv, g->n_convs);
    }
    return leuko_graph_check_layers(json_object_get(graph, "layers"), r->net, g, inside, error) &&
           read_tensors(r, error);
}

static const char GRAPH_FORMAT[] = "leuko-graph";

static gboolean says_graph(const LeukoSafetensors *file)
{
    return g_strcmp0(leuko_safetensors_metadata(file, "format"), GRAPH_FORMAT) == 0;
}

/* The convolutions use layer names of the net, which is freed: replace them with static copies. */
static void intern_names(LeukoGraph *g)
{
    for (guint i = 0; i < g->n_convs; i++)
        g->convs[i].layer = g_intern_string(g->convs[i].layer);
}

/* `file` is the parsed header of `bytes`. */
static LeukoGraph *read_graph(LeukoSafetensors *file, GBytes *bytes, const char *name,
                              GError **error)
{
    Reader r = {.name = name};
    const char *text = leuko_safetensors_metadata(file, "leuko");
    if (!says_graph(file) || !text) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: a safetensors file, but not a compiled graph", name);
        return NULL;
    }
    g_autofree gchar *label = g_strdup_printf("%s: metadata \"leuko\"", name);
    g_autoptr(json_t) json = leuko_json_parse(text, strlen(text), label, error);
    LeukoModel *model = json ? leuko_model_from_json(json, label, error) : NULL;
    if (!model)
        return NULL;
    g_autoptr(LeukoGraph) graph = leuko_graph_new(model, LEUKO_FP32);
    graph->bytes = g_bytes_ref(bytes);
    r.file = file;
    r.graph = graph;
    r.tensors = g_hash_table_new(g_str_hash, g_str_equal);
    gboolean ok = leuko_safetensors_check_data(file, error) && read_all(&r, json, label, error);
    intern_names(graph);
    g_hash_table_unref(r.tensors);
    leuko_net_free(r.net);
    return ok ? g_steal_pointer(&graph) : NULL;
}

LeukoGraph *leuko_graph_parse(GBytes *bytes, const char *name, GError **error)
{
    g_autoptr(LeukoSafetensors) file = leuko_safetensors_parse(bytes, name, error);
    return file ? read_graph(file, bytes, name, error) : NULL;
}

LeukoGraph *leuko_graph_load(const char *path, GError **error)
{
    LeukoFileKind kind = leuko_sniff_file(path, error);
    if (kind != LEUKO_FILE_SAFETENSORS) {
        if (kind != LEUKO_FILE_ABSENT)
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                        "%s: not a compiled graph: it is %s", path, leuko_file_kind_text(kind));
        return NULL;
    }
    g_autoptr(GBytes) bytes = leuko_map_bytes(path, error);
    return bytes ? leuko_graph_parse(bytes, path, error) : NULL;
}

gboolean leuko_graph_is_graph(const char *path)
{
    if (leuko_sniff_file(path, NULL) != LEUKO_FILE_SAFETENSORS)
        return FALSE;
    g_autofree gchar *format = leuko_safetensors_peek(path, "format");
    return g_strcmp0(format, GRAPH_FORMAT) == 0;
}

LeukoGraph *leuko_graph_load_if(const char *path, gboolean *is_graph, GError **error)
{
    *is_graph = leuko_graph_is_graph(path);
    g_autoptr(GBytes) bytes = *is_graph ? leuko_map_bytes(path, error) : NULL;
    return bytes ? leuko_graph_parse(bytes, path, error) : NULL;
}

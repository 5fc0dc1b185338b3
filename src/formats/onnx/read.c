#include "base/budget.h"
#include "base/error.h"
#include "base/json.h"
#include "base/map.h"
#include "base/plural.h"
#include "formats/model-json.h"
#include "formats/numbers.h"
#include "formats/onnx/graph.h"
#include "formats/onnx/onnx.h"
#include "formats/stamp.h"
#include "formats/training-fields.h"
#include <string.h>

enum { DOUBLE = 11, HALF = 10, BFLOAT = 16 };

static void model_free(Leuko__Onnx__Model *m) { leuko__onnx__model__free_unpacked(m, NULL); }
typedef Leuko__Onnx__Model OnnxModel;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OnnxModel, model_free)

/* Field ir_version with 3 to 20, then another field of a ModelProto. */
gboolean leuko_onnx_sniff(gconstpointer bytes, gsize n)
{
    const guint8 *p = bytes;
    return n >= 3 && p[0] == 0x08 && p[1] >= 3 && p[1] <= 20 && p[2] != 0 &&
           strchr("\x12\x1a\x22\x3a\x42", p[2]);
}

static OnnxModel *unpack(gconstpointer bytes, gsize n, const char *path, GError **error)
{
    g_auto(LeukoBudget) budget;
    leuko_budget_start(&budget, path, n);
    g_autoptr(OnnxModel) m =
        leuko_budget_unpack(&budget, &leuko__onnx__model__descriptor, n, bytes);
    if (m && m->graph)
        return g_steal_pointer(&m);
    if (leuko_budget_is_spent(&budget)) {
        leuko_budget_fail(&budget, error);
        return NULL;
    }
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: truncated or damaged ONNX model%s",
                path, m ? " (it has no graph)" : "");
    return NULL;
}

static OnnxModel *unpack_file(const char *path, GError **error)
{
    gsize n = 0;
    g_autoptr(GBytes) file = leuko_map_bytes(path, error);
    gconstpointer bytes = file ? g_bytes_get_data(file, &n) : NULL;
    return file ? unpack(bytes, n, path, error) : NULL;
}

static gboolean bad_tensor(const char *path, const Leuko__Onnx__Tensor *t, const char *what,
                           GError **error)
{
    g_autofree gchar *text =
        g_strdup_printf("%s: initializer \"%.80s\" %s", path, t->name ? t->name : "", what);
    g_autofree gchar *shown = leuko_one_line(text);
    g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, shown);
    return FALSE;
}

/* Values as float32: from raw bytes or from the list of floats. */
static gboolean copy_values(const Leuko__Onnx__Tensor *t, gsize n, float *out)
{
    gsize bytes = t->data_type == DOUBLE ? 8 : t->data_type == LEUKO_ONNX_FLOAT ? 4 : 2;
    if (t->data_type == LEUKO_ONNX_FLOAT && !t->has_raw_data) {
        if (t->n_float_data != n)
            return FALSE;
        memcpy(out, t->float_data, n * sizeof *out);
        return TRUE;
    }
    if (!t->has_raw_data || t->raw_data.len / bytes != n || t->raw_data.len % bytes != 0)
        return FALSE;
    if (n == 0)
        return TRUE;
    if (t->data_type == LEUKO_ONNX_FLOAT)
        memcpy(out, t->raw_data.data, n * sizeof *out);
    else if (t->data_type == DOUBLE)
        leuko_double_to_float(t->raw_data.data, out, n);
    else if (t->data_type == HALF)
        leuko_half_to_float(t->raw_data.data, out, n);
    else
        leuko_bfloat_to_float(t->raw_data.data, out, n);
    return TRUE;
}

static gboolean add_tensor(LeukoParams *params, const char *path, const Leuko__Onnx__Tensor *t,
                           GError **error)
{
    gsize dims[LEUKO_MAX_DIMS], n = 1,
                                n_available = t->raw_data.len + t->n_float_data * sizeof(float);
    gboolean floating = t->data_type == LEUKO_ONNX_FLOAT || t->data_type == DOUBLE ||
                        t->data_type == HALF || t->data_type == BFLOAT;
    float *out;
    if (!floating)
        return TRUE;
    if (!t->name || !*t->name || t->n_dims > LEUKO_MAX_DIMS)
        return bad_tensor(path, t, "has no name or too many dimensions", error);
    if (t->data_location != 0)
        return bad_tensor(path, t, "is stored in another file, which Leuko does not read", error);
    for (gsize i = 0; i < t->n_dims; i++) {
        dims[i] = (gsize)t->dims[i];
        if (t->dims[i] < 0 || (dims[i] > 0 && n > n_available / dims[i] + 1))
            return bad_tensor(path, t, "has a shape larger than its data", error);
        n *= dims[i];
    }
    if (n > n_available)
        return bad_tensor(path, t, "has a shape larger than its data", error);
    if (!leuko_params_add(params, t->name, (guint)t->n_dims, dims, &out, error))
        return FALSE;
    return copy_values(t, n, out) ||
           bad_tensor(path, t, "has data that does not match its shape", error);
}

static LeukoParams *read_tensors(const OnnxModel *m, const char *path, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    for (gsize i = 0; i < m->graph->n_initializer; i++)
        if (!add_tensor(params, path, m->graph->initializer[i], error))
            return NULL;
    return g_steal_pointer(&params);
}

LeukoParams *leuko_onnx_tensors(const char *path, GError **error)
{
    g_autoptr(OnnxModel) m = unpack_file(path, error);
    return m ? read_tensors(m, path, error) : NULL;
}

/* --- Leuko's files ---------------------------------------------------------------------------- */

static const char *description_of(const OnnxModel *m)
{
    for (gsize i = 0; i < m->n_metadata_props; i++)
        if (g_strcmp0(m->metadata_props[i]->key, "leuko") == 0)
            return m->metadata_props[i]->value;
    return NULL;
}

gboolean leuko_onnx_is_described(const char *path)
{
    g_autoptr(OnnxModel) m = unpack_file(path, NULL);
    return m && description_of(m);
}

/* Refuse the graph of another program and name its first operation that Leuko does not write. */
static void refuse_foreign(const OnnxModel *m, const char *path, GError **error)
{
    static const char *const known[] = {"Conv",        "BatchNormalization",
                                        "Relu",        "MaxPool",
                                        "AveragePool", "Concat",
                                        "Flatten",     "Softmax",
                                        "Cast",        "Transpose",
                                        "Div",         "Sub",
                                        "Pad",         "Gemm",
                                        NULL};
    const char *other = NULL;
    for (gsize i = 0; !other && i < m->graph->n_node; i++)
        if (m->graph->node[i]->op_type && !g_strv_contains(known, m->graph->node[i]->op_type))
            other = m->graph->node[i]->op_type;
    g_autofree gchar *list = g_strjoinv(", ", (GStrv)known),
                     *shown = other ? leuko_one_line_cut(other, 60) : NULL;
    g_set_error(
        error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
        "%s: an ONNX graph that Leuko did not write%s%s%s%s%s; its initializers can only be "
        "initial weights for training",
        path, shown ? " (it has the operation " : "", shown ? shown : "",
        shown ? "; Leuko writes " : "", shown ? list : "", shown ? ")" : "");
}

/* TRUE if the file's nodes are equal to `ours`, byte by byte: no program changed them. */
static gboolean same_nodes(const OnnxModel *m, const LeukoOnnxGraph *ours)
{
    if (m->graph->n_node != ours->nodes->len)
        return FALSE;
    for (guint i = 0; i < ours->nodes->len; i++) {
        const Leuko__Onnx__Node *a = g_ptr_array_index(ours->nodes, i), *b = m->graph->node[i];
        gsize n = leuko__onnx__node__get_packed_size(a);
        if (n != leuko__onnx__node__get_packed_size(b))
            return FALSE;
        g_autofree guint8 *p = g_malloc(n), *q = g_malloc(n);
        leuko__onnx__node__pack(a, p);
        leuko__onnx__node__pack(b, q);
        if (memcmp(p, q, n) != 0)
            return FALSE;
    }
    return TRUE;
}

static gboolean all_ones(const LeukoTensor *t)
{
    for (gsize i = 0; i < t->n_values; i++)
        if (t->data[i] != 1.0f)
            return FALSE;
    return TRUE;
}

/* Convert to slim's layouts: convolutions as HWIO, and no gamma where all of it is 1. */
static LeukoParams *to_slim(const LeukoParams *from, GError **error)
{
    g_autoptr(LeukoParams) to = leuko_params_new();
    for (guint k = 0; k < leuko_params_n_tensors(from); k++) {
        const LeukoTensor *t = leuko_params_nth(from, k);
        float *out;
        if (!g_str_has_prefix(t->name, "InceptionV3/") ||
            (g_str_has_suffix(t->name, "/BatchNorm/gamma") && all_ones(t)))
            continue;
        gsize dims[LEUKO_MAX_DIMS], at = 0;
        memcpy(dims, t->dims, sizeof dims);
        if (t->n_dims == 4) {
            const gsize hwio[] = {t->dims[2], t->dims[3], t->dims[1], t->dims[0]};
            memcpy(dims, hwio, sizeof hwio);
        }
        if (!leuko_params_add(to, t->name, t->n_dims, dims, &out, error))
            return NULL;
        if (t->n_dims != 4) {
            memcpy(out, t->data, t->n_values * sizeof *out);
            continue;
        }
        for (gsize o = 0; o < dims[3]; o++)
            for (gsize i = 0; i < dims[2]; i++)
                for (gsize y = 0; y < dims[0]; y++)
                    for (gsize x = 0; x < dims[1]; x++)
                        out[((y * dims[1] + x) * dims[2] + i) * dims[3] + o] = t->data[at++];
    }
    return g_steal_pointer(&to);
}

/* --- any ONNX file ---------------------------------------------------------------------------- */

static void add_values(GString *text, const char *what, Leuko__Onnx__ValueInfo *const *values,
                       gsize n)
{
    for (gsize i = 0; i < MIN(n, 4); i++) {
        const Leuko__Onnx__TensorType *t = values[i]->type ? values[i]->type->tensor_type : NULL;
        g_string_append_printf(text, ", %s %.80s (", what, values[i]->name ? values[i]->name : "");
        for (gsize d = 0; t && t->shape && d < MIN(t->shape->n_dim, 8); d++)
            if (t->shape->dim[d]->has_dim_value)
                g_string_append_printf(text, "%s%" G_GINT64_FORMAT, d ? ", " : "",
                                       t->shape->dim[d]->dim_value);
            else
                g_string_append_printf(text, "%s%.20s", d ? ", " : "",
                                       t->shape->dim[d]->dim_param ? t->shape->dim[d]->dim_param
                                                                   : "?");
        g_string_append_c(text, ')');
    }
}

gchar *leuko_onnx_describe(const char *path, GError **error)
{
    g_autoptr(OnnxModel) m = unpack_file(path, error);
    if (!m)
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "IR version %" G_GINT64_FORMAT, m->ir_version);
    for (gsize i = 0; i < MIN(m->n_opset_import, 4); i++)
        g_string_append_printf(
            text, ", opset %" G_GINT64_FORMAT "%s%.40s", m->opset_import[i]->version,
            m->opset_import[i]->domain && *m->opset_import[i]->domain ? " of " : "",
            m->opset_import[i]->domain ? m->opset_import[i]->domain : "");
    g_string_append_printf(text, ", from %.60s, %zu %s",
                           m->producer_name ? m->producer_name : "(unnamed)", m->graph->n_node,
                           LEUKO_PLURAL(m->graph->n_node, "node"));
    add_values(text, "input", m->graph->input, m->graph->n_input);
    add_values(text, "output", m->graph->output, m->graph->n_output);
    return leuko_one_line(text->str);
}

LeukoModel *leuko_onnx_load(const char *path, GError **error)
{
    gsize n = 0;
    g_autoptr(GBytes) file = leuko_map_bytes(path, error);
    gconstpointer bytes = file ? g_bytes_get_data(file, &n) : NULL;
    return file ? leuko_onnx_parse(bytes, n, path, error) : NULL;
}

LeukoModel *leuko_onnx_parse(gconstpointer bytes, gsize n, const char *path, GError **error)
{
    g_autoptr(OnnxModel) m = unpack(bytes, n, path, error);
    const char *text = m ? description_of(m) : NULL;
    if (!text) {
        if (m)
            refuse_foreign(m, path, error);
        return NULL;
    }
    g_autofree gchar *name = g_strdup_printf("%s: metadata \"leuko\"", path);
    g_autoptr(json_t) json = leuko_json_parse(text, strlen(text), name, error);
    g_autoptr(LeukoModel) model = json ? leuko_model_from_json(json, name, error) : NULL;
    g_autoptr(LeukoNet) net = model ? leuko_net_new(&model->spec, error) : NULL;
    if (!net)
        return NULL;
    g_autoptr(LeukoOnnxGraph) plain = leuko_onnx_graph_new(model, net, FALSE);
    g_autoptr(LeukoOnnxGraph) with = leuko_onnx_graph_new(model, net, TRUE);
    if (!same_nodes(m, plain) && !same_nodes(m, with)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: another program changed the graph: it is no longer the one that Leuko "
                    "wrote for this model",
                    path);
        return NULL;
    }
    if (!leuko_stamp_check(bytes, n, LEUKO_ONNX_MARK, sizeof LEUKO_ONNX_MARK - 1, path, "the model",
                           error))
        return NULL;
    g_autoptr(LeukoParams) raw = read_tensors(m, path, error);
    model->params = raw ? to_slim(raw, error) : NULL;
    return model->params && leuko_params_check(model->params, net, path, error) &&
                   leuko_training_fields_attach(model->training, m->leuko_training_images,
                                                m->n_leuko_training_images, path, error)
               ? g_steal_pointer(&model)
               : NULL;
}

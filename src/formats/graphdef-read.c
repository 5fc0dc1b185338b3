#include "base/json.h"
#include "formats/graphdef.h"
#include "formats/model-json.h"
#include "leuko/error.h"
#include "proto/graph.pb-c.h"
#include <math.h>
#include <string.h>

gboolean leuko_graphdef_sniff(gconstpointer bytes, gsize n_bytes)
{
    /* field 1 (node), a length, field 1 (name), a length, a name of printable letters */
    const guint8 *p = bytes;
    if (n_bytes < 8 || p[0] != 0x0a)
        return FALSE;
    gsize at = 1;
    while (at < 6 && (p[at] & 0x80))
        at++;
    at++;
    if (at + 2 >= n_bytes || p[at] != 0x0a || p[at + 1] == 0 || (p[at + 1] & 0x80) || at + 2 + p[at + 1] > n_bytes)
        return FALSE;
    for (gsize i = 0; i < p[at + 1]; i++)
        if (!g_ascii_isalnum(p[at + 2 + i]) && !strchr("_./-^", p[at + 2 + i]))
            return FALSE;
    return TRUE;
}

static Leuko__Tf__Graph *unpack(const char *path, gchar **sha256, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &why);
    if (!file) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s", why->message);
        return NULL;
    }
    const guint8 *bytes = (const guint8 *)g_mapped_file_get_contents(file);
    gsize n_bytes = g_mapped_file_get_length(file);
    Leuko__Tf__Graph *graph = bytes ? leuko__tf__graph__unpack(NULL, n_bytes, bytes) : NULL;
    if (!graph) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: not a TensorFlow GraphDef, or damaged", path);
        return NULL;
    }
    if (sha256)
        *sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, n_bytes);
    return graph;
}

static const Leuko__Tf__AttrValue *find_attr(const Leuko__Tf__Node *node, const char *key)
{
    for (gsize i = 0; i < node->n_attr; i++)
        if (node->attr[i]->key && node->attr[i]->value && strcmp(node->attr[i]->key, key) == 0)
            return node->attr[i]->value;
    return NULL;
}

/* A float constant of the trunk or the head becomes a parameter; its content must fill its shape. */
static gboolean take_const(const Leuko__Tf__Node *node, LeukoParams *params, const char *path, GError **error)
{
    const Leuko__Tf__AttrValue *value = find_attr(node, "value");
    if (!value || value->value_case != LEUKO__TF__ATTR_VALUE__VALUE_TENSOR)
        return TRUE;
    const Leuko__Tf__Tensor *t = value->tensor;
    if (t->dtype != 1 || !t->tensor_shape || t->tensor_shape->n_dim == 0 ||
        !g_str_has_prefix(node->name, "InceptionV3/") || g_str_has_suffix(node->name, "/BatchNorm/Const"))
        return TRUE;
    gsize dims[LEUKO_MAX_DIMS], n_values = 1;
    gboolean sound = t->tensor_shape->n_dim <= LEUKO_MAX_DIMS;
    for (gsize i = 0; sound && i < t->tensor_shape->n_dim; i++) {
        gint64 size = t->tensor_shape->dim[i]->size;
        sound = size > 0 && g_size_checked_mul(&n_values, n_values, (gsize)size);
        dims[i] = (gsize)size;
    }
    if (!sound || n_values > G_MAXSIZE / 4 || t->tensor_content.len != n_values * 4) {
        g_autofree gchar *shown = leuko_one_line(node->name);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: node \"%s\": its content does not fill its shape", path, shown);
        return FALSE;
    }
    float *out = NULL;
    if (!leuko_params_add(params, node->name, (guint)t->tensor_shape->n_dim, dims, &out, error))
        return FALSE;
    memcpy(out, t->tensor_content.data, t->tensor_content.len);
    return TRUE;
}

/* The side of `input`, 0 if there is none. */
static guint side_of(const Leuko__Tf__Graph *graph)
{
    for (gsize i = 0; i < graph->n_node; i++) {
        const Leuko__Tf__Node *node = graph->node[i];
        const Leuko__Tf__AttrValue *shape = find_attr(node, "shape");
        if (node->name && strcmp(node->name, "input") == 0 && shape &&
            shape->value_case == LEUKO__TF__ATTR_VALUE__VALUE_SHAPE && shape->shape->n_dim == 4)
            return (guint)CLAMP(shape->shape->dim[1]->size, 0, 100000);
    }
    return 0;
}

static gboolean has_node(const Leuko__Tf__Graph *graph, const char *suffix)
{
    for (gsize i = 0; i < graph->n_node; i++)
        if (graph->node[i]->name && g_str_has_suffix(graph->node[i]->name, suffix))
            return TRUE;
    return FALSE;
}

/* What the graph itself says of its network. */
static LeukoModel *guess_model(const Leuko__Tf__Graph *graph, const LeukoParams *params, const char *path,
                               GError **error)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    const LeukoTensor *logits = leuko_params_find(params, "InceptionV3/Logits/Conv2d_1c_1x1/weights");
    const LeukoTensor *conv = leuko_params_find(params, "InceptionV3/Conv2d_4a_3x3/weights");
    if (!logits || logits->n_dims != 4 || !conv || conv->n_dims != 4 || side_of(graph) == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: a GraphDef of %zu nodes, but not slim's frozen Inception V3", path, graph->n_node);
        return NULL;
    }
    spec.side_px = side_of(graph);
    spec.n_classes = (guint)logits->dims[3];
    spec.depth_multiplier = conv->dims[3] == 192 ? 1.0 : (double)conv->dims[3] / 192;
    spec.pool_includes_padding = has_node(graph, "/AvgPool_0a_3x3/Pad");
    const char *const *endpoints = leuko_net_endpoints();
    for (guint e = 0; endpoints[e]; e++) {
        g_autofree gchar *prefix = g_strdup_printf("InceptionV3/%s/", endpoints[e]);
        for (guint i = 0; i < leuko_params_n_tensors(params); i++)
            if (g_str_has_prefix(leuko_params_nth(params, i)->name, prefix))
                g_strlcpy(spec.endpoint, endpoints[e], sizeof spec.endpoint);
    }
    LeukoModel *m = leuko_model_new(&spec);
    m->classes = g_new0(gchar *, spec.n_classes + 1);
    for (guint k = 0; k < spec.n_classes; k++)
        m->classes[k] = g_strdup_printf("%u", k);
    g_autofree gchar *note = g_strdup_printf("%s.json is not there: classes are called 0 to %u, and the "
                                             "preprocessing is the default one", path, spec.n_classes - 1);
    json_object_set_new(m->provenance, "note", leuko_json_text(note));
    return m;
}

static LeukoModel *read_description(const char *json_path, const char *sha256, GError **error)
{
    g_autoptr(json_t) json = leuko_json_load(json_path, error);
    g_autoptr(LeukoModel) m = json ? leuko_model_from_json(json, json_path, error) : NULL;
    const char *digest = json_string_value(json_object_get(json_object_get(json, "graph"), "sha256"));
    if (!m)
        return NULL;
    if (g_strcmp0(digest, sha256) != 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: describes another graph (SHA-256 differs); freeze anew, or remove it", json_path);
        return NULL;
    }
    return g_steal_pointer(&m);
}

static LeukoModel *from_graph(const Leuko__Tf__Graph *graph, const char *path, const char *sha256,
                              GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    for (gsize i = 0; i < graph->n_node; i++)
        if (graph->node[i]->name && g_strcmp0(graph->node[i]->op, "Const") == 0 &&
            !take_const(graph->node[i], params, path, error))
            return NULL;
    g_autofree gchar *json_path = g_strconcat(path, ".json", NULL);
    g_autoptr(LeukoModel) m = g_file_test(json_path, G_FILE_TEST_EXISTS)
                                  ? read_description(json_path, sha256, error)
                                  : guess_model(graph, params, path, error);
    g_autoptr(LeukoNet) net = m ? leuko_net_new(&m->spec, error) : NULL;
    if (!net || !leuko_params_check(params, net, path, error))
        return NULL;
    m->params = g_steal_pointer(&params);
    return g_steal_pointer(&m);
}

LeukoModel *leuko_graphdef_load(const char *path, GError **error)
{
    g_autofree gchar *sha256 = NULL;
    Leuko__Tf__Graph *graph = unpack(path, &sha256, error);
    if (!graph)
        return NULL;
    LeukoModel *m = from_graph(graph, path, sha256, error);
    leuko__tf__graph__free_unpacked(graph, NULL);
    return m;
}

gchar *leuko_graphdef_describe(const char *path, GError **error)
{
    Leuko__Tf__Graph *graph = unpack(path, NULL, error);
    if (!graph)
        return NULL;
    guint n_const = 0;
    const char *first = NULL, *last = NULL;
    for (gsize i = 0; i < graph->n_node; i++) {
        n_const += g_strcmp0(graph->node[i]->op, "Const") == 0 ? 1 : 0;
        if (g_strcmp0(graph->node[i]->op, "Placeholder") == 0 && !first)
            first = graph->node[i]->name;
        last = graph->node[i]->name ? graph->node[i]->name : last;
    }
    g_autofree gchar *text = g_strdup_printf("TensorFlow GraphDef of %zu nodes, %u constants, input %s, last node %s",
                                  graph->n_node, n_const, first ? first : "(none)", last ? last : "(none)");
    leuko__tf__graph__free_unpacked(graph, NULL);
    return leuko_one_line(text); /* names are the file's */
}

#include "formats/tf/graphdef-nodes.h"
#include "base/budget.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/json.h"
#include "base/map.h"
#include "base/plural.h"
#include <stdarg.h>
#include <string.h>

const char *leuko_graphdef_name(const LeukoGraphdef *g, guint node)
{
    const char *name = g->graph->node[node]->name;
    return name ? name : "";
}

const char *leuko_graphdef_op(const LeukoGraphdef *g, guint node)
{
    const char *op = g->graph->node[node]->op;
    return op ? op : "";
}

gboolean leuko_graphdef_refuse(const LeukoGraphdef *g, guint node, gint code, GError **error,
                               const char *what, ...)
{
    va_list args;
    va_start(args, what);
    g_autofree gchar *said = g_strdup_vprintf(what, args);
    va_end(args);
    g_autofree gchar *text =
        g_strdup_printf("%s: node \"%.120s\" %s", g->path, leuko_graphdef_name(g, node), said);
    g_autofree gchar *shown = leuko_one_line(text);
    g_set_error_literal(error, LEUKO_ERROR, code, shown);
    return FALSE;
}

static gboolean index_names(LeukoGraphdef *g, GError **error)
{
    g->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < g->graph->n_node; i++)
        if (!g_hash_table_insert(g->by_name, (gpointer)leuko_graphdef_name(g, i),
                                 GUINT_TO_POINTER(i + 1)))
            return leuko_graphdef_refuse(g, i, LEUKO_ERROR_FORMAT, error, "appears twice");
    return TRUE;
}

gchar *leuko_graphdef_description(const char *path) { return g_strconcat(path, ".json", NULL); }

/* A description beside the graph must name its digest. */
static gboolean check_description(const char *path, const guint8 *bytes, gsize n_bytes,
                                  GError **error)
{
    g_autofree gchar *json_path = leuko_graphdef_description(path);
    if (leuko_is_absent(json_path))
        return TRUE;
    g_autoptr(json_t) json = leuko_json_load(json_path, error);
    if (!json)
        return FALSE;
    json_t *digest = json_object_get(json_object_get(json, "graph"), "sha256");
    g_autofree gchar *found = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, n_bytes);
    if (g_strcmp0(json_string_value(digest), found) == 0)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "%s: describes another graph (SHA-256 differs); freeze the model again, or "
                "remove this file",
                json_path);
    return FALSE;
}

LeukoGraphdef *leuko_graphdef_open(const char *path, GError **error)
{
    g_autoptr(GBytes) file = leuko_map_bytes(path, error);
    if (!file)
        return NULL;
    gsize n_bytes;
    const guint8 *bytes = g_bytes_get_data(file, &n_bytes);
    g_autoptr(LeukoGraphdef) g = g_new0(LeukoGraphdef, 1);
    g->path = g_strdup(path);
    g->budget = LEUKO_TF_MAX_FILLED;
    g_auto(LeukoBudget) budget;
    leuko_budget_start(&budget, path, n_bytes);
    g->graph = n_bytes > 0
                   ? leuko_budget_unpack(&budget, &leuko__tf__graph__descriptor, n_bytes, bytes)
                   : NULL;
    /* 64 bytes of the table of names for each node */
    if (leuko_budget_is_spent(&budget) ||
        (g->graph && !leuko_budget_heap(&budget, 64 * (guint64)g->graph->n_node))) {
        leuko_budget_fail(&budget, error);
        return NULL;
    }
    if (!g->graph || g->graph->n_node >= G_MAXINT) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: not a TensorFlow GraphDef, or damaged", path);
        return NULL;
    }
    if (!index_names(g, error))
        return NULL;
    return check_description(path, bytes, n_bytes, error) ? g_steal_pointer(&g) : NULL;
}

void leuko_graphdef_free(LeukoGraphdef *g)
{
    if (!g)
        return;
    g_clear_pointer(&g->by_name, g_hash_table_unref);
    if (g->graph)
        leuko__tf__graph__free_unpacked(g->graph, NULL);
    g_free(g->path);
    g_free(g);
}

/* Find the node of an input "name" or "name:0". Other outputs (":1", ...) are not supported: -1. */
static gint find(const LeukoGraphdef *g, const char *input)
{
    const char *colon = strrchr(input, ':');
    g_autofree gchar *name =
        colon && strcmp(colon, ":0") == 0 ? g_strndup(input, (gsize)(colon - input)) : NULL;
    return GPOINTER_TO_INT(g_hash_table_lookup(g->by_name, name ? name : input)) - 1;
}

gint leuko_graphdef_input(const LeukoGraphdef *g, guint node, guint k, guint *n_inputs)
{
    const Leuko__Tf__Node *n = g->graph->node[node];
    const char *found = NULL;
    guint at = 0;
    for (gsize i = 0; i < n->n_input; i++) {
        if (n->input[i][0] == '^')
            continue;
        if (at == k)
            found = n->input[i];
        at++;
        if (found && !n_inputs)
            break;
    }
    if (n_inputs)
        *n_inputs = at;
    return found ? find(g, found) : -1;
}

gint leuko_graphdef_source(const LeukoGraphdef *g, guint node, guint k)
{
    gint at = leuko_graphdef_input(g, node, k, NULL);
    for (gsize steps = 0; at >= 0 && strcmp(leuko_graphdef_op(g, (guint)at), "Identity") == 0;
         steps++)
        at = steps < 64 ? leuko_graphdef_input(g, (guint)at, 0, NULL) : -1;
    return at;
}

const Leuko__Tf__AttrValue *leuko_graphdef_attr(const LeukoGraphdef *g, guint node, const char *key)
{
    const Leuko__Tf__Node *n = g->graph->node[node];
    for (gsize i = 0; i < n->n_attr; i++)
        if (n->attr[i]->key && n->attr[i]->value && strcmp(n->attr[i]->key, key) == 0)
            return n->attr[i]->value;
    return NULL;
}

gboolean leuko_graphdef_attr_is(const LeukoGraphdef *g, guint node, const char *key,
                                const char *text)
{
    const Leuko__Tf__AttrValue *v = leuko_graphdef_attr(g, node, key);
    return v && v->value_case == LEUKO__TF__ATTR_VALUE__VALUE_S && v->s.len == strlen(text) &&
           memcmp(v->s.data, text, v->s.len) == 0;
}

const Leuko__Tf__Tensor *leuko_graphdef_const(const LeukoGraphdef *g, guint node)
{
    const Leuko__Tf__AttrValue *v = strcmp(leuko_graphdef_op(g, node), "Const") == 0
                                        ? leuko_graphdef_attr(g, node, "value")
                                        : NULL;
    return v && v->value_case == LEUKO__TF__ATTR_VALUE__VALUE_TENSOR ? v->tensor : NULL;
}

gint leuko_graphdef_root(const LeukoGraphdef *g)
{
    guint n = (guint)g->graph->n_node;
    gint softmax = -1, last = -1;
    g_autofree guint8 *is_read = g_new0(guint8, n + 1);
    for (guint i = 0; i < n; i++) {
        for (gsize k = 0; k < g->graph->node[i]->n_input; k++) {
            gint from = find(g, g->graph->node[i]->input[k]);
            if (from >= 0)
                is_read[from] = 1;
        }
        if (strcmp(leuko_graphdef_op(g, i), "Softmax") == 0 &&
            (softmax < 0 || g_str_has_suffix(leuko_graphdef_name(g, i), "Predictions/Softmax")))
            softmax = (gint)i;
    }
    for (guint i = 0; i < n; i++)
        if (!is_read[i] && strcmp(leuko_graphdef_op(g, i), "Const") != 0 &&
            strcmp(leuko_graphdef_op(g, i), "NoOp") != 0)
            last = (gint)i;
    return softmax >= 0 ? softmax : last >= 0 ? last : (gint)n - 1;
}

enum { MAX_INPUTS = 1024 }; /* of one node */

typedef struct {
    guint node, next_input, n_inputs;
} Step;

static gboolean step_to(const LeukoGraphdef *g, guint node, Step *step, GError **error)
{
    gsize n = g->graph->node[node]->n_input;
    *step = (Step){.node = node};
    if (n > MAX_INPUTS)
        return leuko_graphdef_refuse(g, node, LEUKO_ERROR_UNSUPPORTED, error, "has %zu %s", n,
                                     LEUKO_PLURAL(n, "input"));
    leuko_graphdef_input(g, node, 0, &step->n_inputs);
    return TRUE;
}

GArray *leuko_graphdef_order(const LeukoGraphdef *g, guint root, GError **error)
{
    enum { NEW, OPEN, DONE };
    g_autofree guint8 *state = g_new0(guint8, g->graph->n_node);
    g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(Step));
    Step next;
    if (!step_to(g, root, &next, error))
        return NULL;
    g_array_append_val(stack, next);
    state[root] = OPEN;
    while (stack->len > 0) {
        Step *s = &g_array_index(stack, Step, stack->len - 1);
        if (s->next_input == s->n_inputs) {
            state[s->node] = DONE;
            g_array_append_val(order, s->node);
            g_array_set_size(stack, stack->len - 1);
            continue;
        }
        gint from = leuko_graphdef_input(g, s->node, s->next_input++, NULL);
        if (from < 0 || state[from] == OPEN) {
            leuko_graphdef_refuse(g, s->node, LEUKO_ERROR_FORMAT, error, "%s",
                                  from < 0 ? "reads an output that does not exist"
                                           : "is part of a cycle");
            return NULL;
        }
        if (state[from] == DONE)
            continue;
        if (!step_to(g, (guint)from, &next, error))
            return NULL;
        state[from] = OPEN;
        g_array_append_val(stack, next);
    }
    return g_steal_pointer(&order);
}

gboolean leuko_graphdef_take(LeukoGraphdef *g, guint node, const char *name, LeukoParams *params,
                             GError **error)
{
    const Leuko__Tf__Tensor *t = leuko_graphdef_const(g, node);
    LeukoTfShape shape;
    float *out = NULL;
    if (!t || !leuko_tf_type_is_floating(t->dtype) ||
        !leuko_tf_shape_read(t->tensor_shape, &shape) ||
        !leuko_tf_floats_fit(t, &shape, &g->budget))
        return leuko_graphdef_refuse(g, node, LEUKO_ERROR_FORMAT, error,
                                     "has a shape that does not match its content");
    if (!leuko_params_add(params, name, shape.n_dims, shape.dims, &out, error))
        return FALSE;
    leuko_tf_floats(t, shape.n_values, out);
    return TRUE;
}

/* What lies around a GraphDef: a SavedModel, and the MetaGraph beside a checkpoint. */
#include "formats/headers.h"
#include "leuko/error.h"
#include "proto/graph.pb-c.h"
#include <string.h>

typedef Leuko__Tf__SavedModel SavedModel;
typedef Leuko__Tf__MetaGraph MetaGraph;
static void saved_model_free(SavedModel *m) { leuko__tf__saved_model__free_unpacked(m, NULL); }
static void meta_graph_free(MetaGraph *m) { leuko__tf__meta_graph__free_unpacked(m, NULL); }
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SavedModel, saved_model_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MetaGraph, meta_graph_free)

static const char *text_or(const char *text, const char *other)
{
    return text && *text ? text : other;
}

static gchar *joined(char **texts, gsize n)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (gsize i = 0; i < n && all->len < 300; i++)
        g_string_append_printf(all, "%s%.60s", i ? ", " : "", texts[i]);
    return g_strdup(text_or(all->str, "(none)"));
}

/* "1234 nodes, 56 variables, input x": a graph that is not frozen has variables. */
static void tell_graph(json_t *told, const char *key, const Leuko__Tf__Graph *graph)
{
    guint n_variables = 0;
    const char *input = NULL;
    for (gsize i = 0; graph && i < graph->n_node; i++) {
        const char *op = text_or(graph->node[i]->op, "");
        n_variables += strcmp(op, "VariableV2") == 0 || strcmp(op, "VarHandleOp") == 0 ||
                       strcmp(op, "Variable") == 0;
        if (!input && strcmp(op, "Placeholder") == 0)
            input = graph->node[i]->name;
    }
    leuko_headers_tell(told, key, "%zu nodes, %u variables, input %.100s",
                       graph ? graph->n_node : 0, n_variables, text_or(input, "(none)"));
}

static void tell_meta(json_t *told, const MetaGraph *m)
{
    const Leuko__Tf__MetaInfo *info = m->meta_info;
    g_autofree gchar *tags = joined(info ? info->tags : NULL, info ? info->n_tags : 0);
    leuko_headers_tell(told, "written by", "TensorFlow %.40s",
                       text_or(info ? info->tensorflow_version : NULL, "(not said)"));
    leuko_headers_tell(told, "tags", "%s", tags);
    tell_graph(told, "graph", m->graph_def);
    g_autofree char **keys = g_new0(char *, m->n_signature + 1);
    for (gsize i = 0; i < m->n_signature; i++)
        keys[i] = (char *)text_or(m->signature[i]->key, "(unnamed)");
    g_autofree gchar *signatures = joined(keys, m->n_signature);
    leuko_headers_tell(told, "signatures", "%s", signatures);
}

static gboolean damaged(const char *name, const char *what, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: %s, but not a whole one", name, what);
    return FALSE;
}

gboolean leuko_headers_tensorflow(LeukoFileKind kind, json_t *told, gconstpointer bytes, gsize n,
                                  const char *name, GError **error)
{
    if (kind == LEUKO_FILE_META_GRAPH) {
        g_autoptr(MetaGraph) m = leuko__tf__meta_graph__unpack(NULL, n, bytes);
        if (!m)
            return damaged(name, "begins like TensorFlow's MetaGraph", error);
        tell_meta(told, m);
        leuko_headers_tell(
            told, "note",
            "the weights are in the checkpoint beside it: give its prefix or its .index");
        return TRUE;
    }
    g_autoptr(SavedModel) m = leuko__tf__saved_model__unpack(NULL, n, bytes);
    if (!m)
        return damaged(name, "begins like TensorFlow's SavedModel", error);
    leuko_headers_tell(told, "graphs", "%zu", m->n_meta_graph);
    if (m->n_meta_graph > 0)
        tell_meta(told, m->meta_graph[0]);
    leuko_headers_tell(told, "note",
                       "its weights are in variables/variables.index beside it, a V2 checkpoint");
    return TRUE;
}

#include "formats/tf/saved-model.h"
#include "base/budget.h"
#include "base/plural.h"
#include "formats/facts.h"
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

/* "1234 nodes, 56 variables, input x"; only a graph that is not frozen has variables. */
static void describe_graph(json_t *facts, const char *key, const Leuko__Tf__Graph *graph)
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
    leuko_facts_set(facts, key, "%zu %s, %u %s, input %.100s", graph ? graph->n_node : 0,
                    LEUKO_PLURAL(graph ? graph->n_node : 0, "node"), n_variables,
                    LEUKO_PLURAL(n_variables, "variable"), text_or(input, "(none)"));
}

static void describe_meta(json_t *facts, const MetaGraph *m)
{
    const Leuko__Tf__MetaInfo *info = m->meta_info;
    g_autofree gchar *tags = joined(info ? info->tags : NULL, info ? info->n_tags : 0);
    leuko_facts_set(facts, "written by", "TensorFlow %.40s",
                    text_or(info ? info->tensorflow_version : NULL, "(not given)"));
    leuko_facts_set(facts, "tags", "%s", tags);
    describe_graph(facts, "graph", m->graph_def);
    g_autofree char **keys = g_new0(char *, m->n_signature + 1);
    for (gsize i = 0; i < m->n_signature; i++)
        keys[i] = (char *)text_or(m->signature[i]->key, "(unnamed)");
    g_autofree gchar *signatures = joined(keys, m->n_signature);
    leuko_facts_set(facts, "signatures", "%s", signatures);
}

static gboolean damaged(const LeukoBudget *budget, const char *what, GError **error)
{
    const char *name = budget->name;
    if (leuko_budget_is_spent(budget))
        return leuko_budget_fail(budget, error);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: a damaged TensorFlow %s", name, what);
    return FALSE;
}

gboolean leuko_tf_meta_graph_describe(json_t *facts, gconstpointer bytes, gsize n, const char *name,
                                      GError **error)
{
    g_auto(LeukoBudget) budget;
    leuko_budget_start(&budget, name, n);
    g_autoptr(MetaGraph) m =
        leuko_budget_unpack(&budget, &leuko__tf__meta_graph__descriptor, n, bytes);
    if (!m)
        return damaged(&budget, "MetaGraph", error);
    describe_meta(facts, m);
    leuko_facts_set(facts, "note",
                    "the weights are in the checkpoint beside it: use its prefix or its .index");
    return TRUE;
}

gboolean leuko_tf_saved_model_describe(json_t *facts, gconstpointer bytes, gsize n,
                                       const char *name, GError **error)
{
    g_auto(LeukoBudget) budget;
    leuko_budget_start(&budget, name, n);
    g_autoptr(SavedModel) m =
        leuko_budget_unpack(&budget, &leuko__tf__saved_model__descriptor, n, bytes);
    if (!m)
        return damaged(&budget, "SavedModel", error);
    leuko_facts_set(facts, "graphs", "%zu", m->n_meta_graph);
    if (m->n_meta_graph > 0)
        describe_meta(facts, m->meta_graph[0]);
    leuko_facts_set(facts, "note",
                    "the weights are in variables/variables.index beside it, a V2 checkpoint");
    return TRUE;
}

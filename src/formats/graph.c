#include "formats/graph.h"

LeukoGraph *leuko_graph_new(LeukoModel *model, LeukoPrecision precision)
{
    LeukoGraph *g = g_new0(LeukoGraph, 1);
    g->model = model;
    g->precision = precision;
    g->compiled = json_object();
    g->owned = g_ptr_array_new_with_free_func(g_free);
    return g;
}

void leuko_graph_free(LeukoGraph *g)
{
    if (!g)
        return;
    leuko_model_free(g->model);
    g_free(g->convs);
    json_decref(g->compiled);
    g_clear_pointer(&g->bytes, g_bytes_unref);
    g_ptr_array_unref(g->owned);
    g_free(g);
}

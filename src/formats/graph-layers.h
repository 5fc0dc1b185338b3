/* formats/graph-layers.h: the layer list of a compiled graph, written and compared; its file before it has a name. */
#pragma once
#include "base/durable.h"
#include "formats/graph.h"

/* New reference. */
json_t *leuko_graph_layers(const LeukoNet *net, const LeukoGraph *graph);
/* The list is that of `net`; precisions and scales go to graph->convs (int8, allocated by layer order).
 * Errors: LEUKO_ERROR_FORMAT naming the layer and the member. */
gboolean leuko_graph_check_layers(json_t *layers, const LeukoNet *net, LeukoGraph *graph,
                                  const char *name, GError **error);
/* Layers of inference: the first ones of the net. */
guint leuko_graph_n_layers(const LeukoNet *net);

/* leuko_graph_save() without the last step, leuko_durable_commit(). Errors: LEUKO_ERROR_IO. */
LeukoDurable *leuko_graph_begin(const LeukoGraph *graph, const char *path, GError **error);

/* formats/graph-layers.h: the layer list of a compiled graph, written and compared. */
#pragma once
#include "formats/graph.h"

/* The layers that inference runs, as formats/graph.h describes it. New reference. */
json_t *leuko_graph_layers(const LeukoNet *net, const LeukoGraph *graph);
/* Check that the list describes `net`. int8: also set `raised` of graph->convs (in layer order).
 * Errors: LEUKO_ERROR_FORMAT naming the layer and the member. */
gboolean leuko_graph_check_layers(json_t *layers, const LeukoNet *net, LeukoGraph *graph,
                                  const char *name, GError **error);

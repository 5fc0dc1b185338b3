/* formats/tf/graphdef-conv.h: the convolutions in a walk through a GraphDef: the layer of each, and
 * its batch norm in any form.
 */
#pragma once
#include "formats/tf/graphdef-state.h"

/* The layer of a Conv2D node, by the name of its weights or else of the node; "" = none. */
const char *leuko_graphdef_layer_name(const LeukoGraphdef *g, guint conv);
/* The constant that a Conv2D node reads as its weights, or -1. */
gint leuko_graphdef_weights_node(const LeukoGraphdef *g, guint conv);

/* Steps of the walk: set *out to the node's value. Errors as for leuko_graphdef_walk(). */
gboolean leuko_graphdef_on_arithmetic(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out,
                                      GError **error);
gboolean leuko_graphdef_on_rsqrt(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out,
                                 GError **error);
gboolean leuko_graphdef_on_fused_norm(LeukoGraphdefWalk *w, guint node, LeukoGraphdefValue *out,
                                      GError **error);
/* The convolution is complete: add its parameters, and make *v the output of its layer. */
gboolean leuko_graphdef_finish_conv(LeukoGraphdefWalk *w, LeukoGraphdefValue *v, GError **error);

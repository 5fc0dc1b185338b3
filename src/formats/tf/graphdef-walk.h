/* formats/tf/graphdef-walk.h: compare a third-party GraphDef with our network, operation by
 * operation.
 *
 * Each node must be the output of a layer of Inception V3, or an intermediate step of one. The
 * input is layer 0. A convolution belongs to the layer that the scope of its weights names, if it
 * reads the same layer with the same kernel, stride and padding. Batch norm in any form becomes
 * that layer's variables. A pool or a concat is the layer that reads the same layers. A graph that
 * passes thus gives the same answers as our network; names alone are never trusted.
 */
#pragma once
#include "formats/tf/graphdef-state.h"

gboolean leuko_graphdef_op_is_known(const char *op);
const char *leuko_graphdef_known_ops(void); /* "Add, AddV2, ..."; static */

/* Follow `order` (leuko_graphdef_order()) to its end.
 * params  in: the convolutions' weights under slim's names; out: batch norm and biases too
 * Errors  LEUKO_ERROR_UNSUPPORTED and LEUKO_ERROR_FORMAT, naming the node */
gboolean leuko_graphdef_walk(LeukoGraphdef *g, const GArray *order, const LeukoNet *net,
                             LeukoParams *params, LeukoGraphdefFound *found, GError **error);

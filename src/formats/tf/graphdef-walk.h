/* formats/tf/graphdef-walk.h: compare a third-party GraphDef with Leuko's network, operation by
 * operation.
 *
 * Each node must be the output of a layer of Inception V3, or an intermediate step of one:
 *   1. The input is layer 0.
 *   2. A convolution is the layer that the scope of its weights names. It must have the layer's
 *      input, kernel, stride and padding.
 *   3. Batch norm in any form becomes the variables of that layer.
 *   4. A pool or a concat is the layer with the same inputs.
 * A graph that passes gives the same answers as Leuko's network. A name alone proves nothing.
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

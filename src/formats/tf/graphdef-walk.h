/* formats/tf/graphdef-walk.h: a foreign graph followed operation by operation, beside our own network.
 *
 * Each node is said to be the output of a layer of Inception V3, or on the way there: the input is layer 0;
 * a convolution belongs to the layer that its weights' scope names, if it reads what that layer reads, with
 * the same kernel, step and padding; batch norm in any form becomes that layer's variables; a pool or a
 * concat is the layer that reads the same. So what is accepted answers as the graph does, and nothing is
 * accepted by its names alone.
 */
#pragma once
#include "formats/tf/graphdef-nodes.h"
#include "net/net.h"

typedef struct {
    gboolean pool_includes_padding;     /* Pad and a VALID average pool */
    guint n_fused, n_unfused, n_folded; /* convolutions, by the form of their batch norm */
    double epsilon;   /* of the batch norms, 0.001; another one is put into the variances */
    gboolean softmax; /* the graph ends in one; else in logits, or in the trunk */
} LeukoGraphdefWalk;

/* The layer that a Conv2D node is: by its weights' name, else by its own; "" for none. */
const char *leuko_graphdef_layer_name(const LeukoGraphdef *g, guint conv);
/* The weights that a Conv2D node reads (a Const), or -1. */
gint leuko_graphdef_weights_node(const LeukoGraphdef *g, guint conv);
/* A floating constant of any rank as a parameter of this name.
 * Errors: LEUKO_ERROR_FORMAT (values and shape differ), LEUKO_ERROR_MEMORY. */
gboolean leuko_graphdef_take(LeukoGraphdef *g, guint node, const char *name, LeukoParams *params,
                             GError **error);
gboolean leuko_graphdef_op_is_known(const char *op);
const char *leuko_graphdef_known_ops(void); /* "Add, AddV2, ..."; static */

/* Follow `order` (leuko_graphdef_order()) to its end. params holds the convolutions' weights under slim's names;
 * batch norm and biases are added. Errors: LEUKO_ERROR_UNSUPPORTED and LEUKO_ERROR_FORMAT, naming the node. */
gboolean leuko_graphdef_walk(LeukoGraphdef *g, const GArray *order, const LeukoNet *net,
                             LeukoParams *params, LeukoGraphdefWalk *found, GError **error);

/* formats/tf/graphdef-state.h: the state of a walk through a GraphDef (graphdef-walk.h): the value
 * of each visited node in terms of Leuko's network.
 */
#pragma once
#include "formats/tf/graphdef-nodes.h"
#include "formats/tf/graphdef-vector.h"
#include "leuko/error.h"
#include "net/net.h"

typedef enum {
    LEUKO_GRAPHDEF_NONE,
    LEUKO_GRAPHDEF_CONST,  /* the constant of `node`, not read yet */
    LEUKO_GRAPHDEF_VECTOR, /* computed constants */
    LEUKO_GRAPHDEF_LAYER,  /* the output of `layer` */
    LEUKO_GRAPHDEF_PADDED, /* the same with zeros around it */
    LEUKO_GRAPHDEF_CONV    /* the convolution of `layer` before its ReLU: x scale + shift */
} LeukoGraphdefValueKind;

typedef struct {
    LeukoGraphdefValueKind kind;
    guint node, layer, pad_h, pad_w;
    const LeukoVector *vector;
    const LeukoVector *scale, *shift; /* NULL: 1, 0 */
    gboolean fused;                   /* batch norm is `norm`; scale and shift are NULL */
    LeukoVectorNorm norm;
} LeukoGraphdefValue;

typedef struct {
    guint kernel_h, kernel_w, stride, pad_h, pad_w;
} LeukoGraphdefWindow;

/* Properties of the graph, complete after the walk. */
typedef struct {
    gboolean pool_includes_padding;     /* Pad, then a VALID average pool */
    guint n_fused, n_unfused, n_folded; /* convolutions, by the form of their batch norm */
    double epsilon;   /* of the batch norms, 0.001; any other value is added to the variances */
    gboolean softmax; /* the graph ends in a softmax; else in logits, or in the trunk */
} LeukoGraphdefFound;

typedef struct {
    LeukoGraphdef *g;
    const LeukoNet *net;
    LeukoParams *params;
    LeukoGraphdefFound *found;
    LeukoGraphdefValue *values; /* of every node */
    guint8 *is_done;            /* of every layer */
    LeukoVectors vectors;
    gboolean has_input;
    guint n_pools;
} LeukoGraphdefWalk;

/* The value of input k of a node; NULL = no such input. */
static inline LeukoGraphdefValue *leuko_graphdef_walk_input(const LeukoGraphdefWalk *w, guint node,
                                                            guint k)
{
    gint from = leuko_graphdef_input(w->g, node, k, NULL);
    return from >= 0 ? &w->values[from] : NULL;
}

/* LEUKO_ERROR_UNSUPPORTED: FILE: node "NAME" (OPERATION) WHAT. Always FALSE. */
static inline gboolean leuko_graphdef_walk_refuse(const LeukoGraphdefWalk *w, guint node,
                                                  GError **error, const char *what)
{
    return leuko_graphdef_refuse(w->g, node, LEUKO_ERROR_UNSUPPORTED, error, "(%s) %s",
                                 leuko_graphdef_op(w->g, node), what);
}

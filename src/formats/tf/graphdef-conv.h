/* formats/tf/graphdef-conv.h: within the walk of a graph, a convolution on its way through batch norm. */
#pragma once
#include "formats/tf/graphdef-vector.h"
#include "formats/tf/graphdef-walk.h"

typedef enum {
    VALUE_NONE,
    VALUE_CONST,  /* of `node`, not looked at yet */
    VALUE_VECTOR, /* constants, worked out */
    VALUE_LAYER,  /* the output of `layer` */
    VALUE_PADDED, /* that, with zeros around it */
    VALUE_CONV    /* the convolution of `layer`, before its ReLU: convolution x scale + shift */
} ValueKind;

typedef struct {
    ValueKind kind;
    guint node, layer, pad_h, pad_w;
    const LeukoVector *vector;
    const LeukoVector *scale, *shift; /* NULL: 1, 0 */
    gboolean fused;                   /* then these, and no scale or shift */
    LeukoVectorNorm norm;
} Value;

typedef struct {
    guint kernel_h, kernel_w, stride, pad_h, pad_w;
} Window;

typedef struct {
    LeukoGraphdef *g;
    const LeukoNet *net;
    LeukoParams *params;
    LeukoGraphdefWalk *found;
    Value *values;   /* of every node */
    guint8 *is_done; /* of every layer */
    LeukoVectors vectors;
    gboolean has_input;
    guint n_pools;
} Walk;

/* Steps of the walk: *out is the node's value. Errors as the walk's. */
gboolean leuko_graphdef_on_arithmetic(Walk *w, guint node, Value *out, GError **error);
gboolean leuko_graphdef_on_rsqrt(Walk *w, guint node, Value *out, GError **error);
gboolean leuko_graphdef_on_fused_norm(Walk *w, guint node, Value *out, GError **error);
/* The convolution is complete: its parameters are put, and *v is its layer's output. */
gboolean leuko_graphdef_finish_conv(Walk *w, Value *v, GError **error);

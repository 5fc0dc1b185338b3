/* engine/backprop-parts.h: the parts of a forward and backward pass.
 *
 * Time: operation i runs forward at time i and backward at time 2 F - i, F operations; the loss is
 * at time F. Every buffer of the arena lives from its first to its last time.
 */
#pragma once
#include "engine/arena.h"
#include "engine/backprop-graph.h"
#include "engine/backprop-types.h"
#include "engine/dnnl.h"
#include "engine/planes.h"
#include "engine/pooling.h"
#include "net/params.h"

enum { LEUKO_EXEC_MAX_ARGS = 6, LEUKO_NO_BUFFER = -1 };

/* A primitive with its arguments. */
typedef struct {
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    int n_args;
    dnnl_exec_arg_t args[LEUKO_EXEC_MAX_ARGS]; /* owns the memory objects */
    gint scratch;                              /* buffer, or LEUKO_NO_BUFFER */
} LeukoExec;

typedef struct {
    LeukoPooling pooling; /* pools, and the ones behind convolutions: the same for all members */
    LeukoExec forward, weights_pass, data_pass;
    LeukoExec to_forward, to_data; /* reorders of the weights; none where the layout is the same */
    dnnl_memory_desc_t master;     /* float32, the layout of weights and their gradient */
    gint weights, beta, gamma;     /* parameters, or -1 */
    gboolean batch_norm, learns_gamma;
    float *channel_vectors;      /* (N_VECTORS)(n_raw), see below */
    double *partials, *estimate; /* estimate: (3)(n_raw) sums of mean, variance, mean squared */
    gchar *statistic_names[2];
    gint raw, dz, d_source, which, mask, forward_weights, data_weights; /* buffers */
    gint pooled[LEUKO_MAX_INPUTS], d_pooled[LEUKO_MAX_INPUTS];
} LeukoOpPrimitives;

enum { /* channel vectors of a convolution */
       LEUKO_V_MOVING_MEAN,
       LEUKO_V_MOVING_VARIANCE,
       LEUKO_V_GAMMA,
       LEUKO_V_MEAN,
       LEUKO_V_VARIANCE,
       LEUKO_V_ISTD,
       LEUKO_V_A,
       LEUKO_V_B,
       LEUKO_V_SUM,
       LEUKO_V_PRODUCT,
       LEUKO_V_C,
       LEUKO_V_E,
       LEUKO_N_VECTORS
};

typedef struct LeukoBackprop LeukoBackprop;

struct LeukoBackprop {
    LeukoBackpropOptions options;
    LeukoNet *net;
    LeukoBackpropGraph *graph;
    LeukoOpPrimitives *ops;
    dnnl_stream_t stream;
    dnnl_data_type_t type;            /* of activations */
    guint block, n_classes, n_logits; /* n_logits: physical */
    GArray *parameters;               /* of LeukoBackpropParameter */
    GArray *buffers;                  /* of LeukoArenaBuffer */
    gint *values;                     /* (n_values): buffers */
    dnnl_memory_desc_t input;         /* layout of value 0 */
    LeukoExec pack;                   /* the image into that layout */
    gint d_logits[2];                 /* buffers: of the classifier, of the auxiliary head */
    float *flat_values, *flat_gradients;
    gsize n_flat;
    guint8 *arena;
    gsize arena_bytes;
    float *probabilities; /* (N, K) */
    float *saved_statistics;
    guint n_estimates;
    gboolean estimating;
    gchar *layout;
};

/* backprop-build.c */
gboolean leuko_backprop_build(LeukoBackprop *t, GError **error);
void leuko_exec_clear(LeukoExec *exec);
/* backprop-params.c: parameters and their values. */
void leuko_backprop_add_parameters(LeukoBackprop *t);
gboolean leuko_backprop_import(LeukoBackprop *t, const LeukoParams *params, GError **error);
/* backprop-loss.c: softmax cross-entropy of the logits (N, n_logits); gradients beside them. */
double leuko_backprop_loss(const LeukoBackprop *t, const LeukoBackpropBatch *batch,
                           const float *logits, double share, float *probabilities,
                           float *d_logits);

void *leuko_backprop_buffer(const LeukoBackprop *t, gint buffer);
/* A slice of a value, or of any buffer shaped like it. */
LeukoPlanes leuko_backprop_planes(const LeukoBackprop *t, gint buffer, guint channels, guint h,
                                  guint w, guint first, guint n, gboolean bf16);
static inline const LeukoLayer *leuko_backprop_layer(const LeukoBackprop *t, const LeukoOp *op)
{
    return leuko_net_layer(t->net, op->members[0].layer);
}
static inline float *leuko_backprop_vector(const LeukoBackprop *t, guint op, guint which)
{
    return t->ops[op].channel_vectors + (gsize)which * t->graph->ops[op].n_raw;
}

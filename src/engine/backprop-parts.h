/* engine/backprop-parts.h: the data of a forward and backward pass, private to backprop*.c.
 *
 * Time: with F operations, operation i runs forward at time i and backward at time 2 F - i; the
 * loss is computed at time F. A buffer of the arena is in use from its first to its last time.
 * Shapes: N images, K classes, n_raw physical channels of an operation.
 */
#pragma once
#include "engine/arena.h"
#include "engine/backprop-graph.h"
#include "engine/backprop-types.h"
#include "engine/dnnl-primitive.h"
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
    gint scratch;                              /* index of a buffer, or LEUKO_NO_BUFFER */
} LeukoExec;

typedef struct {
    /* of a pool, or of the pool after a convolution (equal for all members) */
    LeukoPooling pooling;
    LeukoExec forward, weights_pass, data_pass;
    LeukoExec to_forward, to_data; /* reorders of the weights; unused if the layouts are equal */
    LeukoMemoryDesc master;        /* layout of the float32 weights and of their gradient */
    gint weights, beta, gamma;     /* indices of parameters, or -1 */
    gboolean batch_norm, gamma_trained;
    float *channel_vectors; /* (LEUKO_N_VECTORS, n_raw), see below */
    double *partials;       /* buffer of the reductions (engine/planes.h) */
    double *estimate;       /* (3, n_raw): sums of the batches' mean, variance and mean squared */
    gchar *statistic_names[2];
    gint raw, dz, d_source, which, mask, forward_weights, data_weights; /* indices of buffers */
    gint pooled[LEUKO_MAX_INPUTS], d_pooled[LEUKO_MAX_INPUTS];          /* one per member */
} LeukoOpPrimitives;

enum { /* channel vectors of a convolution: y = A x + B; SUM, PRODUCT: of the gradient (sum_d and
          sum_dx in planes.h); C, E: of leuko_planes_finish_gradient() */
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
    guint block, n_classes, n_logits; /* n_logits: physical channels of the logits */
    GArray *parameters;               /* of LeukoBackpropParameter */
    GArray *buffers;                  /* of LeukoArenaBuffer */
    gint *values;                     /* (n_values): indices of buffers */
    LeukoMemoryDesc input;            /* layout of value 0 */
    LeukoExec pack;                   /* reorders the image to `input` */
    gint d_logits[2]; /* indices of buffers: of the classifier and of the auxiliary head */
    float *flat_values, *flat_gradients; /* (n_flat): all parameters */
    gsize n_flat;
    guint8 *arena;
    gsize arena_bytes;
    float *probabilities;    /* (N, K) */
    float *saved_statistics; /* moving statistics before the current forward pass */
    guint n_estimates;       /* batches in the estimates */
    gboolean estimating;     /* between estimate_begin() and estimate_end() */
    gchar *layout;
};

/* backprop-build.c */
gboolean leuko_backprop_build(LeukoBackprop *t, GError **error);
void leuko_exec_clear(LeukoExec *exec);
/* backprop-params.c: list the parameters; copy their values from `params`. */
void leuko_backprop_add_parameters(LeukoBackprop *t);
gboolean leuko_backprop_import(LeukoBackprop *t, const LeukoParams *params, GError **error);
/* backprop-loss.c: return `share` times the mean softmax cross-entropy of the logits (N, n_logits),
 * weighted by batch->weights; NAN if a logit is not finite.
 * probabilities  (N, K), out; may be NULL
 * d_logits       (N, n_logits), out: gradient of the result */
double leuko_backprop_loss(const LeukoBackprop *t, const LeukoBackpropBatch *batch,
                           const float *logits, double share, float *probabilities,
                           float *d_logits);

/* The memory of a buffer; NULL for LEUKO_NO_BUFFER. */
void *leuko_backprop_buffer(const LeukoBackprop *t, gint buffer);
static inline const LeukoLayer *leuko_backprop_layer(const LeukoBackprop *t, const LeukoOp *op)
{
    return leuko_net_layer(t->net, op->members[0].layer);
}
/* TRUE if the backward pass computes the gradient of a value. */
static inline gboolean leuko_backprop_wants_gradient(const LeukoBackprop *t, guint value)
{
    return value != 0 || t->options.input_gradient;
}
static inline float *leuko_backprop_vector(const LeukoBackprop *t, guint op, guint which)
{
    return t->ops[op].channel_vectors + (gsize)which * t->graph->ops[op].n_raw;
}

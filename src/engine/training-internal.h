/* engine/training-internal.h: what the files of the training plan share.
 *
 * Time: operation i runs forward at time i and backward at time 2 F - i, F operations; the loss is at
 * time F. Every buffer of the arena lives from its first to its last time.
 */
#pragma once
#include "engine/arena.h"
#include "engine/dnnl.h"
#include "engine/planes.h"
#include "engine/pooling.h"
#include "engine/training-graph.h"
#include "engine/training.h"

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
    gint weights, beta, gamma;     /* slots, or -1 */
    gboolean batch_norm, learns_gamma;
    float *channel_vectors;      /* (N_VECTORS)(n_raw), see below */
    double *partials, *estimate; /* estimate: (3)(n_raw) sums of mean, variance, mean squared */
    gchar *statistic_names[2];
    gint raw, dz, d_source, which, mask, forward_weights, data_weights; /* buffers */
    gint pooled[LEUKO_MAX_INPUTS], d_pooled[LEUKO_MAX_INPUTS];
} LeukoOpState;

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

struct LeukoTraining {
    LeukoTrainingOptions options;
    LeukoNet *net;
    LeukoTrainingGraph *graph;
    LeukoOpState *ops;
    dnnl_stream_t stream;
    dnnl_data_type_t type;            /* of activations */
    guint block, n_classes, n_logits; /* n_logits: physical */
    GArray *slots;                    /* of LeukoTrainingSlot */
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

/* training_build.c */
gboolean leuko_training_build(LeukoTraining *t, GError **error);
void leuko_exec_clear(LeukoExec *exec);
/* training_params.c: slots and their values. */
void leuko_training_add_slots(LeukoTraining *t);
gboolean leuko_training_import(LeukoTraining *t, const LeukoParams *params, GError **error);
/* training_loss.c: softmax cross-entropy of the logits (N, n_logits); gradients beside them. */
double leuko_training_loss(const LeukoTraining *t, const LeukoTrainingBatch *batch,
                           const float *logits, double share, float *probabilities,
                           float *d_logits);

void *leuko_training_buffer(const LeukoTraining *t, gint buffer);
/* A slice of a value, or of any buffer shaped like it. */
LeukoPlanes leuko_training_planes(const LeukoTraining *t, gint buffer, guint channels, guint h,
                                  guint w, guint first, guint n, gboolean bf16);
static inline const LeukoLayer *leuko_training_layer(const LeukoTraining *t, const LeukoOp *op)
{
    return leuko_net_layer(t->net, op->members[0].layer);
}
static inline float *leuko_training_vector(const LeukoTraining *t, guint op, guint which)
{
    return t->ops[op].channel_vectors + (gsize)which * t->graph->ops[op].n_raw;
}

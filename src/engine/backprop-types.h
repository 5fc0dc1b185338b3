/* engine/backprop-types.h: options, inputs and parameters of a forward and backward pass.
 *
 * Shapes: N images of C channels, H x W pixels; K classes.
 */
#pragma once
#include "leuko/precision.h"

#define LEUKO_BACKPROP_HEAD "Logits" /* slim's endpoint after the trunk */

typedef struct {
    LeukoPrecision precision;    /* fp32 or bf16 */
    guint batch;                 /* N, 1 to 256: images per step */
    guint n_threads;             /* 0: all */
    char first_block[32];        /* endpoint of the first trained block; "": all layers are trained;
                                 LEUKO_BACKPROP_HEAD: only the classifier */
    gboolean input_gradient;     /* the backward pass also computes the gradient of its input, which
                                 must not be the image: needs a first_block */
    gboolean batch_norm_trained; /* FALSE: frozen, moving statistics are constants */
    double batch_norm_decay;     /* decay of the moving statistics, in [0, 1) */
    double aux_weight;           /* weight of the auxiliary head's loss, >= 0 */
} LeukoBackpropOptions;

typedef struct {
    const float *x_nchw;  /* (N, C, H, W), borrowed */
    const float *targets; /* (N, K) probabilities; each row sums to 1 */
    const float *weights; /* (N) weights in the loss; NULL: all 1 */
    const guint64 *keys;  /* (N) random keys of dropout, e.g. hashes of record and epoch; NULL: no
                             dropout */
} LeukoBackpropBatch;

/* A trained parameter: the weights, betas, gammas or biases of one operation, which may compute
 * several layers. Values and gradients are in oneDNN's layout; the padding is zero. All values lie
 * in one array and all gradients in another, in the order of the parameters. Borrowed. */
typedef struct {
    const char *name; /* layers "a+b+c", then "/weights", "/beta", "/gamma" or "/biases" */
    gsize n;
    float *values, *gradients;
    gboolean is_weights; /* weight decay applies to weights only */
    gboolean is_head;    /* belongs to the classifier or the auxiliary head */
} LeukoBackpropParameter;

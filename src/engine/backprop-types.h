/* engine/backprop-types.h: options, inputs and parameters of a forward and backward pass. */
#pragma once
#include "leuko/precision.h"

typedef struct {
    LeukoPrecision precision; /* fp32 or bf16 */
    guint batch;              /* N, 1 to 256: images of every step */
    guint n_threads;          /* 0: all */
    char first_block[32];     /* endpoint of the first trained layer; "": all layers are trained */
    gboolean batch_norm_trained;
    double batch_norm_decay; /* of the moving statistics, 0 to below 1 */
    double aux_weight;       /* of the auxiliary head's loss, where the network has one; >= 0 */
} LeukoBackpropOptions;

typedef struct {
    const float *x_nchw;  /* (N, C, H, W), borrowed */
    const float *targets; /* (N, K) shares that sum to 1 */
    const float *weights; /* (N) of the loss, NULL: all 1 */
    const guint64 *keys; /* (N) of the dropout, e.g. hashes of record and epoch; NULL: no dropout */
} LeukoBackpropBatch;

/* A trained parameter: the weights, betas, gammas or biases of one operation, which may compute
 * several layers. Values and gradients are in oneDNN's layout with zeros in the padding, one
 * parameter after the other in two flat buffers. */
typedef struct {
    const char *name; /* the layers, "a+b+c", and "/weights", "/beta", "/gamma" or "/biases" */
    gsize n;
    float *values, *gradients;
    gboolean is_weights; /* the ones that decay */
    gboolean is_head;    /* of the classifier or the auxiliary head */
} LeukoBackpropParameter;

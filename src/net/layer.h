/* net/layer.h: one layer of a network. */
#pragma once
#include <glib.h>

#define LEUKO_BATCH_NORM_EPSILON 0.001f
#define LEUKO_MAX_INPUTS         4

typedef enum {
    LEUKO_LAYER_INPUT,    /* (N, 3, S, S) */
    LEUKO_LAYER_CONV,     /* convolution, then batch norm or bias, then ReLU, as the flags say */
    LEUKO_LAYER_MAX_POOL, /* VALID */
    LEUKO_LAYER_AVG_POOL, /* pad_h, pad_w > 0: SAME; divides by the pixels inside the image unless
                             LeukoNetSpec.pool_includes_padding */
    LEUKO_LAYER_CONCAT,   /* along channels, inputs in order */
    LEUKO_LAYER_DROPOUT,  /* keep probability `keep` in training, identity in inference */
    LEUKO_LAYER_SOFTMAX,  /* over channels, 1x1 */
} LeukoLayerKind;

typedef struct {
    LeukoLayerKind kind;
    const char *name; /* slim's name without the prefix "InceptionV3/"; owned by the net */
    guint n_inputs;
    guint inputs[LEUKO_MAX_INPUTS]; /* indices of earlier layers */
    guint kernel_h, kernel_w, stride, pad_h, pad_w;
    guint in_channels, in_h, in_w; /* of inputs[0]; concat: in_channels of all inputs together */
    guint out_channels, out_h, out_w;
    gboolean batch_norm, bias, relu; /* CONV only */
    float keep;                      /* DROPOUT only */
    double init_sd; /* CONV: standard deviation of slim's truncated normal initializer of the
                       weights, before truncation at 2 sd: sqrt(2.6 / (kh kw ic)) as in
                       inception_arg_scope; 0.01 and 0.001 in the auxiliary head */
} LeukoLayer;

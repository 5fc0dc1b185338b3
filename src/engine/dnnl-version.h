/* engine/dnnl-version.h: what differs between oneDNN 2 and 3, implemented by engine/dnnl-v2.c and
 * engine/dnnl-v3.c. Only engine/dnnl-primitive.c calls these functions, except
 * leuko_dnnl_desc_type(), leuko_dnnl_constants() and leuko_dnnl_bias_factor(). */
#pragma once
#include "engine/dnnl.h"

/* What a primitive computes besides its operation. Zeros add nothing. In this order: multiply by
 * the scales, add `added`, apply ReLU, add the zero point, round and saturate to the type of the
 * result. All pointers are borrowed. */
typedef struct {
    const float *scales;   /* (n_scales) */
    guint n_scales;        /* 0: none, 1: one for all values, else one per channel of the result */
    LeukoMemoryDesc added; /* (1, C, 1, 1) float32, argument LEUKO_DNNL_ARG_ADDED; no scales then */
    gboolean relu;
    gint32 zero; /* zero point of the result, of a reorder only */
} LeukoDnnlExtra;

#define LEUKO_DNNL_ARG_ADDED (DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1)

/* A convolution without dilation, equally padded at both ends. In a backward pass, the descriptor
 * of a tensor is that of its gradient where the pass reads or writes the gradient. */
typedef struct {
    const char *name; /* of the layer, for errors */
    gboolean winograd;
    LeukoMemoryDesc source, weights, bias, target; /* bias: NULL or (oc) float32, forward only */
    dnnl_dims_t strides, pads;
} LeukoDnnlConv;

typedef struct {
    const char *name;
    dnnl_alg_kind_t algorithm; /* dnnl_pooling_... */
    LeukoMemoryDesc source, target;
    dnnl_dims_t kernel, strides, pads;
} LeukoDnnlPool;

/* --- descriptors ------------------------------------------------------------------------------ */

dnnl_data_type_t leuko_dnnl_desc_type(LeukoMemoryDesc md);
/* A new descriptor, which is never freed; see leuko_dnnl_desc(). */
LeukoMemoryDesc leuko_dnnl_make_desc(int n_dims, const dnnl_dim_t *dims, dnnl_data_type_t type,
                                     dnnl_format_tag_t tag);
/* Create the descriptor of a primitive; see leuko_dnnl_conv() and leuko_dnnl_pool(). */
dnnl_status_t leuko_dnnl_make_conv(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                   dnnl_prop_kind_t pass, const LeukoDnnlConv *conv,
                                   const_dnnl_primitive_attr_t attr);
dnnl_status_t leuko_dnnl_make_pool(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                   const LeukoDnnlPool *pool, const_dnnl_primitive_attr_t attr);

/* --- attributes ------------------------------------------------------------------------------- */

dnnl_status_t leuko_dnnl_append_relu(dnnl_post_ops_t ops);
/* Set the scales and the zero point of `extra`.
 * scaled_arg  the argument whose scales become those of the result: DNNL_ARG_WEIGHTS of a
 *             convolution, DNNL_ARG_FROM of a reorder */
dnnl_status_t leuko_dnnl_set_scales(dnnl_primitive_attr_t attr, const LeukoDnnlExtra *extra,
                                    int scaled_arg);

/* An argument of every run: a vector of `n` constant values. */
typedef struct {
    int arg; /* DNNL_ARG_... */
    dnnl_dim_t n;
    dnnl_data_type_t type;
    const void *data; /* borrowed from the LeukoDnnlExtra */
} LeukoDnnlConstant;

enum { LEUKO_DNNL_MAX_CONSTANTS = 2 };

/* List the constants that a primitive of `desc`, made with `extra`, reads at each run: scales and
 * zero point with oneDNN 3, none with oneDNN 2. Returns their number. */
guint leuko_dnnl_constants(const_dnnl_primitive_desc_t desc, const LeukoDnnlExtra *extra,
                           LeukoDnnlConstant out[LEUKO_DNNL_MAX_CONSTANTS]);
/* The factor by which the bias of a convolution with scales, in units of the unscaled sum, must be
 * multiplied: 1 with oneDNN 2, which computes scale (sum + bias); `scale` with oneDNN 3, which
 * computes scale sum + bias. */
float leuko_dnnl_bias_factor(float scale);

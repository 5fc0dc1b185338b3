/* engine/lower.h: lowers a network to the steps of an inference program, as data.
 *
 * - Batch norm and ReLU are part of their convolution's step. Dropout and the auxiliary head are
 *   left out. The head (mean, logits, softmax) is not a step; engine/state.h computes it.
 * - 1x1 convolutions that share an input become one step with several members.
 * - A 3x3 average pool and the 1x1 convolution after it are swapped (both are linear), so that
 *   fewer channels are pooled. ReLU is then applied after the pool. The bias is added after the
 *   pool if the pool counts padding; otherwise before it, since a mean keeps a constant unchanged.
 * - Memory: every layer's output is a slice (a range of channels) of a root. A branch's slice is
 *   part of its concat's root, so that nothing is copied. The members of a merged step are
 *   adjacent. If a member is the first branch of a concat, it comes last, and the other members
 *   precede the concat in the same root:   [ other members | first branch | second branch | ... ]
 *                                <-- merged step's output -->
 *                                                <------------ concat ------------->
 * - Channels are physical: each convolution's outputs are padded to a multiple of `align`, so that
 *   every slice consists of whole blocks. The padding is zero (zero weights and bias), and the
 *   weights that read it are zero. `channel` maps a layer's channels to physical ones.
 */
#pragma once
#include "engine/graph-analysis.h"

typedef enum {
    LEUKO_STEP_CONV,
    LEUKO_STEP_MAX_POOL,
    LEUKO_STEP_AVG_POOL,
    LEUKO_STEP_CONCAT
} LeukoStepKind;

typedef struct {
    guint layer; /* index in the net */
    guint first; /* first physical channel of the member within the step's output */
} LeukoMember;

typedef struct {
    LeukoStepKind kind;
    guint n_members;
    LeukoMember members[LEUKO_MAX_INPUTS];
    guint n_sources; /* 1, except for concats */
    LeukoSlice source[LEUKO_MAX_INPUTS], target;
    guint source_layer; /* index in the net of the input, for its channel map; unused by concats */
    guint kernel_h, kernel_w, stride, pad_h, pad_w;
    guint in_h, in_w, out_h, out_w;
    gboolean relu, bias; /* applied after the operation */
    guint bias_layer;    /* AVG_POOL with bias: the convolution that the bias belongs to */
} LeukoLoweredStep;

typedef struct {
    guint channels, h, w; /* physical */
} LeukoRoot;

typedef struct {
    guint align;            /* 16: blocks of channels */
    gboolean merge;         /* merge 1x1 convolutions of one input */
    gboolean commute_pools; /* swap an average pool and the 1x1 convolution after it */
    gboolean in_place;      /* branches write into their concat's root; FALSE: concat steps copy */
} LeukoLowerOptions;

typedef struct {
    guint n_steps, n_roots, n_layers;
    LeukoLoweredStep *steps; /* in order of execution */
    LeukoRoot *roots;        /* roots[0]: the input, 3 channels, not padded */
    LeukoSlice *slices;      /* (n_layers); n 0: the layer has no output of its own */
    guint **channel;         /* (n_layers)(out_channels): physical channel within the slice */
} LeukoLowered;

/* Lower the layers up to the endpoint. Threads: the result is immutable.
 * Returns a new LeukoLowered, free with leuko_lowered_free(). */
LeukoLowered *leuko_lower(const LeukoNet *net, const LeukoLowerOptions *options);
void leuko_lowered_free(LeukoLowered *lowered); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoLowered, leuko_lowered_free)

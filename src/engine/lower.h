/* engine/lower.h: a network turned into the primitives that inference runs, as data.
 *
 * - Batch norm and ReLU belong to their convolution; dropout and the auxiliary head are gone; the
 *   head (mean, logits, softmax) is not here: it runs on the features.
 * - 1x1 convolutions that share an input become one step with several members.
 * - A 3x3 average pool in front of a 1x1 convolution changes place with it (both are linear), so
 *   that it pools fewer channels; ReLU then follows the pool, and so does the bias if the pool
 *   counts padding (else the mean of a constant is that constant and the bias stays).
 * - Memory: every layer's output is a range of channels (a slice) of a root. A branch's slice lies
 *   in its concat's root, so that nothing is copied. The members of a merged step lie side by side;
 *   if one of them is the concat's first branch, it comes last and the others stand in front of the
 *   concat in the same root:   [ other members | first branch | second branch | ... ]
 *                                <-- merged step's output -->
 *                                                <------------ concat ------------->
 * - Channels are physical: each convolution's outputs are padded to a multiple of `align`, so that
 *   every slice is made of whole blocks. The padding is zero (zero weights, zero bias), and its
 *   consumers' weights there are zero. leuko_lowered_channel() says where a channel lies.
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
    guint first; /* its first physical channel within the step's output */
} LeukoMember;

typedef struct {
    LeukoStepKind kind;
    guint n_members;
    LeukoMember members[LEUKO_MAX_INPUTS];
    guint n_sources; /* 1, but for concats */
    LeukoSlice source[LEUKO_MAX_INPUTS], target;
    guint source_layer; /* the net layer read (for its channel map); concat: unused */
    guint kernel_h, kernel_w, stride, pad_h, pad_w;
    guint in_h, in_w, out_h, out_w;
    gboolean relu, bias; /* convolutions, and pools that follow their convolution */
    guint bias_layer;    /* AVG_POOL with bias: the convolution whose bias it adds */
} LeukoLoweredStep;

typedef struct {
    guint channels, h, w; /* physical */
} LeukoRoot;

typedef struct {
    guint align;            /* 16: blocks of channels */
    gboolean merge;         /* 1x1 convolutions of one input */
    gboolean commute_pools; /* average pool and 1x1 convolution */
    gboolean in_place;      /* branches in their concat's root; FALSE: CONCAT steps copy them */
} LeukoLowerOptions;

typedef struct {
    guint n_steps, n_roots, n_layers;
    LeukoLoweredStep *steps; /* in order of execution */
    LeukoRoot *roots;        /* 0: the input, 3 channels, not padded */
    LeukoSlice *slices;      /* (n_layers); n 0: this layer's output does not exist */
    guint **channel;         /* (n_layers)(out_channels): physical channel within the slice */
} LeukoLowered;

LeukoLowered *leuko_lower(const LeukoNet *net, const LeukoLowerOptions *options);
void leuko_lowered_free(LeukoLowered *lowered);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoLowered, leuko_lowered_free)

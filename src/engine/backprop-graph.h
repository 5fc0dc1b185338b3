/* engine/backprop-graph.h: the operations of the forward and backward pass, as data.
 *
 * - A value is a dense blocked tensor of the whole batch. A concat is one value. Each branch writes
 *   its slice of that value, so nothing is copied.
 * - 1x1 convolutions that share an input are one operation with several members.
 * - A 3x3 average pool before a 1x1 convolution runs after the convolution (both are linear). The
 *   pool then has fewer channels, and the backward pass does not need the pool's input.
 * - Batch norm, ReLU and bias are part of their convolution's operation.
 * - Channels are physical: each convolution's outputs are padded with zeros to whole blocks.
 * Threads: immutable after building; any number of readers.
 */
#pragma once
#include "engine/graph-analysis.h"

typedef enum {
    LEUKO_OP_CONV,
    LEUKO_OP_MAX_POOL,
    LEUKO_OP_AVG_POOL,
    LEUKO_OP_DROPOUT,
} LeukoOpKind;

typedef struct {
    guint layer;       /* index in the net: a convolution, pool or dropout */
    guint first, n;    /* physical channels within the operation's raw output */
    LeukoSlice target; /* the slice to write; its root is the index of a value */
    gint pool;         /* index in the net of the average pool after this convolution, or -1 */
} LeukoOpMember;

typedef struct {
    LeukoOpKind kind;
    guint n_members;
    LeukoOpMember members[LEUKO_MAX_INPUTS];
    guint source;       /* index of the value to read */
    guint source_layer; /* index in the net of the input; its channel map orders the weights */
    guint n_raw;        /* physical channels of all members */
} LeukoOp;

typedef struct {
    guint channels, h, w; /* physical */
    gboolean logits;      /* float32 also in bf16 training */
} LeukoValue;

typedef struct {
    guint n_ops, n_values, n_layers;
    LeukoOp *ops;       /* in order of the forward pass */
    LeukoValue *values; /* values[0]: the input */
    guint input_layer;  /* 0: the image; else the endpoint before the first trained block */
    guint **channel;    /* (n_layers)(out_channels): physical channel within the layer's slice */
    gint logits, aux_logits; /* indices of values, or -1 */
} LeukoBackpropGraph;

/* first_block  endpoint of the first trained block; "": all layers are trained, the input is the
 *              image; LEUKO_BACKPROP_HEAD: the input is the network's endpoint
 * block        channels per block: 16 or 8
 * Errors: LEUKO_ERROR_ARGUMENT: the network has no such endpoint. */
LeukoBackpropGraph *leuko_backprop_graph_new(const LeukoNet *net, const char *first_block,
                                             guint block, GError **error);
void leuko_backprop_graph_free(LeukoBackpropGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoBackpropGraph, leuko_backprop_graph_free)

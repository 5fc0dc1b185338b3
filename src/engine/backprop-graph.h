/* engine/backprop-graph.h: the operations of the forward and backward pass, as data.
 *
 * - A value is a dense blocked tensor of the whole batch. A concat is one value; its branches write
 *   their slices of it, and nothing is copied.
 * - 1x1 convolutions that share an input are one operation with several members. A 3x3 average pool
 *   before a 1x1 convolution runs after it (both are linear), so that it pools fewer channels and
 *   its input need not be kept.
 * - Batch norm, ReLU and bias are part of their convolution's operation.
 * - Channels are physical: each convolution's outputs are padded with zeros to whole blocks.
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
    guint layer;       /* of the net: a CONV, or the pool, or the dropout */
    guint first, n;    /* physical channels within the operation's raw output */
    LeukoSlice target; /* root: a value */
    gint pool;         /* the average pool that runs behind this convolution, or -1 */
} LeukoOpMember;

typedef struct {
    LeukoOpKind kind;
    guint n_members;
    LeukoOpMember members[LEUKO_MAX_INPUTS];
    guint source;       /* value, read as a whole */
    guint source_layer; /* whose channel map the weights follow */
    guint n_raw;        /* physical channels of all members */
} LeukoOp;

typedef struct {
    guint channels, h, w; /* physical */
    gboolean logits;      /* stays float32 */
} LeukoValue;

typedef struct {
    guint n_ops, n_values, n_layers;
    LeukoOp *ops;       /* in order of the forward pass */
    LeukoValue *values; /* 0: the input */
    guint
        input_layer; /* of the net: layer 0, or the endpoint in front of the first trained block */
    guint **channel; /* (n_layers)(out_channels): physical channel within the layer's slice */
    gint logits, aux_logits; /* values, or -1 */
} LeukoBackpropGraph;

/* first_block  endpoint of the first trained layer; "": all layers are trained, the input is the
 * image
 * block        16 or 8 channels
 * Errors: LEUKO_ERROR_ARGUMENT: the network has no such endpoint. */
LeukoBackpropGraph *leuko_backprop_graph_new(const LeukoNet *net, const char *first_block,
                                             guint block, GError **error);
void leuko_backprop_graph_free(LeukoBackpropGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoBackpropGraph, leuko_backprop_graph_free)

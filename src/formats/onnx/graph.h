/* formats/onnx/graph.h: the nodes of a model's ONNX graph, for writing it and for telling ours again. */
#pragma once
#include "formats/model.h"
#include "proto/onnx.pb-c.h"

enum { LEUKO_ONNX_FLOAT = 1, LEUKO_ONNX_UINT8 = 2, LEUKO_ONNX_INT64 = 7 };

/* Nodes, and constants that belong to them. Everything is owned by the list. */
typedef struct {
    GPtrArray *nodes;     /* of Leuko__Onnx__Node */
    GPtrArray *constants; /* of Leuko__Onnx__Tensor: scalars, and the ends of Pad */
} LeukoOnnxGraph;

LeukoOnnxGraph *leuko_onnx_graph_new(const LeukoModel *model, const LeukoNet *net,
                                     gboolean with_preprocessing);
void leuko_onnx_graph_free(LeukoOnnxGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoOnnxGraph, leuko_onnx_graph_free)

#define LEUKO_ONNX_INPUT  "input"
#define LEUKO_ONNX_OUTPUT "InceptionV3/Predictions/Softmax"

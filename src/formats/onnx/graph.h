/* formats/onnx/graph.h: the nodes of a model's ONNX graph, to write it and to recognize it. */
#pragma once
#include "formats/model.h"
#include "formats/onnx/onnx.h"
#include "proto/onnx.pb-c.h"

/* Before the checksum of the whole file (formats/stamp.h): the entry of metadata_props whose key is
 * LEUKO_STAMP_KEY and whose value has 8 bytes. */
#define LEUKO_ONNX_MARK "\x0a\x0c" LEUKO_STAMP_KEY "\x12\x08"

enum { LEUKO_ONNX_FLOAT = 1, LEUKO_ONNX_UINT8 = 2, LEUKO_ONNX_INT64 = 7 };

/* The nodes and their constants; the lists own everything. */
typedef struct {
    GPtrArray *nodes;     /* of Leuko__Onnx__Node */
    GPtrArray *constants; /* of Leuko__Onnx__Tensor: scalars, the paddings of Pad, and the
                             matrices of the calibration's map */
} LeukoOnnxGraph;

LeukoOnnxGraph *leuko_onnx_graph_new(const LeukoModel *model, const LeukoNet *net,
                                     gboolean with_preprocessing);
void leuko_onnx_graph_free(LeukoOnnxGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoOnnxGraph, leuko_onnx_graph_free)

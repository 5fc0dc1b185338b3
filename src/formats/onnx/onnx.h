/* formats/onnx/onnx.h: the model as an ONNX graph, for ONNX Runtime, OpenVINO and others.
 *
 * The file is a ModelProto (protobuf), opset 13:
 *   1. input "input": (batch, 3, S, S) float32, RGB, x / 127.5 - 1, any batch; or, if the graph
 *      contains the preprocessing, (batch, S, S, 3) uint8
 *   2. output "InceptionV3/Predictions/Softmax": (batch, K) float32
 *   3. nodes: a BatchNormalization follows each Conv; an average pool that counts padding is a Pad
 *      and an AveragePool without padding
 *   4. initializers: slim's variables under slim's names, convolutions as OIHW
 *   5. metadata_props "leuko": the model's description (formats/model-json.h)
 *   6. the digests of the training images (formats/training-fields.h)
 * Source: onnx/onnx.proto, docs/Operators.md.
 */
#pragma once
#include "formats/model.h"

#define LEUKO_ONNX_INPUT  "input"
#define LEUKO_ONNX_OUTPUT "InceptionV3/Predictions/Softmax"

/* Write the graph; the file appears whole or not at all. Errors: LEUKO_ERROR_IO,
 * LEUKO_ERROR_UNSUPPORTED (more than 2 GiB). */
gboolean leuko_onnx_save(const LeukoModel *model, const char *path, gboolean with_preprocessing,
                         GError **error);
/* TRUE if the bytes begin like an ONNX model. */
gboolean leuko_onnx_sniff(gconstpointer bytes, gsize n_bytes);
/* TRUE if a graph has the description that Leuko writes. Cost: that of unpacking it. */
gboolean leuko_onnx_is_described(const char *path);
/* Read a file that Leuko wrote. Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT (lengths, shapes);
 * LEUKO_ERROR_UNSUPPORTED: another program wrote it (the message names its first unknown operation)
 * or changed it. */
LeukoModel *leuko_onnx_load(const char *path, GError **error);
/* The same from bytes in memory; `name` is the file's name in messages. */
LeukoModel *leuko_onnx_parse(gconstpointer bytes, gsize n_bytes, const char *name, GError **error);
/* The floating-point initializers of any ONNX graph, under its names. */
LeukoParams *leuko_onnx_tensors(const char *path, GError **error);
/* Any ONNX model in one line: "IR version 8, opset 13, from leuko, 217 nodes, input ..., output
 * ...". g_free. */
gchar *leuko_onnx_describe(const char *path, GError **error);

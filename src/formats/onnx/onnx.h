/* formats/onnx/onnx.h: the model as an ONNX graph, for ONNX Runtime, OpenVINO and others.
 *
 * Opset 13. Input `input`: (batch, 3, S, S) float32, RGB, x / 127.5 - 1, any batch; or, with the
 * preprocessing inside, (batch, S, S, 3) uint8. Output `InceptionV3/Predictions/Softmax` (batch, K).
 * Batch norm stands as a node of its own, and so does the padding of average pools that count it (Pad, then a pool
 * without padding); initializers have slim's variable names, convolutions OIHW.
 * metadata_props: "leuko", the model's description (model-json.h).
 * Source: onnx/onnx.proto, docs/Operators.md.
 */
#pragma once
#include "formats/model.h"

/* Whole or not at all. */
gboolean leuko_onnx_save(const LeukoModel *model, const char *path, gboolean with_preprocessing,
                         GError **error);
/* TRUE if the bytes begin like an ONNX model. */
gboolean leuko_onnx_sniff(gconstpointer bytes, gsize n_bytes);
/* Read such a file back. Errors: LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT (lengths, shapes); LEUKO_ERROR_UNSUPPORTED: a graph
 * of others (the first operation that is not ours is named), or ours changed by others. */
LeukoModel *leuko_onnx_load(const char *path, GError **error);
/* What info tells of any ONNX model: "IR version 8, opset 13, from leuko, 217 nodes, input ..., output ...". g_free. */
gchar *leuko_onnx_describe(const char *path, GError **error);
/* The same of bytes; `name` stands in the messages. */
LeukoModel *leuko_onnx_parse(gconstpointer bytes, gsize n_bytes, const char *name, GError **error);

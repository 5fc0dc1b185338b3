/* formats/onnx/onnx.h: the model as an ONNX graph, for ONNX Runtime, OpenVINO and others.
 *
 * Opset 13. Input `input`: (batch, 3, S, S) float32, RGB, x / 127.5 - 1, any batch; or, with the
 * preprocessing in the graph, (batch, S, S, 3) uint8. Output `InceptionV3/Predictions/Softmax`
 * (batch, K). Batch norm is a node of its own. An average pool that counts padding is a Pad node
 * and a pool without padding. Initializers have slim's variable names; convolutions are OIHW.
 * metadata_props: "leuko", the model's description (formats/model-json.h).
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
/* Read such a file. Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT (lengths, shapes);
 * LEUKO_ERROR_UNSUPPORTED: written by another program (its first unknown operation is named), or
 * changed by one. */
LeukoModel *leuko_onnx_load(const char *path, GError **error);
/* The same over bytes; `name` is the file's in the messages. */
LeukoModel *leuko_onnx_parse(gconstpointer bytes, gsize n_bytes, const char *name, GError **error);
/* The floating initializers of any ONNX graph, under its own names. */
LeukoParams *leuko_onnx_tensors(const char *path, GError **error);
/* Any ONNX model in one line: "IR version 8, opset 13, from leuko, 217 nodes, input ..., output
 * ...". g_free. */
gchar *leuko_onnx_describe(const char *path, GError **error);

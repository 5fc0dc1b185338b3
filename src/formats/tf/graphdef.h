/* formats/tf/graphdef.h: the frozen TensorFlow graph, with tf-slim's names and operations.
 *
 * A GraphDef (protobuf): one placeholder `input` (batch, S, S, 3), RGB, x / 127.5 - 1; per
 * convolution twelve nodes (four constants with their /read, the gamma constant, Conv2D,
 * FusedBatchNorm, Relu); pools, concats, the head; output `InceptionV3/Predictions/Softmax`.
 * FILE.pb.json beside it holds what a GraphDef cannot (classes, preprocessing, threshold,
 * provenance) and the graph's SHA-256. A temperature is folded into the weights and biases of the
 * logits.
 */
#pragma once
#include "formats/layer-names.h"
#include "formats/model.h"
#include "formats/tf/graphdef-nodes.h"

#define LEUKO_GRAPHDEF_INPUT  "input"
#define LEUKO_GRAPHDEF_OUTPUT "InceptionV3/Predictions/Softmax"

/* Write FILE.pb and FILE.pb.json, each whole or not at all.
 * batch        of the placeholder; 0 = any
 * n_variables  out: constants that were variables in training */
gboolean leuko_graphdef_save(const LeukoModel *model, const char *path, guint batch,
                             guint *n_variables, GError **error);

/* TRUE if the bytes begin like a GraphDef: a first field "node" that holds a name. */
gboolean leuko_graphdef_sniff(gconstpointer bytes, gsize n_bytes);

/* Read a frozen Inception V3, ours or third-party. Without FILE.pb.json the graph itself is
 * followed (formats/tf/graphdef-walk.h): the classes are "0".."K-1", or "background" and
 * ImageNet's numbers, and a text "note" in the provenance says so. Errors: LEUKO_ERROR_FORMAT;
 * LEUKO_ERROR_UNSUPPORTED (another graph: node and operation are named); LEUKO_ERROR_DATA (the
 * description belongs to another graph). */
LeukoModel *leuko_graphdef_load(const char *path, GError **error);
/* The same of an open graph without a description. */
LeukoModel *leuko_graphdef_guess(LeukoGraphdef *g, GError **error);
/* The parameters alone, of the whole network or a part of it.
 * Errors: LEUKO_ERROR_FORMAT, LEUKO_ERROR_UNSUPPORTED (another graph; the node). */
LeukoParams *leuko_graphdef_weights(const char *path, LeukoNetSpec *spec, LeukoForeign *found,
                                    GError **error);

/* The floating constants of any GraphDef, named as their nodes. */
LeukoParams *leuko_graphdef_tensors(const char *path, GError **error);
/* The same; `types` (or NULL) gets tensor name (new) -> "F32", "F16", ... (static). */
LeukoParams *leuko_graphdef_tensors_typed(const char *path, GHashTable *types, GError **error);

/* Any GraphDef in one line: nodes, constants, input, last node. g_free. */
gchar *leuko_graphdef_describe(const char *path, GError **error);

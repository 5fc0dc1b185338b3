/* formats/tf/graphdef.h: the frozen TensorFlow graph, with tf-slim's names and operations.
 *
 * FILE.pb is a GraphDef (protobuf):
 *   1. a placeholder "input": (batch, S, S, 3) float32, RGB, x / 127.5 - 1
 *   2. twelve nodes for each convolution: four constants, each with a node NAME/read; the gamma
 *      constant; Conv2D, FusedBatchNorm, Relu
 *   3. pools, concats and the head. The temperature is folded into the head's weights and biases
 *   4. the output "InceptionV3/Predictions/Softmax". A calibration map is not in the graph, which
 *      stays slim's: FILE.pb.json has it, and who reads both applies it
 *   5. the digests of the training images (formats/training-fields.h)
 * FILE.pb.json is the model's description (formats/model-json.h) with "graph": {"sha256", "input",
 * "output", "temperature_folded"}.
 * Source: tensorflow/core/framework/{graph,node_def}.proto; tf-slim nets/inception_v3.py.
 */
#pragma once
#include "formats/layer-names.h"
#include "formats/model.h"
#include "formats/tf/graphdef-nodes.h"

#define LEUKO_GRAPHDEF_INPUT  "input"
#define LEUKO_GRAPHDEF_OUTPUT "InceptionV3/Predictions/Softmax"

/* Write FILE.pb and FILE.pb.json, both or none: leuko_durable_commit_all().
 * batch        of the placeholder; 0 = any
 * n_variables  out: number of constants that are variables in training */
gboolean leuko_graphdef_save(const LeukoModel *model, const char *path, guint batch,
                             guint *n_variables, GError **error);

/* TRUE if the bytes begin like a GraphDef: a first field "node" that holds a name. */
gboolean leuko_graphdef_sniff(gconstpointer bytes, gsize n_bytes);

/* Read a frozen Inception V3 of Leuko or a third party. Without FILE.pb.json every node of the
 * graph is compared with the network (formats/tf/graphdef-walk.h). The classes are then "0".."K-1",
 * or "background" and ImageNet's numbers, and a text "note" in the provenance says so.
 * Errors: LEUKO_ERROR_FORMAT; LEUKO_ERROR_UNSUPPORTED (another network; the message names node and
 * operation); LEUKO_ERROR_DATA (the description belongs to another graph). */
LeukoModel *leuko_graphdef_load(const char *path, GError **error);
/* The same for an open graph without a description. */
LeukoModel *leuko_graphdef_guess(LeukoGraphdef *g, GError **error);
/* Only the parameters, of the whole network or of a part of it. Errors: LEUKO_ERROR_FORMAT,
 * LEUKO_ERROR_UNSUPPORTED (another network; the message names the node). */
LeukoParams *leuko_graphdef_weights(const char *path, LeukoNetSpec *spec, LeukoForeign *found,
                                    GError **error);

/* The floating-point constants of any GraphDef, under the names of their nodes. */
LeukoParams *leuko_graphdef_tensors(const char *path, GError **error);
/* The same; `types` (or NULL) gets tensor name (new) -> "F32", "F16", ... (static). */
LeukoParams *leuko_graphdef_tensors_typed(const char *path, GHashTable *types, GError **error);

/* Any GraphDef in one line: nodes, constants, input, last node. g_free. */
gchar *leuko_graphdef_describe(const char *path, GError **error);

/* formats/tf/graphdef.h: the frozen TensorFlow graph, with tf-slim's names and operations.
 *
 * A GraphDef (protobuf): one placeholder `input` (batch, S, S, 3), RGB, x / 127.5 - 1; per convolution
 * twelve nodes (four constants with their /read, the gamma constant, Conv2D, FusedBatchNorm, Relu);
 * pools, concats, the head; output `InceptionV3/Predictions/Softmax`. What it cannot hold (classes,
 * preprocessing, threshold, provenance) lies beside it in FILE.pb.json with the graph's SHA-256.
 * A temperature is folded into the logits' weights and biases.
 */
#pragma once
#include "formats/model.h"
#include "formats/tf/graphdef-nodes.h"

/* Write FILE.pb and FILE.pb.json, each whole or not at all.
 * batch        of the placeholder; 0: any
 * n_variables  out: constants that were variables in training */
gboolean leuko_graphdef_save(const LeukoModel *model, const char *path, guint batch,
                             guint *n_variables, GError **error);

/* TRUE if the bytes begin like a GraphDef: a first field "node" that holds a name. */
gboolean leuko_graphdef_sniff(gconstpointer bytes, gsize n_bytes);

/* Read such a graph back, ours or another's. Without FILE.pb.json the graph itself is followed
 * (formats/tf/graphdef-walk.h), the classes are "0".."K-1" or ImageNet's with "background", and a text "note" in the
 * provenance says so. Errors: LEUKO_ERROR_FORMAT, LEUKO_ERROR_UNSUPPORTED (another graph; node and operation are
 * named), LEUKO_ERROR_DATA (the description belongs to another graph). */
LeukoModel *leuko_graphdef_load(const char *path, GError **error);
/* The same of a graph without a description. */
LeukoModel *leuko_graphdef_guess(LeukoGraphdef *g, GError **error);

/* What info tells: nodes, names of the first and last. g_free. */
gchar *leuko_graphdef_describe(const char *path, GError **error);

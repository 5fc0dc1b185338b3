/* formats/tf/saved-model.h: describe the files that contain a TensorFlow graph with variables: a
 * SavedModel, and the MetaGraph beside a checkpoint. The weights are in a checkpoint.
 *
 *   1. SavedModel (protobuf): schema version, then one MetaGraphDef or several
 *   2. MetaGraphDef (PREFIX.meta): tags, TensorFlow's version, the GraphDef, signatures
 * Source: tensorflow/core/protobuf/{saved_model,meta_graph}.proto.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Add version, tags, nodes and signatures to `facts` (formats/facts.h).
 * bytes   the whole file
 * name    of the file, for messages
 * Errors  LEUKO_ERROR_FORMAT: not a complete protobuf message */
gboolean leuko_tf_saved_model_describe(json_t *facts, gconstpointer bytes, gsize n,
                                       const char *name, GError **error);
gboolean leuko_tf_meta_graph_describe(json_t *facts, gconstpointer bytes, gsize n, const char *name,
                                      GError **error);

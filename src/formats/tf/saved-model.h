/* formats/tf/saved-model.h: the files that contain a TensorFlow graph with variables: a
 * SavedModel, and the MetaGraph beside a checkpoint. Leuko describes them; their weights lie in a
 * checkpoint.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Add version, tags, nodes and signatures to `facts` (formats/facts.h).
 * bytes   the whole file
 * Errors  LEUKO_ERROR_FORMAT: not a complete message; `name` is the file's in the message */
gboolean leuko_tf_saved_model_describe(json_t *facts, gconstpointer bytes, gsize n,
                                       const char *name, GError **error);
gboolean leuko_tf_meta_graph_describe(json_t *facts, gconstpointer bytes, gsize n, const char *name,
                                      GError **error);

/* formats/tf/graphdef-nodes.h: a GraphDef in memory: nodes by name, their inputs and attributes. */
#pragma once
#include "formats/tf/tensor.h"

typedef struct {
    Leuko__Tf__Graph *graph;
    GHashTable *by_name; /* name -> index + 1 */
    gchar *path;
    gsize budget; /* of leuko_tf_floats_fit() */
} LeukoGraphdef;

/* Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT (not a GraphDef; two nodes have the same name);
 * LEUKO_ERROR_DATA (FILE.json describes another graph). */
LeukoGraphdef *leuko_graphdef_open(const char *path, GError **error);
void leuko_graphdef_free(LeukoGraphdef *g);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoGraphdef, leuko_graphdef_free)

/* "FILE.json", the name of the graph's description; g_free. */
gchar *leuko_graphdef_description(const char *path);

const char *leuko_graphdef_name(const LeukoGraphdef *g, guint node); /* "" = none */
const char *leuko_graphdef_op(const LeukoGraphdef *g, guint node);

/* "FILE: node "NAME" WHAT...", LEUKO_ERROR_UNSUPPORTED or another code; always FALSE. */
gboolean leuko_graphdef_refuse(const LeukoGraphdef *g, guint node, gint code, GError **error,
                               const char *what, ...) G_GNUC_PRINTF(5, 6);

/* The node that feeds input k of `node`, or -1. Control inputs are not counted.
 * n_inputs  out: the number of inputs, or NULL */
gint leuko_graphdef_input(const LeukoGraphdef *g, guint node, guint k, guint *n_inputs);
/* The same, skipping Identity nodes. */
gint leuko_graphdef_source(const LeukoGraphdef *g, guint node, guint k);

const Leuko__Tf__AttrValue *leuko_graphdef_attr(const LeukoGraphdef *g, guint node,
                                                const char *key);
gboolean leuko_graphdef_attr_is(const LeukoGraphdef *g, guint node, const char *key,
                                const char *text); /* FALSE if absent */
/* A Const's tensor, or NULL. */
const Leuko__Tf__Tensor *leuko_graphdef_const(const LeukoGraphdef *g, guint node);
/* Add a floating constant of any rank as a parameter of this name.
 * Errors: LEUKO_ERROR_FORMAT (values and shape differ), LEUKO_ERROR_MEMORY. */
gboolean leuko_graphdef_take(LeukoGraphdef *g, guint node, const char *name, LeukoParams *params,
                             GError **error);

/* The indices (guint) of the nodes that `root` needs, in order of execution, `root` last. New.
 * Errors: LEUKO_ERROR_FORMAT (a missing input, a cycle), LEUKO_ERROR_UNSUPPORTED (too many
 * inputs). */
GArray *leuko_graphdef_order(const LeukoGraphdef *g, guint root, GError **error);
/* The Softmax of the classifier, else the last node that no other node reads; -1 in an empty
 * graph. */
gint leuko_graphdef_root(const LeukoGraphdef *g);

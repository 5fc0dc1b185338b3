/* Third-party frozen graphs: derives the network from the names and compares it with the graph. */
#include "base/error.h"
#include "base/json.h"
#include "base/plural.h"
#include "formats/foreign.h"
#include "formats/layer-names.h"
#include "formats/tf/graphdef-conv.h"
#include "formats/tf/graphdef-walk.h"
#include "formats/tf/graphdef.h"
#include <string.h>

LeukoParams *leuko_graphdef_tensors_typed(const char *path, GHashTable *types, GError **error)
{
    g_autoptr(LeukoGraphdef) g = leuko_graphdef_open(path, error);
    g_autoptr(LeukoParams) params = leuko_params_new();
    for (guint i = 0; g && i < g->graph->n_node; i++) {
        const Leuko__Tf__Tensor *t = leuko_graphdef_const(g, i);
        if (!t || !leuko_tf_type_is_floating(t->dtype) || !*leuko_graphdef_name(g, i))
            continue;
        if (!leuko_graphdef_take(g, i, leuko_graphdef_name(g, i), params, error))
            return NULL;
        if (types)
            g_hash_table_insert(types, g_strdup(leuko_graphdef_name(g, i)),
                                (gpointer)leuko_tf_float_text(t->dtype));
    }
    return g ? g_steal_pointer(&params) : NULL;
}

LeukoParams *leuko_graphdef_tensors(const char *path, GError **error)
{
    return leuko_graphdef_tensors_typed(path, NULL, error);
}

/* --- other networks --------------------------------------------------------------------------- */

static const char *guess_family(const LeukoGraphdef *g)
{
    for (guint i = 0; i < g->graph->n_node; i++) {
        const char *family = leuko_layer_names_family(leuko_graphdef_name(g, i));
        if (family)
            return family;
        if (g_str_has_prefix(leuko_graphdef_op(g, i), "NonMaxSuppression"))
            return "an object-detection network";
    }
    return NULL;
}

/* unknown_conv  a convolution that is no layer of slim; -1 = the graph has no convolution */
static void refuse_graph(const LeukoGraphdef *g, const GArray *order, guint n_convs,
                         gint unknown_conv, GError **error)
{
    const char *family = guess_family(g);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "%s: a GraphDef of %zu %s, but not slim's Inception V3: ", g->path,
                    g->graph->n_node, LEUKO_PLURAL(g->graph->n_node, "node"));
    if (unknown_conv < 0)
        g_string_append(text, "no convolution leads to the output");
    else
        g_string_append_printf(text, "of its %u %s, \"%.80s\" has no name of a slim layer", n_convs,
                               LEUKO_PLURAL(n_convs, "convolution"),
                               leuko_graphdef_name(g, (guint)unknown_conv));
    if (family)
        g_string_append_printf(text, "; it looks like %s", family);
    for (guint i = 0; !family && i < order->len; i++) {
        guint node = g_array_index(order, guint, i);
        if (leuko_graphdef_op_is_known(leuko_graphdef_op(g, node)))
            continue;
        g_string_append_printf(
            text, "; node \"%.80s\" is a %.60s, an unsupported operation (supported: %s)",
            leuko_graphdef_name(g, node), leuko_graphdef_op(g, node), leuko_graphdef_known_ops());
        break;
    }
    g_autofree gchar *shown = leuko_one_line(text->str);
    g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, shown);
}

/* --- the network ------------------------------------------------------------------------------ */

/* The weights of every convolution under slim's names. */
static LeukoParams *read_weights(LeukoGraphdef *g, const GArray *order, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    guint n_convs = 0;
    gint unknown_conv = -1;
    for (guint i = 0; i < order->len; i++) {
        guint node = g_array_index(order, guint, i);
        if (strcmp(leuko_graphdef_op(g, node), "Conv2D") != 0)
            continue;
        n_convs++;
        if (unknown_conv < 0 && !*leuko_graphdef_layer_name(g, node))
            unknown_conv = (gint)node;
    }
    if (n_convs == 0 || unknown_conv >= 0) {
        refuse_graph(g, order, n_convs, unknown_conv, error);
        return NULL;
    }
    for (guint i = 0; i < order->len; i++) {
        guint node = g_array_index(order, guint, i);
        if (strcmp(leuko_graphdef_op(g, node), "Conv2D") != 0)
            continue;
        gint weights = leuko_graphdef_weights_node(g, node);
        g_autofree gchar *name =
            g_strdup_printf("InceptionV3/%s/weights", leuko_graphdef_layer_name(g, node));
        if (weights < 0) {
            leuko_graphdef_refuse(g, node, LEUKO_ERROR_UNSUPPORTED, error,
                                  "(Conv2D) has no constant weights: the graph is not frozen");
            return NULL;
        }
        if (!leuko_params_find(params, name) &&
            !leuko_graphdef_take(g, (guint)weights, name, params, error))
            return NULL;
    }
    return g_steal_pointer(&params);
}

/* The side of a placeholder of square images, or 0. */
static guint side_of(const LeukoGraphdef *g, guint node)
{
    const Leuko__Tf__AttrValue *v = leuko_graphdef_attr(g, node, "shape");
    if (strcmp(leuko_graphdef_op(g, node), "Placeholder") != 0 || !v ||
        v->value_case != LEUKO__TF__ATTR_VALUE__VALUE_SHAPE || v->shape->n_dim != 4)
        return 0;
    return v->shape->dim[1]->size == v->shape->dim[2]->size
               ? (guint)CLAMP(v->shape->dim[1]->size, 0, 100000)
               : 0;
}

static void find_side(const LeukoGraphdef *g, const GArray *order, LeukoNetSpec *spec)
{
    for (guint i = 0; i < order->len; i++) {
        guint side = side_of(g, g_array_index(order, guint, i));
        if (side > 0)
            spec->side_px = side;
    }
}

static LeukoParams *read_network(LeukoGraphdef *g, LeukoNetSpec *spec, LeukoGraphdefFound *walk,
                                 GError **error)
{
    gint root = leuko_graphdef_root(g);
    g_autoptr(GArray) order = root >= 0 ? leuko_graphdef_order(g, (guint)root, error) : NULL;
    if (!order) {
        if (root < 0)
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: a GraphDef without nodes",
                        g->path);
        return NULL;
    }
    g_autoptr(LeukoParams) params = read_weights(g, order, error);
    if (!params || !leuko_foreign_spec(params, g->path, spec, error))
        return NULL;
    find_side(g, order, spec);
    g_autoptr(LeukoNet) net = leuko_net_new(spec, error);
    if (!net) {
        g_prefix_error(error, "%s: ", g->path);
        return NULL;
    }
    if (!leuko_graphdef_walk(g, order, net, params, walk, error) ||
        !leuko_params_check(params, net, g->path, error))
        return NULL;
    spec->pool_includes_padding = walk->pool_includes_padding;
    return g_steal_pointer(&params);
}

LeukoParams *leuko_graphdef_weights(const char *path, LeukoNetSpec *spec, LeukoForeign *found,
                                    GError **error)
{
    LeukoGraphdefFound walk;
    g_autoptr(LeukoGraphdef) g = leuko_graphdef_open(path, error);
    g_autoptr(LeukoParams) params = g ? read_network(g, spec, &walk, error) : NULL;
    if (!params)
        return NULL;
    *found = (LeukoForeign){.names = LEUKO_LAYER_NAMES_SLIM,
                            .pool_includes_padding = spec->pool_includes_padding,
                            .n_classes = spec->n_classes,
                            .has_background_class = spec->n_classes == 1001};
    return g_steal_pointer(&params);
}

/* --- a classifier without its description ----------------------------------------------------- */

static json_t *source_json(const LeukoGraphdefFound *walk, const LeukoForeign *found,
                           const char *path)
{
    json_t *o = leuko_foreign_source_json(found, path);
    json_object_set_new(o, "batch_norm",
                        json_string(walk->n_folded > 0    ? "folded"
                                    : walk->n_unfused > 0 ? "unfused"
                                                          : "fused"));
    json_object_set_new(o, "batch_norm_epsilon", json_real(walk->epsilon));
    json_object_set_new(o, "softmax", json_boolean(walk->softmax));
    return o;
}

LeukoModel *leuko_graphdef_guess(LeukoGraphdef *g, GError **error)
{
    LeukoNetSpec spec;
    LeukoGraphdefFound walk;
    g_autoptr(LeukoParams) params = read_network(g, &spec, &walk, error);
    if (!params)
        return NULL;
    if (spec.n_classes < 2) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
            "%s: Inception V3 to %s without a classifier: initial weights for training only",
            g->path, spec.endpoint);
        return NULL;
    }
    LeukoForeign found = {.names = LEUKO_LAYER_NAMES_SLIM,
                          .n_classes = spec.n_classes,
                          .has_background_class = spec.n_classes == 1001};
    LeukoModel *m = leuko_model_new(&spec);
    m->params = g_steal_pointer(&params);
    m->classes = leuko_foreign_classes(&found);
    if (found.has_background_class)
        m->preprocess = leuko_preprocess_slim(spec.side_px);
    g_autofree gchar *note =
        found.has_background_class
            ? g_strdup_printf("%s.json is missing: the classes are ImageNet's numbers, and slim's "
                              "preprocessing is used",
                              g->path)
            : g_strdup_printf("%s.json is missing: the classes are named 0 to %u, and the default "
                              "preprocessing is used",
                              g->path, spec.n_classes - 1);
    leuko_model_set_note(m, note);
    json_object_set_new(m->provenance, "source", source_json(&walk, &found, g->path));
    return m;
}

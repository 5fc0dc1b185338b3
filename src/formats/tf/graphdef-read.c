#include "base/error.h"
#include "base/io-error.h"
#include "base/json.h"
#include "base/plural.h"
#include "formats/model-json.h"
#include "formats/stamp.h"
#include "formats/tf/graphdef.h"
#include "formats/training-fields.h"
#include <string.h>

gboolean leuko_graphdef_sniff(gconstpointer bytes, gsize n_bytes)
{
    /* field 1 (node), a length, field 1 (name), a length, a name of printable letters */
    const guint8 *p = bytes;
    if (n_bytes < 8 || p[0] != 0x0a)
        return FALSE;
    gsize at = 1;
    while (at < 6 && (p[at] & 0x80))
        at++;
    at++;
    if (at + 2 >= n_bytes || p[at] != 0x0a || p[at + 1] == 0 || (p[at + 1] & 0x80) ||
        at + 2 + p[at + 1] > n_bytes)
        return FALSE;
    for (gsize i = 0; i < p[at + 1]; i++)
        if (!g_ascii_isalnum(p[at + 2 + i]) && !strchr("_./-^", p[at + 2 + i]))
            return FALSE;
    return TRUE;
}

/* Make a parameter of a float constant of the trunk or the head; other nodes are ignored. */
static gboolean take_const(LeukoGraphdef *g, guint node, LeukoParams *params, GError **error)
{
    const char *name = leuko_graphdef_name(g, node);
    const Leuko__Tf__Tensor *t = leuko_graphdef_const(g, node);
    if (!t || t->dtype != LEUKO_TF_FLOAT || !t->tensor_shape || t->tensor_shape->n_dim == 0 ||
        !g_str_has_prefix(name, "InceptionV3/") || g_str_has_suffix(name, "/BatchNorm/Const"))
        return TRUE;
    return leuko_graphdef_take(g, node, name, params, error);
}

static LeukoModel *read_description(const char *json_path, GError **error)
{
    g_autoptr(json_t) json = leuko_json_load(json_path, error);
    return json && leuko_stamp_check_json(json, json_path, error)
               ? leuko_model_from_json(json, json_path, error)
               : NULL;
}

/* A graph that Leuko wrote: its description says which network it is. */
static LeukoModel *from_description(LeukoGraphdef *g, const char *json_path, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    g_autoptr(LeukoModel) m = read_description(json_path, error);
    g_autoptr(LeukoNet) net = m ? leuko_net_new(&m->spec, error) : NULL;
    for (guint i = 0; net && i < g->graph->n_node; i++)
        if (!take_const(g, i, params, error))
            return NULL;
    if (!net || !leuko_params_check(params, net, g->path, error) ||
        !leuko_training_fields_attach(m->training, g->graph->leuko_training_images,
                                      g->graph->n_leuko_training_images, g->path, error))
        return NULL;
    m->params = g_steal_pointer(&params);
    return g_steal_pointer(&m);
}

LeukoModel *leuko_graphdef_load(const char *path, GError **error)
{
    g_autofree gchar *json_path = leuko_graphdef_description(path);
    g_autoptr(LeukoGraphdef) g = leuko_graphdef_open(path, error);
    if (!g)
        return NULL;
    return !leuko_is_absent(json_path) ? from_description(g, json_path, error)
                                       : leuko_graphdef_guess(g, error);
}

gchar *leuko_graphdef_describe(const char *path, GError **error)
{
    g_autoptr(LeukoGraphdef) g = leuko_graphdef_open(path, error);
    if (!g)
        return NULL;
    guint n_const = 0;
    const char *first = NULL, *last = NULL;
    for (guint i = 0; i < g->graph->n_node; i++) {
        n_const += strcmp(leuko_graphdef_op(g, i), "Const") == 0 ? 1 : 0;
        if (strcmp(leuko_graphdef_op(g, i), "Placeholder") == 0 && !first)
            first = leuko_graphdef_name(g, i);
        last = leuko_graphdef_name(g, i);
    }
    g_autofree gchar *text = g_strdup_printf(
        "TensorFlow GraphDef of %zu %s, %u %s, input %s, last node %s", g->graph->n_node,
        LEUKO_PLURAL(g->graph->n_node, "node"), n_const, LEUKO_PLURAL(n_const, "constant"),
        first ? first : "(none)", last ? last : "(none)");
    return leuko_one_line(text); /* the file's names may contain anything */
}

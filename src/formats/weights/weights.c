/* Weights for transfer: what a file of parameters says of its network. */
#include "base/json.h"
#include "formats/foreign.h"
#include "formats/model-json.h"
#include "formats/model.h"
#include "formats/safetensors.h"
#include "formats/sniff.h"
#include "formats/tf/checkpoint.h"
#include "leuko/error.h"
#include <string.h>

/* Pooling and side of weights without a classifier, as `leuko weights convert` notes them. */
static gboolean read_note(const char *text, const char *path, LeukoNetSpec *spec, GError **error)
{
    gint64 side;
    g_autofree gchar *name = g_strdup_printf("%s: metadata \"leuko_weights\"", path);
    g_autoptr(json_t) json = leuko_json_parse(text, strlen(text), name, error);
    if (!json ||
        !leuko_json_get_bool(json, "pool_includes_padding", &spec->pool_includes_padding, name,
                             error) ||
        !leuko_json_get_int(json, "side", 75, 1024, &side, name, error))
        return FALSE;
    spec->side_px = (guint)side;
    return TRUE;
}

/* What the file's metadata say, if it is a safetensors file with ours; else spec is as it was. */
static gboolean read_metadata(const LeukoSafetensors *file, const char *path, LeukoNetSpec *spec,
                              GError **error)
{
    const char *model = file ? leuko_safetensors_metadata(file, "leuko") : NULL;
    const char *note = file ? leuko_safetensors_metadata(file, "leuko_weights") : NULL;
    if (model) {
        g_autoptr(json_t) json = leuko_json_parse(model, strlen(model), path, error);
        g_autoptr(LeukoModel) m = json ? leuko_model_from_json(json, path, error) : NULL;
        if (!m)
            return FALSE;
        *spec = m->spec;
        return TRUE;
    }
    return note ? read_note(note, path, spec, error) : TRUE;
}

/* The tensors of any file under slim's names, and what is known of their network. */
static LeukoParams *read_weights(const char *path, LeukoNetSpec *spec, GError **error)
{
    LeukoForeign found;
    g_autoptr(LeukoSafetensors) file = NULL;
    g_autoptr(LeukoParams) tensors = NULL;
    LeukoFileKind kind = leuko_sniff_file(path, NULL);
    if (kind == LEUKO_FILE_GRAPHDEF)
        return leuko_graphdef_weights(path, spec, &found, error);
    if (kind == LEUKO_FILE_SAFETENSORS) {
        file = leuko_safetensors_open(path, error);
        if (file && g_strcmp0(leuko_safetensors_metadata(file, "format"), "leuko-graph") == 0) {
            g_set_error(
                error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: a compiled graph: no weights to start from; the model it was compiled from is",
                path);
            return NULL;
        }
        tensors = file ? leuko_safetensors_params(file, error) : NULL;
    } else {
        tensors = leuko_foreign_tensors(path, error);
    }
    g_autoptr(LeukoParams) params =
        tensors ? leuko_names_to_slim(tensors, path, &found, error) : NULL;
    if (!params || !leuko_foreign_spec(params, path, spec, error))
        return NULL;
    spec->pool_includes_padding = found.pool_includes_padding;
    if (kind == LEUKO_FILE_TF_TABLE && leuko_tf_checkpoint_is_described(path)) {
        g_autoptr(LeukoModel) m = leuko_tf_checkpoint_description(path, error);
        if (!m)
            return NULL;
        *spec = m->spec;
        return g_steal_pointer(&params);
    }
    return read_metadata(file, path, spec, error) ? g_steal_pointer(&params) : NULL;
}

LeukoParams *leuko_weights_load(const char *path, LeukoNetSpec *spec, GError **error)
{
    LeukoNetSpec found;
    g_autoptr(LeukoParams) params = read_weights(path, &found, error);
    if (!params)
        return NULL;
    if (*spec->endpoint)
        memcpy(found.endpoint, spec->endpoint, sizeof found.endpoint);
    if (spec->side_px != 0)
        found.side_px = spec->side_px;
    found.n_classes = 0;
    found.aux_head = FALSE;
    g_autoptr(LeukoNet) net = leuko_net_new(&found, error);
    if (!net)
        return NULL;
    g_autoptr(GError) lacking = NULL;
    if (!leuko_params_check(params, net, path, &lacking)) {
        const char *complete = leuko_foreign_complete_endpoint(params, &found);
        g_set_error(error, lacking->domain, lacking->code, "%s%s%s", lacking->message,
                    complete ? "; complete is --endpoint " : "", complete ? complete : "");
        return NULL;
    }
    *spec = found;
    return g_steal_pointer(&params);
}

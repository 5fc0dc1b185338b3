/* The table of readers by the kind of file, and the network that a file of weights describes. */
#include "formats/weights/read.h"
#include "base/io-error.h"
#include "base/json.h"
#include "formats/foreign.h"
#include "formats/keras/keras.h"
#include "formats/model-json.h"
#include "formats/onnx/onnx.h"
#include "formats/safetensors.h"
#include "formats/sniff.h"
#include "formats/tf/checkpoint.h"
#include "formats/tf/graphdef.h"
#include "formats/torch/torch.h"
#include "leuko/error.h"
#include <string.h>

static const struct {
    LeukoFileKind kind;
    LeukoParams *(*read)(const char *path, GError **error);
} readers[] = {
    {LEUKO_FILE_SAFETENSORS, leuko_safetensors_tensors},
    {LEUKO_FILE_GRAPHDEF, leuko_graphdef_tensors},
    {LEUKO_FILE_ONNX, leuko_onnx_tensors},
    {LEUKO_FILE_TF_TABLE, leuko_tf_checkpoint_tensors},
    {LEUKO_FILE_ZIP, leuko_torch_tensors},
    {LEUKO_FILE_PICKLE, leuko_torch_tensors},
    {LEUKO_FILE_HDF5, leuko_keras_tensors},
};

LeukoParams *leuko_foreign_tensors(const char *path, GError **error)
{
    LeukoFileKind kind = leuko_sniff_file(path, error);
    if (kind == LEUKO_FILE_ABSENT)
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(readers); i++)
        if (readers[i].kind == kind)
            return readers[i].read(path, error);
    g_set_error(
        error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
        "%s: not a file of weights (safetensors, ONNX, TensorFlow frozen graph or checkpoint, "
        "PyTorch .pth, Keras .h5): it is %s",
        path, leuko_file_kind_text(kind));
    return NULL;
}

LeukoParams *leuko_foreign_slim(const char *path, LeukoForeign *found, GError **error)
{
    LeukoNetSpec spec;
    if (leuko_sniff_file(path, NULL) == LEUKO_FILE_GRAPHDEF)
        return leuko_graphdef_weights(path, &spec, found, error);
    g_autoptr(LeukoParams) tensors = leuko_foreign_tensors(path, error);
    return tensors ? leuko_layer_names_to_slim(tensors, path, found, error) : NULL;
}

/* Read the metadata of converted weights without a classifier: pool_includes_padding and side. */
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

/* Set *spec from Leuko's metadata in a safetensors file; without metadata *spec does not change. */
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

/* The tensors of any file under slim's names; *spec gets their network. */
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
                "%s: cannot train from a compiled graph; use the model that it was compiled from",
                path);
            return NULL;
        }
        tensors = file ? leuko_safetensors_params(file, error) : NULL;
    } else {
        tensors = leuko_foreign_tensors(path, error);
    }
    g_autoptr(LeukoParams) params =
        tensors ? leuko_layer_names_to_slim(tensors, path, &found, error) : NULL;
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
    if (!leuko_params_check_shapes(params, net, path, &lacking)) {
        const char *complete = leuko_foreign_complete_endpoint(params, &found);
        g_set_error(error, lacking->domain, lacking->code, "%s%s%s", lacking->message,
                    complete ? "; the file is complete to endpoint " : "",
                    complete ? complete : "");
        return NULL;
    }
    *spec = found;
    return leuko_params_check(params, net, path, error) ? g_steal_pointer(&params) : NULL;
}

const char *leuko_weights_lack_description(const char *path)
{
    LeukoFileKind kind = leuko_sniff_file(path, NULL);
    g_autofree gchar *json_path = leuko_graphdef_description(path);
    gboolean lacks = kind == LEUKO_FILE_GRAPHDEF   ? leuko_is_absent(json_path)
                     : kind == LEUKO_FILE_TF_TABLE ? !leuko_tf_checkpoint_is_described(path)
                                                   : FALSE;
    return lacks ? "no description (.json) beside it: the names of the classes and the "
                   "preprocessing are unknown"
                 : NULL;
}

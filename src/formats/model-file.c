#include "formats/model-file.h"
#include "formats/foreign.h"
#include "formats/model-json.h"
#include "formats/onnx/onnx.h"
#include "formats/safetensors.h"
#include "formats/sniff.h"
#include "formats/tf/checkpoint.h"
#include "formats/tf/graphdef.h"
#include "formats/training-tensors.h"
#include "formats/weights/read.h"
#include "leuko/error.h"
#include <string.h>

gboolean leuko_model_save_named(const LeukoModel *model, LeukoLayerNames names, gboolean half,
                                const char *path, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_layer_names_from_slim(model->params, names, error);
    if (!params)
        return FALSE;
    gboolean slim = names == LEUKO_LAYER_NAMES_SLIM;
    g_autoptr(GArray) others = g_array_new(FALSE, FALSE, sizeof(LeukoSafetensor));
    g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
    if (slim) /* other programs expect their own tensors only */
        leuko_training_tensors(model->training, others, owned);
    g_autoptr(json_t) description =
        slim ? leuko_model_to_json_apart(model) : leuko_model_to_json(model);
    char *text = json_dumps(description, JSON_COMPACT | JSON_REAL_PRECISION(17));
    g_assert(text);
    g_autoptr(json_t) metadata =
        json_pack("{s:s, s:s}", "format", slim ? "tf-slim" : "pt", "leuko", text);
    free(text);
    const LeukoSafetensorsSave how = {half, (const LeukoSafetensor *)others->data, others->len};
    return leuko_safetensors_save_with(params, &how, metadata, path, error);
}

gboolean leuko_model_save(const LeukoModel *model, const char *path, GError **error)
{
    return leuko_model_save_named(model, LEUKO_LAYER_NAMES_SLIM, FALSE, path, error);
}

/* Third-party weights are not a model. The message says what they are and how to use them. */
static void refuse_weights(const char *path, GError **error)
{
    LeukoForeign found;
    g_autoptr(LeukoParams) params = leuko_foreign_slim(path, &found, error);
    if (params)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: not a Leuko model, but weights of Inception V3 under %s's names, %s", path,
                    leuko_layer_names_text(found.names),
                    found.n_classes > 0
                        ? "with a classifier: convert them to a model first"
                        : "without a classifier: initial weights for training only");
}

/* The file must hold every tensor that the described network needs. */
static LeukoModel *from_safetensors(const LeukoSafetensors *file, const char *path, GError **error)
{
    const char *text = leuko_safetensors_metadata(file, "leuko");
    if (g_strcmp0(leuko_safetensors_metadata(file, "format"), "leuko-graph") == 0) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
            "%s: a compiled graph, whose weights cannot be read back; use the model that it was "
            "compiled from",
            path);
        return NULL;
    }
    if (!text) {
        refuse_weights(path, error);
        return NULL;
    }
    g_autofree gchar *name = g_strdup_printf("%s: metadata \"leuko\"", path);
    g_autoptr(json_t) description = leuko_json_parse(text, strlen(text), name, error);
    g_autoptr(LeukoModel) m = description ? leuko_model_from_json(description, name, error) : NULL;
    if (!m || !leuko_training_tensors_attach(m->training, file, path, NULL, error))
        return NULL;
    LeukoForeign found;
    g_autoptr(LeukoParams) tensors = leuko_safetensors_params(file, error);
    m->params = tensors ? leuko_layer_names_to_slim(tensors, path, &found, error) : NULL;
    for (guint i = 0; !m->half && i < leuko_safetensors_n_tensors(file); i++)
        m->half = g_str_has_suffix(leuko_safetensors_nth(file, i)->dtype, "F16"); /* and BF16 */
    g_autoptr(LeukoNet) net = m->params ? leuko_net_new(&m->spec, error) : NULL;
    if (!net || !leuko_params_check(m->params, net, path, error))
        return NULL;
    return g_steal_pointer(&m);
}

LeukoModel *leuko_model_load(const char *path, GError **error)
{
    LeukoFileKind kind = leuko_sniff_file(path, error);
    if (kind == LEUKO_FILE_SAFETENSORS) {
        g_autoptr(LeukoSafetensors) file = leuko_safetensors_open(path, error);
        return file ? from_safetensors(file, path, error) : NULL;
    }
    if (kind == LEUKO_FILE_GRAPHDEF)
        return leuko_graphdef_load(path, error);
    if (kind == LEUKO_FILE_ONNX)
        return leuko_onnx_load(path, error);
    if (kind == LEUKO_FILE_TF_TABLE)
        return leuko_tf_checkpoint_load(path, error);
    if (kind == LEUKO_FILE_ZIP || kind == LEUKO_FILE_PICKLE || kind == LEUKO_FILE_HDF5)
        refuse_weights(path, error);
    else if (kind != LEUKO_FILE_ABSENT)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: not a model: it is %s", path,
                    leuko_file_kind_text(kind));
    return NULL;
}

gboolean leuko_model_is_ours(const char *path)
{
    LeukoFileKind kind = leuko_sniff_file(path, NULL);
    if (kind == LEUKO_FILE_GRAPHDEF) /* loads with or without a description */
        return TRUE;
    if (kind == LEUKO_FILE_TF_TABLE)
        return leuko_tf_checkpoint_is_described(path);
    if (kind == LEUKO_FILE_ONNX)
        return leuko_onnx_is_described(path);
    if (kind != LEUKO_FILE_SAFETENSORS)
        return FALSE;
    g_autofree gchar *description = leuko_safetensors_peek(path, "leuko");
    return description != NULL;
}

LeukoModel *leuko_model_load_any(const char *path, GError **error)
{
    if (leuko_model_is_ours(path))
        return leuko_model_load(path, error);
    LeukoForeign found;
    g_autoptr(LeukoParams) params = leuko_foreign_slim(path, &found, error);
    return params ? leuko_foreign_model(params, &found, path, error) : NULL;
}

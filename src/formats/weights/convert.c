/* Converts any file of weights to safetensors: a model if it has a classifier, else weights. */
#include "base/json.h"
#include "base/outputs.h"
#include "formats/foreign.h"
#include "formats/layer-names.h"
#include "formats/model-file.h"
#include "formats/safetensors.h"
#include "formats/weights/known.h"
#include "formats/weights/read.h"
#include "leuko/error.h"
#include <string.h>

/* Weights without a classifier: the tensors, and metadata about the pooling and the source. */
static gboolean save_trunk(const LeukoParams *params, const LeukoForeign *found, const char *in,
                           const char *out, GError **error)
{
    g_autoptr(json_t) note =
        json_pack("{s:b, s:i, s:o}", "pool_includes_padding", found->pool_includes_padding, "side",
                  299, "source", leuko_foreign_source_json(found, in));
    g_autofree gchar *text = leuko_json_to_line(note);
    g_autoptr(json_t) metadata =
        json_pack("{s:s, s:s}", "format", "tf-slim", "leuko_weights", text);
    return leuko_safetensors_save(params, metadata, out, error);
}

gboolean leuko_weights_convert(const char *in, const char *out, gboolean imagenet_input,
                               gboolean *is_model, GError **error)
{
    LeukoForeign found;
    g_autoptr(GError) why = NULL;
    if (!leuko_output_check(out, in, error))
        return FALSE;
    g_autoptr(LeukoModel) model = leuko_model_load_any(in, &why);
    *is_model = model != NULL;
    if (model) {
        if (imagenet_input && !leuko_foreign_fold_imagenet(model->params, in, error))
            return FALSE;
        if (imagenet_input)
            json_object_set_new(model->provenance, "input",
                                json_string("ImageNet's mean and deviation, folded in"));
        return leuko_model_save(model, out, error);
    }
    /* weights without a classifier, complete or cut, can be converted too */
    g_autoptr(LeukoParams) params = leuko_foreign_slim(in, &found, error);
    if (!params)
        return FALSE;
    if (found.n_classes > 0) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (imagenet_input && !leuko_foreign_fold_imagenet(params, in, error))
        return FALSE;
    return save_trunk(params, &found, in, out, error);
}

#include "leuko/freeze.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/outputs.h"
#include "formats/model-file.h"
#include "formats/onnx/onnx.h"
#include "formats/tf/checkpoint.h"
#include "formats/tf/graphdef.h"
#include <string.h>

enum { MAX_BATCH = 4096 };

static gboolean write_graphdef(const LeukoModel *model, const char *out,
                               const LeukoFreezeOptions *o, LeukoFreezeReport *report,
                               GError **error)
{
    report->input = LEUKO_GRAPHDEF_INPUT;
    report->output = LEUKO_GRAPHDEF_OUTPUT;
    return leuko_graphdef_save(model, out, o->batch, &report->n_variables, error);
}

static gboolean write_onnx(const LeukoModel *model, const char *out, const LeukoFreezeOptions *o,
                           LeukoFreezeReport *report, GError **error)
{
    report->input = LEUKO_ONNX_INPUT;
    report->output = LEUKO_ONNX_OUTPUT;
    return leuko_onnx_save(model, out, o->with_preprocessing, error);
}

static gboolean write_checkpoint(const LeukoModel *model, const char *out,
                                 const LeukoFreezeOptions *o, LeukoFreezeReport *report,
                                 GError **error)
{
    (void)o;
    (void)report;
    return leuko_tf_checkpoint_save(model, out, error);
}

static gboolean write_safetensors(const LeukoModel *model, const char *out,
                                  const LeukoFreezeOptions *o, LeukoFreezeReport *report,
                                  GError **error)
{
    (void)report;
    LeukoLayerNames names = g_strcmp0(o->names, "torchvision") == 0 ? LEUKO_LAYER_NAMES_TORCHVISION
                                                                    : LEUKO_LAYER_NAMES_SLIM;
    return leuko_model_save_named(model, names, o->half, out, error);
}

static const struct {
    const char *ending, *what;
    const char *data; /* suffix of the file that holds the weights */
    gboolean (*write)(const LeukoModel *model, const char *out, const LeukoFreezeOptions *o,
                      LeukoFreezeReport *report, GError **error);
} formats[] = {
    [LEUKO_FREEZE_GRAPHDEF] = {".pb", "a TensorFlow GraphDef", "", write_graphdef},
    [LEUKO_FREEZE_ONNX] = {".onnx", "an ONNX graph", "", write_onnx},
    [LEUKO_FREEZE_CHECKPOINT] = {".ckpt", "a TensorFlow V2 checkpoint", ".data-00000-of-00001",
                                 write_checkpoint},
    [LEUKO_FREEZE_SAFETENSORS] = {".safetensors", "a Leuko model", "", write_safetensors},
};

LeukoFreezeOptions leuko_freeze_options_default(void) { return (LeukoFreezeOptions){.batch = 1}; }

static gboolean find_format(const char *out, LeukoFreezeFormat *format, GError **error)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (g_str_has_suffix(out, formats[i].ending)) {
            *format = (LeukoFreezeFormat)i;
            return TRUE;
        }
        g_string_append_printf(list, "%s%s (%s)", i > 0 ? ", " : "", formats[i].ending,
                               formats[i].what);
    }
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "%s: the name must end in one of %s", out,
                list->str);
    return FALSE;
}

gboolean leuko_freeze_check(const char *out, const LeukoFreezeOptions *o, LeukoFreezeFormat *format,
                            GError **error)
{
    LeukoFreezeFormat found;
    if (!find_format(out, &found, error))
        return FALSE;
    const char *ending = formats[found].ending;
    if (format)
        *format = found;
    if (o->half && found != LEUKO_FREEZE_SAFETENSORS)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: a %s holds float32; only .safetensors can hold float16", out, ending);
    else if (o->names && found != LEUKO_FREEZE_SAFETENSORS)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: a %s has slim's names; only .safetensors can have others", out, ending);
    else if (o->names && strcmp(o->names, "slim") != 0 && strcmp(o->names, "torchvision") != 0)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "names \"%s\": must be slim or torchvision", o->names);
    else if (o->with_preprocessing && found != LEUKO_FREEZE_ONNX)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: only .onnx can contain the preprocessing", out);
    else if (o->batch > MAX_BATCH)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "batch %u: must be 0 to %d", o->batch,
                    MAX_BATCH);
    else
        return TRUE;
    return FALSE;
}

/* What a user of the file must know, or NULL; g_free. */
static gchar *note_of(const LeukoModel *m, LeukoFreezeFormat format)
{
    const char *note = leuko_model_note(m);
    if (!m->preprocess.color.is_used || format == LEUKO_FREEZE_SAFETENSORS)
        return g_strdup(note);
    return g_strconcat("images must get the colors that the model was adapted to (\"color\" of the "
                       "preprocessing) before another program classifies them",
                       note ? "; " : NULL, note, NULL);
}

gboolean leuko_freeze(const char *path, const char *out, const LeukoFreezeOptions *options,
                      LeukoFreezeReport *report, GError **error)
{
    LeukoFreezeOptions o = options ? *options : leuko_freeze_options_default();
    LeukoFreezeReport written = {0};
    if (!leuko_freeze_check(out, &o, &written.format, error) ||
        !leuko_output_check(out, path, error))
        return FALSE;
    g_autoptr(LeukoModel) model = leuko_model_load(path, error);
    if (!model)
        return FALSE;
    if (o.with_preprocessing && model->preprocess.color.is_used)
        return leuko_fail(LEUKO_ERROR_UNSUPPORTED, error,
                          "%s: the model changes the colors of images, which a file of another "
                          "program cannot contain; write it without the preprocessing",
                          path);
    if (o.strip_provenance)
        leuko_model_strip_provenance(model);
    written.n_variables = leuko_params_n_tensors(model->params);
    written.side_px = model->spec.side_px;
    written.n_classes = model->spec.n_classes;
    written.pool_includes_padding = model->spec.pool_includes_padding;
    written.temperature = model->temperature;
    written.has_map = model->calibration.n_knots > 0;
    if (!formats[written.format].write(model, out, &o, &written, error))
        return FALSE;
    g_autofree gchar *data = g_strconcat(out, formats[written.format].data, NULL);
    if (!leuko_file_size(data, &written.n_bytes, error))
        return FALSE;
    g_autofree gchar *note = note_of(model, written.format);
    written.note = g_intern_string(note);
    if (report)
        *report = written;
    return TRUE;
}

#include "cli/cli.h"
#include "cli/commands.h"
#include "formats/layer-names.h"
#include "formats/model-file.h"
#include "formats/model.h"
#include "formats/onnx/onnx.h"
#include "formats/tf/checkpoint.h"
#include "formats/tf/graphdef.h"
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
    const char *out;
    guint batch;
    gboolean half;
    const char *names; /* "slim", "torchvision" or NULL: slim */
    gboolean with_preprocessing;
} Freeze;

static gboolean write_graphdef(const LeukoModel *model, const Freeze *f, GError **error)
{
    guint n_variables = 0;
    if (f->half)
        return cli_wrong_usage(error, "--half: a .pb holds float32");
    if (f->names)
        return cli_wrong_usage(error, "--names %s: belongs to .safetensors; a .pb has slim's",
                               f->names);
    if (!leuko_graphdef_save(model, f->out, f->batch, &n_variables, error))
        return FALSE;
    cli_print("Froze %u variables.", n_variables);
    cli_print("%s, input \"input\" [%s%d, %u, %u, 3], output \"InceptionV3/Predictions/Softmax\"",
              f->out, f->batch ? "" : "any: ", f->batch ? (int)f->batch : -1, model->spec.side_px,
              model->spec.side_px);
    cli_print("%s.json holds what a graph cannot: classes, preprocessing, threshold", f->out);
    return TRUE;
}

static void say_torchvision(const LeukoModel *model)
{
    cli_print("In torchvision: inception_v3(num_classes=%u, aux_logits=False, "
              "transform_input=False), images as "
              "x / 127.5 - 1",
              model->spec.n_classes);
    if (!model->spec.pool_includes_padding)
        cli_print("This model's average pools divide by the pixels inside the image: there, give "
                  "avg_pool2d "
                  "count_include_pad=False");
}

static gboolean write_safetensors(const LeukoModel *model, const Freeze *f, GError **error)
{
    GStatBuf info;
    gboolean torchvision = g_strcmp0(f->names, "torchvision") == 0;
    if (f->names && !torchvision && strcmp(f->names, "slim") != 0)
        return cli_wrong_usage(error, "--names %s: must be slim or torchvision", f->names);
    if (!leuko_model_save_named(
            model, torchvision ? LEUKO_LAYER_NAMES_TORCHVISION : LEUKO_LAYER_NAMES_SLIM, f->half,
            f->out, error))
        return FALSE;
    cli_print("%s, %u tensors%s%s, %.1f MB", f->out, leuko_params_n_tensors(model->params),
              f->half ? ", convolutions as float16" : "",
              torchvision ? ", torchvision's names" : "",
              g_stat(f->out, &info) == 0 ? (double)info.st_size / 1e6 : 0.0);
    if (torchvision)
        say_torchvision(model);
    return TRUE;
}

static gboolean write_onnx(const LeukoModel *model, const Freeze *f, GError **error)
{
    guint side = model->spec.side_px;
    if (f->half)
        return cli_wrong_usage(error, "--half: an .onnx holds float32");
    if (f->names)
        return cli_wrong_usage(error, "--names %s: belongs to .safetensors", f->names);
    if (!leuko_onnx_save(model, f->out, f->with_preprocessing, error))
        return FALSE;
    if (f->with_preprocessing)
        cli_print("%s, opset 13, input \"input\" uint8 [batch, %u, %u, 3], output "
                  "\"InceptionV3/Predictions/Softmax\"",
                  f->out, side, side);
    else
        cli_print("%s, opset 13, input \"input\" [batch, 3, %u, %u] of x / 127.5 - 1, output "
                  "\"InceptionV3/Predictions/Softmax\"",
                  f->out, side, side);
    return TRUE;
}

static gboolean write_checkpoint(const LeukoModel *model, const Freeze *f, GError **error)
{
    if (f->half)
        return cli_wrong_usage(error, "--half: a .ckpt holds float32");
    if (f->names)
        return cli_wrong_usage(error, "--names %s: belongs to .safetensors; a .ckpt has slim's",
                               f->names);
    if (!leuko_tf_checkpoint_save(model, f->out, error))
        return FALSE;
    cli_print("%s.index, %s.data-00000-of-00001: a V2 checkpoint of %u variables", f->out, f->out,
              leuko_params_n_tensors(model->params));
    cli_print("%s.json holds what a checkpoint cannot: classes, preprocessing, threshold", f->out);
    return TRUE;
}

/* The file's ending says the format. */
static const struct {
    const char *ending, *what;
    gboolean (*write)(const LeukoModel *model, const Freeze *f, GError **error);
} formats[] = {{".pb", "a TensorFlow GraphDef", write_graphdef},
               {".onnx", "an ONNX graph", write_onnx},
               {".ckpt", "a TensorFlow V2 checkpoint", write_checkpoint},
               {".safetensors", "a model of Leuko's", write_safetensors}};

static gboolean unknown_ending(const char *out, GError **error)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
        g_string_append_printf(list, "%s%s (%s)", i > 0 ? ", " : "", formats[i].ending,
                               formats[i].what);
    return cli_wrong_usage(error, "-o %s: this version writes %s", out, list->str);
}

gboolean cmd_freeze(int argc, char **argv, GError **error)
{
    g_autofree gchar *out = NULL, *names = NULL;
    gint batch = 1;
    gboolean half = FALSE, inside = FALSE;
    const GOptionEntry entries[] = {
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &out,
         "What to write: .pb, .onnx, .safetensors or .ckpt", "FILE.pb"},
        {"batch", 0, 0, G_OPTION_ARG_INT, &batch,
         "Images that the graph's input takes; 0: any number (default: 1)", "N"},
        {"half", 0, 0, G_OPTION_ARG_NONE, &half, "Convolution weights as float16 (.safetensors)",
         NULL},
        {"names", 0, 0, G_OPTION_ARG_STRING, &names,
         "Whose names, slim or torchvision (.safetensors; default: slim)", "WHOSE"},
        {"with-preprocessing", 0, 0, G_OPTION_ARG_NONE, &inside,
         "The graph takes bytes, (batch, side, side, 3) (.onnx)", NULL},
        {NULL}};
    if (!cli_parse("freeze", entries, &argc, &argv, 1, 1, error))
        return FALSE;
    if (!out)
        return cli_wrong_usage(error, "freeze: -o FILE.pb says where the graph goes");
    gsize format = 0;
    while (format < G_N_ELEMENTS(formats) && !g_str_has_suffix(out, formats[format].ending))
        format++;
    if (format == G_N_ELEMENTS(formats))
        return unknown_ending(out, error);
    if (inside && !g_str_has_suffix(out, ".onnx"))
        return cli_wrong_usage(error, "--with-preprocessing belongs to .onnx");
    if (batch < 0 || batch > 4096)
        return cli_wrong_usage(error, "--batch %d: must be 0 to 4096", batch);
    g_autoptr(LeukoModel) model = leuko_model_load(argv[1], error);
    Freeze f = {out, (guint)batch, half, names, inside};
    return model && formats[format].write(model, &f, error);
}

#include "base/plural.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/option-rules.h"
#include "leuko/freeze.h"
#include <string.h>

/* What other programs that run the file do not know. */
static void print_calibration(const char *out, const LeukoFreezeReport *r, gboolean has_temperature)
{
    if (!has_temperature && r->temperature != 1)
        cli_print("In other programs: probabilities are softmax(logits / %.6g)%s", r->temperature,
                  r->has_map ? ", before the calibration map, which Leuko alone applies" : "");
    else if (r->has_map)
        cli_print("In other programs: the output is before the calibration map, which %s.json "
                  "holds and Leuko applies",
                  out);
}

static void print_graphdef(const char *out, const LeukoFreezeOptions *o, const LeukoFreezeReport *r)
{
    cli_print("Froze %u variables.", r->n_variables);
    cli_print("%s, input \"%s\" [%s%d, %u, %u, 3], output \"%s\"", out, r->input,
              o->batch ? "" : "any: ", o->batch ? (int)o->batch : -1, r->side_px, r->side_px,
              r->output);
    cli_print("%s.json holds what a GraphDef cannot: classes, preprocessing, threshold", out);
    print_calibration(out, r, TRUE);
}

static void print_onnx(const char *out, const LeukoFreezeOptions *o, const LeukoFreezeReport *r)
{
    if (o->with_preprocessing)
        cli_print("%s, opset 13, input \"%s\" uint8 [batch, %u, %u, 3], output \"%s\"", out,
                  r->input, r->side_px, r->side_px, r->output);
    else
        cli_print("%s, opset 13, input \"%s\" [batch, 3, %u, %u] of x / 127.5 - 1, output \"%s\"",
                  out, r->input, r->side_px, r->side_px, r->output);
}

static void print_checkpoint(const char *out, const LeukoFreezeReport *r)
{
    cli_print("%s.index, %s.data-00000-of-00001: a V2 checkpoint of %u %s", out, out,
              r->n_variables, LEUKO_PLURAL(r->n_variables, "variable"));
    cli_print("%s.json holds what a checkpoint cannot: classes, preprocessing, threshold", out);
    print_calibration(out, r, FALSE);
}

static void print_safetensors(const char *out, const LeukoFreezeOptions *o,
                              const LeukoFreezeReport *r)
{
    gboolean torchvision = g_strcmp0(o->names, "torchvision") == 0;
    cli_print("%s, %u %s%s%s, %.1f MB", out, r->n_variables, LEUKO_PLURAL(r->n_variables, "tensor"),
              o->half ? ", convolutions as float16" : "",
              torchvision ? ", torchvision's names" : "", (double)r->n_bytes / 1e6);
    if (!torchvision)
        return;
    print_calibration(out, r, FALSE);
    cli_print("In torchvision: inception_v3(num_classes=%u, aux_logits=False, "
              "transform_input=False), images as x / 127.5 - 1",
              r->n_classes);
    if (!r->pool_includes_padding)
        cli_print("This model's average pools divide by the pixels inside the image: set "
                  "count_include_pad=False in torchvision's avg_pool2d");
}

gboolean cmd_freeze(int argc, char **argv, GError **error)
{
    g_autofree gchar *out = NULL, *names = NULL;
    gint batch = 1;
    LeukoFreezeOptions o = leuko_freeze_options_default();
    LeukoFreezeReport report;
    g_autoptr(GError) why = NULL;
    const GOptionEntry entries[] = {
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &out,
         "Output file; its ending (.pb, .onnx, .safetensors, .ckpt) chooses the format", "FILE"},
        {"batch", 0, 0, G_OPTION_ARG_INT, &batch,
         "Images per run of a .pb graph, 0 to 4096; 0 = any number (default: 1)", "N"},
        {"half", 0, 0, G_OPTION_ARG_NONE, &o.half,
         "Store convolution weights as float16 (.safetensors only)", NULL},
        {"names", 0, 0, G_OPTION_ARG_STRING, &names,
         "Tensor names, slim or torchvision (.safetensors only; default: slim)", "NAMES"},
        {"with-preprocessing", 0, 0, G_OPTION_ARG_NONE, &o.with_preprocessing,
         "Include the preprocessing: the graph takes bytes (.onnx only)", NULL},
        {"strip-provenance", 0, 0, G_OPTION_ARG_NONE, &o.strip_provenance,
         "Leave out how the model was trained; `leuko eval` then cannot recognize its training "
         "images",
         NULL},
        {NULL}};
    if (!cli_parse("freeze", entries, &argc, &argv, 1, 1, error))
        return FALSE;
    if (!out)
        return cli_wrong_usage(error, "freeze: the output file is missing; add -o FILE.pb");
    if (!cli_in_range("--batch", batch, 0, 4096, error))
        return FALSE;
    static const char *const all_names[] = {"slim", "torchvision", NULL};
    const CliExclusion cases[] = {{!g_str_has_suffix(out, ".pb"),
                                   "to this format: only a .pb graph has a fixed batch",
                                   {"batch"}}};
    if (!cli_one_of("names", names, all_names, error) ||
        !cli_exclude(cases, G_N_ELEMENTS(cases), error))
        return FALSE;
    o.batch = (guint)batch;
    o.names = names;
    if (!leuko_freeze_check(out, &o, NULL, &why))
        return cli_wrong_usage(error, "freeze: %s", why->message);
    if (!leuko_freeze(argv[1], out, &o, &report, error))
        return FALSE;
    if (report.note)
        cli_note("%s", report.note);
    if (o.strip_provenance)
        cli_note("%s: without provenance; `leuko eval` cannot recognize images that the model was "
                 "trained on",
                 out);
    switch (report.format) {
    case LEUKO_FREEZE_GRAPHDEF:
        print_graphdef(out, &o, &report);
        break;
    case LEUKO_FREEZE_ONNX:
        print_onnx(out, &o, &report);
        break;
    case LEUKO_FREEZE_CHECKPOINT:
        print_checkpoint(out, &report);
        break;
    case LEUKO_FREEZE_SAFETENSORS:
        print_safetensors(out, &o, &report);
        break;
    }
    return TRUE;
}

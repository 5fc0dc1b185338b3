#include "cli/cli.h"
#include "cli/commands.h"
#include "formats/graphdef.h"
#include "formats/safetensors.h"
#include <string.h>

gboolean cmd_freeze(int argc, char **argv, GError **error)
{
    g_autofree gchar *out = NULL;
    gint batch = 1;
    const GOptionEntry entries[] = {
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &out, "File to write; its ending says the format", "FILE.pb"},
        {"batch", 0, 0, G_OPTION_ARG_INT, &batch,
         "Pictures that the graph's input takes; 0: any number (default: 1)", "N"},
        {NULL}};
    if (!cli_parse("freeze", entries, &argc, &argv, 1, 1, error))
        return FALSE;
    if (!out)
        return cli_wrong_usage(error, "freeze: -o FILE.pb says where the graph goes");
    if (!g_str_has_suffix(out, ".pb"))
        return cli_wrong_usage(error, "-o %s: this version writes .pb (a TensorFlow GraphDef)", out);
    if (batch < 0 || batch > 4096)
        return cli_wrong_usage(error, "--batch %d: must be 0 to 4096", batch);
    g_autoptr(LeukoModel) model = leuko_model_load(argv[1], error);
    guint n_variables = 0;
    if (!model || !leuko_graphdef_save(model, out, (guint)batch, &n_variables, error))
        return FALSE;
    cli_print("Froze %u variables.", n_variables);
    cli_print("%s, input \"input\" [%s%d, %u, %u, 3], output \"InceptionV3/Predictions/Softmax\"", out,
              batch ? "" : "any: ", batch ? batch : -1, model->spec.side_px, model->spec.side_px);
    cli_print("%s.json holds what a graph cannot: classes, preprocessing, threshold", out);
    return TRUE;
}

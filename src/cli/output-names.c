#include "cli/output-names.h"
#include "cli/usage.h"
#include <string.h>

/* The outputs of the commands. command NULL: any command. `leuko freeze` has its own rule: its
 * suffix chooses the format. */
static const struct {
    const char *command, *option;
    const char *suffixes[3]; /* that it may have */
    const char *advice;      /* how to get another format; NULL: there is none */
} outputs[] = {
    {"train",
     "model",
     {".safetensors"},
     "`leuko freeze` exports a model as .pb, .onnx or .ckpt, `leuko compile` as .graph"},
    {"compile", "out", {".graph"}, "`leuko freeze` writes .pb, .onnx, .ckpt and .safetensors"},
    {"adapt", "output", {".safetensors"}, "`leuko freeze` exports a model as .pb, .onnx or .ckpt"},
    {"features", "output", {".npy"}, "the table of files and classes is written beside it"},
    {"explain", "out", {".png"}, "a name without a known ending is a folder"},
    {NULL, "json", {".json"}, NULL},
    {NULL, "csv", {".csv"}, NULL},
    {NULL, "html", {".html", ".htm"}, NULL},
};

static const char *const known_suffixes[] = {
    ".safetensors", ".graph", ".pb",  ".pbtxt", ".onnx", ".ckpt", ".index", ".meta",
    ".pt",          ".pth",   ".bin", ".pkl",   ".h5",   ".hdf5", ".keras", ".tflite",
    ".npy",         ".npz",   ".csv", ".tsv",   ".json", ".html", ".htm",   ".xml",
    ".tfrecord",    ".txt",   ".md",  ".png",   ".jpg",  ".jpeg", ".tif",   ".tiff",
    ".bmp",         ".gif",   ".pdf", ".zip",   ".tar",  ".gz",   ".blob",  ".xlsx"};

static gboolean has_suffix(const char *path, const char *suffix)
{
    gsize n = strlen(path), m = strlen(suffix);
    return n > m && g_ascii_strcasecmp(path + n - m, suffix) == 0;
}

static gboolean check(gsize i, const char *command, const char *path, GError **error)
{
    const char *wanted = outputs[i].suffixes[0];
    for (gsize k = 0; outputs[i].suffixes[k]; k++)
        if (has_suffix(path, outputs[i].suffixes[k]))
            return TRUE;
    for (gsize k = 0; k < G_N_ELEMENTS(known_suffixes); k++) {
        if (!has_suffix(path, known_suffixes[k]))
            continue;
        int stem = (int)(strlen(path) - strlen(known_suffixes[k]));
        return cli_wrong_usage(error, "--%s %s: %s writes %s here, not %s; name it %.*s%s%s%s",
                               outputs[i].option, path, command, wanted, known_suffixes[k], stem,
                               path, wanted, outputs[i].advice ? "; " : "",
                               outputs[i].advice ? outputs[i].advice : "");
    }
    return TRUE;
}

gboolean cli_check_output_names(const char *command, const GOptionEntry *entries, GError **error)
{
    for (const GOptionEntry *e = entries; e && e->long_name; e++)
        for (gsize i = 0; i < G_N_ELEMENTS(outputs); i++) {
            gboolean is_output = strcmp(outputs[i].option, e->long_name) == 0 &&
                                 e->arg == G_OPTION_ARG_FILENAME &&
                                 (!outputs[i].command || strcmp(outputs[i].command, command) == 0);
            const char *path = is_output ? *(gchar *const *)e->arg_data : NULL;
            if (path && !check(i, command, path, error))
                return FALSE;
        }
    return TRUE;
}

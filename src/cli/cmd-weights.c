#include "base/error.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "formats/weights/inspect.h"
#include "formats/weights/known.h"
#include <string.h>

typedef struct {
    gchar *json_path, *folder, *sha256, *input;
} Options;

static gboolean to_stdout(const Options *o)
{
    return o->json_path && strcmp(o->json_path, "-") == 0;
}

static gboolean list(char **args, const Options *o, GError **error)
{
    (void)args;
    g_autoptr(json_t) all = json_array();
    for (const LeukoKnownWeights *k = leuko_known_weights; k->name; k++) {
        json_array_append_new(
            all, json_pack("{s:s, s:s, s:o, s:s?, s:s, s:s, s:s}", "name", k->name, "address",
                           k->address, "bytes",
                           k->n_bytes ? json_integer((json_int_t)k->n_bytes) : json_null(),
                           "sha256", k->sha256, "license", k->license, "license_page", k->stated,
                           "what", k->what));
        if (to_stdout(o))
            continue;
        cli_print("%s%-12s%s %s", cli_bold(), k->name, cli_plain(), k->what);
        cli_print("             %s", k->address);
        g_autofree gchar *size = k->n_bytes
                                     ? g_strdup_printf("%" G_GUINT64_FORMAT " bytes", k->n_bytes)
                                     : g_strdup("size not published");
        cli_print("             %s, SHA-256 %s", size, k->sha256 ? k->sha256 : "not published");
        cli_print("             license: %s, %s", k->license, k->stated);
    }
    return o->json_path ? leuko_json_save(all, o->json_path, error) : TRUE;
}

static gboolean fetch(char **args, const Options *o, GError **error)
{
    LeukoKnownWeights direct = {args[0], args[0], 0, o->sha256, "", "", ""};
    const LeukoKnownWeights *what =
        strstr(args[0], "://") ? &direct : leuko_known_weights_find(args[0]);
    g_auto(GStrv) paths = NULL;
    g_autofree gchar *sha256 = NULL;
    if (!what)
        return cli_wrong_usage(
            error, "weights fetch %s: unknown name; `leuko weights list` lists the names", args[0]);
    if (o->sha256 && (what != &direct || strlen(o->sha256) != 64))
        return cli_wrong_usage(
            error, "--sha256 takes 64 hexadecimal digits and needs an address instead of a name");
    if (!leuko_weights_fetch(what, o->folder ? o->folder : ".", cli_reporter(), cli_cancellable(),
                             &paths, &sha256, error))
        return FALSE;
    if (!what->sha256)
        cli_note("no SHA-256 is published for this file; its SHA-256 is written beside it and "
                 "checked from now on");
    cli_print("SHA-256 %s", sha256);
    for (guint i = 0; paths[i]; i++)
        cli_print("%s", paths[i]);
    return TRUE;
}

static gboolean convert(char **args, const Options *o, GError **error)
{
    gboolean is_model = FALSE;
    if (o->input && strcmp(o->input, "imagenet") != 0 && strcmp(o->input, "inception") != 0)
        return cli_wrong_usage(error, "--input %s: must be inception or imagenet", o->input);
    if (!g_str_has_suffix(args[1], ".safetensors"))
        return cli_wrong_usage(error, "%s: convert writes .safetensors", args[1]);
    if (!leuko_weights_convert(args[0], args[1], g_strcmp0(o->input, "imagenet") == 0, &is_model,
                               error))
        return FALSE;
    cli_print("%s: %s", args[1],
              is_model ? "a complete classifier, ready for use as MODEL"
                       : "weights without a classifier; use them with `leuko train --weights`");
    return TRUE;
}

static void print_tensor(json_t *t)
{
    g_autoptr(GString) shape = g_string_new("(");
    size_t i;
    json_t *size;
    json_array_foreach(json_object_get(t, "shape"), i, size) g_string_append_printf(
        shape, "%s%" JSON_INTEGER_FORMAT, i ? ", " : "", json_integer_value(size));
    g_string_append_c(shape, ')');
    g_autofree gchar *name = leuko_one_line(json_string_value(json_object_get(t, "name")));
    json_t *mean = json_object_get(t, "mean");
    if (json_is_number(mean))
        cli_print("%-64s %-20s %-5s mean %11.4g  sd %10.4g", name, shape->str,
                  json_string_value(json_object_get(t, "type")), json_number_value(mean),
                  json_number_value(json_object_get(t, "sd")));
    else
        cli_print("%-64s %-20s %-5s", name, shape->str,
                  json_string_value(json_object_get(t, "type")));
}

static void print_summary(json_t *told)
{
    const char *names = json_string_value(json_object_get(told, "names"));
    json_t *row, *missing = json_object_get(told, "missing");
    size_t i;
    if (!names) {
        cli_print("%s", json_string_value(json_object_get(told, "why_not")));
        return;
    }
    const char *complete = json_string_value(json_object_get(told, "complete_endpoint"));
    cli_print("Inception V3 under %s's names, depth multiplier %g, %" JSON_INTEGER_FORMAT
              " classes%s, complete %s%s",
              names, json_real_value(json_object_get(told, "depth_multiplier")),
              json_integer_value(json_object_get(told, "classes")),
              json_is_true(json_object_get(told, "pool_includes_padding"))
                  ? ", average pools count padding"
                  : "",
              complete ? "to " : "nowhere", complete ? complete : "");
    json_array_foreach(missing, i, row)
        cli_print("--endpoint %s", json_string_value(json_object_get(row, "first")));
}

static gboolean inspect(char **args, const Options *o, GError **error)
{
    g_autoptr(json_t) told = leuko_weights_inspect(args[0], error);
    size_t i;
    json_t *t;
    if (!told)
        return FALSE;
    if (!to_stdout(o)) {
        json_array_foreach(json_object_get(told, "tensors"), i, t) print_tensor(t);
        print_summary(told);
    }
    return o->json_path ? leuko_json_save(told, o->json_path, error) : TRUE;
}

static const struct {
    const char *name;
    gint n_args;
    const char *usage;
    gboolean (*run)(char **args, const Options *o, GError **error);
} verbs[] = {
    {"list", 0, "list", list},
    {"fetch", 1, "fetch NAME", fetch},
    {"convert", 2, "convert IN OUT.safetensors", convert},
    {"inspect", 1, "inspect FILE", inspect},
};

static gboolean run_verb(int argc, char **argv, const Options *o, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (strcmp(verbs[i].name, argv[1]) == 0)
            return argc - 2 == verbs[i].n_args
                       ? verbs[i].run(argv + 2, o, error)
                       : cli_wrong_usage(error, "usage: leuko weights %s", verbs[i].usage);
    return cli_wrong_usage(error, "weights %s: must be list, fetch, convert or inspect", argv[1]);
}

gboolean cmd_weights(int argc, char **argv, GError **error)
{
    Options o = {0};
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &o.json_path,
         "list, inspect: write JSON (- = stdout)", "FILE"},
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &o.folder,
         "fetch: output folder (default: the current folder)", "DIR"},
        {"sha256", 0, 0, G_OPTION_ARG_STRING, &o.sha256,
         "fetch of an address: its expected SHA-256, 64 hex digits", "HEX"},
        {"input", 0, 0, G_OPTION_ARG_STRING, &o.input,
         "convert: input normalization, inception (x / 127.5 - 1, default) or imagenet", "KIND"},
        {NULL}};
    gboolean good =
        cli_parse("weights", entries, &argc, &argv, 1, 3, error) && run_verb(argc, argv, &o, error);
    g_free(o.json_path);
    g_free(o.folder);
    g_free(o.sha256);
    g_free(o.input);
    return good;
}

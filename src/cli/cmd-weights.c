#include "base/error.h"
#include "base/json.h"
#include "base/plural.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/option-rules.h"
#include "cli/suggest.h"
#include "formats/weights/convert.h"
#include "formats/weights/inspect.h"
#include "formats/weights/known.h"
#include <string.h>

typedef struct {
    gchar *json_path, *folder, *sha256, *input, *classes;
    gdouble crop;
} Options;

static gboolean to_stdout(const Options *o)
{
    return o->json_path && strcmp(o->json_path, "-") == 0;
}

static void print_known(const LeukoKnownWeights *k)
{
    g_autofree gchar *size = k->n_bytes ? g_strdup_printf("%" G_GUINT64_FORMAT " %s", k->n_bytes,
                                                          LEUKO_PLURAL(k->n_bytes, "byte"))
                                        : g_strdup("size not published");
    cli_print("%s%-12s%s %s", cli_bold(), k->name, cli_plain(), k->description);
    cli_print("             %s", k->address);
    cli_print("             %s, SHA-256 %s", size, k->sha256 ? k->sha256 : "not published");
    cli_print("             license: %s, %s", k->license, k->license_page);
}

static gboolean list(char **args, const Options *o, GError **error)
{
    (void)args;
    g_autoptr(json_t) all = leuko_known_weights_json();
    for (const LeukoKnownWeights *k = leuko_known_weights; !to_stdout(o) && k->name; k++)
        print_known(k);
    return o->json_path ? leuko_json_save(all, o->json_path, error) : TRUE;
}

static gboolean refuse_name(const char *name, const char *why, gboolean hash, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const LeukoKnownWeights *k = leuko_known_weights; k->name; k++)
        g_ptr_array_add(names, (gpointer)k->name);
    g_ptr_array_add(names, NULL);
    const char *nearest = cli_nearest_word(name, (const char *const *)names->pdata);
    if (nearest && strcmp(nearest, name) != 0)
        return cli_wrong_usage(error, "weights fetch: %s; did you mean %s?", why, nearest);
    return cli_wrong_usage(error, "weights fetch: %s%s", why,
                           hash ? "" : "; `leuko weights list` lists the names");
}

static gboolean fetch(char **args, const Options *o, GError **error)
{
    LeukoKnownWeights chosen;
    g_auto(GStrv) paths = NULL;
    g_autofree gchar *sha256 = NULL;
    g_autoptr(GError) why = NULL;
    if (!leuko_known_weights_choose(args[0], o->sha256, &chosen, &why))
        return refuse_name(args[0], why->message, o->sha256 != NULL, error);
    if (!leuko_weights_fetch(&chosen, o->folder ? o->folder : ".", cli_reporter(),
                             cli_cancellable(), &paths, &sha256, error))
        return FALSE;
    if (!chosen.sha256)
        cli_note("no SHA-256 is published for this file; its SHA-256 is written beside it and "
                 "checked from now on");
    cli_print("SHA-256 %s", sha256);
    for (guint i = 0; paths[i]; i++)
        cli_print("%s", paths[i]);
    return TRUE;
}

/* What options change in the model that was made. */
static void hint(const LeukoConverted *c)
{
    if (c->transform_input)
        cli_print("a network that was trained on ImageNet's mean and deviation without "
                  "transform_input needs --input imagenet");
    if (c->unnamed)
        cli_print("the classes are numbers: --classes NAME,NAME,... names them, in this order");
    if (c->cropped)
        cli_print("the crop is that of the network's authors: --crop 1.0 uses the whole image");
}

static gboolean convert(char **args, const Options *o, GError **error)
{
    g_auto(LeukoConverted) converted = {0};
    g_auto(GStrv) classes = o->classes ? g_strsplit(o->classes, ",", -1) : NULL;
    static const char *const inputs[] = {"inception", "imagenet", NULL};
    if (!cli_one_of("input", o->input, inputs, error))
        return FALSE;
    if (cli_is_given("crop") && !(o->crop >= 0.01 && o->crop <= 1))
        return cli_wrong_usage(error, "--crop %g: must be 0.01 to 1", o->crop);
    if (!g_str_has_suffix(args[1], ".safetensors"))
        return cli_wrong_usage(error, "%s: convert writes .safetensors", args[1]);
    for (guint k = 0; classes && classes[k]; k++)
        g_strstrip(classes[k]);
    const LeukoConvertOptions options = {.imagenet_input = g_strcmp0(o->input, "imagenet") == 0,
                                         .crop_fraction = o->crop,
                                         .classes = (const char *const *)classes};
    if (!leuko_weights_convert(args[0], args[1], &options, &converted, error))
        return FALSE;
    for (guint i = 0; converted.notes[i]; i++)
        cli_print("%s", converted.notes[i]);
    hint(&converted);
    cli_print("%s: %s", args[1],
              converted.is_model
                  ? "a complete classifier, ready for use as MODEL"
                  : "weights without a classifier; use them with `leuko train --weights`");
    return TRUE;
}

static gboolean inspect(char **args, const Options *o, GError **error)
{
    g_autoptr(json_t) report = leuko_weights_inspect(args[0], error);
    if (!report)
        return FALSE;
    if (!to_stdout(o)) {
        g_autofree gchar *text = leuko_weights_report_text(report);
        cli_print_lines(text);
    }
    return o->json_path ? leuko_json_save(report, o->json_path, error) : TRUE;
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

/* Each option belongs to some verbs only. */
static gboolean check_verb_options(const char *verb, GError **error)
{
    g_autofree gchar *with = g_strdup_printf("to weights %s", verb);
    gboolean fetches = strcmp(verb, "fetch") == 0, converts = strcmp(verb, "convert") == 0;
    const CliExclusion cases[] = {{fetches || converts, with, {"json"}},
                                  {!fetches, with, {"out", "sha256"}},
                                  {!converts, with, {"input", "classes", "crop"}}};
    return cli_exclude(cases, G_N_ELEMENTS(cases), error);
}

static gboolean run_verb(int argc, char **argv, const Options *o, GError **error)
{
    static const char *const names[] = {"list", "fetch", "convert", "inspect", NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (strcmp(verbs[i].name, argv[1]) == 0)
            return argc - 2 != verbs[i].n_args
                       ? cli_wrong_usage(error, "usage: leuko weights %s", verbs[i].usage)
                       : check_verb_options(argv[1], error) && verbs[i].run(argv + 2, o, error);
    const char *nearest = cli_nearest_word(argv[1], names);
    return cli_wrong_usage(error, "weights %s: must be list, fetch, convert or inspect%s%s%s",
                           argv[1], nearest ? "; did you mean " : "", nearest ? nearest : "",
                           nearest ? "?" : "");
}

gboolean cmd_weights(int argc, char **argv, GError **error)
{
    Options o = {0};
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &o.json_path,
         "list, inspect: write the result as JSON to FILE (-: stdout)", "FILE"},
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &o.folder,
         "fetch: output folder (default: the current folder)", "DIR"},
        {"sha256", 0, 0, G_OPTION_ARG_STRING, &o.sha256,
         "fetch of an address: its expected SHA-256, 64 hex digits", "HEX"},
        {"input", 0, 0, G_OPTION_ARG_STRING, &o.input,
         "convert: input normalization, inception (x / 127.5 - 1, default) or imagenet", "KIND"},
        {"classes", 0, 0, G_OPTION_ARG_STRING, &o.classes,
         "convert: class names in order of the outputs; for one output (sigmoid): "
         "negative,positive "
         "(default: 0,1,...)",
         "LIST"},
        {"crop", 0, 0, G_OPTION_ARG_DOUBLE, &o.crop,
         "convert: central part of each side that the model sees, 0.01 to 1 (default: as the "
         "network's authors evaluate: torchvision and timm 0.874, slim 0.875, Keras 1)",
         "F"},
        {NULL}};
    gboolean good =
        cli_parse("weights", entries, &argc, &argv, 1, 3, error) && run_verb(argc, argv, &o, error);
    g_free(o.json_path);
    g_free(o.folder);
    g_free(o.sha256);
    g_free(o.input);
    g_free(o.classes);
    return good;
}

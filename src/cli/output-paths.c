#include "cli/output-paths.h"
#include "base/outputs.h"
#include <string.h>

enum { MAX_BESIDE = 4 };

/* The outputs of the commands. command NULL: any command. */
static const struct {
    const char *command;
    const char *option;             /* NULL: an argument */
    const char *verb;               /* the first argument; NULL: any */
    int argument;                   /* its index in argv */
    const char *beside[MAX_BESIDE]; /* endings of the files that are written with it */
} outputs[] = {
    {.option = "json"},
    {.option = "csv"},
    {.option = "html"},
    {.option = "report"},
    {.command = "crossval", .option = "run-folder"},
    {.command = "stress", .option = "run-folder"},
    {.command = "train", .option = "model", .beside = {".run"}},
    {.command = "adapt", .option = "output"},
    {.command = "explain", .option = "out"},
    {.command = "features", .option = "output", .beside = {".csv"}},
    {.command = "freeze", .option = "out", .beside = {".json", ".index", ".data-00000-of-00001"}},
    {.command = "compile", .option = "out"},
    {.command = "sort", .option = "out"},
    {.command = "run", .option = "output"},
    {.command = "weights", .option = "out"},
    {.command = "weights", .verb = "convert", .argument = 3},
    {.command = "augment", .argument = 2},
    {.command = "synth", .argument = 1},
};

/* Arguments that are no files. */
static gboolean is_word(const char *command, char **argv, int i)
{
    return strcmp(command, "weights") == 0 && (i == 1 || strcmp(argv[1], "fetch") == 0);
}

static gboolean has_command(gsize o, const char *command)
{
    return !outputs[o].command || strcmp(outputs[o].command, command) == 0;
}

static void add_output(GPtrArray *list, gsize o, const char *path)
{
    static const char *const replaced[] = {".npy",
                                           ".safetensors"}; /* by the ending of a companion */
    gsize n = strlen(path);
    for (gsize i = 0; i < G_N_ELEMENTS(replaced); i++)
        if (g_str_has_suffix(path, replaced[i]))
            n = strlen(path) - strlen(replaced[i]);
    g_ptr_array_add(list, g_strdup(path));
    for (gsize i = 0; i < MAX_BESIDE && outputs[o].beside[i]; i++)
        g_ptr_array_add(list, g_strdup_printf("%.*s%s", (int)n, path, outputs[o].beside[i]));
}

/* Add the path to the outputs if the table has it. */
static gboolean add_if_output(GPtrArray *list, const char *command, const char *option, char **argv,
                              int argument, const char *path)
{
    for (gsize o = 0; o < G_N_ELEMENTS(outputs); o++) {
        gboolean found = option ? g_strcmp0(outputs[o].option, option) == 0
                                : !outputs[o].option && outputs[o].argument == argument &&
                                      (!outputs[o].verb || strcmp(outputs[o].verb, argv[1]) == 0);
        if (!found || !has_command(o, command))
            continue;
        add_output(list, o, path);
        return TRUE;
    }
    return FALSE;
}

gboolean cli_check_output_paths(const char *command, const GOptionEntry *entries, int argc,
                                char **argv, GError **error)
{
    g_autoptr(GPtrArray) writes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) reads = g_ptr_array_new(); /* borrowed */
    for (const GOptionEntry *e = entries; e && e->long_name; e++) {
        gboolean is_path = e->arg == G_OPTION_ARG_FILENAME || strcmp(e->long_name, "recipe") == 0;
        const char *path = is_path ? *(gchar *const *)e->arg_data : NULL;
        if (path && !add_if_output(writes, command, e->long_name, argv, 0, path))
            g_ptr_array_add(reads, (gpointer)path);
    }
    for (int i = 1; i < argc; i++)
        if (!is_word(command, argv, i) && !add_if_output(writes, command, NULL, argv, i, argv[i]))
            g_ptr_array_add(reads, argv[i]);
    g_ptr_array_add(writes, NULL);
    g_ptr_array_add(reads, NULL);
    return leuko_outputs_check((const char *const *)writes->pdata,
                               (const char *const *)reads->pdata, error);
}

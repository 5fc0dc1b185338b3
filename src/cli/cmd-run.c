#include "cli/commands.h"
#include "cli/group-options.h"
#include "cli/option-rules.h"
#include "cli/start-options.h"
#include "leuko/answer.h"
#include "leuko/run.h"
#include "net/net.h"
#include <string.h>

typedef struct {
    CliGroupOptions grouping;
    gchar *out, *positive, *weights, *endpoint;
    gdouble depth_multiplier;
    gint size, threads;
    gint64 seed;
} Options;

static void options_clear(Options *o)
{
    cli_group_clear(&o->grouping);
    g_free(o->out);
    g_free(o->positive);
    g_free(o->weights);
    g_free(o->endpoint);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean read_options(Options *o, LeukoRunOptions *out, GError **error)
{
    *out = leuko_run_options_default();
    if (!o->out)
        return cli_wrong_usage(error, "-o OUT is missing: the folder to write");
    const CliStartOptions start = {.weights = o->weights,
                                   .endpoint = o->endpoint,
                                   .depth_multiplier = o->depth_multiplier,
                                   .size = o->size,
                                   .batch = 1,
                                   .threads = o->threads,
                                   .seed = o->seed};
    LeukoFeatureOptions features;
    if (!cli_one_of("endpoint", o->endpoint, leuko_net_endpoints(), error) ||
        !cli_group_options(&o->grouping, &out->folder, error) ||
        !cli_start_options(&start, &out->start, &features, error))
        return FALSE;
    out->positive = o->positive;
    out->n_threads = features.n_threads;
    return TRUE;
}

static void print_run(const LeukoRun *run, const char *out)
{
    const gchar *const *commands = leuko_run_commands(run), *const *notes = leuko_run_notes(run);
    if (notes[0])
        cli_print("notes:");
    for (guint i = 0; notes[i]; i++)
        cli_print("  %s", notes[i]);
    cli_print("commands that give the same files in an empty folder:");
    for (guint i = 0; commands[i]; i++)
        cli_print("  %s", commands[i]);
    cli_print("%s holds the report (report/report.html), the model (model.safetensors, AML.graph), "
              "the cross-validated figures (crossval.json) and answers (crossval.csv)",
              out);
    cli_print("%s", LEUKO_RESEARCH_ONLY);
}

gboolean cmd_run(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.seed = 50};
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.out,
         "Folder to write: new, empty, or that of an interrupted run", "OUT"},
        CLI_ENTRY("positive", STRING, o.positive,
                  "Positive class: the one that means disease (default: guessed from the names)",
                  "CLASS"),
        CLI_GROUP_ENTRIES(o.grouping),
        CLI_ENTRY("weights", FILENAME, o.weights,
                  "Initial weights: a file, `backbone` (shipped) or `random` (default: backbone)",
                  "FILE"),
        CLI_ENTRY("endpoint", STRING, o.endpoint,
                  "Cut the network here (default: the last endpoint of the weights)", "NAME"),
        CLI_ENTRY("depth-multiplier", DOUBLE, o.depth_multiplier,
                  "Width of the network; for random weights only (default: 1.0)", "M"),
        CLI_ENTRY("size", INT, o.size,
                  "Side of the input images in pixels, 75 to 1024; for random weights only "
                  "(default: 299)",
                  "PX"),
        CLI_ENTRY("seed", INT64, o.seed, "Seed of all random numbers (default: 50)", "S"),
        CLI_THREADS_ENTRY(o.threads),
        {NULL}};
    LeukoRunOptions options;
    if (!cli_parse("run", entries, &argc, &argv, 1, 1, error) || !read_options(&o, &options, error))
        return FALSE;
    g_autoptr(LeukoRun) run =
        leuko_run(argv[1], o.out, &options, cli_cancellable(), cli_reporter(), error);
    if (run) {
        print_run(run, o.out);
        return TRUE;
    }
    if (error && g_error_matches(*error, LEUKO_ERROR, LEUKO_ERROR_CANCELLED))
        cli_append_hint(error, "; the same command continues from there");
    return cli_start_explain(error) || cli_usage_if_argument(error);
}

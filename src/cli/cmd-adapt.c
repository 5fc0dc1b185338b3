#include "base/durable.h"
#include "base/json.h"
#include "base/plural.h"
#include "cli/command-record.h"
#include "cli/commands.h"
#include "cli/figure-rows.h"
#include "cli/group-options.h"
#include "cli/option-rules.h"
#include "cli/precision-option.h"
#include "cli/start-options.h"
#include "leuko/answer.h"
#include "study/adapt.h"
#include <math.h>
#include <string.h>

typedef struct {
    CliGroupOptions grouping;
    gchar *out, *splits, *steps, *reference, *precision, *json_path, *csv_path;
    gint folds, batch, threads;
    gint64 seed;
    gboolean no_cache, write_anyway;
} Options;

static void options_clear(Options *o)
{
    cli_group_clear(&o->grouping);
    g_free(o->out);
    g_free(o->splits);
    g_free(o->steps);
    g_free(o->reference);
    g_free(o->precision);
    g_free(o->json_path);
    g_free(o->csv_path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const LeukoAdaptSteps all_steps[] = {LEUKO_ADAPT_COLOR, LEUKO_ADAPT_CENTER,
                                            LEUKO_ADAPT_HEAD};

static gboolean read_steps(const char *text, guint *steps, GError **error)
{
    static const char *const words[] = {"color", "center", "head", NULL};
    g_auto(GStrv) given = text ? g_strsplit(text, ",", -1) : NULL;
    *steps = text ? 0 : LEUKO_ADAPT_ALL;
    for (guint i = 0; given && given[i]; i++) {
        if (!cli_one_of("steps", given[i], words, error))
            return FALSE;
        for (gsize k = 0; k < G_N_ELEMENTS(all_steps); k++)
            if (strcmp(given[i], words[k]) == 0)
                *steps |= all_steps[k];
    }
    return *steps != 0 || cli_wrong_usage(error, "--steps: names no step");
}

static gboolean read_options(Options *o, LeukoAdaptOptions *out, GError **error)
{
    *out = leuko_adapt_options_default();
    if (!o->out)
        return cli_wrong_usage(error, "-o OUT.safetensors is missing: the adapted model");
    if ((cli_is_given("folds") && !cli_in_range("--folds", o->folds, 2, 100000, error)) ||
        !cli_in_range("--batch", o->batch, 1, 256, error) ||
        (cli_is_given("threads") && !cli_in_range("--threads", o->threads, 0, 1024, error)) ||
        !read_steps(o->steps, &out->steps, error) ||
        !cli_precision(o->precision, &out->features.precision, error) ||
        !cli_group_options(&o->grouping, &out->folder, error))
        return FALSE;
    out->n_folds = (guint)o->folds;
    out->splits = o->splits;
    out->reference = o->reference;
    out->seed = (guint64)o->seed;
    out->features.batch = (guint)o->batch;
    out->features.n_threads = cli_threads(o->threads);
    out->features.no_cache = o->no_cache;
    out->write_anyway = o->write_anyway;
    out->command = "leuko adapt";
    return TRUE;
}

/* "color, center"; "none" for 0. g_free. */
static gchar *steps_text(guint steps)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(all_steps); i++)
        if (steps & all_steps[i])
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "",
                                   leuko_adapt_step_name(all_steps[i]));
    return g_strdup(text->len > 0 ? text->str : "none");
}

static void print_result(const LeukoAdaptResult *r, char **argv)
{
    const gchar *const *classes = leuko_adapt_result_classes(r);
    const guint *counts = leuko_adapt_result_class_counts(r);
    guint n = leuko_adapt_result_n_images(r), n_groups = leuko_adapt_result_n_groups(r);
    g_autofree gchar *steps = steps_text(leuko_adapt_result_steps(r));
    g_autofree gchar *groups =
        n_groups > 0 ? g_strdup_printf("%u %s", n_groups, LEUKO_PLURAL(n_groups, "group"))
                     : g_strdup("groups unknown");
    cli_print("model: %s", argv[1]);
    cli_print("cells: %s: %u %s, %s", argv[2], n, LEUKO_PLURAL(n, "image"), groups);
    for (guint k = 0; classes[k]; k++)
        cli_print("  %-20s %6u", classes[k], counts[k]);
    cli_print("steps of the adapted model: %s", steps);
    if (isfinite(leuko_adapt_result_l2(r)))
        cli_print("strength of the prior: %.3g", leuko_adapt_result_l2(r));
    for (gsize i = 0; i < G_N_ELEMENTS(all_steps); i++)
        cli_print("  folds that take %-8s %u of %u", leuko_adapt_step_name(all_steps[i]),
                  leuko_adapt_result_folds_with(r, all_steps[i]), leuko_adapt_result_n_folds(r));
    cli_print("\n  %s%-18s %8s %8s %10s  %-18s %8s  %s%s", cli_bold(), "held-out figure", "before",
              "after", "difference", "95 % interval", "p", "method", cli_plain());
    for (guint i = 0; i < leuko_adapt_result_n_figures(r); i++) {
        LeukoCompareFigure f;
        leuko_adapt_result_figure_at(r, i, &f);
        cli_print_difference(&f);
    }
    cli_print("\n%s", leuko_adapt_result_sentence(r));
    cli_print("%s", LEUKO_RESEARCH_ONLY);
}

static gboolean write_results(const Options *o, const LeukoAdaptResult *r, char **argv,
                              GError **error)
{
    if (o->csv_path) {
        g_autofree gchar *rows = leuko_adapt_result_to_csv(r);
        if (!leuko_durable_set_contents(o->csv_path, rows, strlen(rows), error))
            return FALSE;
    }
    if (g_strcmp0(o->json_path, "-") != 0)
        print_result(r, argv);
    g_autoptr(json_t) json = o->json_path ? leuko_adapt_result_json(r) : NULL;
    if (json && !leuko_json_save(json, o->json_path, error))
        return FALSE;
    if (leuko_adapt_result_is_written(r)) {
        cli_note("%s is written", o->out);
        return TRUE;
    }
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_GATE, "%s is not written: %s%s", o->out,
                leuko_adapt_result_sentence(r),
                leuko_adapt_result_steps(r) ? "; --write-anyway writes it" : "");
    return FALSE;
}

gboolean cmd_adapt(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.batch = 1, .seed = 50};
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.out,
         "The adapted model, written if a gain is shown", "OUT.safetensors"},
        CLI_ENTRY("steps", STRING, o.steps,
                  "Steps that may be taken: color, center, head, separated by commas "
                  "(default: all)",
                  "LIST"),
        CLI_ENTRY("write-anyway", NONE, o.write_anyway,
                  "Write the adapted model even if no gain is shown", NULL),
        CLI_ENTRY("reference", FILENAME, o.reference,
                  "Training images of the model, for a model of an earlier version that does not "
                  "store their colors or class means",
                  "DIR"),
        CLI_ENTRY("folds", INT, o.folds,
                  "Folds of whole groups (default: 5, or fewer if a class has fewer groups)", "K"),
        CLI_ENTRY("splits", STRING, o.splits,
                  "Splits of the data, separated by commas (default: train,validation)", "LIST"),
        CLI_GROUP_ENTRIES(o.grouping),
        CLI_PRECISION_ENTRY(o.precision),
        CLI_ENTRY("batch", INT, o.batch, "Images per thread and run (default: 1)", "N"),
        CLI_ENTRY("seed", INT64, o.seed, "Seed of the folds (default: 50)", "S"),
        CLI_THREADS_ENTRY(o.threads),
        CLI_ENTRY("no-cache", NONE, o.no_cache, "Neither read nor write the feature cache", NULL),
        CLI_JSON_ENTRY(o.json_path, "all figures and folds"),
        CLI_ENTRY("csv", FILENAME, o.csv_path,
                  "Write the held-out answers (fold, file, class, group, probabilities and "
                  "decision before and after) as CSV to FILE",
                  "FILE"),
        {NULL}};
    static const char *const words[] = {"color", "center", "head", "auto", "fp32", "bf16", NULL};
    LeukoAdaptOptions options;
    g_autofree gchar *command = cli_command_record(entries, argc, argv, words);
    if (!cli_parse("adapt", entries, &argc, &argv, 2, 2, error) ||
        !read_options(&o, &options, error))
        return FALSE;
    options.command_line = command;
    g_autoptr(LeukoAdaptResult) r = leuko_adapt_run(argv[1], argv[2], o.out, &options,
                                                    cli_cancellable(), cli_reporter(), error);
    if (r)
        return write_results(&o, r, argv, error);
    cli_group_explain(error);
    return cli_usage_if_argument(error);
}

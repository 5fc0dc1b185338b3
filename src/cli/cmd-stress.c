#include "base/json.h"
#include "cli/commands.h"
#include "cli/eval-options.h"
#include "cli/option-rules.h"
#include "cli/report-option.h"
#include "cli/start-options.h"
#include "cli/stress-print.h"
#include "leuko/report-study.h"
#include "study/stress.h"
#include <string.h>

typedef struct {
    CliEvalOptions common;
    gchar *only, *figure, *run_folder, *train, *laboratory_by;
    gdouble limit, box;
    gint images, permutations;
    gint64 seed;
    gboolean restart;
} Options;

static void options_clear(Options *o)
{
    cli_eval_options_clear(&o->common);
    g_free(o->only);
    g_free(o->figure);
    g_free(o->run_folder);
    g_free(o->train);
    g_free(o->laboratory_by);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean read_options(Options *o, LeukoStressOptions *out, GError **error)
{
    *out = leuko_stress_options_default();
    if (!cli_eval_options(&o->common, "leuko stress", &out->eval, error))
        return FALSE;
    if (cli_is_given("images") && !cli_in_range("--images", o->images, 1, G_MAXINT, error))
        return FALSE;
    if (!cli_in_range("--permutations", o->permutations, 20, 100000, error))
        return FALSE;
    if (o->seed < 0)
        return cli_wrong_usage(error, "--seed %" G_GINT64_FORMAT ": must be 0 or more", o->seed);
    if (!(o->limit > 0 && o->limit < 1))
        return cli_wrong_usage(error, "--limit %g: must be above 0 and below 1", o->limit);
    if (cli_is_given("box") && !(o->box > 0 && o->box < 100))
        return cli_wrong_usage(error, "--box %g: must be above 0 and below 100", o->box);
    if (o->restart && !o->run_folder)
        return cli_wrong_usage(error, "--restart: does not apply without --run-folder");
    out->only = o->only;
    out->figure = o->figure ? o->figure : out->figure;
    out->limit = o->limit;
    out->run_folder = o->run_folder;
    out->restart = o->restart;
    out->train_path = o->train;
    out->train_folder = out->eval.folder;
    out->laboratory_by = o->laboratory_by;
    out->box = o->box / 100;
    out->n_images = (guint)o->images;
    out->n_permutations = (guint)o->permutations;
    out->seed = (guint64)o->seed;
    return TRUE;
}

static gboolean write_results(const Options *o, const LeukoStressResult *r, const char *command,
                              GError **error)
{
    LeukoReportOptions report = leuko_report_options_default();
    report.command = command;
    if (o->common.report &&
        !leuko_report_write_stress(r, o->common.report, &report, cli_cancellable(), error))
        return FALSE;
    if (g_strcmp0(o->common.json_path, "-") != 0)
        cli_print_stress(r);
    g_autoptr(json_t) json = o->common.json_path ? leuko_stress_result_json(r) : NULL;
    return !json || leuko_json_save(json, o->common.json_path, error);
}

/* Append to the message what the command line offers against it. Returns FALSE. */
static gboolean add_hint(const Options *o, GError **error)
{
    const char *hint = NULL;
    if (o->run_folder && g_error_matches(*error, LEUKO_ERROR, LEUKO_ERROR_CANCELLED))
        hint = "; the same command goes on with the next condition";
    else if (strstr((*error)->message, "belongs to a stress test with"))
        hint = "; give another --run-folder, or discard its answers with --restart";
    cli_append_hint(error, hint);
    return cli_group_explain(error) || cli_usage_if_argument(error);
}

gboolean cmd_stress(int argc, char **argv, GError **error)
{
    g_auto(Options)
        o = {.limit = 0.05, .permutations = 20, .seed = 50, .common.run = CLI_CLASSIFIER_DEFAULT};
    const GOptionEntry entries[] = {
        CLI_ENTRY("only", STRING, o.only,
                  "Conditions and controls to measure, separated by commas (default: all)", "LIST"),
        CLI_ENTRY("images", INT, o.images,
                  "Use a random sample of so many images, the classes in their shares (default: "
                  "all images)",
                  "N"),
        CLI_ENTRY("figure", STRING, o.figure,
                  "Figure that must not fall: balanced_accuracy, accuracy, auc, sensitivity, "
                  "specificity, macro_f1, mcc or kappa (default: balanced_accuracy)",
                  "NAME"),
        CLI_ENTRY("limit", DOUBLE, o.limit,
                  "The model breaks where that figure falls by more than this (default: 0.05)",
                  "X"),
        CLI_ENTRY("train", FILENAME, o.train,
                  "Data that the model was trained on, for the controls: heads are fitted to its "
                  "training split (default: heads are cross-validated on DIR)",
                  "DIR"),
        CLI_ENTRY("permutations", INT, o.permutations,
                  "How often the labels are permuted, 20 or more (default: 20)", "N"),
        CLI_ENTRY("box", DOUBLE, o.box,
                  "Side of the box that hides the cell, in percent of the image's side (default: "
                  "measured on the images)",
                  "P"),
        CLI_ENTRY("laboratory-by", STRING, o.laboratory_by,
                  "Regular expression whose first (part) in the group's name, or else in the "
                  "file's path, is the laboratory (default: a column of the table of groups)",
                  "REGEX"),
        CLI_ENTRY("run-folder", FILENAME, o.run_folder,
                  "Folder that keeps the answers of finished conditions; the same command goes on "
                  "from there",
                  "DIR"),
        CLI_ENTRY("restart", NONE, o.restart, "Discard the answers in the run folder", NULL),
        CLI_ENTRY("seed", INT64, o.seed,
                  "Seed of the sample, of noise, rotation, folds and permutations (default: 50)",
                  "S"),
        CLI_EVAL_ENTRIES(o.common, "the model's", "all figures"),
        {NULL}};
    LeukoStressOptions options;
    g_autofree gchar *command = cli_command_line(argc, argv);
    if (!cli_parse("stress", entries, &argc, &argv, 2, 2, error) ||
        !read_options(&o, &options, error) || !cli_precision_applies(argv[1], NULL, error) ||
        !cli_report_check(o.common.report, error))
        return FALSE;
    g_autoptr(LeukoStressResult) r =
        leuko_stress_run(argv[1], argv[2], &options, cli_cancellable(), cli_reporter(), error);
    return r ? write_results(&o, r, command, error) : add_hint(&o, error);
}

#include "base/durable.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/crossval-print.h"
#include "cli/group-options.h"
#include "cli/option-rules.h"
#include "cli/report-option.h"
#include "cli/tune-options.h"
#include "leuko/report-study.h"
#include "net/net.h"
#include <math.h>
#include <string.h>

typedef struct {
    CliStartOptions start;
    CliTuneOptions tuning;
    CliGroupOptions grouping;
    gchar *splits, *positive, *run_folder, *json_path, *csv_path, *report;
    gint folds, repeats;
    gboolean each_group, each_pair, restart;
    gdouble l2;
} Options;

static void options_clear(Options *o)
{
    cli_start_clear(&o->start);
    cli_tune_clear(&o->tuning);
    cli_group_clear(&o->grouping);
    g_free(o->splits);
    g_free(o->positive);
    g_free(o->run_folder);
    g_free(o->json_path);
    g_free(o->csv_path);
    g_free(o->report);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean check(const Options *o, GError **error)
{
    const CliExclusion cases[] = {
        {!cli_tunes(&o->tuning),
         "with --tune head: the head has no epochs; use --tune ENDPOINT, --tune all or --recipe",
         {"epochs", "lr"}},
        {cli_tunes(&o->tuning),
         "to a trained network: it is a setting of the head",
         {"l2", "views", "train-views", "head"}},
        {o->l2 > 0, "with --l2, the strength of a logistic head", {"head"}},
        {o->each_group, "with --leave-one-group-out", {"folds", "repeats"}},
        {o->each_pair, "with --leave-one-pair-out", {"folds", "repeats"}}};
    if (!cli_exclude(cases, G_N_ELEMENTS(cases), error) || !cli_tune_check(&o->tuning, error) ||
        !cli_one_of("endpoint", o->start.endpoint, leuko_net_endpoints(), error))
        return FALSE;
    if (o->each_group && o->each_pair)
        return cli_wrong_usage(error,
                               "--leave-one-group-out and --leave-one-pair-out exclude each other");
    if (cli_is_given("folds") && !cli_in_range("--folds", o->folds, 2, 100000, error))
        return FALSE;
    if (!cli_in_range("--repeats", o->repeats, 1, 1000, error))
        return FALSE;
    if (cli_is_given("l2") && !(o->l2 > 0 && isfinite(o->l2)))
        return cli_wrong_usage(error, "--l2 %g: must be greater than 0", o->l2);
    if (cli_tunes(&o->tuning) && !o->run_folder)
        return cli_wrong_usage(error, "--run-folder DIR is missing: every fold is a training, and "
                                      "the folder keeps those that are finished");
    if (o->restart && !o->run_folder)
        return cli_wrong_usage(error, "--restart: does not apply without --run-folder");
    return TRUE;
}

static gboolean read_options(Options *o, LeukoCrossvalOptions *out, LeukoTuneOptions *tune,
                             GError **error)
{
    *out = leuko_crossval_options_default();
    *tune = leuko_tune_options_default();
    if (o->start.batch != -1 && !cli_in_range("--batch", o->start.batch, 1, 256, error))
        return FALSE;
    tune->batch = (guint)MAX(o->start.batch, 0);
    o->start.batch = cli_tunes(&o->tuning) ? 1 : MAX(o->start.batch, 1);
    if (!check(o, error) || !cli_group_options(&o->grouping, &out->folder, error) ||
        !cli_start_options(&o->start, &out->start, &out->features, error))
        return FALSE;
    cli_views_take(&o->tuning, &out->features);
    out->head = cli_head_kind(&o->tuning);
    out->hold_out = o->each_group  ? LEUKO_HOLD_OUT_GROUP
                    : o->each_pair ? LEUKO_HOLD_OUT_PAIR
                                   : LEUKO_HOLD_OUT_FOLDS;
    out->n_folds = (guint)o->folds;
    out->n_repeats = (guint)o->repeats;
    out->splits = o->splits;
    out->positive = o->positive;
    out->l2 = o->l2;
    out->run_folder = o->run_folder;
    out->restart = o->restart;
    out->command = "leuko crossval";
    cli_tune_take(&o->tuning, tune);
    out->tune = cli_tunes(&o->tuning) ? tune : NULL;
    return TRUE;
}

static gboolean write_results(const Options *o, const LeukoCrossvalResult *r, const char *command,
                              GError **error)
{
    LeukoReportOptions report = leuko_report_options_default();
    report.command = command;
    if (o->report && !leuko_report_write_crossval(r, o->report, &report, error))
        return FALSE;
    if (o->csv_path) {
        g_autofree gchar *rows = leuko_crossval_result_to_csv(r);
        if (!leuko_durable_set_contents(o->csv_path, rows, strlen(rows), error))
            return FALSE;
    }
    if (g_strcmp0(o->json_path, "-") != 0)
        cli_print_crossval(r);
    g_autoptr(json_t) json = o->json_path ? leuko_crossval_result_json(r) : NULL;
    return !json || leuko_json_save(json, o->json_path, error);
}

/* Append to the message what the command line offers against it. Returns FALSE. */
static gboolean add_hint(const Options *o, GError **error)
{
    if (!error || !*error)
        return FALSE;
    const char *hint = NULL;
    if (o->run_folder && g_error_matches(*error, LEUKO_ERROR, LEUKO_ERROR_CANCELLED))
        hint = "; the same command goes on with the next fold";
    else if (strstr((*error)->message, "belongs to a cross-validation with other settings"))
        hint = "; give another --run-folder, or discard its folds with --restart";
    cli_append_hint(error, hint);
    return cli_start_explain(error) || cli_usage_if_argument(error);
}

gboolean cmd_crossval(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.start = CLI_START_DEFAULT, .repeats = 1};
    const GOptionEntry entries[] = {
        CLI_ENTRY("folds", INT, o.folds,
                  "Folds of whole groups (default: 5, or fewer if a class has fewer groups)", "K"),
        CLI_ENTRY("repeats", INT, o.repeats,
                  "How often the images are divided into folds anew (default: 1)", "R"),
        CLI_ENTRY("leave-one-group-out", NONE, o.each_group, "Hold out one group at a time", NULL),
        CLI_ENTRY("leave-one-pair-out", NONE, o.each_pair,
                  "Hold out every pair of a positive and a negative group", NULL),
        CLI_ENTRY("splits", STRING, o.splits,
                  "Splits of the data, separated by commas (default: train,validation)", "LIST"),
        CLI_ENTRY("l2", DOUBLE, o.l2,
                  "Fixed strength of the head's regularization (default: chosen in every fold)",
                  "X"),
        CLI_TUNE_ENTRIES(o.tuning),
        CLI_ENTRY("run-folder", FILENAME, o.run_folder,
                  "Folder that keeps finished folds; the same command goes on from there", "DIR"),
        CLI_ENTRY("restart", NONE, o.restart, "Discard the folds in the run folder", NULL),
        CLI_ENTRY("positive", STRING, o.positive,
                  "Positive class: the one that means disease (default: guessed from the names)",
                  "CLASS"),
        CLI_GROUP_ENTRIES(o.grouping),
        CLI_START_ENTRIES(o.start, "Images per step (default: the recipe's); with --tune head, "
                                   "images per thread and run (default: 1)"),
        CLI_JSON_ENTRY(o.json_path, "all figures and folds"),
        CLI_REPORT_ENTRY(o.report),
        CLI_ENTRY("csv", FILENAME, o.csv_path,
                  "Write the held-out answers (repeat, fold, file, class, group, probabilities, "
                  "decision) as CSV to FILE",
                  "FILE"),
        {NULL}};
    LeukoCrossvalOptions options;
    LeukoTuneOptions tune;
    o.start.batch = -1; /* not given */
    g_autofree gchar *command = cli_command_line(argc, argv);
    if (!cli_parse("crossval", entries, &argc, &argv, 1, 1, error) ||
        !read_options(&o, &options, &tune, error) || !cli_report_check(o.report, error))
        return FALSE;
    g_autoptr(LeukoCrossvalResult) r =
        leuko_crossval_run(argv[1], &options, cli_cancellable(), cli_reporter(), error);
    return r ? write_results(&o, r, command, error) : add_hint(&o, error);
}

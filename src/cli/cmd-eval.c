#include "base/durable.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/eval-options.h"
#include "cli/eval-print.h"
#include "cli/report-option.h"
#include <string.h>

#define CLI_NO_PREVALENCE (-1.0) /* the option was not given */

typedef struct {
    CliEvalOptions common;
    gchar *csv_path;
    gdouble prevalence;
} Options;

static void options_clear(Options *o)
{
    g_free(o->csv_path);
    cli_eval_options_clear(&o->common);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean read_options(Options *o, LeukoEvalOptions *out, GError **error)
{
    if (!cli_eval_options(&o->common, "leuko eval", out, error))
        return FALSE;
    if (o->prevalence == CLI_NO_PREVALENCE)
        return TRUE;
    if (!(o->prevalence > 0 && o->prevalence < 1))
        return cli_wrong_usage(error, "--prevalence %g: must be between 0 and 1", o->prevalence);
    out->prevalence = o->prevalence;
    return TRUE;
}

static gboolean write_report(const Options *o, const LeukoEvalResult *r, const char *command,
                             GError **error)
{
    LeukoReportOptions options = leuko_report_options_default();
    options.command = command;
    return !o->common.report ||
           leuko_report_write_eval(r, o->common.report, &options, cli_cancellable(), error);
}

static gboolean write_results(const Options *o, const LeukoEvalResult *r, GError **error)
{
    if (o->csv_path) {
        g_autofree gchar *rows = leuko_eval_result_to_csv(r);
        if (!leuko_durable_set_contents(o->csv_path, rows, strlen(rows), error))
            return FALSE;
    }
    if (g_strcmp0(o->common.json_path, "-") != 0)
        cli_print_evaluation(r);
    if (!o->common.json_path)
        return TRUE;
    g_autoptr(json_t) json = leuko_eval_result_json(r);
    return leuko_json_save(json, o->common.json_path, error);
}

gboolean cmd_eval(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.prevalence = CLI_NO_PREVALENCE, .common.run = CLI_CLASSIFIER_DEFAULT};
    const GOptionEntry entries[] = {
        CLI_EVAL_ENTRIES(o.common, "the model's", "all figures"),
        {"prevalence", 0, 0, G_OPTION_ARG_DOUBLE, &o.prevalence,
         "Share of positive images in use, 0 to 1: adds PPV and NPV (default: none)", "P"},
        {"csv", 0, 0, G_OPTION_ARG_FILENAME, &o.csv_path,
         "Write the probabilities of every image as CSV to FILE", "FILE"},
        {NULL}};
    LeukoEvalOptions options;
    g_autofree gchar *command = cli_command_line(argc, argv);
    if (!cli_parse("eval", entries, &argc, &argv, 2, 2, error) ||
        !read_options(&o, &options, error) || !cli_precision_applies(argv[1], NULL, error) ||
        !cli_report_check(o.common.report, error))
        return FALSE;
    g_autoptr(LeukoEvalResult) result =
        leuko_eval_run(argv[1], argv[2], &options, cli_cancellable(), cli_reporter(), error);
    return result ? write_report(&o, result, command, error) && write_results(&o, result, error)
                  : cli_group_explain(error) || cli_usage_if_argument(error);
}

#include "base/durable.h"
#include "base/json.h"
#include "cli/classifier-options.h"
#include "cli/commands.h"
#include "cli/eval-print.h"
#include "cli/group-options.h"
#include "cli/option-rules.h"
#include "eval/eval.h"
#include <string.h>

typedef struct {
    gchar *split, *positive, *json_path, *csv_path;
    gdouble prevalence;
    CliGroupOptions grouping;
    CliClassifierOptions run;
} Options;

static void options_clear(Options *o)
{
    g_free(o->split);
    g_free(o->positive);
    g_free(o->json_path);
    g_free(o->csv_path);
    cli_group_clear(&o->grouping);
    cli_classifier_clear(&o->run);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean read_options(Options *o, LeukoEvalOptions *out, GError **error)
{
    *out = leuko_eval_options_default();
    if (!cli_one_of("split", o->split, cli_splits, error) ||
        !cli_group_options(&o->grouping, &out->folder, error) ||
        !cli_classifier_options(&o->run, &out->classifier, error))
        return FALSE;
    if (o->prevalence != -1 && !(o->prevalence > 0 && o->prevalence < 1))
        return cli_wrong_usage(error, "--prevalence %g: must be between 0 and 1", o->prevalence);
    if (o->prevalence != -1)
        out->prevalence = o->prevalence;
    out->split = o->split;
    out->positive = o->positive;
    out->command = "leuko eval";
    return TRUE;
}

static gboolean write_results(const Options *o, const LeukoEvalResult *r, GError **error)
{
    if (o->csv_path) {
        g_autofree gchar *rows = leuko_eval_result_to_csv(r);
        if (!leuko_durable_set_contents(o->csv_path, rows, strlen(rows), error))
            return FALSE;
    }
    if (g_strcmp0(o->json_path, "-") != 0)
        cli_print_evaluation(r);
    if (!o->json_path)
        return TRUE;
    g_autoptr(json_t) json = leuko_eval_result_json(r);
    return leuko_json_save(json, o->json_path, error);
}

gboolean cmd_eval(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.prevalence = -1, .run = CLI_CLASSIFIER_DEFAULT};
    const GOptionEntry entries[] = {
        {"split", 0, 0, G_OPTION_ARG_STRING, &o.split,
         "Split of the data: train, validation or test (default: test, else validation)", "NAME"},
        {"positive", 0, 0, G_OPTION_ARG_STRING, &o.positive,
         "Positive class (default: the model's)", "CLASS"},
        {"prevalence", 0, 0, G_OPTION_ARG_DOUBLE, &o.prevalence,
         "Share of positive images in use, 0 to 1: adds PPV and NPV (default: none)", "P"},
        CLI_GROUP_ENTRIES(o.grouping),
        CLI_JSON_ENTRY(o.json_path, "all figures"),
        {"csv", 0, 0, G_OPTION_ARG_FILENAME, &o.csv_path,
         "Write the probabilities of every image as CSV to FILE", "FILE"},
        CLI_CLASSIFIER_ENTRIES(o.run),
        {NULL}};
    LeukoEvalOptions options;
    if (!cli_parse("eval", entries, &argc, &argv, 2, 2, error) ||
        !read_options(&o, &options, error) || !cli_precision_applies(argv[1], NULL, error))
        return FALSE;
    g_autoptr(LeukoEvalResult) result =
        leuko_eval_run(argv[1], argv[2], &options, cli_cancellable(), cli_reporter(), error);
    return result ? write_results(&o, result, error)
                  : cli_group_explain(error) || cli_usage_if_argument(error);
}

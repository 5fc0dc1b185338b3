#include "base/json.h"
#include "base/plural.h"
#include "cli/commands.h"
#include "cli/eval-options.h"
#include "cli/eval-print.h"
#include "cli/figure-rows.h"
#include "cli/report-option.h"
#include "eval/eval.h"
#include "leuko/report-study.h"
#include "study/compare.h"
#include <math.h>
#include <string.h>

/* "0.031 (0.010 to 0.094)", "0.031" without an interval, "-" where it is not defined. */
static gchar *metric_text(const LeukoMetric *m)
{
    return !m || !isfinite(m->value) ? g_strdup("-")
           : !isfinite(m->low)       ? g_strdup_printf("%.3f", m->value)
                               : g_strdup_printf("%.3f (%.3f to %.3f)", m->value, m->low, m->high);
}

static void print_pair(const char *name, const LeukoMetric *first, const LeukoMetric *second)
{
    g_autofree gchar *a = metric_text(first), *b = metric_text(second);
    cli_print("  %-30s %-24s  %s", name, a, b);
}

static const LeukoMetric *missed_among_answered(const LeukoEvalResult *r, const char *class_name)
{
    for (guint k = 0; r->selective && k < r->selective->n_classes; k++)
        if (strcmp(r->classes[k], class_name) == 0)
            return &r->selective->missed_among_answered[k];
    return NULL;
}

/* What both models refer to a person; a model that refers nothing has "-". */
static void print_referrals(const LeukoEvalResult *a, const LeukoEvalResult *b)
{
    const LeukoSelective *first = a->selective, *second = b->selective;
    if (!first && !second)
        return;
    cli_print("\n  %s%-30s %-24s  %s%s", cli_bold(), "referred to a person",
              "first (95 % interval)", "second (95 % interval)", cli_plain());
    print_pair("share referred", first ? &first->referred : NULL,
               second ? &second->referred : NULL);
    print_pair("answered: accuracy", first ? &first->accuracy : NULL,
               second ? &second->accuracy : NULL);
    for (guint k = 0; a->classes[k]; k++) {
        g_autofree gchar *name = g_strdup_printf("answered: missed %s", a->classes[k]);
        print_pair(name, missed_among_answered(a, a->classes[k]),
                   missed_among_answered(b, a->classes[k]));
    }
}

static void print_comparison(const LeukoCompareResult *r, char **argv)
{
    const LeukoEvalResult *a = leuko_compare_result_evaluation(r, 0);
    const LeukoEvalResult *b = leuko_compare_result_evaluation(r, 1);
    guint n = leuko_eval_result_n_images(a), groups = leuko_eval_result_n_groups(a);
    const char *split = leuko_eval_result_split(a);
    LeukoCompareCounts c = leuko_compare_result_counts(r);
    cli_print("first: %s", argv[1]);
    cli_print("second: %s", argv[2]);
    g_autofree gchar *grouped =
        groups > 0 ? g_strdup_printf("%u %s", groups, LEUKO_PLURAL(groups, "group"))
                   : g_strdup("groups unknown");
    cli_print("on %s%s%s%s: %u %s, %s", argv[3], split ? ", " : "", split ? split : "",
              split ? " split" : "", n, LEUKO_PLURAL(n, "image"), grouped);
    if (leuko_eval_result_positive(a) >= 0)
        cli_print("positive class: %s; decision thresholds: first %.3f, second %.3f",
                  leuko_eval_result_class_name(a, (guint)leuko_eval_result_positive(a)),
                  leuko_eval_result_threshold(a), leuko_eval_result_threshold(b));
    cli_print("correct: both %u, only the first %u, only the second %u, neither %u", c.both,
              c.only_first, c.only_second, c.neither);
    cli_print("\n  %s%-18s %8s %8s %10s  %-18s %8s  %s%s", cli_bold(), "figure", "first", "second",
              "difference", "95 % interval", "p", "method", cli_plain());
    for (guint i = 0; i < leuko_compare_result_n_figures(r); i++) {
        LeukoCompareFigure f;
        leuko_compare_result_figure_at(r, i, &f);
        cli_print_difference(&f);
    }
    print_referrals(a, b);
    cli_print(
        "\ndifference: second minus first; p: probability of a difference at least as large if "
        "the models were equally good");
    cli_print_texts("warnings about the first model", leuko_eval_result_warnings(a));
    cli_print_texts("warnings about the second model", leuko_eval_result_warnings(b));
    cli_print("\n%s", LEUKO_RESEARCH_ONLY);
}

gboolean cmd_compare(int argc, char **argv, GError **error)
{
    g_auto(CliEvalOptions) o = {.run = CLI_CLASSIFIER_DEFAULT};
    const GOptionEntry entries[] = {
        CLI_EVAL_ENTRIES(o, "the first model's",
                         "all figures of both models and their differences"),
        {NULL}};
    LeukoEvalOptions options;
    LeukoReportOptions report = leuko_report_options_default();
    g_autofree gchar *command = cli_command_line(argc, argv);
    report.command = command;
    if (!cli_parse("compare", entries, &argc, &argv, 3, 3, error) ||
        !cli_eval_options(&o, "leuko compare", &options, error) ||
        !cli_precision_applies(argv[1], argv[2], error) || !cli_report_check(o.report, error))
        return FALSE;
    g_autoptr(LeukoCompareResult) r = leuko_compare_run(argv[1], argv[2], argv[3], &options,
                                                        cli_cancellable(), cli_reporter(), error);
    if (!r)
        return cli_usage_if_argument(error);
    if (o.report && !leuko_report_write_compare(r, o.report, &report, error))
        return FALSE;
    if (g_strcmp0(o.json_path, "-") != 0)
        print_comparison(r, argv);
    g_autoptr(json_t) json = o.json_path ? leuko_compare_result_json(r) : NULL;
    return !json || leuko_json_save(json, o.json_path, error);
}

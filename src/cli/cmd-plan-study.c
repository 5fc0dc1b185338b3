#include "base/json.h"
#include "base/plural.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/option-rules.h"
#include "study/plan-study.h"
#include <math.h>
#include <string.h>

typedef struct {
    gchar *figure, *cells, *icc, *pilot, *class, *json_path;
    gdouble expected, width, ratio;
    double *cells_list, *icc_list; /* parsed */
} Options;

static void options_clear(Options *o)
{
    g_free(o->figure);
    g_free(o->cells);
    g_free(o->icc);
    g_free(o->pilot);
    g_free(o->class);
    g_free(o->json_path);
    g_free(o->cells_list);
    g_free(o->icc_list);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* "10,20.5" as numbers, g_free; NULL without the option. */
static gboolean read_numbers(const char *option, const char *text, double **out, guint *n,
                             GError **error)
{
    *n = 0;
    if (!text)
        return TRUE;
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    *out = g_new(double, MAX(g_strv_length(words), 1));
    for (guint i = 0; words[i]; i++) {
        gchar *end = NULL;
        (*out)[(*n)++] = g_ascii_strtod(words[i], &end);
        if (end == words[i] || *end)
            return cli_wrong_usage(error, "--%s %s: \"%s\" is not a number", option, text,
                                   words[i]);
    }
    if (*n == 0 || *n > 12)
        return cli_wrong_usage(error, "--%s: give 1 to 12 numbers separated by commas", option);
    return TRUE;
}

static gboolean read_options(Options *o, LeukoPlanStudyOptions *out, GError **error)
{
    *out = leuko_plan_study_options_default();
    if (!read_numbers("cells", o->cells, &o->cells_list, &out->n_cells, error) ||
        !read_numbers("icc", o->icc, &o->icc_list, &out->n_icc, error))
        return FALSE;
    if (o->figure)
        out->figure = o->figure;
    const CliExclusion cases[] = {
        {strcmp(out->figure, "auc") != 0, "without --figure auc", {"ratio"}},
        {o->pilot == NULL, "without --pilot", {"class"}},
        {strcmp(out->figure, "accuracy") == 0, "with --figure accuracy", {"class"}}};
    if (!cli_exclude(cases, G_N_ELEMENTS(cases), error))
        return FALSE;
    if (cli_is_given("expected"))
        out->expected = o->expected;
    out->width = o->width;
    out->ratio = o->ratio;
    out->cells = o->cells_list;
    out->icc = o->icc_list;
    out->pilot = o->pilot;
    out->pilot_class = o->class;
    return TRUE;
}

static void print_pilot(const LeukoStudyPlan *plan)
{
    g_autofree gchar *value = isnan(plan->pilot_value)
                                  ? g_strdup("")
                                  : g_strdup_printf("%s %.3f, ", plan->figure, plan->pilot_value);
    g_autofree gchar *icc = isnan(plan->pilot_icc) ? g_strdup("not estimable")
                                                   : g_strdup_printf("%.3f", plan->pilot_icc);
    cli_print("pilot: %u %s of %u %s, %sICC %s", plan->pilot_images,
              LEUKO_PLURAL(plan->pilot_images, "image"), plan->pilot_groups,
              LEUKO_PLURAL(plan->pilot_groups, "patient"), value, icc);
}

static void print_plan(const LeukoStudyPlan *plan)
{
    gboolean auc = strcmp(plan->figure, "auc") == 0;
    const char *who = strcmp(plan->figure, "specificity") == 0 ? "patients with the negative class"
                      : strcmp(plan->figure, "accuracy") == 0  ? "patients"
                                                               : "patients with the positive class";
    if (plan->pilot_images)
        print_pilot(plan);
    cli_print("%s: expected %.3f, 95 %% interval at most %.3g wide", auc ? "ROC-AUC" : plan->figure,
              plan->expected, plan->width);
    if (auc)
        cli_print("%s needed, and %g times as many with the negative class", who, plan->ratio);
    else
        cli_print("%s needed", who);
    GString *row = g_string_new(NULL);
    g_string_printf(row, "  %s%-24s", cli_bold(), "cells of each patient");
    for (guint c = 0; c < plan->n_cells; c++)
        g_string_append_printf(row, " %8g", plan->cells[c]);
    cli_print("\n%s%s", row->str, cli_plain());
    for (guint i = 0; i < plan->n_icc; i++) {
        g_autofree gchar *label = g_strdup_printf("ICC %.3g", plan->icc[i]);
        g_string_printf(row, "  %-24s", label);
        for (guint c = 0; c < plan->n_cells; c++) {
            guint patients = plan->patients[i * plan->n_cells + c];
            if (patients)
                g_string_append_printf(row, " %8u", patients);
            else
                g_string_append_printf(row, " %8s", "> 10^6");
        }
        cli_print("%s", row->str);
    }
    g_string_free(row, TRUE);
    cli_print(
        "\nICC: intraclass correlation, the share of the variance that lies between patients. "
        "More "
        "cells of the same patients help little where it is high.");
}

gboolean cmd_plan_study(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.width = 0.1, .ratio = 1};
    const GOptionEntry entries[] = {
        {"figure", 0, 0, G_OPTION_ARG_STRING, &o.figure,
         "sensitivity, specificity, accuracy or auc (default: sensitivity)", "NAME"},
        {"expected", 0, 0, G_OPTION_ARG_DOUBLE, &o.expected,
         "Value to expect of the figure (default: the pilot's, else 0.9)", "P"},
        {"width", 0, 0, G_OPTION_ARG_DOUBLE, &o.width,
         "Wanted width of the 95 % interval, between 0 and 1 (default: 0.1)", "W"},
        {"cells", 0, 0, G_OPTION_ARG_STRING, &o.cells,
         "Cells of each patient (default: 1,10,20,50,100,200)", "N,..."},
        {"icc", 0, 0, G_OPTION_ARG_STRING, &o.icc,
         "Intraclass correlations, 0 to 1 (default: the pilot's, else 0.01,0.05,0.1,0.2,0.5)",
         "R,..."},
        {"pilot", 0, 0, G_OPTION_ARG_FILENAME, &o.pilot,
         "Answers of a pilot, as `leuko eval --csv` writes them: gives the ICC", "FILE.csv"},
        {"class", 0, 0, G_OPTION_ARG_STRING, &o.class,
         "Class of the pilot whose images count: the positive one for a sensitivity and an AUC",
         "NAME"},
        {"ratio", 0, 0, G_OPTION_ARG_DOUBLE, &o.ratio,
         "Negative patients for each positive one, with --figure auc (default: 1)", "R"},
        CLI_JSON_ENTRY(o.json_path, "the table"),
        {NULL}};
    LeukoPlanStudyOptions options;
    if (!cli_parse("plan-study", entries, &argc, &argv, 0, 0, error) ||
        !read_options(&o, &options, error))
        return FALSE;
    g_autoptr(LeukoStudyPlan) plan = leuko_plan_study(&options, error);
    if (!plan)
        return cli_usage_if_argument(error);
    if (g_strcmp0(o.json_path, "-") != 0)
        print_plan(plan);
    g_autoptr(json_t) json = o.json_path ? leuko_study_plan_json(plan) : NULL;
    return !json || leuko_json_save(json, o.json_path, error);
}

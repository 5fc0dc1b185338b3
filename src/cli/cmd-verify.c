#include "base/json.h"
#include "base/plural.h"
#include "cli/classifier-options.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/group-options.h"
#include "cli/option-rules.h"
#include "compile/verify.h"
#include <math.h>

typedef struct {
    gchar *data, *split, *precision, *json;
    CliGroupOptions grouping;
    gdouble max_dp, flips, mean_dp, auc;
    gint threads, n;
    gint64 seed;
} Options;

static void options_clear(Options *o)
{
    g_free(o->data);
    g_free(o->split);
    g_free(o->precision);
    g_free(o->json);
    cli_group_clear(&o->grouping);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* Each limit that is given is 0 to 1. */
static gboolean check_limits(const Options *o, GError **error)
{
    const struct {
        const char *name;
        gdouble value;
    } limits[] = {
        {"max-dp", o->max_dp}, {"flips", o->flips}, {"mean-dp", o->mean_dp}, {"auc", o->auc}};
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++)
        if (cli_is_given(limits[i].name) && !(limits[i].value >= 0 && limits[i].value <= 1))
            return cli_wrong_usage(error, "--%s %g: must be 0 to 1", limits[i].name,
                                   limits[i].value);
    return TRUE;
}

static gboolean read_options(Options *o, LeukoVerifyOptions *out, GError **error)
{
    *out = leuko_verify_options_default();
    if (!cli_group_options(&o->grouping, &out->folder, error) ||
        !cli_in_range("--threads", o->threads, 0, 1024, error) ||
        !cli_in_range("--inputs", o->n, 1, 4096, error) || !check_limits(o, error))
        return FALSE;
    const CliExclusion cases[] = {{o->data != NULL,
                                   "with --data, which takes the place of random inputs",
                                   {"inputs", "seed"}},
                                  {o->data == NULL,
                                   "without --data: random inputs have no splits and no classes",
                                   {"split", "auc"}},
                                  {o->data == NULL,
                                   "without --data",
                                   {"group-by", "group-by-path", "groups", "labels", "layout",
                                    "labels-from-names", "classes"}}};
    if (!cli_exclude(cases, G_N_ELEMENTS(cases), error) ||
        !cli_one_of("split", o->split, cli_splits, error))
        return FALSE;
    if (!cli_one_of("precision", o->precision, cli_float_precisions, error) ||
        (o->precision && !leuko_precision_parse(o->precision, &out->precision, error)))
        return FALSE;
    out->n_threads = cli_threads(o->threads);
    out->data = o->data;
    out->split = o->split;
    out->n_inputs = (guint)o->n;
    out->seed = (guint64)o->seed;
    out->max_dp = o->max_dp >= 0 ? o->max_dp : (double)NAN;
    out->mean_dp = o->mean_dp >= 0 ? o->mean_dp : (double)NAN;
    out->flips = o->flips >= 0 ? o->flips : (double)NAN;
    out->auc = o->auc >= 0 ? o->auc : (double)NAN;
    out->command = "leuko verify";
    return TRUE;
}

/* The five most probable classes of the image where the answers differ most. */
static void print_worst(const LeukoVerifyReport *r)
{
    g_autofree gboolean *shown = g_new0(gboolean, r->n_classes);
    cli_print("\n  the answers that differ most (image %u):  expected    result", r->worst + 1);
    for (guint row = 0; row < MIN(r->n_classes, 5); row++) {
        guint best = r->n_classes;
        for (guint k = 0; k < r->n_classes; k++)
            if (!shown[k] &&
                (best == r->n_classes || r->worst_reference[k] > r->worst_reference[best]))
                best = k;
        shown[best] = TRUE;
        cli_print("    %-40.40s  %8.6f  %8.6f", r->classes[best], r->worst_reference[best],
                  r->worst_answers[best]);
    }
}

static void print_report(const LeukoVerifyReport *r)
{
    cli_print("%u %s, %u %s, %u %s", r->n, LEUKO_PLURAL(r->n, "image"), r->n_classes,
              leuko_plural(r->n_classes, "class", "classes"), r->n_flips,
              leuko_plural(r->n_flips, "decision differs", "decisions differ"));
    cli_print("  %-28s %12s  %s", "figure", "value", "limit");
    for (guint i = 0; i < r->n_figures; i++) {
        const LeukoVerifyFigure *f = &r->figures[i];
        g_autofree gchar *limit = isnan(f->limit)
                                      ? g_strdup("-")
                                      : g_strdup_printf("%g%s", f->limit, f->over ? "  OVER" : "");
        cli_print("  %-28s %12.3g  %s", f->name, f->value, limit);
    }
    if (isfinite(r->auc))
        cli_print("  AUC %.4f, reference %.4f", r->auc, r->auc_reference);
    print_worst(r);
    cli_print("\n  %-46s %10s  %s", "figures of the NCSDK's check tool", "value", "its limit");
    for (guint i = 0; i < LEUKO_N_VERIFY_CHECKS; i++) {
        const LeukoVerifyFigure *c = &r->checks[i];
        g_autofree gchar *limit = isnan(c->limit) ? g_strdup("-") : g_strdup_printf("%g", c->limit);
        cli_print("  %-46s %10.4g  %s", c->name, c->value, limit);
    }
    cli_print("%s", LEUKO_RESEARCH_ONLY);
}

static gboolean verify(char **argv, Options *o, GError **error)
{
    LeukoVerifyOptions options;
    if (!read_options(o, &options, error))
        return FALSE;
    g_autoptr(LeukoVerifyReport) r =
        leuko_verify_run(argv[1], argv[2], &options, cli_cancellable(), cli_reporter(), error);
    if (!r)
        return cli_group_explain(error);
    g_autoptr(json_t) json = o->json ? leuko_verify_report_json(r) : NULL;
    if (json && !leuko_json_save(json, o->json, error))
        return FALSE;
    if (g_strcmp0(o->json, "-") != 0)
        print_report(r);
    if (r->same)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_GATE,
                "the answers of %s differ from those of %s: %u %s above the limit", argv[2],
                argv[1], r->n_over, leuko_plural(r->n_over, "figure is", "figures are"));
    return FALSE;
}

gboolean cmd_verify(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.max_dp = -1, .flips = -1, .mean_dp = -1, .auc = -1, .n = 16, .seed = 50};
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &o.data,
         "Folder of images, or shards (default: random inputs)", "DIR"},
        CLI_GROUP_ENTRIES(o.grouping),
        {"split", 0, 0, G_OPTION_ARG_STRING, &o.split,
         "Split of the data (default: test, else validation, else train)", "NAME"},
        {"precision", 0, 0, G_OPTION_ARG_STRING, &o.precision,
         "Precision of models: fp32 or bf16 (default: fp32)", "NAME"},
        {"max-dp", 0, 0, G_OPTION_ARG_DOUBLE, &o.max_dp,
         "Limit of the largest |dp|, 0 to 1 (default: 0.001 if both are fp32, else none)", "X"},
        {"flips", 0, 0, G_OPTION_ARG_DOUBLE, &o.flips,
         "Limit of the share of changed decisions, 0 to 1 (default: 0.01)", "X"},
        {"mean-dp", 0, 0, G_OPTION_ARG_DOUBLE, &o.mean_dp,
         "Limit of the mean |dp|, 0 to 1 (default: 0.01)", "X"},
        {"auc", 0, 0, G_OPTION_ARG_DOUBLE, &o.auc, "Limit of the lost AUC, 0 to 1 (default: 0.005)",
         "X"},
        {"inputs", 0, 0, G_OPTION_ARG_INT, &o.n,
         "Number of random inputs without --data, 1 to 4096 (default: 16)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, "Seed of the random inputs (default: 50)", "S"},
        CLI_THREADS_ENTRY(o.threads),
        CLI_JSON_ENTRY(o.json, "the figures"),
        {NULL}};
    return cli_parse("verify", entries, &argc, &argv, 2, 2, error) &&
           cli_precision_applies(argv[1], argv[2], error) && verify(argv, &o, error);
}

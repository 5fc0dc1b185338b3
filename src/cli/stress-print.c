#include "cli/stress-print.h"
#include "base/error.h"
#include "base/plural.h"
#include "eval/eval.h"
#include <math.h>
#include <string.h>

/* A figure as a person writes it. */
static gchar *spaced(const char *name)
{
    static const struct {
        const char *name, *text;
    } special[] = {{"auc", "AUC"}, {"mcc", "MCC"}, {"macro_f1", "macro F1"}};
    for (gsize i = 0; i < G_N_ELEMENTS(special); i++)
        if (strcmp(name, special[i].name) == 0)
            return g_strdup(special[i].text);
    return g_strdelimit(g_strdup(name), "_", ' ');
}

static void print_head(const LeukoStressResult *r)
{
    const LeukoEvalResult *clean = leuko_stress_result_clean(r);
    const LeukoEvaluation *e = clean->evaluation;
    guint n_all = leuko_stress_result_n_all(r);
    g_autofree gchar *model = leuko_one_line(clean->model), *data = leuko_one_line(clean->data);
    g_autofree gchar *groups =
        e->n_groups > 0 ? g_strdup_printf("%u %s", e->n_groups, LEUKO_PLURAL(e->n_groups, "group"))
                        : g_strdup("groups unknown");
    g_autofree gchar *sample =
        e->n < n_all ? g_strdup_printf(", a random sample of %u (seed %" G_GUINT64_FORMAT ")",
                                       n_all, leuko_stress_result_seed(r))
                     : g_strdup("");
    cli_print("%s on %s%s%s%s: %u %s, %s%s", model, data, clean->split ? ", " : "",
              clean->split ? clean->split : "", clean->split ? " split" : "", e->n,
              LEUKO_PLURAL(e->n, "image"), groups, sample);
    if (e->positive >= 0)
        cli_print("positive class: %s", e->classes[e->positive]);
}

/* "0.512", or "-" where there is none. */
static const char *number(gchar *text, gsize size, const char *format, double value)
{
    return isnan(value) ? "-" : g_ascii_formatd(text, (gint)size, format, value);
}

/* "-0.021 (-0.040 to -0.003)" or without the interval. */
static gchar *change_text(const LeukoEvalFigure *f)
{
    if (isnan(f->value))
        return g_strdup("not defined");
    return isnan(f->low) ? g_strdup_printf("%+.3f", f->value)
                         : g_strdup_printf("%+.3f (%+.3f to %+.3f)", f->value, f->low, f->high);
}

static gchar *strength_text(const char *unit, double strength)
{
    gboolean first = strcmp(unit, "quality") == 0;
    return isnan(strength) ? g_strdup("")
           : first         ? g_strdup_printf("%s %g", unit, strength)
                           : g_strdup_printf("%g %s", strength, unit);
}

static const char *const columns[] = {"accuracy", "balanced_accuracy", "auc", "log_loss",
                                      "ece",      "referred"};

static void print_condition(const LeukoStressResult *r, guint i, const char *figure)
{
    LeukoStressCondition c;
    LeukoEvalFigure f;
    gchar text[32];
    leuko_stress_result_condition(r, i, &c);
    g_autofree gchar *strength = strength_text(c.unit, c.strength);
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "  %-15s%11s", c.kind, strength);
    for (gsize k = 0; k < G_N_ELEMENTS(columns); k++) {
        double value = leuko_stress_result_figure(r, i, columns[k], &f) ? f.value : (double)NAN;
        g_string_append_printf(line, " %8s", number(text, sizeof text, "%.3f", value));
    }
    if (leuko_stress_result_change(r, i, figure, &f)) {
        g_autofree gchar *change = change_text(&f);
        g_string_append_printf(line, "  %s", change);
    }
    cli_print("%s", line->str);
}

static void print_conditions(const LeukoStressResult *r)
{
    const char *figure = leuko_stress_result_figure_name(r);
    g_autofree gchar *shown = spaced(figure);
    LeukoEvalFigure f;
    cli_print("\n  %s%-15s%11s %8s %8s %8s %8s %8s %8s  change of the %s%s", cli_bold(),
              "condition", "", "accuracy", "balanced", "AUC", "log-loss", "ECE", "referred", shown,
              cli_plain());
    for (guint i = 0; i < leuko_stress_result_n_conditions(r); i++)
        print_condition(r, i, figure);
    cli_print("  balanced: balanced accuracy. ECE: expected calibration error. referred: share of "
              "images that");
    cli_print("  the model refers to a person%s. Changes: condition minus clean, on the same "
              "images%s.",
              leuko_stress_result_figure(r, 0, "referred", &f) ? "" : " (this model refers none)",
              leuko_stress_result_n_conditions(r) > 1 ? ", with 95 % intervals" : "");
}

/* Why the changes have no intervals, if they have none. */
static void print_reason(const LeukoStressResult *r)
{
    LeukoEvalFigure f;
    if (leuko_stress_result_n_conditions(r) > 1 &&
        leuko_stress_result_change(r, 1, leuko_stress_result_figure_name(r), &f) && isnan(f.low))
        cli_print("  The intervals are %s.", f.method);
}

static void print_limits(const LeukoStressResult *r)
{
    g_autofree gchar *shown = spaced(leuko_stress_result_figure_name(r));
    if (leuko_stress_result_n_limits(r) == 0)
        return;
    cli_print("\n  %sbreaks at: the weakest strength at which the %s falls by more than %g%s",
              cli_bold(), shown, leuko_stress_result_limit_value(r), cli_plain());
    for (guint i = 0; i < leuko_stress_result_n_limits(r); i++) {
        LeukoStressLimit l;
        leuko_stress_result_limit(r, i, &l);
        g_autofree gchar *at = strength_text(l.unit, l.breaks_at);
        g_autofree gchar *strongest = strength_text(l.unit, l.strongest);
        if (!isnan(l.breaks_at))
            cli_print("  %-15s %12s  %s%s", l.kind, at, l.meaning,
                      l.certain ? "" : " (not certain)");
        else if (isnan(l.worst))
            cli_print("  %-15s %12s  %s", l.kind, "-", "the figure is not defined");
        else
            cli_print("  %-15s %12s  %s; not up to %s (lowest change %+.3f)", l.kind, "-",
                      l.meaning, strongest, l.worst);
    }
}

static void print_controls(const LeukoStressResult *r)
{
    guint n = leuko_stress_result_n_controls(r);
    double box = leuko_stress_result_box(r);
    if (n == 0)
        return;
    cli_print("\n  %scontrols%s", cli_bold(), cli_plain());
    if (!isnan(box))
        cli_print("  The box that hides the cell is %.0f %% of the image's sides, in every image.",
                  100 * box);
    for (guint i = 0; i < n; i++) {
        LeukoStressControl c;
        leuko_stress_result_control(r, i, &c);
        g_autofree gchar *title = leuko_one_line(c.title);
        const char *mark = c.verdict == LEUKO_STRESS_AT_CHANCE      ? "at chance"
                           : c.verdict == LEUKO_STRESS_ABOVE_CHANCE ? "ABOVE CHANCE"
                           : c.verdict == LEUKO_STRESS_NOT_RUN      ? "not run"
                                                                    : "";
        cli_print("  %s%s%s%s%s", cli_bold(), title, *mark ? ": " : "", mark, cli_plain());
        g_autoptr(GString) line = g_string_new("    ");
        cli_append_wrapped(line, c.sentence, 4);
        cli_print_lines(g_strchomp(line->str));
    }
}

static void print_notes(const char *title, const gchar *const *notes)
{
    if (*notes)
        cli_print("\n%s", title);
    for (; *notes; notes++) {
        g_autoptr(GString) line = g_string_new("  ");
        cli_append_wrapped(line, *notes, 2);
        cli_print_lines(g_strchomp(line->str));
    }
}

void cli_print_stress(const LeukoStressResult *r)
{
    print_head(r);
    print_conditions(r);
    print_reason(r);
    print_limits(r);
    print_controls(r);
    print_notes("warnings", leuko_eval_result_warnings(leuko_stress_result_clean(r)));
    print_notes("notes", leuko_stress_result_notes(r));
    cli_print("\n%s", LEUKO_RESEARCH_ONLY);
}

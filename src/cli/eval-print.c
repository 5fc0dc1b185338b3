#include "cli/eval-print.h"
#include "base/error.h"
#include "base/plural.h"
#include "eval/cautions.h"
#include "stats/reliability.h"
#include <math.h>
#include <string.h>

/* `shared`: a reason that is printed once below the table; NULL: none. */
static void print_metric(const char *name, const LeukoMetric *m, const char *shared)
{
    if (!isfinite(m->value)) {
        cli_print("  %-20s %8s  %s", name, "-", m->method);
        return;
    }
    if (!isfinite(m->low)) {
        const char *reason = leuko_metric_reason(m);
        cli_print("  %-20s %8.3f  %-16s %s%s%s", name, m->value, "not estimable", cli_dim(),
                  g_strcmp0(reason, shared) == 0 ? "" : reason, cli_plain());
        return;
    }
    g_autofree gchar *interval = g_strdup_printf("%.3f to %.3f", m->low, m->high);
    cli_print("  %-20s %8.3f  %-16s %s%s%s", name, m->value, interval, cli_dim(), m->method,
              cli_plain());
}

static void print_overall(const LeukoEvaluation *e)
{
    gboolean two = e->n_classes == 2 && e->positive >= 0;
    const char *shared = e->too_few_groups ? leuko_metric_reason(&e->accuracy) : NULL;
    cli_print("\n  %s%-20s %8s  %-16s %s%s", cli_bold(), "figure", "value", "95 % interval",
              "method", cli_plain());
    print_metric("accuracy", &e->accuracy, shared);
    print_metric("balanced accuracy", &e->balanced_accuracy, shared);
    if (two) {
        print_metric("sensitivity", &e->sensitivity, shared);
        print_metric("specificity", &e->specificity, shared);
    }
    print_metric("macro F1", &e->macro_f1, shared);
    print_metric("MCC", &e->mcc, shared);
    print_metric("Cohen's kappa", &e->kappa, shared);
    print_metric(e->n_classes == 2 ? "ROC-AUC" : "ROC-AUC (macro)", &e->auc, shared);
    if (e->n_classes > 2)
        print_metric("ROC-AUC (pairs)", &e->hand_till, shared);
    if (two)
        print_metric("average precision", &e->average_precision, shared);
    if (two && isfinite(e->prevalence)) {
        print_metric("PPV", &e->ppv, shared);
        print_metric("NPV", &e->npv, shared);
    }
    print_metric("Brier score", &e->brier, shared);
    print_metric("log-loss", &e->log_loss, shared);
    print_metric("calibration error", &e->ece, shared);
    if (shared)
        cli_print("  No intervals: %s", shared);
}

/* How probabilities agree with observed shares; the JSON output has the bins. */
static void print_calibration(const LeukoEvaluation *e)
{
    const LeukoReliability *r = e->reliability;
    const LeukoBrierParts *b = &r->brier;
    g_autofree gchar *event = e->n_classes == 2 && e->positive >= 0
                                  ? g_strdup_printf("p(%s)", e->classes[e->positive])
                                  : g_strdup("the largest probability");
    cli_print("\n  calibration of %s (number of bins: %d): error %.3f (equal width), %.3f (equal "
              "count), largest %.3f",
              event, LEUKO_ECE_BINS, r->equal_width.ece, r->equal_mass.ece, r->equal_width.mce);
    cli_print("  Brier %.3f = reliability %.3f - resolution %.3f + uncertainty %.3f %s %.3f "
              "within bins",
              b->score, b->reliability, b->resolution, b->uncertainty,
              b->within_variance < b->within_covariance ? "-" : "+",
              fabs(b->within_variance - b->within_covariance));
}

static gsize widest_class(const LeukoEvaluation *e)
{
    gsize width = 5;
    for (guint k = 0; k < e->n_classes; k++)
        width = MAX(width, strlen(e->classes[k]));
    return width;
}

static gchar *short_metric(const LeukoMetric *m)
{
    if (!isfinite(m->value))
        return g_strdup("-");
    return isfinite(m->low) ? g_strdup_printf("%.3f (%.3f to %.3f)", m->value, m->low, m->high)
                            : g_strdup_printf("%.3f (not estimable)", m->value);
}

static void print_classes(const LeukoEvaluation *e)
{
    int width = (int)widest_class(e);
    cli_print("\n  %s%-*s  %6s  %-24s %-24s%s", cli_bold(), width, "class", "n", "recall",
              "precision", cli_plain());
    for (guint k = 0; k < e->n_classes; k++) {
        g_autofree gchar *recall = short_metric(&e->recall[k]),
                         *precision = short_metric(&e->precision[k]);
        cli_print("  %-*s  %6u  %-24s %-24s", width, e->classes[k], e->class_n[k], recall,
                  precision);
    }
}

static void print_confusion(const LeukoEvaluation *e)
{
    int width = (int)widest_class(e);
    GString *row = g_string_new(NULL);
    int label = MAX(width, 9);
    cli_print("\n  %sconfusion matrix (rows: ground truth, columns: decision)%s", cli_bold(),
              cli_plain());
    g_string_append_printf(row, "  %-*s ", width, "");
    for (guint k = 0; k < e->n_classes; k++)
        g_string_append_printf(row, " %*s", label, e->classes[k]);
    cli_print("%s", row->str);
    for (guint k = 0; k < e->n_classes; k++) {
        g_string_printf(row, "  %-*s ", width, e->classes[k]);
        for (guint j = 0; j < e->n_classes; j++)
            g_string_append_printf(row, " %*u", label, e->confusion[k * e->n_classes + j]);
        cli_print("%s", row->str);
    }
    g_string_free(row, TRUE);
}

static void print_groups(const LeukoEvaluation *e)
{
    gsize width = 5;
    for (guint g = 0; g < e->n_group_rows; g++)
        width = MAX(width, strlen(e->group_rows[g].name));
    cli_print("\n  %s%-*s  %6s  %8s%s  classes%s", cli_bold(), (int)width, "group", "n", "accuracy",
              e->positive >= 0 ? "  mean p(positive)" : "", cli_plain());
    for (guint g = 0; g < e->n_group_rows; g++) {
        const LeukoGroupRow *r = &e->group_rows[g];
        GString *classes = g_string_new(NULL);
        for (guint k = 0; k < e->n_classes; k++)
            if (r->n_by_class[k] > 0)
                g_string_append_printf(classes, "%s%s", classes->len ? ", " : "", e->classes[k]);
        g_autofree gchar *mean =
            e->positive >= 0 ? g_strdup_printf("  %16.3f", r->mean_positive) : g_strdup("");
        cli_print("  %-*s  %6u  %8.3f%s  %s", (int)width, r->name, r->n,
                  (double)r->n_correct / r->n, mean, classes->str);
        g_string_free(classes, TRUE);
    }
}

void cli_print_patients(const LeukoPatientFigures *p, const char *rule)
{
    if (!p->figures) {
        cli_print("\nper patient: no figures, as every group has images of both classes");
        return;
    }
    const LeukoEvaluation *e = p->figures;
    g_autofree gchar *usual =
        g_strdup_printf("at least %.1f %% of its images are (%s)", 100 * p->share,
                        p->learned ? "learned on validation" : "default, not learned");
    cli_print("\nper patient: %u %s; positive if %s", p->n, LEUKO_PLURAL(p->n, "patient"),
              rule ? rule : usual);
    if (p->n_mixed > 0)
        cli_print("  %u more %s images of both classes and no class of %s own", p->n_mixed,
                  leuko_plural(p->n_mixed, "patient has", "patients have"),
                  p->n_mixed == 1 ? "its" : "their");
    if (p->n_outside > 0)
        cli_print("  %u %s to no group", p->n_outside,
                  leuko_plural(p->n_outside, "image belongs", "images belong"));
    print_metric("accuracy", &e->accuracy, NULL);
    print_metric("sensitivity", &e->sensitivity, NULL);
    print_metric("specificity", &e->specificity, NULL);
    print_metric("ROC-AUC", &e->auc, NULL);
}

/* What the model refers to a person, and how right the other answers are. */
static void print_selective(const LeukoSelective *s, const LeukoEvaluation *e)
{
    cli_print("\nreferred to a person: %u of %u %s; figures of the answered ones:", s->n_referred,
              s->n, LEUKO_PLURAL(s->n, "image"));
    print_metric("share referred", &s->referred, NULL);
    print_metric("accuracy", &s->accuracy, NULL);
    for (guint k = 0; k < e->n_classes; k++) {
        g_autofree gchar *all = g_strdup_printf("missed %s", e->classes[k]);
        print_metric(all, &s->missed[k], NULL);
        print_metric("  among answered", &s->missed_among_answered[k], NULL);
    }
}

/* Takes `text` over; NULL: nothing. */
static void print_caution(gchar *text)
{
    g_autofree gchar *own = text;
    if (!own)
        return;
    g_autoptr(GString) lines = g_string_new("  ");
    cli_append_wrapped(lines, own, 2);
    cli_print_lines(g_strchomp(lines->str));
}

void cli_print_texts(const char *title, const gchar *const *texts)
{
    if (*texts)
        cli_print("\n%s", title);
    for (; *texts; texts++)
        print_caution(g_strdup(*texts));
}

void cli_print_figures(const LeukoEvaluation *e)
{
    print_overall(e);
    print_calibration(e);
    print_caution(leuko_chance_text(e));
    print_caution(leuko_coverage_text(e));
    print_classes(e);
    print_confusion(e);
    if (e->n_groups > 0 && (e->too_few_groups || e->n_groups <= 20))
        print_groups(e);
}

void cli_print_evaluation(const LeukoEvalResult *r)
{
    const LeukoEvaluation *e = r->evaluation;
    const char *split = r->split;
    g_autofree gchar *groups =
        e->n_groups > 0 ? g_strdup_printf("%u %s", e->n_groups, LEUKO_PLURAL(e->n_groups, "group"))
                        : g_strdup("groups unknown");
    g_autofree gchar *shown = leuko_one_line(r->model), *data = leuko_one_line(r->data);
    cli_print("%s on %s%s%s%s: %u %s, %s", shown, data, split ? ", " : "", split ? split : "",
              split ? " split" : "", e->n, LEUKO_PLURAL(e->n, "image"), groups);
    if (e->positive >= 0)
        cli_print("positive class: %s", e->classes[e->positive]);
    if (isfinite(e->threshold))
        cli_print("decision threshold: p(%s) >= %.3f", e->classes[e->positive], e->threshold);
    else
        cli_print("decision: the class of the largest probability");
    cli_print_figures(e);
    if (r->patients)
        cli_print_patients(r->patients, NULL);
    if (r->selective)
        print_selective(r->selective, e);
    if (r->guard) {
        g_autofree gchar *guard = g_strdup_printf("Training images among these: %s.", r->guard);
        g_autoptr(GString) lines = g_string_new("\n");
        cli_append_wrapped(lines, guard, 0);
        cli_print_lines(g_strchomp(lines->str)); /* its last line end is printed too */
    }
    cli_print_texts("warnings", leuko_eval_result_warnings(r));
    cli_print("\n%s", LEUKO_RESEARCH_ONLY);
}

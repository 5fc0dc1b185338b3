#include "cli/crossval-print.h"
#include "base/error.h"
#include "base/plural.h"
#include "cli/eval-print.h"
#include <math.h>
#include <string.h>

/* More folds than these are told in the JSON file only. */
enum { MAX_FOLDS = 40 };

/* The smallest and largest of a member of the folds; FALSE if none has it. */
typedef struct {
    double low, high;
} Range;

static gboolean widen(Range *range, double value)
{
    if (isnan(value))
        return FALSE;
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
    return TRUE;
}

static void print_head(const LeukoCrossvalResult *r)
{
    const LeukoCrossvalData *d = r->data;
    g_autofree gchar *data = leuko_one_line(r->path);
    g_autofree gchar *splits = d->splits ? g_strjoinv(", ", d->splits) : g_strdup("all images");
    guint n_groups = r->figures->n_groups, n_folds = r->folds->len;
    g_autofree gchar *groups =
        n_groups > 0 ? g_strdup_printf("%u %s", n_groups, LEUKO_PLURAL(n_groups, "group"))
                     : g_strdup("groups unknown");
    cli_print("cross-validation on %s (%s): %u %s, %s", data, splits, d->n_scored,
              LEUKO_PLURAL(d->n_scored, "image"), groups);
    if (r->hold_out == LEUKO_HOLD_OUT_FOLDS)
        cli_print("held out: each of %u %s of whole %s, %u %s", r->n_folds,
                  LEUKO_PLURAL(r->n_folds, "fold"), d->has_groups ? "groups" : "images",
                  r->n_repeats, LEUKO_PLURAL(r->n_repeats, "repeat"));
    else
        cli_print("held out: each %s, %u %s",
                  r->hold_out == LEUKO_HOLD_OUT_GROUP ? "group"
                                                      : "pair of a positive and a negative group",
                  n_folds, LEUKO_PLURAL(n_folds, "fold"));
}

/* The kinds of head and their strengths. */
static void print_strengths(const LeukoCrossvalResult *r)
{
    Range l2 = {INFINITY, -INFINITY}, shrinkage = l2;
    guint n_logistic = 0, n_discriminant = 0;
    for (guint i = 0; i < r->folds->len; i++) {
        const LeukoFoldAnswers *a = r->answers->pdata[i];
        n_logistic += widen(&l2, a->l2) ? 1 : 0;
        n_discriminant += widen(&shrinkage, a->shrinkage) ? 1 : 0;
    }
    if (r->l2 > 0)
        cli_print("head: logistic, l2 = %.4g, fixed", r->l2);
    else if (n_logistic > 0)
        cli_print("head: logistic in %u of %u %s, l2 = %.4g to %.4g, chosen in every fold by inner "
                  "folds",
                  n_logistic, r->folds->len, LEUKO_PLURAL(r->folds->len, "fold"), l2.low, l2.high);
    if (n_discriminant > 0)
        cli_print("head: discriminant in %u of %u %s, shrinkage %.3g to %.3g, chosen in every fold "
                  "by inner folds",
                  n_discriminant, r->folds->len, LEUKO_PLURAL(r->folds->len, "fold"), shrinkage.low,
                  shrinkage.high);
    if (n_logistic + n_discriminant == 0)
        cli_print("trained: %s, with a fifth of the groups of each training part for validation",
                  json_string_value(json_object_get(r->recipe, "trained")));
}

static void print_settings(const LeukoCrossvalResult *r)
{
    Range threshold = {INFINITY, -INFINITY};
    gboolean has_threshold = FALSE, inner = FALSE;
    for (guint i = 0; i < r->folds->len; i++) {
        const LeukoFoldAnswers *a = r->answers->pdata[i];
        has_threshold |= widen(&threshold, a->threshold);
        inner |= a->inner_folds > 0;
    }
    print_strengths(r);
    if (r->data->positive >= 0)
        cli_print("positive class: %s", r->figures->classes[r->data->positive]);
    if (has_threshold && inner)
        cli_print("decision threshold: %.3f to %.3f, chosen in every fold", threshold.low,
                  threshold.high);
    else if (has_threshold)
        cli_print("decision threshold: %.3f, fixed", threshold.low);
    else
        cli_print("decision: the class of the largest probability");
}

static void print_pairs(const LeukoCrossvalResult *r)
{
    const LeukoMetric *m = &r->pair_auc;
    if (r->hold_out != LEUKO_HOLD_OUT_PAIR)
        return;
    g_autofree gchar *interval = isfinite(m->low) ? g_strdup_printf("%.3f to %.3f", m->low, m->high)
                                                  : g_strdup("not estimable");
    cli_print("\n%sROC-AUC within a pair: %.3f (95 %% interval: %s; %s)%s", cli_bold(), m->value,
              interval, isfinite(m->low) ? m->method : leuko_metric_reason(m), cli_plain());
    cli_print("Below, the probability of an image is the mean of its answers in all pairs.");
}

static void print_spread(const LeukoCrossvalResult *r)
{
    static const char *const figures[][2] = {
        {"accuracy", "accuracy"},       {"balanced_accuracy", "balanced accuracy"},
        {"sensitivity", "sensitivity"}, {"specificity", "specificity"},
        {"macro_f1", "macro F1"},       {"auc", "ROC-AUC"},
        {"log_loss", "log-loss"}};
    if (r->n_repeats < 2)
        return;
    cli_print("\n  Value and interval are means over the repeats. The interval is that of one");
    cli_print("  repeat: other divisions of the same images are no independent evidence.");
    cli_print("\n  %s%-20s %8s %9s %9s%s", cli_bold(), "spread over repeats", "sd", "smallest",
              "largest", cli_plain());
    for (guint i = 0; i < G_N_ELEMENTS(figures); i++) {
        LeukoCrossvalFigure f;
        if (leuko_crossval_result_figure(r, figures[i][0], &f) && isfinite(f.sd))
            cli_print("  %-20s %8.4f %9.3f %9.3f", figures[i][1], f.sd, f.smallest, f.largest);
    }
}

/* "0.512", or "-" where there is none. */
static const char *number(gchar *text, gsize size, const char *format, double value)
{
    return isnan(value) ? "-" : g_ascii_formatd(text, (gint)size, format, value);
}

static void print_folds(const LeukoCrossvalResult *r)
{
    guint n = leuko_crossval_result_n_folds(r);
    guint shown = n > MAX_FOLDS ? MIN(r->n_folds, MAX_FOLDS) : n;
    cli_print("\n  %s%6s %5s %8s %7s %9s %9s %9s %8s %7s  held out%s", cli_bold(), "repeat", "fold",
              "training", "images", "l2", "shrinkage", "threshold", "accuracy", "AUC", cli_plain());
    for (guint i = 0; i < shown; i++) {
        LeukoCrossvalFold f;
        gchar l2[32], shrinkage[32], threshold[32], auc[32];
        leuko_crossval_result_fold(r, i, &f);
        gsize most = 60;
        g_autofree gchar *held = leuko_one_line_cut(f.held_out, most);
        cli_print("  %6u %5u %8u %7u %9s %9s %9s %8.3f %7s  %s%s", f.repeat, f.fold, f.n_training,
                  f.n_held, number(l2, sizeof l2, "%.4g", f.l2),
                  number(shrinkage, sizeof shrinkage, "%.3g", f.shrinkage),
                  number(threshold, sizeof threshold, "%.3f", f.threshold), f.accuracy,
                  number(auc, sizeof auc, "%.3f", f.auc), held,
                  strlen(f.held_out) > strlen(held) ? "..." : "");
    }
    if (shown < n)
        cli_print("  ... and %u more %s (--json has all)", n - shown,
                  LEUKO_PLURAL(n - shown, "fold"));
}

void cli_print_crossval(const LeukoCrossvalResult *r)
{
    print_head(r);
    print_settings(r);
    print_pairs(r);
    cli_print_figures(r->figures);
    print_spread(r);
    if (r->n_repeats > 1)
        cli_print("  The confusion matrix and the tables of groups and patients are those of "
                  "repeat 1.");
    if (r->patients)
        cli_print_patients(r->patients, r->patients->learned
                                            ? "the share of its images that are reaches the limit "
                                              "learned in its fold"
                                            : NULL);
    print_folds(r);
    cli_print_texts("notes", leuko_crossval_result_notes(r));
    cli_print("\n%s", LEUKO_RESEARCH_ONLY);
}

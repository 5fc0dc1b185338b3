#include "stats/metrics.h"
#include "leuko/error.h"
#include "stats/estimate.h"
#include "stats/reliability.h"
#include <math.h>
#include <string.h>

static const guint64 BOOTSTRAP_SEED = 50;

gboolean leuko_eval_input_check(const LeukoEvalInput *in, GError **error)
{
    const char *wrong = NULL;
    if (in->n == 0 || in->n_classes < 2)
        wrong = "evaluation needs at least one image and two classes";
    else if (in->positive < -1 || in->positive >= (gint)in->n_classes)
        wrong = "the positive class is not one of the classes";
    else if (!isnan(in->threshold) && !(in->threshold > 0 && in->threshold < 1))
        wrong = "the threshold must be between 0 and 1";
    else if (!isnan(in->prevalence) && !(in->prevalence > 0 && in->prevalence < 1))
        wrong = "the prevalence must be between 0 and 1";
    for (guint i = 0; !wrong && i < in->n; i++) {
        if (in->labels[i] < 0 || in->labels[i] >= (gint)in->n_classes)
            wrong = "a label is not one of the classes";
        for (guint k = 0; k < in->n_classes; k++)
            if (!(in->probabilities[(gsize)i * in->n_classes + k] >= 0 &&
                  in->probabilities[(gsize)i * in->n_classes + k] <= 1))
                wrong = "a probability is not a number from 0 to 1";
    }
    if (wrong)
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, wrong);
    return !wrong;
}

static LeukoEvaluation *evaluation_new(const LeukoEvalInput *in, const LeukoUnits *units)
{
    LeukoEvaluation *out = g_new0(LeukoEvaluation, 1);
    guint n_classes = in->n_classes;
    out->n = in->n;
    out->n_classes = n_classes;
    out->classes = g_new0(gchar *, n_classes + 1);
    for (guint k = 0; k < n_classes; k++)
        out->classes[k] = g_strdup(in->classes[k]);
    out->positive = in->positive;
    out->threshold = n_classes == 2 && in->positive >= 0 ? in->threshold : (double)NAN;
    out->prevalence = in->prevalence;
    out->confusion = g_new0(guint, (gsize)n_classes * n_classes);
    out->class_n = g_memdup2(units->class_n, sizeof(guint) * n_classes);
    out->class_groups = g_memdup2(units->class_groups, sizeof(guint) * n_classes);
    out->n_groups = units->n_groups;
    out->too_few_groups = units->regime == LEUKO_TOO_FEW_GROUPS;
    out->precision = g_new0(LeukoMetric, n_classes);
    out->recall = g_new0(LeukoMetric, n_classes);
    out->f1 = g_new0(LeukoMetric, n_classes);
    out->class_auc = g_new0(LeukoMetric, n_classes);
    return out;
}

gint *leuko_decide_all(const LeukoEvalInput *in)
{
    if (in->decisions)
        return g_memdup2(in->decisions, in->n * sizeof *in->decisions);
    gint *decided = g_new(gint, in->n);
    for (guint i = 0; i < in->n; i++)
        decided[i] = leuko_decide(in->probabilities + (gsize)i * in->n_classes, in->n_classes,
                                  in->positive, in->threshold);
    return decided;
}

/* The rows of the per-group table, in the order of the units. */
static void tabulate_groups(LeukoEvaluation *out, const LeukoEvalInput *in, const LeukoUnits *units,
                            const gint *decided)
{
    out->n_group_rows = units->n_groups;
    out->group_rows = g_new0(LeukoGroupRow, units->n_groups);
    for (guint g = 0; g < units->n_groups; g++) {
        LeukoGroupRow *row = &out->group_rows[g];
        row->name = g_intern_string(*units->names[g] ? units->names[g] : "(no group)");
        row->n_by_class = g_new0(guint, in->n_classes);
        row->mean_positive = in->positive >= 0 ? 0 : (double)NAN;
    }
    for (guint i = 0; units->n_groups > 0 && i < in->n; i++) {
        LeukoGroupRow *row = &out->group_rows[units->unit[i]];
        row->n++;
        row->n_by_class[in->labels[i]]++;
        row->n_correct += decided[i] == in->labels[i];
        if (in->positive >= 0)
            row->mean_positive += in->probabilities[(gsize)i * in->n_classes + (guint)in->positive];
    }
    for (guint g = 0; g < units->n_groups; g++)
        out->group_rows[g].mean_positive /= out->group_rows[g].n;
}

LeukoEvaluation *leuko_evaluate(const LeukoEvalInput *input, GError **error)
{
    if (!leuko_eval_input_check(input, error))
        return NULL;
    g_autoptr(LeukoUnits) units = leuko_units_new(input);
    LeukoEvaluation *out = evaluation_new(input, units);
    g_autofree gint *decided = leuko_decide_all(input);
    for (guint i = 0; i < input->n; i++)
        out->confusion[(guint)input->labels[i] * input->n_classes + (guint)decided[i]]++;
    tabulate_groups(out, input, units, decided);
    out->reliability = leuko_reliability_new(input, units);
    g_autoptr(LeukoStatistics) stats =
        leuko_statistics_new(input->n, input->n_classes, input->labels, decided,
                             input->probabilities, units->unit, units->n_units, input->positive);
    g_autofree double *values = leuko_statistics_of_sample(stats);
    g_autoptr(LeukoBootstrap) bootstrap = NULL;
    if (units->regime != LEUKO_TOO_FEW_GROUPS)
        bootstrap = leuko_bootstrap_new(stats, units->n_units, units->stratum, units->n_strata,
                                        LEUKO_BOOTSTRAP_DRAWS, BOOTSTRAP_SEED);
    LeukoEstimates estimates = {input, decided, out, units, stats, bootstrap, values};
    leuko_estimate_classes(&estimates);
    leuko_estimate_overall(&estimates);
    leuko_estimate_two_classes(&estimates);
    return out;
}

const char *leuko_metric_reason(const LeukoMetric *m)
{
    return g_str_has_prefix(m->method, LEUKO_NOT_ESTIMABLE)
               ? m->method + strlen(LEUKO_NOT_ESTIMABLE)
               : "";
}

void leuko_evaluation_free(LeukoEvaluation *evaluation)
{
    if (!evaluation)
        return;
    for (guint g = 0; g < evaluation->n_group_rows; g++)
        g_free(evaluation->group_rows[g].n_by_class);
    g_free(evaluation->group_rows);
    g_strfreev(evaluation->classes);
    g_free(evaluation->confusion);
    g_free(evaluation->class_n);
    g_free(evaluation->class_groups);
    g_free(evaluation->precision);
    g_free(evaluation->recall);
    g_free(evaluation->f1);
    g_free(evaluation->class_auc);
    g_free(evaluation->reliability);
    g_free(evaluation);
}

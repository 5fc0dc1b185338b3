#include "stats/metrics.h"
#include "base/file-names.h"
#include "base/plural.h"
#include "leuko/error.h"
#include "stats/bootstrap.h"
#include "stats/interval.h"
#include "stats/statistic.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const guint64 BOOTSTRAP_SEED = 50;
/* Up to this share of the draws may leave a figure undefined (a class is never predicted); those
 * draws are ignored. */
static const double MAX_UNDEFINED = 0.05;
static const LeukoInterval NO_INTERVAL = {(double)NAN, (double)NAN};
#define NOT_ESTIMABLE "not estimable: "

typedef enum { BY_IMAGES, BY_GROUPS, TOO_FEW } Regime;

typedef struct {
    const LeukoEvalInput *in;
    LeukoEvaluation *out;
    Regime regime;
    guint n_units;
    gint *decided;      /* (N) */
    guint *unit;        /* (N) */
    guint *unit_labels; /* (n_units) class of the unit, or K if it has several classes */
    LeukoStatistics *stats;
    LeukoBootstrap *bootstrap; /* NULL for TOO_FEW */
    double *values;            /* statistics of the sample */
    const char *not_estimable; /* TOO_FEW: the reason */
} Job;

static gboolean check_input(const LeukoEvalInput *in, GError **error)
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

static gboolean has_groups(const LeukoEvalInput *in)
{
    for (guint i = 0; in->groups && i < in->n; i++)
        if (in->groups[i][0])
            return TRUE;
    return FALSE;
}

/* Fills the rows of the per-group table, sorted by name. A record's unit is its row. */
static void index_groups(Job *job)
{
    const LeukoEvalInput *in = job->in;
    LeukoEvaluation *out = job->out;
    g_autofree const char **names = g_new(const char *, in->n);
    memcpy(names, in->groups, sizeof *names * in->n);
    qsort(names, in->n, sizeof *names, leuko_compare_names);
    guint n_groups = 0;
    for (guint i = 0; i < in->n; i++)
        if (i == 0 || strcmp(names[i], names[n_groups - 1]) != 0)
            names[n_groups++] = names[i];
    out->n_groups = out->n_group_rows = job->n_units = n_groups;
    out->group_rows = g_new0(LeukoGroupRow, n_groups);
    for (guint g = 0; g < n_groups; g++) {
        out->group_rows[g].name = g_intern_string(*names[g] ? names[g] : "(no group)");
        out->group_rows[g].n_by_class = g_new0(guint, in->n_classes);
        out->group_rows[g].mean_positive = in->positive >= 0 ? 0 : (double)NAN;
    }
    for (guint i = 0; i < in->n; i++) {
        const char **at =
            bsearch(&in->groups[i], names, n_groups, sizeof *names, leuko_compare_names);
        LeukoGroupRow *row = &out->group_rows[job->unit[i] = (guint)(at - names)];
        row->n++;
        row->n_by_class[in->labels[i]]++;
        row->n_correct += job->decided[i] == in->labels[i];
        if (in->positive >= 0)
            row->mean_positive += in->probabilities[(gsize)i * in->n_classes + (guint)in->positive];
    }
    for (guint g = 0; g < n_groups; g++) {
        out->group_rows[g].mean_positive /= out->group_rows[g].n;
        for (guint k = 0; k < in->n_classes; k++)
            out->class_groups[k] += out->group_rows[g].n_by_class[k] > 0;
    }
}

static void find_units(Job *job)
{
    const LeukoEvalInput *in = job->in;
    LeukoEvaluation *out = job->out;
    job->unit = g_new(guint, in->n);
    if (has_groups(in)) {
        index_groups(job);
        job->regime = BY_GROUPS;
        for (guint k = 0; k < in->n_classes && job->regime == BY_GROUPS; k++)
            if (out->class_groups[k] < LEUKO_MIN_GROUPS) {
                g_autofree gchar *why =
                    g_strdup_printf(NOT_ESTIMABLE "class %s has %u %s, fewer than %d; see "
                                                  "the per-group table",
                                    in->classes[k], out->class_groups[k],
                                    LEUKO_PLURAL(out->class_groups[k], "group"), LEUKO_MIN_GROUPS);
                job->not_estimable = g_intern_string(why);
                job->regime = TOO_FEW;
                out->too_few_groups = TRUE;
            }
    } else {
        job->n_units = in->n;
        for (guint i = 0; i < in->n; i++)
            job->unit[i] = i;
    }
    job->unit_labels = g_new(guint, job->n_units);
    for (guint u = 0; u < job->n_units; u++)
        job->unit_labels[u] = G_MAXUINT;
    for (guint i = 0; i < in->n; i++) {
        guint *label = &job->unit_labels[job->unit[i]];
        *label = *label == G_MAXUINT || *label == (guint)in->labels[i] ? (guint)in->labels[i]
                                                                       : in->n_classes;
    }
}

/* The strata are the classes if every unit has one class. Otherwise all units form one stratum:
 * strata of mixed groups would be too small to vary. */
static void resample(Job *job)
{
    if (job->regime == TOO_FEW)
        return;
    guint n_strata = job->in->n_classes;
    for (guint u = 0; u < job->n_units; u++)
        if (job->unit_labels[u] == job->in->n_classes)
            n_strata = 1;
    if (n_strata == 1)
        memset(job->unit_labels, 0, sizeof(guint) * job->n_units);
    job->bootstrap = leuko_bootstrap_new(job->stats, job->n_units, job->unit_labels, n_strata,
                                         LEUKO_BOOTSTRAP_DRAWS, BOOTSTRAP_SEED);
}

const char *leuko_metric_reason(const LeukoMetric *m)
{
    return g_str_has_prefix(m->method, NOT_ESTIMABLE) ? m->method + strlen(NOT_ESTIMABLE) : "";
}

static LeukoMetric metric(double value, LeukoInterval interval, const char *method, guint n,
                          guint n_groups)
{
    if (!isfinite(value) || !isfinite(interval.low) || !isfinite(interval.high))
        interval = NO_INTERVAL;
    return (LeukoMetric){value, interval.low, interval.high, method, n, n_groups};
}

static guint smallest(const guint *counts, guint n)
{
    guint least = counts[0];
    for (guint i = 1; i < n; i++)
        least = MIN(least, counts[i]);
    return least;
}

/* The bootstrap interval of one statistic, or `fallback` if all draws are equal. */
static LeukoMetric resampled(const Job *job, guint stat, guint units, guint n, guint n_groups,
                             LeukoInterval fallback, const char *fallback_method)
{
    double value = job->values[stat];
    if (!isfinite(value))
        return metric(value, NO_INTERVAL, "not defined: a class is absent or never predicted", n,
                      n_groups);
    if (job->regime == TOO_FEW)
        return metric(value, NO_INTERVAL, job->not_estimable, n, n_groups);
    guint n_draws;
    g_autofree double *draws = leuko_bootstrap_draws(job->bootstrap, stat, &n_draws);
    if (n_draws < (1 - MAX_UNDEFINED) * LEUKO_BOOTSTRAP_DRAWS)
        return metric(value, NO_INTERVAL, NOT_ESTIMABLE "not defined in too many resamples", n,
                      n_groups);
    LeukoInterval interval =
        leuko_bca(draws, n_draws, value, job->bootstrap->acceleration[stat], units);
    if (draws[n_draws - 1] - draws[0] < 1e-12)
        return metric(value, fallback, fallback_method, n, n_groups);
    const char *method = job->regime == BY_IMAGES ? "BCa bootstrap over images by class, 2000 draws"
                         : job->bootstrap->stratified
                             ? "BCa bootstrap over groups by class, 2000 draws"
                             : "BCa bootstrap over groups, 2000 draws";
    return metric(value, interval, method, n, n_groups);
}

static const char *WILSON_ON_GROUPS = "Wilson on the number of groups (all resamples are equal)";
static const char *NO_SPREAD = NOT_ESTIMABLE "all resamples are equal";

/* A proportion of `hits` in `n`: Wilson, or the bootstrap over its groups. */
static LeukoMetric proportion(const Job *job, guint stat, double hits, guint n, guint n_groups)
{
    double value = job->values[stat];
    if (job->regime == BY_IMAGES)
        return metric(value, n > 0 ? leuko_wilson(hits, n) : NO_INTERVAL,
                      n > 0 ? "Wilson" : "not defined: a class is absent or never predicted", n, 0);
    LeukoInterval fallback = n_groups ? leuko_wilson(value * n_groups, n_groups) : NO_INTERVAL;
    return resampled(job, stat, n_groups, n, n_groups, fallback, WILSON_ON_GROUPS);
}

/* F1 = 2J / (1 + J), J = TP / (TP + FP + FN) is a proportion (Hand, Christen, Kirielle 2021). */
static LeukoMetric f1_metric(const Job *job, guint k, double hits, guint either)
{
    guint stat = leuko_stat_f1(job->stats, k), n_groups = job->out->n_groups;
    double value = job->values[stat];
    double units = job->regime == BY_IMAGES ? either : job->out->class_groups[k];
    LeukoInterval star = NO_INTERVAL;
    if (either > 0 && units > 0)
        star = leuko_wilson(hits / either * units, units);
    LeukoInterval f1 = {2 * star.low / (1 + star.low), 2 * star.high / (1 + star.high)};
    if (job->regime == BY_IMAGES)
        return metric(value, f1, "Wilson on TP/(TP+FP+FN)", either, 0);
    return resampled(job, stat, smallest(job->out->class_groups, job->in->n_classes), either,
                     n_groups, f1, WILSON_ON_GROUPS);
}

static void fill_classes(Job *job)
{
    LeukoEvaluation *out = job->out;
    guint n_classes = out->n_classes;
    for (guint k = 0; k < n_classes; k++) {
        guint decided = 0, hits = out->confusion[k * n_classes + k];
        guint groups_deciding = out->n_groups; /* an image of any group may be predicted as k */
        for (guint j = 0; j < n_classes; j++)
            decided += out->confusion[j * n_classes + k];
        out->recall[k] = proportion(job, leuko_stat_recall(job->stats, k), hits, out->class_n[k],
                                    out->class_groups[k]);
        out->precision[k] =
            proportion(job, leuko_stat_precision(job->stats, k), hits, decided, groups_deciding);
        out->f1[k] = f1_metric(job, k, hits, out->class_n[k] + decided - hits);
    }
}

/* One class against the rest. */
static LeukoMetric auc_metric(const Job *job, guint k)
{
    const LeukoEvalInput *in = job->in;
    guint stat = leuko_stat_class_auc(job->stats, k), m = job->out->class_n[k], n = in->n - m;
    double value = job->values[stat];
    if (!isfinite(value))
        return metric(value, NO_INTERVAL, "not defined: a class is absent", in->n,
                      job->out->n_groups);
    if (job->regime != BY_IMAGES) {
        guint own = job->out->class_groups[k], others = 0;
        for (guint g = 0; g < job->out->n_groups; g++)
            others += job->out->group_rows[g].n > job->out->group_rows[g].n_by_class[k];
        return resampled(
            job, stat, MIN(own, others), in->n, job->out->n_groups,
            leuko_newcombe_auc(value, own, others),
            "Newcombe's score method on the number of groups (all resamples are equal)");
    }
    g_autofree double *positive = g_new(double, m), *negative = g_new(double, n);
    for (guint i = 0, p = 0, q = 0; i < in->n; i++)
        *(in->labels[i] == (gint)k ? &positive[p++] : &negative[q++]) =
            in->probabilities[(gsize)i * in->n_classes + k];
    double auc, variance;
    leuko_delong(positive, m, negative, n, &auc, &variance);
    if (variance > 0 && auc > 0 && auc < 1)
        return metric(value, leuko_logit_interval(auc, variance), "DeLong, logit scale", in->n, 0);
    return metric(value, leuko_newcombe_auc(value, m, n), "Newcombe's score method", in->n, 0);
}

/* Interval of the mean recall from the intervals of the recalls: MOVER, Zou and Donner 2008. */
static LeukoInterval mean_of_recalls(const LeukoEvaluation *out)
{
    double low = 0, high = 0, mean = 0;
    for (guint k = 0; k < out->n_classes; k++) {
        double p = out->recall[k].value, n = out->n_groups ? out->class_groups[k] : out->class_n[k];
        LeukoInterval w = n > 0 ? leuko_wilson(p * n, n) : NO_INTERVAL;
        mean += p / out->n_classes;
        low += (p - w.low) * (p - w.low);
        high += (w.high - p) * (w.high - p);
    }
    return (LeukoInterval){MAX(0, mean - sqrt(low) / out->n_classes),
                           MIN(1, mean + sqrt(high) / out->n_classes)};
}

static void fill_overall(Job *job)
{
    LeukoEvaluation *out = job->out;
    guint n = out->n, n_groups = out->n_groups, n_classes = out->n_classes, hits = 0;
    guint few = job->regime == BY_IMAGES ? smallest(out->class_n, n_classes)
                                         : smallest(out->class_groups, n_classes);
    for (guint k = 0; k < n_classes; k++) {
        hits += out->confusion[k * n_classes + k];
        out->class_auc[k] = auc_metric(job, k);
    }
    out->accuracy = proportion(job, LEUKO_STAT_ACCURACY, hits, n, n_groups);
    LeukoInterval mover = mean_of_recalls(out);
    out->balanced_accuracy =
        job->regime == BY_IMAGES
            ? metric(job->values[LEUKO_STAT_BALANCED], mover,
                     isfinite(mover.low) ? "Wilson bounds of the recalls combined (MOVER)"
                                         : "not defined: a class is absent",
                     n, 0)
            : resampled(job, LEUKO_STAT_BALANCED, few, n, n_groups, mover, WILSON_ON_GROUPS);
    out->macro_f1 = resampled(job, LEUKO_STAT_MACRO_F1, few, n, n_groups, NO_INTERVAL, NO_SPREAD);
    out->auc = n_classes == 2
                   ? out->class_auc[1]
                   : resampled(job, LEUKO_STAT_AUC, few, n, n_groups, NO_INTERVAL, NO_SPREAD);
    out->brier =
        resampled(job, LEUKO_STAT_BRIER, job->n_units, n, n_groups, NO_INTERVAL, NO_SPREAD);
    gint positive = n_classes == 2 ? out->positive : -1;
    out->ece = metric(
        leuko_ece(n, n_classes, job->in->labels, job->in->probabilities, positive, LEUKO_ECE_BINS),
        NO_INTERVAL, NOT_ESTIMABLE "resampling biases it upward", n, n_groups);
}

static double predictive(double right, double other_right, double prevalence)
{
    return right * prevalence / (right * prevalence + (1 - other_right) * (1 - prevalence));
}

/* Bayes' rule. The value grows with both recalls, so their bounds give its bounds. */
static LeukoMetric predictive_metric(const LeukoMetric *own, const LeukoMetric *other,
                                     double prevalence, const LeukoEvaluation *out)
{
    LeukoInterval bounds = {predictive(own->low, other->low, prevalence),
                            predictive(own->high, other->high, prevalence)};
    double value = predictive(own->value, other->value, prevalence);
    const char *method = isfinite(bounds.low) && isfinite(value)
                             ? "from the bounds of sensitivity and specificity (conservative)"
                             : NOT_ESTIMABLE "sensitivity or specificity has no interval";
    return metric(value, bounds, method, out->n, out->n_groups);
}

static void fill_two_classes(Job *job)
{
    LeukoEvaluation *out = job->out;
    const LeukoMetric none =
        metric(NAN, NO_INTERVAL, "defined for two classes with a positive class only", 0, 0);
    out->sensitivity = out->specificity = out->average_precision = out->ppv = out->npv = none;
    if (out->n_classes != 2 || out->positive < 0)
        return;
    out->sensitivity = out->recall[out->positive];
    out->specificity = out->recall[1 - out->positive];
    guint few =
        job->regime == BY_IMAGES ? smallest(out->class_n, 2) : smallest(out->class_groups, 2);
    out->average_precision = resampled(job, LEUKO_STAT_AVERAGE_PRECISION, few, out->n,
                                       out->n_groups, NO_INTERVAL, NO_SPREAD);
    if (!isfinite(out->prevalence)) {
        out->ppv.method = out->npv.method = "needs a stated prevalence";
        return;
    }
    out->ppv = predictive_metric(&out->sensitivity, &out->specificity, out->prevalence, out);
    out->npv = predictive_metric(&out->specificity, &out->sensitivity, 1 - out->prevalence, out);
}

static LeukoEvaluation *evaluation_new(const LeukoEvalInput *in)
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
    out->class_n = g_new0(guint, n_classes);
    out->class_groups = g_new0(guint, n_classes);
    out->precision = g_new0(LeukoMetric, n_classes);
    out->recall = g_new0(LeukoMetric, n_classes);
    out->f1 = g_new0(LeukoMetric, n_classes);
    out->class_auc = g_new0(LeukoMetric, n_classes);
    return out;
}

static void count_decisions(Job *job)
{
    const LeukoEvalInput *in = job->in;
    job->decided = g_new(gint, in->n);
    for (guint i = 0; i < in->n; i++) {
        job->decided[i] = leuko_decide(in->probabilities + (gsize)i * in->n_classes, in->n_classes,
                                       in->positive, in->threshold);
        job->out->class_n[in->labels[i]]++;
        job->out->confusion[(guint)in->labels[i] * in->n_classes + (guint)job->decided[i]]++;
    }
}

LeukoEvaluation *leuko_evaluate(const LeukoEvalInput *input, GError **error)
{
    if (!check_input(input, error))
        return NULL;
    Job job = {.in = input, .out = evaluation_new(input)};
    count_decisions(&job);
    find_units(&job);
    job.stats = leuko_statistics_new(input->n, input->n_classes, input->labels, job.decided,
                                     input->probabilities, job.unit, job.n_units, input->positive);
    job.values = g_new(double, leuko_statistics_count(job.stats));
    g_autofree guint *ones = g_new(guint, job.n_units);
    for (guint u = 0; u < job.n_units; u++)
        ones[u] = 1;
    leuko_statistics_compute(job.stats, ones, job.values);
    resample(&job);
    fill_classes(&job);
    fill_overall(&job);
    fill_two_classes(&job);
    leuko_bootstrap_free(job.bootstrap);
    leuko_statistics_free(job.stats);
    g_free(job.values);
    g_free(job.decided);
    g_free(job.unit);
    g_free(job.unit_labels);
    return job.out;
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
    g_free(evaluation);
}

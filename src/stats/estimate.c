#include "stats/estimate.h"
#include "stats/auc.h"
#include "stats/distribution.h"
#include "stats/proportion.h"
#include "stats/reliability.h"
#include <math.h>
#include <string.h>

static const LeukoInterval NO_INTERVAL = {(double)NAN, (double)NAN};

static LeukoMetric metric(double value, LeukoInterval interval, const char *method, guint n,
                          guint n_groups)
{
    if (!isfinite(value) || !isfinite(interval.low) || !isfinite(interval.high))
        interval = NO_INTERVAL;
    return (LeukoMetric){value, interval.low, interval.high, method, n, n_groups};
}

/* The bootstrap interval of one statistic, or `fallback` if all draws are equal. */
static LeukoMetric resampled(const LeukoEstimates *job, guint stat, guint units, guint n,
                             guint n_groups, LeukoInterval fallback, const char *fallback_method)
{
    double value = job->values[stat];
    if (!isfinite(value))
        return metric(value, NO_INTERVAL, "not defined: a class is absent or never predicted", n,
                      n_groups);
    if (job->units->regime == LEUKO_TOO_FEW_GROUPS)
        return metric(value, NO_INTERVAL, job->units->reason, n, n_groups);
    guint n_draws;
    g_autofree double *draws = leuko_bootstrap_draws(job->bootstrap, stat, &n_draws);
    if (n_draws < (1 - LEUKO_MAX_UNDEFINED) * LEUKO_BOOTSTRAP_DRAWS)
        return metric(value, NO_INTERVAL, LEUKO_NOT_ESTIMABLE "not defined in too many resamples",
                      n, n_groups);
    LeukoInterval interval =
        leuko_bca(draws, n_draws, value, leuko_bootstrap_acceleration(job->bootstrap, stat), units);
    if (draws[n_draws - 1] - draws[0] < 1e-12)
        return metric(value, fallback, fallback_method, n, n_groups);
    const char *method =
        job->units->regime == LEUKO_BY_IMAGES ? "BCa bootstrap over images by class, 2000 draws"
        : job->bootstrap->stratified          ? "BCa bootstrap over groups by class, 2000 draws"
                                              : "BCa bootstrap over groups, 2000 draws";
    return metric(value, interval, method, n, n_groups);
}

static const char *WILSON_ON_GROUPS = "Wilson on the number of groups (all groups are equal)";
static const char *NO_SPREAD = LEUKO_NOT_ESTIMABLE "all resamples are equal";

typedef enum { ALL_IMAGES, OF_CLASS, DECIDED_FOR } Among;

/* The images of each group that are counted, and how many of them are decided rightly. */
static void count_by_group(const LeukoEstimates *job, Among among, guint k, guint *hits,
                           guint *counts)
{
    for (guint i = 0; i < job->in->n; i++) {
        guint label = (guint)job->in->labels[i], decided = (guint)job->decided[i];
        if ((among == OF_CLASS && label != k) || (among == DECIDED_FOR && decided != k))
            continue;
        counts[job->units->unit[i]]++;
        hits[job->units->unit[i]] += label == decided;
    }
}

/* A proportion of `hits` in `n` images of n_groups groups: Wilson, or Korn and Graubard over the
 * groups. */
static LeukoMetric proportion(const LeukoEstimates *job, guint stat, Among among, guint k,
                              double hits, guint n, guint n_groups)
{
    static const char *const absent = "not defined: a class is absent or never predicted";
    const LeukoUnits *units = job->units;
    double value = job->values[stat];
    if (units->regime == LEUKO_BY_IMAGES)
        return metric(value, n > 0 ? leuko_wilson(hits, n) : NO_INTERVAL, n > 0 ? "Wilson" : absent,
                      n, 0);
    if (!isfinite(value) || units->regime == LEUKO_TOO_FEW_GROUPS)
        return metric(value, NO_INTERVAL, isfinite(value) ? units->reason : absent, n, n_groups);
    g_autofree guint *of_group = g_new0(guint, 2 * units->n_units);
    guint *counts = of_group + units->n_units;
    count_by_group(job, among, k, of_group, counts);
    LeukoGroupedProportion found = leuko_korn_graubard(
        &(LeukoGroupedCounts){units->n_units, units->n_strata, units->stratum, of_group, counts});
    n_groups = found.n_groups;
    if (found.all_equal)
        return metric(value, leuko_wilson(value * n_groups, n_groups), WILSON_ON_GROUPS, n,
                      n_groups);
    return metric(value, found.interval,
                  isfinite(found.interval.low) ? "Korn-Graubard over groups"
                                               : LEUKO_NOT_ESTIMABLE
                      "too few groups have such images",
                  n, n_groups);
}

/* F1 = 2J / (1 + J), J = TP / (TP + FP + FN) is a proportion (Hand, Christen, Kirielle 2021). */
static LeukoMetric f1_metric(const LeukoEstimates *job, guint k, double hits, guint either)
{
    guint stat = leuko_stat_f1(job->stats, k), n_groups = job->out->n_groups;
    double value = job->values[stat];
    double units = job->units->regime == LEUKO_BY_IMAGES ? either : job->out->class_groups[k];
    LeukoInterval star = NO_INTERVAL;
    if (either > 0 && units > 0)
        star = leuko_wilson(hits / either * units, units);
    LeukoInterval f1 = {2 * star.low / (1 + star.low), 2 * star.high / (1 + star.high)};
    if (job->units->regime == LEUKO_BY_IMAGES)
        return metric(value, f1, "Wilson on TP/(TP+FP+FN)", either, 0);
    return resampled(job, stat, leuko_smallest(job->out->class_groups, job->in->n_classes), either,
                     n_groups, f1, WILSON_ON_GROUPS);
}

void leuko_estimate_classes(LeukoEstimates *job)
{
    LeukoEvaluation *out = job->out;
    guint n_classes = out->n_classes;
    for (guint k = 0; k < n_classes; k++) {
        guint decided = 0, hits = out->confusion[k * n_classes + k];
        guint groups_deciding = out->n_groups; /* an image of any group may be predicted as k */
        for (guint j = 0; j < n_classes; j++)
            decided += out->confusion[j * n_classes + k];
        out->recall[k] = proportion(job, leuko_stat_recall(job->stats, k), OF_CLASS, k, hits,
                                    out->class_n[k], out->class_groups[k]);
        out->precision[k] = proportion(job, leuko_stat_precision(job->stats, k), DECIDED_FOR, k,
                                       hits, decided, groups_deciding);
        out->f1[k] = f1_metric(job, k, hits, out->class_n[k] + decided - hits);
    }
}

/* Of class k against the rest. */
static double auc_variance(const LeukoEstimates *job, guint k)
{
    const LeukoEvalInput *in = job->in;
    const LeukoUnits *units = job->units;
    g_autofree gboolean *positive = g_new(gboolean, in->n);
    g_autofree double *scores = g_new(double, in->n);
    for (guint i = 0; i < in->n; i++) {
        positive[i] = in->labels[i] == (gint)k;
        scores[i] = in->probabilities[(gsize)i * in->n_classes + k];
    }
    LeukoAuc auc;
    leuko_auc_compute(
        &(LeukoAucInput){in->n, positive, {scores, NULL}, units->unit, units->n_units}, &auc);
    return auc.covariance[0][0];
}

/* How many groups have an image of another class. */
static guint groups_without(const LeukoEstimates *job, guint k)
{
    guint n = 0;
    for (guint g = 0; g < job->out->n_group_rows; g++)
        n += job->out->group_rows[g].n > job->out->group_rows[g].n_by_class[k];
    return n;
}

/* One class against the rest. */
static LeukoMetric auc_metric(const LeukoEstimates *job, guint k)
{
    const LeukoEvalInput *in = job->in;
    guint stat = leuko_stat_class_auc(job->stats, k), m = job->out->class_n[k], n = in->n - m;
    double value = job->values[stat];
    if (!isfinite(value))
        return metric(value, NO_INTERVAL, "not defined: a class is absent", in->n,
                      job->out->n_groups);
    const LeukoUnits *units = job->units;
    if (units->regime == LEUKO_TOO_FEW_GROUPS)
        return metric(value, NO_INTERVAL, units->reason, in->n, units->n_groups);
    gboolean images = units->regime == LEUKO_BY_IMAGES;
    guint own = images ? m : units->class_groups[k], others = images ? n : groups_without(job, k);
    double variance = auc_variance(job, k);
    if (!(variance > 1e-14 && value > 0 && value < 1)) /* not the rounding of equal terms */
        return metric(value, leuko_auc_newcombe(value, own, others),
                      images ? "Newcombe's score method"
                             : "Newcombe's score method on the number of groups",
                      in->n, units->n_groups);
    double quantile = images ? LEUKO_Z95 : leuko_student_quantile(0.975, MIN(own, others) - 1.0);
    return metric(value, leuko_auc_logit(value, variance, quantile),
                  images ? "DeLong, logit scale" : "Obuchowski, logit scale, Student's t", in->n,
                  units->n_groups);
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

void leuko_estimate_overall(LeukoEstimates *job)
{
    LeukoEvaluation *out = job->out;
    guint n = out->n, n_groups = out->n_groups, n_classes = out->n_classes, hits = 0;
    guint few = job->units->regime == LEUKO_BY_IMAGES
                    ? leuko_smallest(out->class_n, n_classes)
                    : leuko_smallest(out->class_groups, n_classes);
    for (guint k = 0; k < n_classes; k++) {
        hits += out->confusion[k * n_classes + k];
        out->class_auc[k] = auc_metric(job, k);
    }
    out->accuracy = proportion(job, LEUKO_STAT_ACCURACY, ALL_IMAGES, 0, hits, n, n_groups);
    LeukoInterval mover = mean_of_recalls(out);
    out->balanced_accuracy =
        job->units->regime == LEUKO_BY_IMAGES
            ? metric(job->values[LEUKO_STAT_BALANCED], mover,
                     isfinite(mover.low) ? "Wilson bounds of the recalls combined (MOVER)"
                                         : "not defined: a class is absent",
                     n, 0)
            : resampled(job, LEUKO_STAT_BALANCED, few, n, n_groups, mover, WILSON_ON_GROUPS);
    out->auc = n_classes == 2
                   ? out->class_auc[1]
                   : resampled(job, LEUKO_STAT_AUC, few, n, n_groups, NO_INTERVAL, NO_SPREAD);
    const struct {
        LeukoMetric *metric;
        guint stat;
    } agreements[] = {{&out->macro_f1, LEUKO_STAT_MACRO_F1},
                      {&out->mcc, LEUKO_STAT_MCC},
                      {&out->kappa, LEUKO_STAT_KAPPA}};
    for (guint i = 0; i < G_N_ELEMENTS(agreements); i++)
        *agreements[i].metric =
            resampled(job, agreements[i].stat, few, n, n_groups, NO_INTERVAL, NO_SPREAD);
    out->hand_till = n_classes == 2 ? out->auc
                                    : resampled(job, LEUKO_STAT_HAND_TILL, few, n, n_groups,
                                                NO_INTERVAL, NO_SPREAD);
    out->log_loss = resampled(job, LEUKO_STAT_LOG_LOSS, job->units->n_units, n, n_groups,
                              NO_INTERVAL, NO_SPREAD);
    out->brier =
        resampled(job, LEUKO_STAT_BRIER, job->units->n_units, n, n_groups, NO_INTERVAL, NO_SPREAD);
    out->ece = metric(out->reliability->equal_width.ece, NO_INTERVAL,
                      LEUKO_NOT_ESTIMABLE "resampling biases it upward", n, n_groups);
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
                             : LEUKO_NOT_ESTIMABLE "sensitivity or specificity has no interval";
    return metric(value, bounds, method, out->n, out->n_groups);
}

void leuko_estimate_two_classes(LeukoEstimates *job)
{
    LeukoEvaluation *out = job->out;
    const LeukoMetric none =
        metric(NAN, NO_INTERVAL, "defined for two classes with a positive class only", 0, 0);
    out->sensitivity = out->specificity = out->average_precision = out->ppv = out->npv = none;
    if (out->n_classes != 2 || out->positive < 0)
        return;
    out->sensitivity = out->recall[out->positive];
    out->specificity = out->recall[1 - out->positive];
    guint few = job->units->regime == LEUKO_BY_IMAGES ? leuko_smallest(out->class_n, 2)
                                                      : leuko_smallest(out->class_groups, 2);
    out->average_precision = resampled(job, LEUKO_STAT_AVERAGE_PRECISION, few, out->n,
                                       out->n_groups, NO_INTERVAL, NO_SPREAD);
    if (!isfinite(out->prevalence)) {
        out->ppv.method = out->npv.method = "needs a stated prevalence";
        return;
    }
    out->ppv = predictive_metric(&out->sensitivity, &out->specificity, out->prevalence, out);
    out->npv = predictive_metric(&out->specificity, &out->sensitivity, 1 - out->prevalence, out);
}

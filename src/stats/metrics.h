/* stats/metrics.h: figures of merit from labels and probabilities, each with a 95 % interval that
 * accounts for groups (patients, slides).
 *
 * Shapes: N images, K classes; probabilities (N, K), rows sum to 1.
 *
 * Intervals are computed in one of three ways; `method` of each metric names the way:
 *   no groups         images are taken as independent. Proportions: Wilson (1927). F1: Wilson on
 *                     J = TP / (TP + FP + FN), mapped by F1 = 2J / (1 + J). Balanced accuracy:
 *                     Wilson bounds combined (MOVER, Zou and Donner 2008). AUC of one class:
 *                     DeLong's variance (1988) on the logit scale; if the scores separate the
 *                     classes completely, Newcombe's score method (2006). Other figures: BCa
 *                     bootstrap over images, stratified by class.
 *   >= 10 groups in   Proportions: Korn and Graubard (1998), stats/proportion.h; if all groups have
 *   each class        the same share (no errors), Wilson with the number of groups as n. AUC of one
 *                     class: Obuchowski's variance (1997) on the logit scale, Student's t with the
 *                     smaller number of groups - 1. Other figures: bootstrap over groups, 2000
 *                     draws, fixed seed; stratified by class if each group has images of one class
 *                     only. BCa (Efron 1987) with quantiles widened for few groups as Hesterberg
 *                     (2015) does: z becomes t(G-1) sqrt(G/(G-1)).
 *   fewer groups      not estimable: low and high are NAN; use the per-group table instead.
 * PPV and NPV (Bayes' rule at the stated prevalence) take their bounds from the bounds of
 * sensitivity and specificity, which is conservative. The expected calibration error (ECE) has no
 * interval: resampling biases it upward. tests/unit/test-metrics.c measures the coverage on
 * simulated patients.
 * Threads: no shared state; any thread.
 */
#pragma once
#include "stats/decide.h"
#include "stats/metric-types.h"
#include <jansson.h>

G_BEGIN_DECLS

/* Errors: LEUKO_ERROR_ARGUMENT: no images, K < 2, a label or positive out of range, a probability
 * that is not in [0, 1], prevalence or threshold not in (0, 1). Cost: 2000 passes over the N x K
 * values. The same input gives the same output on every machine. */
LeukoEvaluation *leuko_evaluate(const LeukoEvalInput *input, GError **error);
void leuko_evaluation_free(LeukoEvaluation *evaluation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoEvaluation, leuko_evaluation_free)

/* Only check the input: the errors of leuko_evaluate(). */
gboolean leuko_eval_input_check(const LeukoEvalInput *input, GError **error);
/* The decision of each image, (N), g_free. */
gint *leuko_decide_all(const LeukoEvalInput *input);

/* Why there is no interval, for a `method` "not estimable: REASON"; borrowed. "" for any other. */
const char *leuko_metric_reason(const LeukoMetric *metric);

/* The evaluation as a JSON object, a new reference:
 *   1. "n", "groups": counts; "classes": names; "positive": name or null; "threshold", "prevalence"
 *   2. "confusion": K rows (truth) of K counts (predicted)
 *   3. metrics: "accuracy", "balanced_accuracy", "mcc", "kappa", "auc", "auc_hand_till" (more than
 *      two classes), "sensitivity", "specificity", "f1" (of the positive class), "macro_f1",
 *      "micro_f1" (equal to the accuracy), "average_precision", "ppv", "npv", "brier", "log_loss",
 *      "ece"; null if a metric does not apply (sensitivity with more than two classes);
 *      "calibration": leuko_reliability_to_json()
 *   4. "per_class": {CLASS: {"n", "groups", "precision", "recall", "f1", "auc"}}
 *   5. "per_group": list of {"group", "n", "correct", "accuracy", "mean_positive", "classes":
 *      {CLASS: n}} */
/* One figure: {"value", "low", "high", "method", "n", "groups"}. New reference. */
json_t *leuko_metric_to_json(const LeukoMetric *metric);
json_t *leuko_evaluation_to_json(const LeukoEvaluation *evaluation);

G_END_DECLS

/* stats/metrics.h: figures of merit from labels and probabilities, each with a 95 % interval that
 * accounts for groups (patients, slides).
 *
 * Shapes: N images, K classes; probabilities (N, K), rows sum to 1.
 *
 * Intervals are computed in one of three ways; `method` of each metric names the way:
 *   no groups         images are taken as independent. Proportions: Wilson (1927). F1: Wilson on
 *                     J = TP / (TP + FP + FN), mapped by F1 = 2J / (1 + J). Balanced accuracy:
 *                     Wilson bounds combined (MOVER, Zou and Donner 2008). AUC of one class: DeLong's
 *                     variance (1988) on the logit scale; if the scores separate the classes
 *                     completely, Newcombe's score method (2006). Other figures: BCa bootstrap over
 *                     images, stratified by class.
 *   >= 10 groups in   AUC of one class: Obuchowski's variance (1997) on the logit scale, Student's t
 *   each class        with the smaller number of groups - 1. Other figures: bootstrap over groups,
 *                     2000 draws, fixed seed; stratified by class if each group has images of one
 *                     class only. BCa (Efron 1987) with quantiles widened for few groups as
 *                     Hesterberg (2015) does: z becomes t(G-1) sqrt(G/(G-1)). If all draws are equal
 *                     (no errors), Wilson with the number of groups as n.
 *   fewer groups      not estimable: low and high are NAN; use the per-group table instead.
 * PPV and NPV (Bayes' rule at the stated prevalence) take their bounds from the bounds of
 * sensitivity and specificity, which is conservative. The expected calibration error (ECE) has no
 * interval: resampling biases it upward. tests/unit/test-metrics.c measures the coverage on
 * simulated patients.
 * Threads: no shared state; any thread.
 */
#pragma once
#include "stats/decide.h"
#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

#define LEUKO_MIN_GROUPS      10
#define LEUKO_BOOTSTRAP_DRAWS 2000
#define LEUKO_ECE_BINS        15

typedef struct {
    double value;     /* NAN: not defined on these images (a class is absent or never predicted) */
    double low, high; /* 95 % interval; NAN: not estimable, `method` says why */
    const char *method; /* interned, never NULL */
    guint n;            /* number of images used */
    guint n_groups;     /* number of groups of these images, 0 without groups */
} LeukoMetric;

typedef struct {
    guint n, n_classes;
    const char *const *classes;  /* K names */
    const gint *labels;          /* (N), 0..K-1 */
    const double *probabilities; /* (N, K) */
    const char *const *groups;   /* (N), or NULL; images with "" form one group */
    gint positive;               /* index of the positive class, or -1: none */
    double threshold;            /* K = 2 with a positive class: it is predicted if its probability
                                    is >= threshold; NAN: the class of the largest probability */
    double prevalence; /* of the positive class in the intended population; NAN: not stated */
} LeukoEvalInput;

typedef struct {
    const char *name; /* interned */
    guint n, n_correct;
    guint *n_by_class;    /* (K) */
    double mean_positive; /* mean probability of the positive class, NAN without one */
} LeukoGroupRow;

typedef struct {
    guint n, n_classes, n_groups;
    GStrv classes;
    gint positive;
    double threshold, prevalence;
    guint *confusion;        /* (K truth, K predicted) */
    guint *class_n;          /* (K) number of images of each class */
    guint *class_groups;     /* (K) number of groups with an image of each class */
    gboolean too_few_groups; /* a class has fewer than LEUKO_MIN_GROUPS groups */
    LeukoMetric accuracy, balanced_accuracy, macro_f1;
    LeukoMetric auc;        /* K = 2: ROC-AUC; else the mean of the one-against-rest AUCs */
    LeukoMetric hand_till;  /* K > 2: mean of the AUCs of all pairs of classes; K = 2: as auc */
    LeukoMetric mcc, kappa; /* Matthews' correlation; Cohen's kappa */
    LeukoMetric log_loss;   /* natural logarithm */
    LeukoMetric brier;      /* K = 2: mean of (p - y)^2; else summed over the classes, 0 to 2 */
    LeukoMetric ece; /* K = 2 with positive: of its probability; else of the largest; 15 bins */
    LeukoMetric *precision, *recall, *f1, *class_auc; /* (K) */
    /* for K = 2 with a positive class; else the values are NAN */
    LeukoMetric sensitivity, specificity, average_precision, ppv, npv;
    guint n_group_rows;
    LeukoGroupRow *group_rows; /* sorted by name */
} LeukoEvaluation;

/* Errors: LEUKO_ERROR_ARGUMENT: no images, K < 2, a label or positive out of range, a probability
 * that is not in [0, 1], prevalence or threshold not in (0, 1). Cost: 2000 passes over the N x K
 * values. The same input gives the same output on every machine. */
LeukoEvaluation *leuko_evaluate(const LeukoEvalInput *input, GError **error);
void leuko_evaluation_free(LeukoEvaluation *evaluation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoEvaluation, leuko_evaluation_free)

/* The decision of each image, (N), g_free. */
gint *leuko_decide_all(const LeukoEvalInput *input);

/* Why there is no interval, for a `method` "not estimable: REASON"; borrowed. "" for any other. */
const char *leuko_metric_reason(const LeukoMetric *metric);

/* The evaluation as a JSON object, a new reference:
 *   1. "n", "groups": counts; "classes": names; "positive": name or null; "threshold", "prevalence"
 *   2. "confusion": K rows (truth) of K counts (predicted)
 *   3. metrics: "accuracy", "balanced_accuracy", "mcc", "kappa", "auc", "auc_hand_till" (more than two
 *      classes), "sensitivity", "specificity", "f1" (of the positive class), "macro_f1", "micro_f1"
 *      (equal to the accuracy), "average_precision", "ppv", "npv", "brier", "log_loss", "ece"; null
 *      if a metric does not apply (sensitivity with more than two classes)
 *   4. "per_class": {CLASS: {"n", "groups", "precision", "recall", "f1", "auc"}}
 *   5. "per_group": list of {"group", "n", "correct", "accuracy", "mean_positive", "classes":
 *      {CLASS: n}} */
json_t *leuko_evaluation_to_json(const LeukoEvaluation *evaluation);

G_END_DECLS

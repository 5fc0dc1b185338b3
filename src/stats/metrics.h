/* stats/metrics.h: figures of merit from labels and probabilities, each with a 95 % interval that
 * is honest about groups (patients, slides).
 *
 * Shapes: N images, K classes; probabilities (N, K), rows sum to 1.
 *
 * Intervals, in three cases; the case is written in each metric's `method`:
 *   no groups         images count as independent. Proportions: Wilson (1927). F1: Wilson on
 *                     J = TP / (TP + FP + FN), mapped by F1 = 2J / (1 + J). Balanced accuracy: Wilson
 *                     bounds combined (MOVER, Zou and Donner 2008). AUC of two classes: DeLong's
 *                     variance (1988) on the logit scale; where the classes are wholly separated,
 *                     Newcombe's score method (2006). The rest: bootstrap over images, stratified
 *                     by class, BCa.
 *   >= 10 groups in   bootstrap over groups, 2000 draws, fixed seed; stratified by class when each
 *   each class        group is of one class. BCa (Efron 1987) with quantiles widened for few groups
 *                     as Hesterberg (2015) does: z becomes t(G-1) sqrt(G/(G-1)). Where no draw
 *                     differs (nothing was wrong), Wilson with the number of groups in place of n.
 *   fewer groups      not estimable: low and high are NAN; the per-group table stands in place.
 * PPV and NPV (Bayes' rule at the stated prevalence) have bounds from the bounds of sensitivity and
 * specificity, which is conservative. ECE has no interval: resampling biases it upwards.
 * Coverage on simulated patients is measured in tests/unit/test-metrics.c.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

#define LEUKO_MIN_GROUPS      10
#define LEUKO_BOOTSTRAP_DRAWS 2000
#define LEUKO_ECE_BINS        15

typedef struct {
    double value;       /* NAN: not defined on these images (a class absent, never predicted) */
    double low, high;   /* 95 % interval; NAN: not estimable, `method` says why */
    const char *method; /* interned, never NULL */
    guint n;            /* images it is computed from */
    guint n_groups;     /* groups of those, 0 without groups */
} LeukoMetric;

typedef struct {
    guint n, n_classes;
    const char *const *classes;  /* K names */
    const gint *labels;          /* (N), 0..K-1 */
    const double *probabilities; /* (N, K) */
    const char *const *groups;   /* (N), or NULL; where some are "", those are one group together */
    gint positive;               /* index, or -1: none named */
    double threshold;            /* K = 2 with a positive class: it is the decision when its
                                    probability is >= threshold; NAN: the largest probability */
    double prevalence;           /* of the positive class where it will be used; NAN: not stated */
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
    guint *confusion;        /* (K truth, K decided) */
    guint *class_n;          /* (K) images of each class */
    guint *class_groups;     /* (K) groups with an image of each class */
    gboolean too_few_groups; /* some class has groups, but fewer than LEUKO_MIN_GROUPS */
    LeukoMetric accuracy, balanced_accuracy, macro_f1;
    LeukoMetric auc;   /* K = 2: ROC-AUC; else the mean of the one-against-rest AUCs */
    LeukoMetric brier; /* K = 2: mean (p - y)^2; else summed over classes, 0 to 2 */
    LeukoMetric ece;   /* K = 2 with positive: of its probability; else of the top one; 15 bins */
    LeukoMetric *precision, *recall, *f1, *class_auc; /* (K) */
    /* K = 2 with a positive class, else value NAN */
    LeukoMetric sensitivity, specificity, average_precision, ppv, npv;
    guint n_group_rows;
    LeukoGroupRow *group_rows; /* sorted by name */
} LeukoEvaluation;

/* The decision for one row of probabilities (K): see LeukoEvalInput.threshold; the first of equals. */
gint leuko_decide(const double *probabilities, guint n_classes, gint positive, double threshold);

/* Errors: LEUKO_ERROR_ARGUMENT: no images, K < 2, a label or positive out of range, a probability
 * that is not in [0, 1], prevalence or threshold not in (0, 1). Cost: 2000 passes over the N x K
 * values; same input, same output on every machine. */
LeukoEvaluation *leuko_evaluate(const LeukoEvalInput *input, GError **error);
void leuko_evaluation_free(LeukoEvaluation *evaluation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoEvaluation, leuko_evaluation_free)

/* {"value", "low", "high", "method", "n", "groups"}; null where not estimable. New reference. */
json_t *leuko_metric_to_json(const LeukoMetric *metric);
/* The whole, as docs/formats.md describes the eval JSON. New reference. */
json_t *leuko_evaluation_to_json(const LeukoEvaluation *evaluation);

G_END_DECLS

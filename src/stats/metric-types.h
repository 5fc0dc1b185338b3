/* stats/metric-types.h: what an evaluation takes and gives (stats/metrics.h). */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#define LEUKO_NOT_ESTIMABLE   "not estimable: " /* begins the method of such a metric */
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
    /* Where each fold of a cross-validation decides by a rule of its own; else NULL: */
    const gint *decisions;        /* (N) the decision of each image; the threshold is not used */
    const double *patient_shares; /* (N) of positive images, from which its group is positive */
} LeukoEvalInput;

typedef struct {
    const char *name; /* interned */
    guint n, n_correct;
    guint *n_by_class;    /* (K) */
    double mean_positive; /* mean probability of the positive class, NAN without one */
} LeukoGroupRow;

typedef struct LeukoReliability LeukoReliability; /* stats/reliability.h */

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
    LeukoReliability *reliability;
    guint n_group_rows;
    LeukoGroupRow *group_rows; /* sorted by name */
} LeukoEvaluation;

G_END_DECLS

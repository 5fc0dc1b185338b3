/* train/head-choice.h: choose the strength of a head's L2 regularization (l2 in train/head.h) by
 * cross-validation. */
#pragma once
#include "leuko/progress.h"
#include "train/head.h"

typedef struct {
    double l2;
    double loss, se; /* mean over the folds of the held-out log-loss, and its standard error */
    double accuracy; /* of all held-out rows together */
} LeukoHeadTrial;

typedef struct {
    GArray *trials; /* of LeukoHeadTrial, largest l2 first */
    guint best;     /* index of the smallest loss */
    guint chosen;   /* index of the largest l2 whose loss is within one standard error of `best` */
    double *logits; /* (n_rows, K): held-out logits at `chosen` */
    LeukoHead
        *start; /* the head of the first fold at `chosen`, a start for the final fit; or NULL */
} LeukoHeadChoice;

void leuko_head_choice_free(LeukoHeadChoice *choice); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoHeadChoice, leuko_head_choice_free)

/* The smallest l2 that outweighs the data in every direction: a quarter of the largest eigenvalue
 * of the sum of x x^T over standardized rows, an upper bound of the loss's curvature. With this l2
 * or more the head points along the difference of the class means. It is the safe choice where
 * cross-validation cannot estimate the variation between groups (LEUKO_FOLDS_HALF). */
double leuko_head_strong_l2(const LeukoHeadData *data);

/* Cross-validate along a path of l2 from `strong` down to `weak`, two values per decade, each fit
 * started from the one before. The path ends where the loss has risen twice in a row.
 * fold          (n_rows), 0..n_folds-1
 * strong, weak  strong >= weak > 0; equal: only that value
 * reporter      phase "regularization"
 * Errors        as leuko_head_fit() */
LeukoHeadChoice *leuko_head_choose(const LeukoHeadData *data, const guint *fold, guint n_folds,
                                   double strong, double weak, guint n_threads,
                                   LeukoReporter reporter, GCancellable *cancellable,
                                   GError **error);

/* The factor on held-out logits (n_rows, K), 0.01 to 1000, with the smallest log-loss. It undoes
 * the shrinkage of a large l2 and changes no order of scores. */
double leuko_head_slope(const LeukoHeadData *data, const double *logits);

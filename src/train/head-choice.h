/* train/head-choice.h: chooses the strength of a head's L2 regularization (l2 in train/head.h) by
 * cross-validation.
 *
 * Shapes: n_rows rows, K classes.
 * Threads: no state; OpenMP inside.
 */
#pragma once
#include "leuko/progress.h"
#include "train/head.h"

typedef struct {
    double l2;
    double loss, se; /* held-out log-loss: mean over the folds and its standard error */
    double accuracy; /* of all held-out rows together */
} LeukoHeadTrial;

typedef struct {
    GArray *trials; /* of LeukoHeadTrial, largest l2 first */
    guint best;     /* index of the smallest loss */
    guint chosen;   /* index of the largest l2 whose loss is within one standard error of `best` */
    double *logits; /* (n_rows, K): held-out logits at `chosen` */
    LeukoHead *start; /* head of the first fold at `chosen`, to start the final fit; or NULL */
} LeukoHeadChoice;

void leuko_head_choice_free(LeukoHeadChoice *choice); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoHeadChoice, leuko_head_choice_free)

/* The smallest l2 that outweighs the data in every direction: a quarter of the largest eigenvalue
 * of the sum of x x^T over standardized rows, an upper bound of the loss's curvature. With this l2
 * or more, the head's weights are about parallel to the difference of the class means. Use it if
 * cross-validation cannot estimate the variation between groups (LEUKO_FOLDS_HALF). */
double leuko_head_strong_l2(const LeukoHeadData *data);

/* Cross-validate along a path of l2 from `strong` down to `weak`, two values per decade, each fit
 * started from the previous fit. The path ends when the last two losses are above the smallest.
 * data          the rows that are held out
 * fit           the rows that heads are fitted on: row j is a view of row j % data->n_rows, with
 *               its label, and in its fold; `data` itself for one view
 * fold          (data->n_rows), 0..n_folds-1
 * strong, weak  strong >= weak > 0; equal: only that value
 * reporter      phase "regularization"
 * Errors        as leuko_head_fit() */
LeukoHeadChoice *leuko_head_choose(const LeukoHeadData *data, const LeukoHeadData *fit,
                                   const guint *fold, guint n_folds, double strong, double weak,
                                   guint n_threads, LeukoReporter reporter,
                                   GCancellable *cancellable, GError **error);

/* Weighted mean of -log p(label) of held-out logits (n_rows, K) times `factor`. */
double leuko_head_held_out_loss(const LeukoHeadData *data, const double *logits, double factor);

/* The factor on held-out logits (n_rows, K), 0.01 to 1000, that gives the smallest log-loss. It
 * corrects the shrinkage by a large l2 and does not change the order of scores. */
double leuko_head_slope(const LeukoHeadData *data, const double *logits);

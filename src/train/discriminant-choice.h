/* train/discriminant-choice.h: chooses the shrinkage of a discriminant head (train/discriminant.h)
 * by cross-validation.
 *
 * Shapes: n_rows rows, K classes.
 * Threads: no state; OpenMP inside, one fold a thread. Their number does not change the result.
 */
#pragma once
#include "leuko/progress.h"
#include "train/head.h"

typedef struct {
    double shrinkage;      /* with the smallest held-out log-loss; NAN: no discriminant is possible,
                              because rows of a class are in one fold only, or do not vary */
    double slope;          /* leuko_head_slope() of the held-out logits */
    double loss, accuracy; /* held out, with the slope */
    double *logits;        /* (n_rows, K): held-out logits times `slope`; g_free */
} LeukoDiscriminantChoice;

void leuko_discriminant_choice_clear(LeukoDiscriminantChoice *choice);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoDiscriminantChoice, leuko_discriminant_choice_clear)

/* data      the rows that are held out
 * fit       the rows that heads are fitted on, as for leuko_head_choose()
 * fold      (data->n_rows), 0..n_folds-1
 * reporter  phase "shrinkage"
 * Errors    as leuko_discriminant_new(), except LEUKO_ERROR_DATA */
gboolean leuko_discriminant_choose(const LeukoHeadData *data, const LeukoHeadData *fit,
                                   const guint *fold, guint n_folds, guint n_threads,
                                   LeukoDiscriminantChoice *choice, LeukoReporter reporter,
                                   GCancellable *cancellable, GError **error);

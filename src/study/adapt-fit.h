/* study/adapt-fit.h: adapts a head to chosen cells of a laboratory, and chooses by inner folds
 * which steps help.
 *
 * Every combination of the steps is tried: colors changed or not, centered or not, and for each the
 * prior's strength l2 from infinity (the head is not fitted) downward. The combination with the
 * smallest held-out log-loss over the inner folds is taken; each is judged with its best
 * temperature, because the calibration is fitted anew. What is estimated from cells (shift, head)
 * is estimated anew in each inner fold; the colors are measured on all chosen cells.
 * Only classes with cells are fitted: the loss is that of the softmax over them, so that nothing is
 * learned of the others, whose weights remain.
 */
#pragma once
#include "study/adapt-lab.h"
#include "train/head.h"

G_BEGIN_DECLS

typedef struct {
    guint steps;              /* LeukoAdaptSteps; 0: nothing helps */
    double l2;                /* INFINITY without LEUKO_ADAPT_HEAD */
    LeukoColorTransfer color; /* of the preprocessing, that of the model or a new one */
    double *logits;           /* (n, K) of all records of the laboratory, adapted */
    double *inner;            /* (n_rows, K) held-out logits of the rows in the inner folds */
    guint n_inner;            /* inner folds */
    LeukoFoldKind folds;
    double loss_before, loss; /* held-out log-loss of the unchanged model and of this one */
    LeukoModel *decision;     /* turns `logits` into probabilities and decisions */
    LeukoHead *head;          /* for raw features, whose logits are `logits`; NULL: not wanted */
} LeukoAdaptFit;

/* Adapt to the rows (n_rows records, rising).
 * wants_head  make `head`
 * Errors: those of leuko_head_folds_make(), leuko_features_compute(), leuko_decision_fit(). */
LeukoAdaptFit *leuko_adapt_fit(const LeukoAdaptLab *lab, const guint *rows, guint n_rows,
                               gboolean wants_head, LeukoReporter reporter,
                               GCancellable *cancellable, GError **error);
void leuko_adapt_fit_free(LeukoAdaptFit *fit); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoAdaptFit, leuko_adapt_fit_free)

G_END_DECLS

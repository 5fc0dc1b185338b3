/* train/discriminant.h: a linear discriminant with a shrunk covariance, as a head.
 *
 * For the rows of K classes with means m_k, shares p_k and the covariance S within the classes
 * (divided by n), the logits of x (C) are
 *   z_k = x' A m_k - m_k' A m_k / 2 + log p_k,   A = ((1 - s) S + s (trace(S) / C) I)^-1
 * up to a number that all classes share. The shrinkage s, in (0, 1], has no unit. Features are not
 * standardized: the features of small variance carry noise, which a standardization would raise.
 * Source: Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance matrices
 * (2004), for the target; scikit-learn's LinearDiscriminantAnalysis(solver="lsqr", shrinkage=s)
 * gives the same logits.
 *
 * The logits are usually too far apart; leuko_head_slope() of held-out rows corrects them.
 * Cost: n C^2 for the covariance, once; C^3 / 3 for each shrinkage.
 * Threads: no state; one thread.
 */
#pragma once
#include "train/head.h"

G_BEGIN_DECLS

/* The sums over some rows, from which a head of any shrinkage is made. */
typedef struct LeukoDiscriminant LeukoDiscriminant;

/* rows    (n) indices of the rows to fit on; NULL: all
 * Errors  LEUKO_ERROR_DATA       a class has no rows of positive weight among those; a feature is
 *                                not finite; all features are constant within the classes
 *         LEUKO_ERROR_MEMORY     16 C^2 bytes
 *         LEUKO_ERROR_CANCELLED */
LeukoDiscriminant *leuko_discriminant_new(const LeukoHeadData *data, const guint *rows, gsize n,
                                          GCancellable *cancellable, GError **error);
/* The head of one shrinkage, > 0 and at most 1; its l2, loss and gradient are 0.
 * Errors: LEUKO_ERROR_CANCELLED. */
LeukoHead *leuko_discriminant_head(LeukoDiscriminant *discriminant, double shrinkage,
                                   GCancellable *cancellable, GError **error);
void leuko_discriminant_free(LeukoDiscriminant *discriminant); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoDiscriminant, leuko_discriminant_free)

G_END_DECLS

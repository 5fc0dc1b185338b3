/* train/head-curvature.h: an approximate inverse Hessian of a head's loss near a fitted head.
 *
 * The fits of a cross-validation differ in a few rows, so their optima are near that of a fit on
 * all rows. Started there, with this matrix in place of L-BFGS's own scale, a fit needs about ten
 * iterations instead of hundreds. It ends at the same optimum, to the same tolerance.
 *
 * The matrix has a block for each class k, of the form (l2 + t) I + A^T A: the rows of A are
 * sqrt(p_k (1 - p_k)) (x, 1) of the rows that class k is least certain of, and t is the mean
 * curvature of the others. Its inverse takes a system of as many unknowns as A has rows (Woodbury).
 * Along changes that are equal for all classes, the Hessian is exactly l2 I.
 * Threads: constant after it is made; any number of threads may use it.
 */
#pragma once
#include "train/head.h"

typedef struct LeukoHeadCurvature LeukoHeadCurvature;

/* The curvature at `head`, fitted to all rows of `data` with l2. Memory: up to
 * LEUKO_CURVATURE_ROWS^2 x (K + 1) doubles. */
LeukoHeadCurvature *leuko_head_curvature_new(const LeukoHeadData *data, const LeukoHead *head,
                                             guint n_threads);
void leuko_head_curvature_free(LeukoHeadCurvature *curvature); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoHeadCurvature, leuko_head_curvature_free)

#define LEUKO_CURVATURE_ROWS 800 /* the most rows that are used, of all classes together */

/* Multiply v (K (C + 1), as theta in train/head-objective.h) by the matrix. */
void leuko_head_curvature_apply(const LeukoHeadCurvature *curvature, double *v);

/* leuko_head_fit() with the l2 of the head that the curvature was made at, in fewer iterations. */
LeukoHead *leuko_head_fit_near(const LeukoHeadData *data, const guint *rows, gsize n,
                               const LeukoHeadCurvature *near, double tolerance, guint n_threads,
                               GCancellable *cancellable, GError **error);

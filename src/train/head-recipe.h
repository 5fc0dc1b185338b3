/* train/head-recipe.h: fits a head with every setting chosen on the rows that it is fitted on.
 *
 * leuko_head_trainer_run() fits a model with it, and cross-validation each of its folds, so that
 * the figures of a cross-validation are those of the recipe that trains.
 * Threads: no state; OpenMP inside. The number of threads does not change the result.
 */
#pragma once
#include "leuko/progress.h"
#include "leuko/train-types.h"
#include "train/head-curvature.h"

G_BEGIN_DECLS

typedef struct {
    const LeukoHeadData *data;
    /* (n_views, data->n_rows, C) views of each row; the head is fitted on them, as rows of weight
     * 1 / n_views, and held-out figures are of the rows of `data`. NULL: it is fitted on `data` */
    const float *views;
    guint n_views;
    const guint *rows; /* (n) rows to fit on; NULL: all, n is ignored */
    gsize n;
    const char *const *groups, *const *sources; /* (data->n_rows), as for leuko_head_folds_make() */
    double l2; /* a fixed strength of the regularization of a logistic head; 0: chosen on the
                      rows */
    LeukoHeadKind kind; /* LEUKO_HEAD_CHOSEN: on the rows */
    guint n_folds;      /* largest number of inner folds for the choice */
    guint64 seed;       /* of the inner folds */
    guint n_threads;
    /* with a fixed l2 and without views: of a head that was fitted with it to nearly the same rows;
     * NULL: none */
    const LeukoHeadCurvature *near;
} LeukoHeadRecipe;

typedef struct {
    LeukoHead *head;    /* its logits multiplied by `slope` */
    LeukoHeadKind kind; /* logistic or discriminant */
    double l2;          /* of a logistic head, else 0 */
    double shrinkage;   /* of a discriminant, else NAN */
    double slope;       /* leuko_head_slope() with strong_l2 and of a discriminant, else 1 */
    double logistic_loss, discriminant_loss; /* held-out log-losses of both kinds, each with its
                                                leuko_head_slope(); NAN: not tried or impossible */
    /* of the inner folds; with a fixed l2: 0, LEUKO_FOLDS_UNGROUPED, FALSE, NAN, NAN and NULL */
    guint n_folds;
    LeukoFoldKind folds;
    gboolean strong_l2; /* the folds cannot estimate the variation between groups */
    double held_out_accuracy, held_out_loss;
    double *logits; /* (n, K) held-out logits of the rows, multiplied by `slope` */
} LeukoHeadFit;

/* Choose the kind of the head and its strength by cross-validation over the rows, and fit the head
 * on all of them. The kind is the one with the smaller held-out log-loss. The shrinkage of a
 * discriminant (train/discriminant.h) has the smallest held-out log-loss. l2 of a logistic head is
 * the largest whose log-loss is within one standard error of the best.
 * Folds hold whole groups if every class has at least two groups, else images. If groups are known
 * but a class has only one, cross-validation cannot estimate the variation between groups. Then the
 * head is logistic, l2 is leuko_head_strong_l2(), and the logits are scaled by leuko_head_slope().
 * reporter  phases "regularization", "shrinkage"
 * Errors    as leuko_head_folds_make(), leuko_head_fit(); LEUKO_ERROR_DATA: the kind is given, and
 *           no discriminant is possible */
LeukoHeadFit *leuko_head_recipe_fit(const LeukoHeadRecipe *recipe, LeukoReporter reporter,
                                    GCancellable *cancellable, GError **error);
void leuko_head_fit_free(LeukoHeadFit *fit); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoHeadFit, leuko_head_fit_free)

G_END_DECLS

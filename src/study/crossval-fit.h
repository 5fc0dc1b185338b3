/* study/crossval-fit.h: trains on a fold's training part and answers its held-out images. */
#pragma once
#include "engine/precision-choice.h"
#include "study/crossval-answers.h"
#include "study/crossval-data.h"
#include "train/features.h"
#include "train/head-curvature.h"
#include "train/recipe.h"
#include "train/start.h"

G_BEGIN_DECLS

/* What all folds share; borrowed. */
typedef struct {
    const LeukoCrossvalData *data;
    const LeukoCrossvalOptions *options;
    const LeukoStart *start;
    const LeukoRecipe *recipe; /* of a network; NULL: the head alone */
    LeukoPrecisionChoice precision;
    const char *run_folder;
    LeukoHeadData features; /* of all records; x is NULL for a network */
    const float *views;     /* of all records, as in LeukoHeadRecipe; or NULL */
    guint n_views;
    const LeukoHeadCurvature *near; /* a head fitted to all records, for a fixed l2; or NULL */
} LeukoCrossvalJob;

/* The records that a fold holds out and scores (*n_held), and those that it trains on, rising;
 * g_free. */
guint *leuko_crossval_held(const LeukoCrossvalData *data, const LeukoFold *fold, guint *n_held);
guint *leuko_crossval_training(const LeukoCrossvalData *data, const LeukoFold *fold,
                               guint *n_training);

/* Fit the head with one thread: several folds may be fitted at the same time.
 * Errors: those of leuko_head_recipe_fit(). */
LeukoFoldAnswers *leuko_crossval_fit_head(const LeukoCrossvalJob *job, const LeukoFold *fold,
                                          guint n_threads, GCancellable *cancellable,
                                          GError **error);
/* Train the network. A fifth of the groups of the training part is the validation split of the
 * training, from which it chooses its threshold. A training that was ended goes on from its
 * checkpoint in the run folder. Errors: those of leuko_trainer_run(), leuko_head_folds_make(). */
LeukoFoldAnswers *leuko_crossval_fit_network(const LeukoCrossvalJob *job, const LeukoFold *fold,
                                             LeukoReporter reporter, GCancellable *cancellable,
                                             GError **error);

G_END_DECLS

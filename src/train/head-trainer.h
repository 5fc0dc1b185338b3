/* train/head-trainer.h: trains a head on the features of a data set and makes a model.
 *
 * leuko_train_head() (leuko/train.h) opens the data set, calls this module and writes the model.
 * Threads: no state; options->features.n_threads threads inside.
 */
#pragma once
#include "formats/model.h"
#include "stats/threshold.h"
#include "train/features.h"

typedef struct {
    LeukoFeatureOptions features; /* its precision is chosen */
    const char *precision_reason; /* recorded in the model; borrowed */
    LeukoHeadKind kind;           /* LEUKO_HEAD_CHOSEN: by cross-validation */
    gint positive;                /* index of the positive class, or -1 */
    LeukoThresholdRule threshold; /* how the threshold is chosen */
    guint n_folds;                /* largest number of folds in the cross-validation */
    guint64 seed;                 /* of the folds */
} LeukoHeadTrainerOptions;

/* fp32, one image per run, one thread, 5 folds, seed 50. */
LeukoHeadTrainerOptions leuko_head_trainer_options_default(void);

/* Compute the features, and fit the head by its recipe (train/head-recipe.h) on the training split:
 * on the mean of features.n_views views of each image, or, with features.n_train_views, on each of
 * those views. Everything else is measured and fitted on the mean.
 * Probabilities and decisions are fitted on the validation split (train/decision.h). Without one,
 * the temperature is fitted on the held-out logits of the folds, unless images of one group lie in
 * several of them (LEUKO_FOLDS_HALF), and the threshold is 0.5.
 * validation  NULL: none
 * kept        out, or NULL: the features of both splits, for the guards
 * Errors      as leuko_train_check_classes(), leuko_features_compute(),
 *             leuko_head_recipe_fit(), leuko_decision_fit() */
LeukoModel *leuko_head_trainer_run(LeukoDataset *training, LeukoDataset *validation,
                                   const LeukoStart *start, const LeukoHeadTrainerOptions *options,
                                   LeukoSplitFeatures *kept, LeukoTrainHeadReport *report,
                                   LeukoReporter reporter, GCancellable *cancellable,
                                   GError **error);

/* train/head-trainer.h: trains a head on the features of a data set and makes a model.
 *
 * leuko_train_head() (leuko/train.h) opens the data set, calls this module and writes the model.
 * Threads: no state; options->features.n_threads threads inside.
 */
#pragma once
#include "formats/model.h"
#include "train/features.h"

typedef struct {
    LeukoFeatureOptions features; /* its precision is chosen */
    const char *precision_reason; /* recorded in the model; borrowed */
    gint positive;                /* index of the positive class, or -1 */
    guint n_folds;                /* largest number of folds in the cross-validation */
    guint64 seed;                 /* of the folds */
} LeukoHeadTrainerOptions;

/* fp32, one image per run, one thread, 5 folds, seed 50. */
LeukoHeadTrainerOptions leuko_head_trainer_options_default(void);

/* Compute the features, choose l2 by cross-validation inside the training split, and fit the head.
 * l2 is the largest whose log-loss is within one standard error of the best. Folds hold whole
 * groups if every class has at least two groups, else images. If groups are known but a class has
 * only one, cross-validation cannot estimate the variation between groups. Then l2 is
 * leuko_head_strong_l2(), and the logits are scaled by leuko_head_slope(). With two
 * classes, the threshold is leuko_best_threshold() of the validation split, or 0.5 without one.
 * validation  NULL: none
 * Errors      as leuko_train_check_classes(), leuko_features_compute(), leuko_head_folds_make(),
 *             leuko_head_fit() */
LeukoModel *leuko_head_trainer_run(LeukoDataset *training, LeukoDataset *validation,
                                   const LeukoStart *start, const LeukoHeadTrainerOptions *options,
                                   LeukoTrainHeadReport *report, LeukoReporter reporter,
                                   GCancellable *cancellable, GError **error);

/* train/guards.h: fits what a model refers to a person: classes that cannot be ruled out
 * (stats/referral.h) and images unlike the training images (stats/typical.h). */
#pragma once
#include "formats/model.h"
#include "train/features.h"
#include "train/splits.h"
#include "train/start.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    const LeukoStart *start; /* whose features the head was fitted on, perhaps cached; NULL: the
                                     trunk of the model */
    LeukoFeatureOptions features; /* precision chosen */
    double miss_bound;            /* 0: no class causes a referral */
    gboolean miss_of_all;         /* LeukoReferral's of_all */
    double confidence;
    guint64 seed;
    const LeukoSplitFeatures *known; /* the features of the splits; NULL: they are computed */
} LeukoGuardOptions;

/* Set model->referral from the validation split and model->typical from the training split, and
 * report what is promised, or why nothing can be. The model must be calibrated.
 * Errors: those of leuko_features_compute(). */
gboolean leuko_guards_fit(LeukoModel *model, const LeukoTrainSplits *splits,
                          const LeukoGuardOptions *options, LeukoReporter reporter,
                          GCancellable *cancellable, GError **error);

G_END_DECLS

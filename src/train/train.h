/* train/train.h: transfer learning. A model is a network cut at an endpoint, and a head.
 *
 * Only the training and validation parts are ever read here, never the test part.
 */
#pragma once
#include "formats/model.h"
#include "train/features.h"
#include "train/head.h"

G_BEGIN_DECLS

typedef struct {
    LeukoFeatureOptions features;
    gint positive; /* index of the positive class, or -1 */
    guint n_folds; /* most folds of the cross-validation, 5 */
    guint64 seed;  /* of the folds */
} LeukoTrainHeadOptions;

LeukoTrainHeadOptions leuko_train_head_options_default(void);

/* What came of it. Accuracies are shares; NAN where there is no such part. */
typedef struct {
    guint n_training, n_validation, n_sources; /* images; originals of the training part */
    guint n_cached, n_computed;                /* features, both parts */
    double feature_seconds, head_seconds;
    guint n_features, n_folds;
    LeukoFoldKind folds;
    gboolean strong_prior; /* cross-validation could not see how groups differ */
    double l2, slope;      /* slope: factor on the logits, 1 unless strong_prior */
    double held_out_accuracy, held_out_loss; /* of the cross-validation inside training */
    double training_accuracy, validation_accuracy, validation_loss;
    double threshold;
} LeukoTrainHeadReport;

/* Features, then the head. The prior's strength is chosen by cross-validation inside the training
 * part, by log-loss, the strongest within one standard error of the best: by group where every class
 * has two groups or more, else by image. Where groups are known but a class has one only, the
 * strength cannot be chosen (cells of one person stand on both sides), and the prior is the one that
 * outweighs the data (leuko_head_strong_prior()); the logits are then scaled as held-out rows
 * suggest. The threshold of two classes is the one of largest balanced accuracy on the validation
 * part (of several: the nearest to 0.5), else 0.5.
 * validation  NULL: none
 * Errors      LEUKO_ERROR_DATA   fewer than two classes with images; classes that differ between
 *                                the parts; as leuko_features_compute(), leuko_head_fit() */
LeukoModel *leuko_train_head(LeukoDataset *training, LeukoDataset *validation,
                             const LeukoStart *start, const LeukoTrainHeadOptions *options,
                             LeukoTrainHeadReport *report, LeukoReporter reporter,
                             GCancellable *cancellable, GError **error);

/* Every class has images in the training part, and both parts have the same classes (validation may
 * be NULL). Errors: LEUKO_ERROR_DATA. */
gboolean leuko_check_classes(LeukoDataset *training, LeukoDataset *validation, GError **error);

/* A model from a start and a head: parameters that the cut network needs are copied. */
LeukoModel *leuko_model_from_head(const LeukoStart *start, const LeukoHead *head,
                                  const gchar *const *classes, gint positive, GError **error);

/* The class that names illness, by its name (all, blast, leukemic, positive, 1 ...), if exactly one
 * of them does; else -1. */
gint leuko_guess_positive(const gchar *const *classes);

G_END_DECLS

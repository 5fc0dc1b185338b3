/* leuko/train-types.h: options, events and reports of training (leuko/train.h).
 *
 * All strings are borrowed for the call.
 */
#pragma once
#include "leuko/precision.h"
#include <glib.h>

G_BEGIN_DECLS

/* Told which groups and images stand in two splits.
 * json  an array as "leaks" of leuko/check.h, valid during the call */
typedef void (*LeukoLeaksFunc)(const char *json, gpointer data);

/* The network and its initial weights. */
typedef struct {
    const char *weights;     /* a file, "backbone" (shipped with Leuko) or "random" */
    const char *endpoint;    /* cut the network here; NULL: the last endpoint of the weights */
    double depth_multiplier; /* 0: that of the file, 1.0 for random weights */
    guint side_px;           /* side of the input images; 0: that of the file, 299 for random */
    guint64 seed;            /* of random weights, folds and every draw during training */
} LeukoStartOptions;

/* How features are computed. */
typedef struct {
    LeukoPrecision precision; /* fp32, bf16 or LEUKO_PRECISION_AUTO */
    guint batch;              /* images per thread and run of the network, 1 to 256 */
    guint n_threads;          /* >= 1 */
    gboolean no_cache;        /* neither read nor write the feature cache */
    guint n_views;            /* orientations of each image whose features are averaged: 1, 2, 4 or
                                 8; 0: 1. Each view costs as much as the first, once */
    guint n_train_views; /* orientations of each training image that a head is fitted on, each as
                                 a row of its own: 1, 2, 4 or 8; 0: the mean of n_views is the row.
                                 Costs as n_views, and memory for all views */
} LeukoFeatureOptions;

typedef struct {
    guint64 step;                /* steps done, from 1 */
    guint epoch;                 /* in progress, from 1 */
    double loss, accuracy, rate; /* of this step: training loss, share of correct decisions, rate */
    double gradient_norm;        /* before clipping */
    double images_per_s;         /* of this step */
} LeukoTrainStep;

typedef struct {
    guint64 step;
    guint epoch, n_epochs; /* epochs done, of so many */
    double loss, accuracy; /* on the validation split */
    gboolean best;         /* the smallest loss so far */
} LeukoTrainValidation;

/* A setting by which a run differs from the checkpoint that it should continue. */
typedef struct {
    const char *setting; /* a key of the recipe ("rate", "epochs", ...; "optimizer" and "schedule"
                            for the two keys "kind"), "seed", "precision", "weights", "weights
                            digest", "depth multiplier", "endpoint", "size", "processor",
                            "classes", "number of classes", "positive class", "training images",
                            "training data", "validation images" or "validation data" */
    const char *checkpoint, *now; /* its values */
    const char *reason;           /* why the run cannot go on with it, or NULL */
} LeukoTrainDifference;

/* How leuko_train_network() trains. */
typedef struct {
    const char *recipe;     /* "finetune", "scratch", "original", or a file; NULL: scratch for
                                  random weights, else finetune */
    const char *tune;       /* "all", or the first trained endpoint; NULL: the recipe's */
    guint epochs, batch;    /* 0: the recipe's */
    double rate;            /* learning rate; 0: the recipe's */
    guint until_epoch;      /* stop after this epoch, with the schedule of all epochs; 0: run all */
    const char *run_folder; /* for checkpoints; NULL: MODEL.run beside the model */
    gboolean resume;        /* from the last checkpoint of the run folder, if there is one; with
                               LEUKO_PRECISION_AUTO in its precision */
    gboolean restart;       /* discard the checkpoint of the run folder, if there is one */
    guint checkpoint_steps; /* write a checkpoint every so many steps; 0: by time only */
    double checkpoint_seconds; /* write a checkpoint after so many seconds */
    /* Called for each setting that differs from the checkpoint, before the error; may be NULL. */
    void (*differs)(const LeukoTrainDifference *difference, gpointer differs_data);
    gpointer differs_data;
} LeukoTuneOptions;

/* Called as things happen, from the thread that trains; each may be NULL. A function that returns
 * FALSE sets `error`: the training then writes a checkpoint, if it has begun, and stops with that
 * error. */
typedef struct {
    /* Before the first step. step: steps done, > 0 in a resumed run. */
    gboolean (*begun)(const char *run_folder, guint64 step, guint64 n_steps, gpointer user_data,
                      GError **error);
    gboolean (*step)(const LeukoTrainStep *step, gpointer user_data, GError **error);
    gboolean (*validated)(const LeukoTrainValidation *validation, gpointer user_data,
                          GError **error);
    /* The first batch of an epoch as the network sees it, before step `step`.
     * x_nchw (n, 3, side, side) in [-1, 1] */
    gboolean (*images)(const float *x_nchw, guint n, guint side_px, guint64 step,
                       gpointer user_data, GError **error);
    gpointer user_data;
    /* After `begun`: the precision of the run and why it was chosen. step: as for `begun`. */
    gboolean (*precision)(LeukoPrecision precision, const char *reason, guint64 step,
                          gpointer user_data, GError **error);
} LeukoTrainEvents;

/* How cross-validation inside the training split kept groups together. */
typedef enum {
    LEUKO_FOLDS_GROUPED,   /* whole groups; every class has two groups or more */
    LEUKO_FOLDS_HALF,      /* whole groups in classes with two groups or more; in the other classes
                              images of one group lie in several folds, so the held-out figures are
                              optimistic */
    LEUKO_FOLDS_UNGROUPED, /* images; no group is known */
} LeukoFoldKind;

/* How a head is fitted to the features. Both are linear. */
typedef enum {
    LEUKO_HEAD_CHOSEN,   /* an option only: the kind with the smaller held-out log-loss; logistic if
                          the folds cannot estimate the variation between groups */
    LEUKO_HEAD_LOGISTIC, /* softmax regression with L2 regularization */
    LEUKO_HEAD_DISCRIMINANT, /* linear discriminant with a shrunk covariance */
} LeukoHeadKind;

/* Accuracies are shares; NAN where there is no validation split. Those of the training and the
 * validation split are of decisions by the model's threshold, and the log-loss is that of its
 * calibrated probabilities, as leuko_eval_run() gives them. */
typedef struct {
    guint n_training, n_validation, n_sources; /* images; original images of the training split */
    guint n_views;                             /* of each image, whose features are averaged */
    guint n_train_views; /* of each training image, each a row of its own; 0: the mean is the row */
    guint n_cached, n_computed; /* views whose features were there or not */
    double feature_seconds, head_seconds;
    guint n_features, n_folds;
    LeukoFoldKind folds;
    gboolean strong_l2; /* cross-validation could not estimate the variation between groups */
    LeukoHeadKind kind;
    double l2;        /* regularization of a logistic head, else 0 */
    double shrinkage; /* of a discriminant, else NAN */
    double slope;     /* factor on the logits, 1 of a logistic head unless strong_l2 */
    double logistic_loss, discriminant_loss; /* held-out log-losses by which the kind was chosen;
                                                NAN: not tried or not possible */
    double held_out_accuracy, held_out_loss; /* of the cross-validation inside training */
    double training_accuracy, validation_accuracy, validation_loss;
    double threshold;                     /* NAN unless there are two classes */
    double threshold_low, threshold_high; /* its 95 % interval; NAN: not estimable */
    double patient_share;     /* of positive images from which a patient is; NAN: not learned */
    LeukoPrecision precision; /* of the features */
} LeukoTrainHeadReport;

typedef struct {
    char recipe[64], tune[32];        /* the recipe's name; "all" or the first trained endpoint */
    guint n_training, n_validation;   /* images */
    guint n_epochs, n_epochs_planned; /* epochs done, epochs of the recipe */
    guint64 n_steps, resumed_from;    /* steps */
    double seconds, images_per_s;     /* of this process */
    gboolean stopped_early, written_best; /* written_best: the model is of best_epoch, else of the
                                             last step */
    guint best_epoch;                     /* 0: none */
    double loss;                          /* mean over the last epoch's steps of this process */
    double validation_loss, validation_accuracy; /* of the model; NAN without validation */
    double threshold;                            /* NAN unless there are two classes */
    double threshold_low, threshold_high;        /* its 95 % interval; NAN: not estimable */
    double patient_share;     /* of positive images from which a patient is; NAN: not learned */
    LeukoPrecision precision; /* of the run */
} LeukoTrainReport;

G_END_DECLS

/* leuko/crossval-types.h: options of a cross-validation (leuko/crossval.h).
 *
 * All strings are borrowed for the call.
 */
#pragma once
#include "leuko/folder.h"
#include "leuko/train-types.h"

G_BEGIN_DECLS

typedef enum {
    LEUKO_HOLD_OUT_FOLDS, /* whole groups are divided into k folds, the classes evenly */
    LEUKO_HOLD_OUT_GROUP, /* each group is a fold */
    LEUKO_HOLD_OUT_PAIR,  /* every pair of a positive and a negative group is a fold: two classes,
                             each group with images of one */
} LeukoHoldOut;

/* Start from leuko_crossval_options_default(); later versions may add members. */
typedef struct {
    LeukoHoldOut hold_out;
    guint n_folds;             /* 2 or more; 0: 5, or fewer if a class has fewer groups */
    guint n_repeats;           /* of the division into folds, each with other draws */
    const char *splits;        /* of shards or of a folder with splits, separated by commas;
                                  NULL: train,validation. The test split is opened only by name */
    LeukoFolderOptions folder; /* how to read a folder of images; for shards only `classes` */
    const char *positive;      /* name of the positive class; NULL: by the names, as for training */
    LeukoHeadKind head;        /* of the heads; with a fixed l2 logistic */
    double l2; /* of the head: a fixed strength of the regularization, nothing is chosen then and
                  the threshold is 0.5; 0: chosen in every fold */
    LeukoStartOptions start;      /* seed: also of the folds */
    LeukoFeatureOptions features; /* precision and threads also apply to `tune` */
    const LeukoTuneOptions *tune; /* NULL: only the head is trained. Of the members, recipe, tune,
                                     epochs, batch and rate are used, and the checkpoint's */
    const char *run_folder; /* keeps every finished fold, so that a run goes on where it was ended;
                               needed for `tune`; NULL: none */
    gboolean restart;       /* discard the folds of the run folder */
    const char *command;    /* text for the ledger; NULL: "leuko_crossval_run" */
} LeukoCrossvalOptions;

G_END_DECLS

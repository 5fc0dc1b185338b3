/* train/trainer-options.h: the options of train/trainer.h. */
#pragma once
#include "stats/threshold.h"
#include "train/features.h"
#include "train/recipe.h"

typedef struct {
    LeukoRecipe recipe;
    LeukoPrecision precision;     /* chosen, not LEUKO_PRECISION_AUTO */
    const char *precision_reason; /* recorded in the model and the run log; borrowed */
    guint n_threads;              /* >= 1 */
    guint64 seed;
    gint positive;                /* index of the positive class, or -1 */
    LeukoThresholdRule threshold; /* how the model's threshold is chosen */
    const char *run_folder;       /* created if it does not exist */
    gboolean resume;              /* start from last.checkpoint, if it exists */
    gboolean restart;             /* discard last.checkpoint, if it exists */
    guint checkpoint_steps;       /* steps between two checkpoints; 0: by time only */
    double checkpoint_seconds;    /* seconds between two checkpoints */
    guint until_epoch; /* stop after this epoch; the schedule is for all epochs; 0: run all */
    gboolean no_cache; /* TRUE: no cache of the features that initialize the head */
    void (*differs)(const LeukoTrainDifference *difference, gpointer data); /* or NULL */
    gpointer differs_data;
} LeukoTrainerOptions;

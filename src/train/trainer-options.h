/* train/trainer-options.h: the options of train/trainer.h. */
#pragma once
#include "train/features.h"
#include "train/recipe.h"

typedef struct {
    LeukoRecipe recipe;
    LeukoPrecision precision;
    guint n_threads; /* >= 1 */
    guint64 seed;
    gint positive;             /* index of the positive class, or -1 */
    const char *run_folder;    /* made if it does not exist */
    gboolean resume;           /* from last.checkpoint, if there is one */
    guint checkpoint_steps;    /* write a checkpoint every so many steps; 0: by time only */
    double checkpoint_seconds; /* write a checkpoint after so many seconds */
    guint until_epoch; /* stop after this epoch, with the schedule of all epochs; 0: run all */
    gboolean no_cache; /* of features, where the head starts from them */
} LeukoTrainerOptions;

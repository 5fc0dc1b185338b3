/* train/tuning.h: the recipe of a training that its caller describes. */
#pragma once
#include "leuko/train-types.h"
#include "train/recipe.h"

/* Load the recipe and replace the settings that `tune` gives.
 * weights  the initial weights: "random" has another usual recipe
 * Errors: LEUKO_ERROR_ARGUMENT (an epoch or a part that does not exist); those of
 * leuko_recipe_load(). */
gboolean leuko_tuning_load(const LeukoTuneOptions *tune, const char *weights, LeukoRecipe *recipe,
                           GError **error);

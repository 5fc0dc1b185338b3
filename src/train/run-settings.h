/* train/run-settings.h: the settings of a training run, and by which of them two runs differ.
 *
 * The settings are a JSON object of strings: the keys of the recipe (train/recipe.h; "optimizer"
 * and "schedule" for the two keys "kind"), and
 *   seed, precision, threads, positive class
 *   weights (file name without folders, or random), weights digest
 *   depth multiplier, endpoint, size, processor (how its memory is laid out)
 *   classes, training images, training data, validation images, validation data (SHA-256)
 * A checkpoint of an earlier version lacks some of them; only settings that both runs have are
 * compared. Threads: no state.
 */
#pragma once
#include "base/json.h"
#include "train/recipe.h"

typedef struct {
    const char *setting, *before, *now; /* borrowed from the two objects */
    const char *reason;                 /* why the difference matters, or NULL; static */
} LeukoSettingDifference;

/* Add every key of the recipe. */
void leuko_run_settings_add_recipe(json_t *settings, const LeukoRecipe *recipe);

/* The settings in a checkpoint of format 1, whose identity is text:
 *   network  "inception_v3 x 0.25 to Mixed_7a, 299 px, 2 classes; fp32, blocks of 16 channels; from
 *            DIGEST"
 * New reference. Errors: LEUKO_ERROR_FORMAT. */
json_t *leuko_run_settings_from_texts(const char *network, const char *dataset, const char *recipe,
                                      gint64 seed, const char *path, GError **error);

/* The differences, in the order of `now`; empty if there is none. A setting that only follows from
 * another difference, such as the digest of other images, is left out. g_array_unref. */
GArray *leuko_run_settings_compare(json_t *before, json_t *now); /* of LeukoSettingDifference */

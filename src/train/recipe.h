/* train/recipe.h: the settings of a training run, as a text file.
 *
 * A recipe has sections [training], [optimizer], [schedule] and [stopping] with "key = value" lines
 * (a key file of GLib); "#" begins a comment. Every key is required and no other key is allowed.
 * [optimiser] is an older name of [optimizer]. Leuko comes with the recipes original, finetune and
 * scratch (folder recipes/).
 */
#pragma once
#include "train/optimizer.h"
#include "train/schedule.h"

G_BEGIN_DECLS

#define LEUKO_RECIPE_MAX_BYTES 65536

typedef enum { LEUKO_BALANCE_NONE, LEUKO_BALANCE_SAMPLING, LEUKO_BALANCE_WEIGHTS } LeukoBalance;
typedef enum { LEUKO_JITTER_NONE, LEUKO_JITTER_CELLS, LEUKO_JITTER_SLIM } LeukoJitterKind;

typedef struct {
    char name[64]; /* "original", or the path of the file */
    char tune
        [32]; /* "all" or the first trained endpoint; leuko_trainer_run() does not take "head" */
    guint epochs, batch;
    gboolean batch_norm_trained;
    double batch_norm_decay, auxiliary_weight, label_smoothing;
    double mixup; /* alpha of the Beta distribution that mixes pairs of images; 0: none */
    double stain; /* relative variation of the two stains in jitter = cells; 0: none */
    gboolean head_from_features; /* TRUE: initialize the classifier by a fitted head; else random */
    LeukoBalance balance;
    LeukoJitterKind jitter;
    LeukoOptimizerKind optimizer;
    double rate, head_rate_scale, weight_decay, clip_norm, average;
    LeukoScheduleKind schedule;
    double factor, every_epochs, last_share, warm_up_epochs;
    double patience_epochs; /* stop after this many epochs without a smaller loss; 0: never */
    gboolean export_best;   /* write the model with the smallest validation loss; else the last */
} LeukoRecipe;

/* Load a recipe by name (recipes/NAME.recipe of the installation or the source tree) or by path
 * (has a '/' or ends in .recipe).
 * Errors  LEUKO_ERROR_IO        no such recipe; the message lists the known ones
 *         LEUKO_ERROR_FORMAT    file, section, key and what is wrong; more than
 *                               LEUKO_RECIPE_MAX_BYTES */
gboolean leuko_recipe_load(const char *name, LeukoRecipe *recipe, GError **error);
gboolean leuko_recipe_parse(const char *text, const char *name, LeukoRecipe *recipe,
                            GError **error);
/* The recipe as a text that leuko_recipe_parse() reads; stored in models. g_free. */
gchar *leuko_recipe_to_text(const LeukoRecipe *recipe);
/* Every key and its value as text, alternating, in the order of the file; the two keys "kind" are
 * named "optimizer" and "schedule". Keys that do not apply to the schedule are absent. */
GPtrArray *leuko_recipe_keys(const LeukoRecipe *recipe); /* of gchar *; g_ptr_array_unref */

LeukoOptimizerOptions leuko_recipe_optimizer(const LeukoRecipe *recipe, guint n_threads);
/* The schedule of a run with `steps_per_epoch` steps per epoch. */
LeukoSchedule leuko_recipe_schedule(const LeukoRecipe *recipe, guint64 steps_per_epoch);

G_END_DECLS

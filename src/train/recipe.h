/* train/recipe.h: how to train, as a small readable file.
 *
 * A recipe is a text of [groups] and "key = value" lines (GLib's key files), every key required, none
 * unknown; "#" begins a comment. The ones that come with Leuko lie in recipes/: original, finetune,
 * scratch. `leuko_recipe_to_text` gives what a model's provenance holds.
 */
#pragma once
#include "train/optimizer.h"

G_BEGIN_DECLS

typedef enum { LEUKO_BALANCE_NONE, LEUKO_BALANCE_SAMPLING, LEUKO_BALANCE_WEIGHTS } LeukoBalance;
typedef enum { LEUKO_JITTER_NONE, LEUKO_JITTER_CELLS, LEUKO_JITTER_SLIM } LeukoJitterKind;

typedef struct {
    char name[64]; /* "original", or the file's path */
    char tune[32]; /* "head", "all" or an endpoint: trained from there on */
    guint epochs, batch;
    gboolean batch_norm_trained;
    double batch_norm_decay, auxiliary_weight, label_smoothing;
    double mixup; /* alpha of the Beta distribution that mixes pairs of images, 0: none */
    double stain; /* how far the two stains vary in jitter = cells, 0: not at all */
    gboolean head_from_features; /* the classifier starts as `--tune head` would end; else random */
    LeukoBalance balance;
    LeukoJitterKind jitter;
    LeukoOptimizerKind optimizer;
    double rate, head_rate_scale, weight_decay, clip_norm, average;
    LeukoScheduleKind schedule;
    double factor, every_epochs, last_share, warm_up_epochs;
    double patience_epochs; /* without a better validation loss; 0: never stop early */
    gboolean export_best;   /* else the last step */
} LeukoRecipe;

/* By name ("finetune": recipes/finetune.recipe of the installation or the source tree) or path (has
 * a '/' or ends in .recipe).
 * Errors  LEUKO_ERROR_IO        no such recipe; the message lists those there are
 *         LEUKO_ERROR_FORMAT    file, group, key and what is wrong */
gboolean leuko_recipe_load(const char *name, LeukoRecipe *recipe, GError **error);
gboolean leuko_recipe_parse(const char *text, const char *name, LeukoRecipe *recipe,
                            GError **error);
/* The same as a text that leuko_recipe_parse() reads; g_free. */
gchar *leuko_recipe_to_text(const LeukoRecipe *recipe);

LeukoOptimizerOptions leuko_recipe_optimizer(const LeukoRecipe *recipe, guint n_threads);
/* For epochs of so many steps. */
LeukoSchedule leuko_recipe_schedule(const LeukoRecipe *recipe, guint64 steps_per_epoch);

G_END_DECLS

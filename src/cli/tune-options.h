/* cli/tune-options.h: the options of train and crossval that say which part of the network is
 * trained, and how. cli_tune_check() also checks --head and --views. */
#pragma once
#include "cli/start-options.h"

typedef struct {
    gchar *tune, *recipe, *head;
    gint epochs, views, train_views;
    gdouble rate;
} CliTuneOptions;

/* clang-format off */
#define CLI_TUNE_ENTRIES(o)                                                                        \
    CLI_ENTRY("tune", STRING, (o).tune,                                                            \
              "Part to train: head (default), all, or an endpoint (it and all later blocks)",      \
              "PART"),                                                                             \
    CLI_ENTRY("recipe", STRING, (o).recipe,                                                        \
              "Training recipe: finetune, scratch, original, or a recipe file", "NAME"),           \
    CLI_ENTRY("epochs", INT, (o).epochs, "Number of epochs (default: the recipe's)", "N"),         \
    CLI_ENTRY("lr", DOUBLE, (o).rate, "Learning rate (default: the recipe's)", "X"),              \
    CLI_ENTRY("head", STRING, (o).head,                                                            \
              "With --tune head: kind of the head, logistic, discriminant or auto; auto is the "   \
              "kind with the smaller held-out log-loss (default: auto)",                           \
              "KIND"),                                                                             \
    CLI_ENTRY("views", INT, (o).views,                                                             \
              "With --tune head: orientations of each image whose features are averaged, 1, 2, "   \
              "4 or 8; each takes the time of one run of the network over all images, once, "      \
              "and one run for each image that the model classifies (default: 1)",                 \
              "N"),                                                                                \
    CLI_ENTRY("train-views", INT, (o).train_views,                                                 \
              "With --tune head: orientations of each training image that the head is fitted "     \
              "on, each as an example of its own, 1, 2, 4 or 8; each takes the time of one run "   \
              "of the network over the training images, once (default: the mean of --views)",      \
              "N")
/* clang-format on */

/* TRUE if more than the head is trained. */
gboolean cli_tunes(const CliTuneOptions *o);
/* Wrong usage where a part, a recipe or a value is out of range. */
gboolean cli_tune_check(const CliTuneOptions *o, GError **error);
/* Copy the options to `tune`, which borrows them. */
void cli_tune_take(const CliTuneOptions *o, LeukoTuneOptions *tune);
LeukoHeadKind cli_head_kind(const CliTuneOptions *o);
void cli_views_take(const CliTuneOptions *o, LeukoFeatureOptions *features);
void cli_tune_clear(CliTuneOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliTuneOptions, cli_tune_clear)

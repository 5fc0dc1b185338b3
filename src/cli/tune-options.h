/* cli/tune-options.h: the options of train and crossval that say which part of the network is
 * trained, and how. */
#pragma once
#include "cli/start-options.h"

typedef struct {
    gchar *tune, *recipe;
    gint epochs;
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
    CLI_ENTRY("lr", DOUBLE, (o).rate, "Learning rate (default: the recipe's)", "X")
/* clang-format on */

/* TRUE if more than the head is trained. */
gboolean cli_tunes(const CliTuneOptions *o);
/* Wrong usage where a part, a recipe or a value is out of range. */
gboolean cli_tune_check(const CliTuneOptions *o, GError **error);
/* Copy the options to `tune`, which borrows them. */
void cli_tune_take(const CliTuneOptions *o, LeukoTuneOptions *tune);
void cli_tune_clear(CliTuneOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliTuneOptions, cli_tune_clear)

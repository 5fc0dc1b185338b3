/* cli/start-options.h: the options of train and features: weights, network, and how to run it. */
#pragma once
#include "cli/precision-option.h"
#include "leuko/train.h"

typedef struct {
    gchar *weights, *endpoint, *precision;
    gdouble depth_multiplier;
    gint size, batch, threads;
    gint64 seed;
    gboolean no_cache;
} CliStartOptions;

/* clang-format off */
#define CLI_START_DEFAULT {.batch = 1, .seed = 50}

/* One entry of an option table with a long name only. */
#define CLI_ENTRY(name, type, to, help, value)                                                     \
    {name, 0, 0, G_OPTION_ARG_##type, &(to), help, value}
/* clang-format on */

/* The entries of `o` for a command's table. batch_help: the text of --batch. */
#define CLI_START_ENTRIES(o, batch_help)                                                           \
    CLI_ENTRY("weights", FILENAME, (o).weights,                                                    \
              "Initial weights: a file, `backbone` (shipped) or `random` (default: backbone)",     \
              "FILE"),                                                                             \
        CLI_ENTRY("endpoint", STRING, (o).endpoint,                                                \
                  "Cut the network here (default: the last endpoint of the weights)", "NAME"),     \
        CLI_ENTRY("depth-multiplier", DOUBLE, (o).depth_multiplier,                                \
                  "Width of the network; for random weights only (default: 1.0)", "M"),            \
        CLI_ENTRY("size", INT, (o).size,                                                           \
                  "Side of the input images in pixels, 75 to 1024; for random weights only "       \
                  "(default: 299)",                                                                \
                  "PX"),                                                                           \
        CLI_PRECISION_ENTRY((o).precision), CLI_ENTRY("batch", INT, (o).batch, batch_help, "N"),   \
        CLI_ENTRY("seed", INT64, (o).seed, "Seed of all random numbers (default: 50)", "S"),       \
        CLI_THREADS_ENTRY((o).threads),                                                            \
        CLI_ENTRY("no-cache", NONE, (o).no_cache, "Neither read nor write the feature cache",      \
                  NULL)

/* Wrong usage where a value is out of range. `start` borrows from `o`. */
gboolean cli_start_options(const CliStartOptions *o, LeukoStartOptions *start,
                           LeukoFeatureOptions *features, GError **error);
/* After the weights could not be used: wrong usage if a given value is the reason, with the option
 * that helps. Returns FALSE. */
gboolean cli_start_explain(GError **error);
void cli_start_clear(CliStartOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliStartOptions, cli_start_clear)

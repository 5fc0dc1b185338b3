/* cli/start-options.h: the options of commands that compute features: weights and how to run them. */
#pragma once
#include "cli/cli.h"
#include "train/features.h"

typedef struct {
    gchar *weights, *endpoint, *precision;
    gdouble depth_multiplier;
    gint size, batch, threads;
    gint64 seed;
    gboolean no_cache;
} CliStartOptions;

#define CLI_START_DEFAULT                                                                          \
    {                                                                                              \
        .batch = 1, .seed = 50                                                                     \
    }

/* The entries of `o`, to stand in a command's table. */
#define CLI_START_ENTRIES(o)                                                                         \
    {"weights",                                                                                      \
     0,                                                                                              \
     0,                                                                                              \
     G_OPTION_ARG_FILENAME,                                                                          \
     &(o).weights,                                                                                   \
     "Where to start: a file, backbone or random (default: backbone)",                               \
     "FILE"},                                                                                        \
        {"endpoint",                                                                                 \
         0,                                                                                          \
         0,                                                                                          \
         G_OPTION_ARG_STRING,                                                                        \
         &(o).endpoint,                                                                              \
         "Cut the network here (default: all that the weights hold)",                                \
         "NAME"},                                                                                    \
        {"depth-multiplier",                                                                         \
         0,                                                                                          \
         0,                                                                                          \
         G_OPTION_ARG_DOUBLE,                                                                        \
         &(o).depth_multiplier,                                                                      \
         "Width of a network of random weights (default: 1.0)",                                      \
         "M"},                                                                                       \
        {"size", 0, 0, G_OPTION_ARG_INT, &(o).size, "Side of its images (default: 299)", "PX"},      \
        {"precision",                                                                                \
         0,                                                                                          \
         0,                                                                                          \
         G_OPTION_ARG_STRING,                                                                        \
         &(o).precision,                                                                             \
         "fp32 or bf16 (default: bf16 where the processor has it, else fp32)",                       \
         "NAME"},                                                                                    \
        {"batch", 0, 0, G_OPTION_ARG_INT, &(o).batch, "Images a thread runs at once (default: 1)",   \
         "N"},                                                                                       \
        {"seed", 0, 0, G_OPTION_ARG_INT64, &(o).seed, "Seed of every random draw (default: 50)",     \
         "S"},                                                                                       \
        {"threads", 0, 0, G_OPTION_ARG_INT, &(o).threads, "Threads (default: all processors)", "N"}, \
    {                                                                                                \
        "no-cache", 0, 0, G_OPTION_ARG_NONE, &(o).no_cache,                                          \
            "Neither read nor write the cache of features", NULL                                     \
    }

/* Wrong usage where a value is out of range. `start` borrows from `o`. */
gboolean cli_start_options(const CliStartOptions *o, LeukoStartOptions *start,
                           LeukoFeatureOptions *features, GError **error);
void cli_start_clear(CliStartOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliStartOptions, cli_start_clear)

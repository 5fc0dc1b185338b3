/* cli/classifier-options.h: the options of commands that run a model. */
#pragma once
#include "answer/classifier.h"
#include "cli/precision-option.h"

typedef struct {
    gchar *precision;
    gdouble threshold;
    gint batch, threads, views;
} CliClassifierOptions;

/* clang-format off */
#define CLI_NO_THRESHOLD (-1.0) /* the option was not given */
#define CLI_CLASSIFIER_DEFAULT {.threshold = CLI_NO_THRESHOLD, .batch = 8}

#define CLI_CLASSIFIER_ENTRIES(o)                                                                  \
    {"threshold", 0, 0, G_OPTION_ARG_DOUBLE, &(o).threshold,                                       \
     "Probability, between 0 and 1, at or above which the positive class is predicted (default: "  \
     "the model's)", "P"},                                                                         \
    CLI_PRECISION_ENTRY((o).precision),                                                            \
    {"batch", 0, 0, G_OPTION_ARG_INT, &(o).batch,                                                  \
     "Images of one run of the network, 1 to 256 (default: 8)", "N"},                              \
    {"views", 0, 0, G_OPTION_ARG_INT, &(o).views,                                                  \
     "Orientations of an image whose answers are averaged: 1, 2, 4 or 8; each costs one run of "   \
     "the network (default: the model's)", "N"},                                                   \
    CLI_THREADS_ENTRY((o).threads)
/* clang-format on */

/* The values as the library takes them. Wrong usage if one is out of its range. */
gboolean cli_classifier_options(const CliClassifierOptions *o, LeukoClassifierOptions *out,
                                GError **error);
/* leuko_classifier_open(); the classifier's note is printed on stderr. */
LeukoClassifier *cli_open_classifier(const char *path, const LeukoClassifierOptions *options,
                                     GError **error);
/* Wrong usage if --precision is given although each of the models is a compiled graph, which keeps
 * its own. other: a second model, or NULL. */
gboolean cli_precision_applies(const char *path, const char *other, GError **error);
void cli_classifier_clear(CliClassifierOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliClassifierOptions, cli_classifier_clear)

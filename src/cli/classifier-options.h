/* cli/classifier-options.h: the options of commands that run a model. */
#pragma once
#include "answer/classifier.h"
#include "cli/cli.h"

typedef struct {
    gchar *precision;
    gdouble threshold;
    gint batch, threads;
} CliClassifierOptions;

#define CLI_CLASSIFIER_DEFAULT                                                                     \
    {                                                                                              \
        .threshold = -1, .batch = 8                                                                \
    }

#define CLI_CLASSIFIER_ENTRIES(o)                                                                  \
    {"threshold",                                                                                  \
     0,                                                                                            \
     0,                                                                                            \
     G_OPTION_ARG_DOUBLE,                                                                          \
     &(o).threshold,                                                                               \
     "Decide for the positive class from here on (default: the model's)",                          \
     "P"},                                                                                         \
        {"precision", 0, 0, G_OPTION_ARG_STRING, &(o).precision, "fp32 or bf16 (default: fp32)",   \
         "NAME"},                                                                                  \
        {"batch", 0, 0, G_OPTION_ARG_INT, &(o).batch, "Images at once (default: 8)", "N"},         \
    {                                                                                              \
        "threads", 0, 0, G_OPTION_ARG_INT, &(o).threads, "Threads (default: all processors)", "N"  \
    }

/* Wrong usage where a value is out of range. */
gboolean cli_classifier_options(const CliClassifierOptions *o, LeukoClassifierOptions *out,
                                GError **error);
/* leuko_classifier_open(), or with `stick` leuko_classifier_open_stick(); and what the person must know of
 * the model on stderr. */
LeukoClassifier *cli_open_classifier(const char *path, gboolean stick,
                                     const LeukoClassifierOptions *options, GError **error);
void cli_classifier_clear(CliClassifierOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliClassifierOptions, cli_classifier_clear)

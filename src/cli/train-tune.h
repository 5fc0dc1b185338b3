/* cli/train-tune.h: `leuko train --tune ENDPOINT|all`. */
#pragma once
#include "cli/start-options.h"
#include "formats/model.h"
#include <jansson.h>

typedef struct {
    gchar *tune, *recipe;
    gint epochs, until, checkpoint_steps;
    gdouble rate;
    gboolean resume;
} CliTuneOptions;

#define CLI_TUNE_ENTRIES(o)                                                                         \
    {"tune",    0,                                                                                  \
     0,         G_OPTION_ARG_STRING,                                                                \
     &(o).tune, "What: head (default), all, or an endpoint and all behind it",                      \
     "PART"},                                                                                       \
        {"recipe",    0,                                                                            \
         0,           G_OPTION_ARG_STRING,                                                          \
         &(o).recipe, "How: finetune, scratch, original, or a file",                                \
         "NAME"},                                                                                   \
        {"epochs", 0, 0, G_OPTION_ARG_INT, &(o).epochs, "Epochs (default: the recipe's)", "N"},     \
        {"until",    0,                                                                             \
         0,          G_OPTION_ARG_INT,                                                              \
         &(o).until, "Leave after this epoch, the schedule being the one of all",                   \
         "N"},                                                                                      \
        {"lr", 0, 0, G_OPTION_ARG_DOUBLE, &(o).rate, "Learning rate (default: the recipe's)", "X"}, \
        {"resume",    0,                                                                            \
         0,           G_OPTION_ARG_NONE,                                                            \
         &(o).resume, "Go on from the last checkpoint, or begin where there is none",               \
         NULL},                                                                                     \
    {                                                                                               \
        "checkpoint-steps", 0, 0, G_OPTION_ARG_INT, &(o).checkpoint_steps,                          \
            "A checkpoint after every N steps too (default: every minute)", "N"                     \
    }

void cli_tune_clear(CliTuneOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliTuneOptions, cli_tune_clear)

/* TRUE if these options ask for more than the head. */
gboolean cli_tunes(const CliTuneOptions *o);

/* Wrong usage where a value is out of range or no endpoint. */
gboolean cli_check_tune(const CliTuneOptions *o, GError **error);

/* Train and write the model. */
typedef struct {
    const char *dir, *model, *json, *positive, *command;
    guint batch; /* 0: the recipe's */
} CliTuneJob;
gboolean cli_train_tune(const CliTuneJob *job, const CliTuneOptions *options,
                        const CliStartOptions *start, GError **error);

/* cmd_train.c: for both kinds of training. */
gboolean cli_train_open(const char *dir, const char *positive_asked, LeukoDataset **training,
                        LeukoDataset **validation, gint *positive, GError **error);
void cli_train_add_provenance(json_t *provenance, const char *dir, const char *command);
/* The last lines of both reports: the threshold of `model`, its file. */
void cli_train_print_end(const LeukoModel *model, guint n_validation, const char *out);

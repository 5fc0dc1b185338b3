/* cli/eval-options.h: the options of commands that evaluate models: eval and compare. */
#pragma once
#include "cli/classifier-options.h"
#include "cli/group-options.h"
#include "eval/eval.h"

typedef struct {
    gchar *split, *positive, *json_path, *report;
    CliGroupOptions grouping;
    CliClassifierOptions run;
} CliEvalOptions;

/* clang-format off */
/* positive_default, json_content: ends of the two texts */
#define CLI_EVAL_ENTRIES(o, positive_default, json_content)                                        \
    {"split", 0, 0, G_OPTION_ARG_STRING, &(o).split,                                               \
     "Split of the data: train, validation or test (default: test, else validation)", "NAME"},     \
    {"positive", 0, 0, G_OPTION_ARG_STRING, &(o).positive,                                         \
     "Positive class (default: " positive_default ")", "CLASS"},                                   \
    CLI_GROUP_ENTRIES((o).grouping),                                                               \
    CLI_JSON_ENTRY((o).json_path, json_content),                                                   \
    CLI_REPORT_ENTRY((o).report),                                                   \
    CLI_CLASSIFIER_ENTRIES((o).run)
/* clang-format on */

/* The values as the library takes them, borrowed. command: for the ledger, static. Wrong usage if
 * one is out of its range. */
gboolean cli_eval_options(CliEvalOptions *o, const char *command, LeukoEvalOptions *out,
                          GError **error);
void cli_eval_options_clear(CliEvalOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliEvalOptions, cli_eval_options_clear)

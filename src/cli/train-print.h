/* cli/train-print.h: the results of `leuko train`: a table on stdout, or JSON. */
#pragma once
#include "leuko/model.h"
#include "leuko/train-types.h"

/* out: the model's file; json: a file for the figures, "-" for stdout, or NULL.
 * Errors: LEUKO_ERROR_IO. */
gboolean cli_train_print_head(const LeukoTrainHeadReport *report, const LeukoModel *model,
                              const char *out, const char *json, GError **error);
gboolean cli_train_print_network(const LeukoTrainReport *report, const LeukoModel *model,
                                 const char *out, const char *json, GError **error);

/* cli/eval-print.h: an evaluation for the eye. */
#pragma once
#include "cli/cli.h"
#include "stats/metrics.h"

/* split may be NULL (a folder per class). */
void cli_print_evaluation(const LeukoEvaluation *e, const char *model, const char *dir,
                          const char *split);

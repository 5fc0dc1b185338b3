/* cli/eval-print.h: prints an evaluation as tables. */
#pragma once
#include "cli/cli.h"
#include "stats/metrics.h"

/* split: NULL for a folder per class. */
void cli_print_evaluation(const LeukoEvaluation *e, const char *model, const char *dir,
                          const char *split);

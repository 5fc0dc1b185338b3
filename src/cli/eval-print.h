/* cli/eval-print.h: prints an evaluation as tables. */
#pragma once
#include "cli/cli.h"
#include "eval/eval.h"

void cli_print_evaluation(const LeukoEvalResult *r);

/* cli/crossval-print.h: prints a cross-validation as tables. */
#pragma once
#include "cli/cli.h"
#include "study/crossval.h"

void cli_print_crossval(const LeukoCrossvalResult *r);

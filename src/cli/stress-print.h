/* cli/stress-print.h: prints a stress test as tables. */
#pragma once
#include "cli/cli.h"
#include "leuko/stress.h"

void cli_print_stress(const LeukoStressResult *r);

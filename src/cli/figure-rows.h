/* cli/figure-rows.h: prints the differences between two models. */
#pragma once
#include "leuko/compare.h"

/* One row: name, first, second, difference, interval, p, method. */
void cli_print_difference(const LeukoCompareFigure *figure);

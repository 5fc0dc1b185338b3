/* study/compare.h: the result of a comparison, as modules inside Leuko see it (leuko/compare.h). */
#pragma once
#include "leuko/compare.h"
#include "stats/paired.h"
#include <jansson.h>

/* Of one figure: as in the object of all. */
LeukoCompareFigure leuko_compare_figure_of(const LeukoDifference *difference);
json_t *leuko_compare_figure_json(const LeukoCompareFigure *figure); /* new reference */
json_t *leuko_compare_result_json(const LeukoCompareResult *result); /* new reference */

/* study/compare.h: the result of a comparison, as modules inside Leuko see it (leuko/compare.h). */
#pragma once
#include "leuko/compare.h"
#include <jansson.h>

json_t *leuko_compare_result_json(const LeukoCompareResult *result); /* new reference */

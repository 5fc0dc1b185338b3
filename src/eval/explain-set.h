/* eval/explain-set.h: the result for modules inside Leuko (leuko/explain-set.h). */
#pragma once
#include "leuko/explain-set.h"
#include <jansson.h>

/* leuko_explain_set_to_json() as a value: a new reference. */
json_t *leuko_explain_set_json(const LeukoExplainSet *set);

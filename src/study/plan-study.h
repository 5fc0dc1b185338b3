/* study/plan-study.h: the plan of a study, as modules inside Leuko see it (leuko/plan-study.h). */
#pragma once
#include "leuko/plan-study.h"
#include <jansson.h>

json_t *leuko_study_plan_json(const LeukoStudyPlan *plan); /* new reference */

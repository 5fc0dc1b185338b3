#include "stats/threshold.h"
#include <math.h>
#include <string.h>

LeukoThresholdChoice leuko_threshold_choice_none(void)
{
    const LeukoThresholdRule rule = {.target = NAN, .miss_cost = NAN, .prevalence = NAN};
    return (LeukoThresholdChoice){.rule = rule, .low = NAN, .high = NAN, .sensitivity_bound = NAN};
}

static const char *const NAMES[] = {[LEUKO_THRESHOLD_NONE] = "none",
                                    [LEUKO_THRESHOLD_BALANCED] = "balanced",
                                    [LEUKO_THRESHOLD_SENSITIVITY] = "sensitivity",
                                    [LEUKO_THRESHOLD_COST] = "cost"};

const char *leuko_threshold_kind_name(LeukoThresholdKind kind) { return NAMES[kind]; }

gboolean leuko_threshold_kind_parse(const char *name, LeukoThresholdKind *out)
{
    for (guint i = 0; i < G_N_ELEMENTS(NAMES); i++)
        if (strcmp(name, NAMES[i]) == 0) {
            *out = (LeukoThresholdKind)i;
            return TRUE;
        }
    return FALSE;
}

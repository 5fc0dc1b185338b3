#include "leuko/threshold-rule.h"
#include "base/error.h"
#include <math.h>
#include <string.h>

LeukoThresholdRule leuko_threshold_rule_balanced(void)
{
    return (LeukoThresholdRule){LEUKO_THRESHOLD_BALANCED, NAN, NAN, NAN};
}

gboolean leuko_threshold_rule_check(const LeukoThresholdRule *r, GError **error)
{
    if (r->kind == LEUKO_THRESHOLD_SENSITIVITY && !(r->target > 0 && r->target < 1))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "sensitivity %g: must be between 0 and 1",
                          r->target);
    if (r->kind == LEUKO_THRESHOLD_COST && !(r->miss_cost >= 1e-6 && r->miss_cost <= 1e6))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "cost %g of a missed positive: must be between 1e-6 and 1e6",
                          r->miss_cost);
    if (!isnan(r->prevalence) && !(r->prevalence > 0 && r->prevalence < 1))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "prevalence %g: must be between 0 and 1",
                          r->prevalence);
    return TRUE;
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

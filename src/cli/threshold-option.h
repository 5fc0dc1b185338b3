/* cli/threshold-option.h: the option --threshold-for AIM. */
#pragma once
#include "leuko/threshold-rule.h"

/* Read balanced, sensitivity:S or cost:C; `text` NULL: balanced.
 * prevalence  0: not given; else it needs cost:C
 * Errors: LEUKO_ERROR_USAGE. */
gboolean cli_threshold_rule(const char *text, double prevalence, LeukoThresholdRule *out,
                            GError **error);

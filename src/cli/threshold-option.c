#include "cli/threshold-option.h"
#include "cli/cli.h"
#include "cli/option-rules.h"
#include <math.h>
#include <string.h>

/* The number behind "NAME:"; FALSE if `text` is not of this form. */
static gboolean read_number(const char *text, const char *name, double *out)
{
    gchar *end;
    if (!g_str_has_prefix(text, name) || text[strlen(name)] != ':' || !text[strlen(name) + 1])
        return FALSE;
    *out = g_ascii_strtod(text + strlen(name) + 1, &end);
    return *end == '\0' && isfinite(*out);
}

gboolean cli_threshold_rule(const char *text, double prevalence, LeukoThresholdRule *out,
                            GError **error)
{
    double number;
    *out = leuko_threshold_rule_balanced();
    if (cli_is_given("prevalence") && !(prevalence > 0 && prevalence < 1))
        return cli_wrong_usage(error, "--prevalence %g: must be between 0 and 1", prevalence);
    if (text && read_number(text, "sensitivity", &number)) {
        out->kind = LEUKO_THRESHOLD_SENSITIVITY;
        out->target = number;
        if (!(number > 0 && number < 1))
            return cli_wrong_usage(error,
                                   "--threshold-for %s: the sensitivity must be between 0 "
                                   "and 1",
                                   text);
    } else if (text && read_number(text, "cost", &number)) {
        out->kind = LEUKO_THRESHOLD_COST;
        out->miss_cost = number;
        if (!(number >= 1e-6 && number <= 1e6))
            return cli_wrong_usage(error,
                                   "--threshold-for %s: the cost must be between 1e-6 and "
                                   "1e6",
                                   text);
    } else if (text && strcmp(text, "balanced") != 0) {
        return cli_wrong_usage(error,
                               "--threshold-for %s: must be balanced, sensitivity:S or "
                               "cost:C, such as sensitivity:0.95 or cost:10",
                               text);
    }
    if (!cli_is_given("prevalence"))
        return TRUE;
    out->prevalence = prevalence;
    return out->kind == LEUKO_THRESHOLD_COST ||
           cli_wrong_usage(error, "--prevalence applies to --threshold-for cost:C only");
}

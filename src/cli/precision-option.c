#include "cli/precision-option.h"
#include <string.h>

gboolean cli_precision(const char *text, LeukoPrecision *out, GError **error)
{
    LeukoPrecision found = LEUKO_PRECISION_AUTO;
    if (!text)
        return TRUE;
    if (strcmp(text, leuko_precision_name(LEUKO_PRECISION_AUTO)) != 0 &&
        (!leuko_precision_parse(text, &found, NULL) || found == LEUKO_INT8))
        return cli_wrong_usage(error, "--precision %s: must be auto, fp32 or bf16", text);
    *out = found;
    return TRUE;
}

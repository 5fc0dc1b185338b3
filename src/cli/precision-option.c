#include "cli/precision-option.h"
#include "cli/option-rules.h"

gboolean cli_precision(const char *text, LeukoPrecision *out, GError **error)
{
    static const char *const words[] = {"auto", "fp32", "bf16", NULL};
    if (!cli_one_of("precision", text, words, error))
        return FALSE;
    if (g_strcmp0(text, words[0]) == 0)
        *out = LEUKO_PRECISION_AUTO;
    else if (text)
        return leuko_precision_parse(text, out, error);
    return TRUE;
}

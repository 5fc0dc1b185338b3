#include "leuko/precision.h"
#include "leuko/error.h"

static const char *const precision_names[] = {"fp32", "bf16", "int8", "auto"};

const char *leuko_precision_name(LeukoPrecision precision)
{
    g_assert(precision < G_N_ELEMENTS(precision_names));
    return precision_names[precision];
}

gboolean leuko_precision_parse(const char *text, LeukoPrecision *out, GError **error)
{
    for (guint i = 0; i < LEUKO_PRECISION_AUTO; i++)
        if (g_strcmp0(text, precision_names[i]) == 0) {
            *out = (LeukoPrecision)i;
            return TRUE;
        }
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "unknown precision '%s': must be fp32, bf16 or int8", text);
    return FALSE;
}

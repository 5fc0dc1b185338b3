#include "cli/usage.h"
#include "leuko/error.h"

gboolean cli_wrong_usage(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
    return FALSE;
}

gboolean cli_usage_if_argument(GError **error)
{
    if (!error || !g_error_matches(*error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT))
        return FALSE;
    g_autoptr(GError) failed = g_steal_pointer(error);
    return cli_wrong_usage(error, "%s", failed->message);
}

void cli_append_hint(GError **error, const char *hint)
{
    if (!hint)
        return;
    g_autofree gchar *old = (*error)->message;
    (*error)->message = g_strconcat(old, hint, NULL);
}

gboolean cli_in_range(const char *option, gint value, gint low, gint high, GError **error)
{
    return value >= low && value <= high
               ? TRUE
               : cli_wrong_usage(error, "%s %d: must be %d to %d", option, value, low, high);
}

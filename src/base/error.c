#include "base/error.h"
#include <string.h>

/* clang-format off: a space would become part of the name */
G_DEFINE_QUARK(leuko - error, leuko_error)
/* clang-format on */

gboolean leuko_is_hidden(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return TRUE;
    default:
        return FALSE;
    }
}

gchar *leuko_valid_text(const char *text)
{
    GString *valid = g_string_new(NULL);
    for (const char *end; *text; text = end) {
        if (g_utf8_validate(text, -1, &end)) {
            g_string_append(valid, text);
            break;
        }
        g_string_append_len(valid, text, end - text);
        g_string_append_printf(valid, "\\x%02x", (guint8)*end++);
    }
    return g_string_free(valid, FALSE);
}

gchar *leuko_one_line(const char *text)
{
    g_autofree gchar *valid = leuko_valid_text(text);
    GString *line = g_string_new(NULL);
    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (!leuko_is_hidden(c))
            g_string_append_unichar(line, c);
        else if (c < 0x80)
            g_string_append_printf(line, "\\x%02x", c);
        else
            g_string_append_printf(line, c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
    }
    return g_string_free(line, FALSE);
}

gchar *leuko_one_line_cut(const char *text, gsize most)
{
    gchar *line = leuko_one_line(text);
    if (strlen(line) > most)
        *g_utf8_find_prev_char(line, line + most + 1) =
            '\0'; /* the character that starts at `most`, or reaches past it */
    return line;
}

gboolean leuko_fail(LeukoErrorCode code, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree gchar *line = leuko_one_line(text);
    g_set_error_literal(error, LEUKO_ERROR, (gint)code, line);
    return FALSE;
}

gboolean leuko_fail_format(const char *name, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree gchar *shown = leuko_one_line(what);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: %s", name, shown);
    return FALSE;
}

gboolean leuko_is_cancelled(GCancellable *cancellable, GError **error)
{
    if (!cancellable || !g_cancellable_is_cancelled(cancellable))
        return FALSE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_CANCELLED, "interrupted");
    return TRUE;
}

gboolean leuko_error_is_of_machine(const GError *error)
{
    return g_error_matches(error, LEUKO_ERROR, LEUKO_ERROR_IO) ||
           g_error_matches(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY);
}

#include "report/html.h"
#include "base/error.h"
#include <math.h>
#include <string.h>

enum { MAX_SPEC = 16 };

static void add_text(GString *page, const char *spec, const char *text)
{
    g_autofree gchar *cut = g_strdup_printf(spec, text ? text : "");
    g_autofree gchar *line = leuko_one_line(cut);
    g_autofree gchar *escaped = g_markup_escape_text(line, -1);
    g_string_append(page, escaped);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* Append the conversion `spec`, "%.3f", with its value. */
static void add_value(GString *page, const char *spec, va_list *values)
{
    switch (spec[strlen(spec) - 1]) {
    case 's':
        add_text(page, spec, va_arg(*values, const char *));
        return;
    case 'd':
    case 'u':
        g_string_append_printf(page, spec, va_arg(*values, guint));
        return;
    case 'e':
    case 'f':
    case 'g':
        g_string_append_printf(page, spec, va_arg(*values, double));
        return;
    default:
        g_assert_not_reached();
    }
}

#pragma GCC diagnostic pop

void leuko_html_add(GString *page, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    for (const char *at = format; *at;) {
        gsize n = strcspn(at, "%");
        g_string_append_len(page, at, (gssize)n);
        at += n;
        if (*at == '\0')
            break;
        gsize n_spec = 2 + strspn(at + 1, "+-# 0123456789.");
        if (at[1] == '%') {
            g_string_append_c(page, '%');
        } else {
            gchar spec[MAX_SPEC];
            g_assert(n_spec < sizeof spec);
            memcpy(spec, at, n_spec);
            spec[n_spec] = '\0';
            add_value(page, spec, &values);
        }
        at += n_spec;
    }
    va_end(values);
}

void leuko_html_raw(GString *page, const char *html) { g_string_append(page, html); }

gchar *leuko_html_number(double value, guint digits)
{
    return isfinite(value) ? g_strdup_printf("%.*f", (int)digits, value) : g_strdup("-");
}

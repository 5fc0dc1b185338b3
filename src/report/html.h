/* report/html.h: text that becomes part of a page.
 *
 * Whatever comes from a file (names of classes, groups, files) goes through leuko_html_add(), which
 * escapes it. Threads: no shared state.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Append the format. The text of each %s is written on one line as leuko_one_line() does (base/
 * error.h) and escaped for HTML, in elements and in attributes with double quotes; NULL is an empty
 * text. The format itself is HTML. Conversions: s, d, u, f, e and g, with the flags, width and
 * precision of printf; no length modifier and no "*". */
void leuko_html_add(GString *page, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Append HTML as it is. */
void leuko_html_raw(GString *page, const char *html);

/* A number with so many digits behind the point, or "-" if it is not finite. g_free. */
gchar *leuko_html_number(double value, guint digits);

G_END_DECLS

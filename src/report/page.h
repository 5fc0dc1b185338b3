/* report/page.h: a report as one HTML page that needs no other file, no script and no network. */
#pragma once
#include <glib.h>
#include <jansson.h>

/* document: report/document.h, with the pictures. g_free. */
gchar *leuko_report_page(json_t *document);

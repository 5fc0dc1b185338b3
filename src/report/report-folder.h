/* report/report-folder.h: writes the folder of a report. */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Write report.html and report.json of a document (report/document.h) into the folder `dir`, which
 * appears whole or not at all, or takes the place of an earlier report. The pictures of the
 * document are removed from it. Errors: as leuko_report_write_eval(). */
gboolean leuko_report_write(json_t *document, const char *dir, GError **error);

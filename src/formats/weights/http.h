/* formats/weights/http.h: one https download that can be continued later (libcurl). */
#pragma once
#include "leuko/progress.h"
#include <gio/gio.h>

/* Append the rest of `address` to `part`, at most max_bytes in total. If the server cannot
 * continue at the end of `part`, the download starts again. Errors: LEUKO_ERROR_IO (`part` stays),
 * LEUKO_ERROR_DATA (more than max_bytes), LEUKO_ERROR_CANCELLED, LEUKO_ERROR_UNSUPPORTED. */
gboolean leuko_http_fetch(const char *address, const char *part, guint64 max_bytes,
                          LeukoReporter reporter, GCancellable *cancellable, GError **error);

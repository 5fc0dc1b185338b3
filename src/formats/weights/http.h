/* formats/weights/http.h: one https download into a file that can be taken up again (libcurl). */
#pragma once
#include "leuko/progress.h"
#include <gio/gio.h>

/* Append to `part` what `address` still has, at most max_bytes in all. The server not taking up where
 * `part` ends, it is begun anew. Errors: LEUKO_ERROR_IO (`part` stays), LEUKO_ERROR_DATA (more than
 * max_bytes), LEUKO_ERROR_CANCELLED, LEUKO_ERROR_UNSUPPORTED. */
gboolean leuko_http_fetch(const char *address, const char *part, guint64 max_bytes,
                          LeukoReporter reporter, GCancellable *cancellable, GError **error);

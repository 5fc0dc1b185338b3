/* formats/weights/http.h: one https download that can be resumed (libcurl). */
#pragma once
#include "leuko/progress.h"
#include <gio/gio.h>

/* Download `address` to the file `part`, at most max_bytes in total. A download continues at the
 * end of an existing `part`; if the server cannot do that, it starts again.
 * Errors: LEUKO_ERROR_IO (`part` stays), LEUKO_ERROR_DATA (more than max_bytes),
 * LEUKO_ERROR_CANCELLED, LEUKO_ERROR_UNSUPPORTED. */
gboolean leuko_http_fetch(const char *address, const char *part, guint64 max_bytes,
                          LeukoReporter reporter, GCancellable *cancellable, GError **error);

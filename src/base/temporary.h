/* base/temporary.h: unnamed temporary files. */
#pragma once
#include <glib.h>

/* Make a file without a name in the folder of temporary files. Returns its descriptor, or -1 with
 * LEUKO_ERROR_IO. The system removes it when it is closed. */
int leuko_temporary_new(GError **error);

/* Copy the first n bytes of the file `from` to the temporary file `to`; holes stay holes. Stops if
 * the thread's current GCancellable is cancelled. path: of `from`, for messages.
 * Errors: LEUKO_ERROR_IO, also if the file is shorter; LEUKO_ERROR_CANCELLED. */
gboolean leuko_temporary_copy(int to, int from, guint64 n, const char *path, GError **error);

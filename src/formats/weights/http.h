/* formats/weights/http.h: one https download that can be resumed (libcurl). */
#pragma once
#include "leuko/progress.h"
#include <gio/gio.h>

/* A download into a file that the caller has opened and locked. */
typedef struct {
    const char *address;
    const char *part; /* the file's name */
    int fd;           /* open for reading and writing */
    guint64 max_bytes;
    gboolean is_verified; /* the caller compares the whole file with a known digest */
} LeukoDownload;

/* PART.source says from where PART came: the address, and the server's ETag or date. g_free. */
gchar *leuko_http_source_path(const char *part);
/* TRUE if PART.source names this address. *validator (or NULL): the ETag or date, "" if the server
 * gave none; g_free. */
gboolean leuko_http_is_from(const char *part, const char *address, gchar **validator);

/* Download at most max_bytes in total, within two hours. A download continues at the end of the
 * file if PART.source names the address and the server confirms that its file is the same
 * (If-Range), or, where the server gave no ETag and no date, if the result is verified. Else it
 * starts anew.
 * Errors: LEUKO_ERROR_IO (the file stays), LEUKO_ERROR_DATA (more than max_bytes),
 * LEUKO_ERROR_CANCELLED, LEUKO_ERROR_UNSUPPORTED. */
gboolean leuko_http_fetch(const LeukoDownload *download, LeukoReporter reporter,
                          GCancellable *cancellable, GError **error);

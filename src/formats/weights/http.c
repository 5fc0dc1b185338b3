#include "formats/weights/http.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "config.h"

#ifdef HAVE_CURL
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const long STALL_BYTES_PER_S = 100, STALL_S = 60, CONNECT_S = 30, MAX_REDIRECTS = 8;

typedef struct {
    int fd;
    guint64 begin, n_bytes, max_bytes; /* begin: size of the file before the transfer */
    int write_errno;
    gboolean too_long;
    LeukoReporter reporter;
    GCancellable *cancellable;
} Transfer;

static size_t on_data(char *data, size_t size, size_t n, void *user)
{
    Transfer *t = user;
    size_t total = size * n;
    if (total > t->max_bytes - t->n_bytes) {
        t->too_long = TRUE;
        return 0;
    }
    for (size_t done = 0; done < total;) {
        ssize_t w = write(t->fd, data + done, total - done);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0) {
            t->write_errno = w < 0 ? errno : ENOSPC;
            return 0;
        }
        done += (size_t)w;
        t->n_bytes += (size_t)w;
    }
    return total;
}

static int on_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up_now)
{
    Transfer *t = user;
    (void)up_total, (void)up_now;
    if (now > 0)
        leuko_report(t->reporter, "fetch", (t->begin + (guint64)now) >> 20,
                     total > 0 ? (t->begin + (guint64)total) >> 20 : 0, "MiB", NULL);
    return g_cancellable_is_cancelled(t->cancellable);
}

static void set_options(CURL *curl, Transfer *t, const char *address, char *why)
{
    const char *certificates = g_getenv("SSL_CERT_FILE");
    curl_easy_setopt(curl, CURLOPT_URL, address);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, MAX_REDIRECTS);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_S);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, STALL_S);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "leuko/" LEUKO_VERSION);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->begin);
    if (certificates && *certificates)
        curl_easy_setopt(curl, CURLOPT_CAINFO, certificates);
}

static gboolean explain(const Transfer *t, CURLcode code, const char *why, const char *address,
                        GError **error)
{
    if (t->too_long)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: the server sends more than the expected %" G_GUINT64_FORMAT " %s", address,
                    t->max_bytes, LEUKO_PLURAL(t->max_bytes, "byte"));
    else if (t->write_errno)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot write the download: %s",
                    address, g_strerror(t->write_errno));
    else if (code == CURLE_UNSUPPORTED_PROTOCOL)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: only https addresses and redirects are allowed", address);
    else {
        g_autofree gchar *shown = leuko_one_line(*why ? why : curl_easy_strerror(code));
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO,
                    "%s: %s; the downloaded part is kept, and the next fetch continues from it",
                    address, shown);
    }
    return FALSE;
}

static gboolean transfer(CURL *curl, Transfer *t, const char *address, gboolean *anew,
                         GError **error)
{
    char why[CURL_ERROR_SIZE] = "";
    set_options(curl, t, address, why);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    /* the server cannot continue, or the file is already complete */
    *anew = t->begin > 0 && (code == CURLE_RANGE_ERROR || status == 416);
    if (code == CURLE_OK || *anew)
        return code == CURLE_OK;
    if (leuko_is_cancelled(t->cancellable, error))
        return FALSE;
    return explain(t, code, why, address, error);
}

gboolean leuko_http_fetch(const char *address, const char *part, guint64 max_bytes,
                          LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    struct stat st;
    int fd = open(part, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0 || fstat(fd, &st) != 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", part, g_strerror(errno));
        if (fd >= 0)
            close(fd);
        return FALSE;
    }
    gboolean good = FALSE, anew = FALSE;
    CURL *curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
    Transfer t = {
        .fd = fd, .max_bytes = max_bytes, .reporter = reporter, .cancellable = cancellable};
    t.begin = t.n_bytes = MIN((guint64)st.st_size, max_bytes);
    if (!curl)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: libcurl cannot start", address);
    else
        good = transfer(curl, &t, address, &anew, error);
    if (anew && ftruncate(fd, 0) == 0) {
        t.begin = t.n_bytes = 0;
        good = transfer(curl, &t, address, &anew, error);
    }
    if (good && fsync(fd) != 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", part, g_strerror(errno));
        good = FALSE;
    }
    if (curl)
        curl_easy_cleanup(curl);
    close(fd);
    return good;
}

#else

gboolean leuko_http_fetch(const char *address, const char *part, guint64 max_bytes,
                          LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    (void)part, (void)max_bytes, (void)reporter, (void)cancellable;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: this build cannot download (built without libcurl)", address);
    return FALSE;
}

#endif

#include "formats/weights/http.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "config.h"
#include <string.h>

gchar *leuko_http_source_path(const char *part) { return g_strconcat(part, ".source", NULL); }

gboolean leuko_http_is_from(const char *part, const char *address, gchar **validator)
{
    g_autofree gchar *path = leuko_http_source_path(part), *text = NULL;
    if (validator)
        *validator = g_strdup("");
    if (!leuko_read_file(path, &text, NULL, NULL))
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", 3);
    if (g_strcmp0(lines[0], address) != 0)
        return FALSE;
    if (validator && lines[1]) {
        g_free(*validator);
        *validator = g_strdup(lines[1]);
    }
    return TRUE;
}

#ifdef HAVE_CURL
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const long STALL_BYTES_PER_S = 100, STALL_S = 60, CONNECT_S = 30, TOTAL_S = 7200,
                  MAX_REDIRECTS = 8;

typedef struct {
    const LeukoDownload *download;
    guint64 begin, n_bytes; /* begin: size of the file before the transfer */
    gchar *validator;       /* of the file; "" = none */
    gchar *etag, *date;     /* of the response, or NULL */
    gboolean has_source;    /* PART.source is that of the file */
    int write_errno;
    gboolean too_long, changed;
    LeukoReporter reporter;
    GCancellable *cancellable;
} Transfer;

static void transfer_clear(Transfer *t)
{
    g_free(t->validator);
    g_free(t->etag);
    g_free(t->date);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Transfer, transfer_clear)

/* The value of a header "NAME: VALUE", or NULL. g_free. */
static gchar *header_value(const char *line, gsize n, const char *name)
{
    gsize n_name = strlen(name);
    if (n <= n_name + 1 || g_ascii_strncasecmp(line, name, n_name) != 0 || line[n_name] != ':')
        return NULL;
    gchar *value = g_strstrip(g_strndup(line + n_name + 1, n - n_name - 1));
    if (*value && strlen(value) <= 1000)
        return value;
    g_free(value);
    return NULL;
}

static size_t on_header(char *line, size_t size, size_t n, void *user)
{
    Transfer *t = user;
    size_t total = size * n;
    if (total > 5 && strncmp(line, "HTTP/", 5) == 0) { /* the next response, after a redirect */
        g_clear_pointer(&t->etag, g_free);
        g_clear_pointer(&t->date, g_free);
        return total;
    }
    gchar *etag = header_value(line, total, "ETag"),
          *date = header_value(line, total, "Last-Modified");
    if (etag) {
        g_free(t->etag);
        t->etag = etag;
    }
    if (date) {
        g_free(t->date);
        t->date = date;
    }
    return total;
}

/* What If-Range accepts: a strong ETag or a date; "" = none. Borrowed. */
static const char *validator_of(const Transfer *t)
{
    return t->etag && !g_str_has_prefix(t->etag, "W/") ? t->etag
           : t->date && !t->etag                       ? t->date
                                                       : "";
}

/* Before the first bytes: a continued file must be the same, a new one gets its PART.source. */
static gboolean settle_source(Transfer *t)
{
    if (t->begin > 0) {
        const char *now = validator_of(t);
        t->changed = *now && *t->validator && strcmp(now, t->validator) != 0;
        return !t->changed;
    }
    g_autofree gchar *path = leuko_http_source_path(t->download->part);
    g_autofree gchar *text = g_strdup_printf("%s\n%s\n", t->download->address, validator_of(t));
    g_autoptr(GError) why = NULL;
    t->has_source = leuko_durable_set_contents(path, text, strlen(text), &why);
    if (!t->has_source)
        t->write_errno = EIO;
    return t->has_source;
}

static size_t on_data(char *data, size_t size, size_t n, void *user)
{
    Transfer *t = user;
    size_t total = size * n;
    if (!t->has_source && !settle_source(t))
        return 0;
    t->has_source = TRUE;
    if (total > t->download->max_bytes - t->n_bytes) {
        t->too_long = TRUE;
        return 0;
    }
    for (size_t done = 0; done < total;) {
        ssize_t w = write(t->download->fd, data + done, total - done);
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

static void set_options(CURL *curl, Transfer *t, struct curl_slist *headers, char *why)
{
    const char *certificates = g_getenv("SSL_CERT_FILE");
    curl_easy_setopt(curl, CURLOPT_URL, t->download->address);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, MAX_REDIRECTS);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TOTAL_S);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
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

static gboolean explain(const Transfer *t, CURLcode code, const char *why, GError **error)
{
    const char *address = t->download->address;
    if (t->too_long)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: the server sends more than the expected %" G_GUINT64_FORMAT " %s", address,
                    t->download->max_bytes, LEUKO_PLURAL(t->download->max_bytes, "byte"));
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

/* *anew: the file on the server is another one, or it cannot be continued. */
static gboolean transfer(CURL *curl, Transfer *t, gboolean *anew, GError **error)
{
    char why[CURL_ERROR_SIZE] = "";
    g_autofree gchar *if_range = g_strconcat("If-Range: ", t->validator, NULL);
    struct curl_slist *headers =
        t->begin > 0 && *t->validator ? curl_slist_append(NULL, if_range) : NULL;
    set_options(curl, t, headers, why);
    CURLcode code = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    *anew = t->begin > 0 && (code == CURLE_RANGE_ERROR || status == 416 || t->changed);
    if (code == CURLE_OK || *anew)
        return code == CURLE_OK && !*anew;
    if (leuko_is_cancelled(t->cancellable, error))
        return FALSE;
    return explain(t, code, why, error);
}

/* Empty the file, to start anew. */
static gboolean empty(Transfer *t)
{
    t->begin = t->n_bytes = 0;
    t->has_source = t->changed = FALSE;
    return ftruncate(t->download->fd, 0) == 0;
}

/* Find where to continue. */
static gboolean begin(Transfer *t, GError **error)
{
    struct stat st;
    const LeukoDownload *d = t->download;
    gboolean same = leuko_http_is_from(d->part, d->address, &t->validator);
    gboolean good = fstat(d->fd, &st) == 0;
    if (good) {
        t->begin = t->n_bytes = (guint64)st.st_size;
        gboolean continues = same && (*t->validator || d->is_verified) && t->begin <= d->max_bytes;
        good = continues || empty(t);
    }
    if (!good)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", d->part, g_strerror(errno));
    return good;
}

gboolean leuko_http_fetch(const LeukoDownload *download, LeukoReporter reporter,
                          GCancellable *cancellable, GError **error)
{
    g_auto(Transfer) t = {.download = download, .reporter = reporter, .cancellable = cancellable};
    if (!begin(&t, error))
        return FALSE;
    gboolean good = FALSE, anew = FALSE;
    CURL *curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
    if (!curl)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: libcurl cannot start",
                    download->address);
    else
        good = transfer(curl, &t, &anew, error);
    if (anew && empty(&t))
        good = transfer(curl, &t, &anew, error);
    if (!good && error && !*error)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", download->part,
                    g_strerror(errno));
    if (good && fsync(download->fd) != 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", download->part,
                    g_strerror(errno));
        good = FALSE;
    }
    if (curl)
        curl_easy_cleanup(curl);
    return good;
}

#else

gboolean leuko_http_fetch(const LeukoDownload *download, LeukoReporter reporter,
                          GCancellable *cancellable, GError **error)
{
    (void)reporter, (void)cancellable;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: this build cannot download (built without libcurl)", download->address);
    return FALSE;
}

#endif

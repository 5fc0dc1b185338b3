#include "base/durable.h"
#include "base/io-error.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 20 };

struct LeukoDurable {
    gchar *path, *folder;
    gchar *temp_path; /* NULL while the file has no name (O_TMPFILE) */
    int fd;
    guint64 position;
    guint8 *buffer; /* (BUFFER_BYTES) */
    gsize n_buffered;
};

LeukoDurable *leuko_durable_new(const char *path, GError **error)
{
    g_autoptr(LeukoDurable) d = g_new0(LeukoDurable, 1);
    d->path = g_strdup(path);
    d->folder = g_path_get_dirname(path);
    d->buffer = g_malloc(BUFFER_BYTES);
    d->fd = open(d->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (d->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        g_autofree gchar *name = g_path_get_basename(path);
        d->temp_path = g_strdup_printf("%s/.%s.XXXXXX", d->folder, name);
        d->fd = g_mkstemp_full(d->temp_path, O_RDWR | O_CLOEXEC, 0644);
        if (d->fd < 0)
            g_clear_pointer(&d->temp_path, g_free);
    }
    if (d->fd < 0) {
        leuko_fail_io(path, "write", error);
        return NULL;
    }
    return g_steal_pointer(&d);
}

static gboolean write_all(LeukoDurable *d, const guint8 *p, gsize n, GError **error)
{
    while (n > 0) {
        ssize_t w = write(d->fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return leuko_fail_io(d->path, "write", error);
        p += w;
        n -= (gsize)w;
    }
    return TRUE;
}

static gboolean flush(LeukoDurable *d, GError **error)
{
    gboolean ok = write_all(d, d->buffer, d->n_buffered, error);
    d->n_buffered = 0;
    return ok;
}

gboolean leuko_durable_write(LeukoDurable *d, gconstpointer data, gsize n_bytes, GError **error)
{
    d->position += n_bytes;
    if (n_bytes >= BUFFER_BYTES)
        return flush(d, error) && write_all(d, data, n_bytes, error);
    if (d->n_buffered + n_bytes > BUFFER_BYTES && !flush(d, error))
        return FALSE;
    if (n_bytes > 0)
        memcpy(d->buffer + d->n_buffered, data, n_bytes);
    d->n_buffered += n_bytes;
    return TRUE;
}

gboolean leuko_durable_printf(LeukoDurable *d, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    return leuko_durable_write(d, text, strlen(text), error);
}

guint64 leuko_durable_tell(const LeukoDurable *d) { return d->position; }

/* linkat() cannot replace a file: link the unnamed file to a hidden name, to be renamed later. */
static gboolean give_name(LeukoDurable *d, GError **error)
{
    g_autofree gchar *from = g_strdup_printf("/proc/self/fd/%d", d->fd);
    g_autofree gchar *name = g_path_get_basename(d->path);
    for (int attempt = 0; attempt < 100; attempt++) {
        g_autofree gchar *temp =
            g_strdup_printf("%s/.%s.%d.%08x", d->folder, name, (int)getpid(), g_random_int());
        if (linkat(AT_FDCWD, from, AT_FDCWD, temp, AT_SYMLINK_FOLLOW) == 0) {
            d->temp_path = g_steal_pointer(&temp);
            return TRUE;
        }
        if (errno != EEXIST)
            break;
    }
    return leuko_fail_io(d->path, "name the new file", error);
}

gboolean leuko_durable_sync(LeukoDurable *d, GError **error)
{
    if (!flush(d, error))
        return FALSE;
    return fsync(d->fd) == 0 ? TRUE : leuko_fail_io(d->path, "write", error);
}

int leuko_durable_descriptor(LeukoDurable *d, GError **error)
{
    return leuko_durable_sync(d, error) ? d->fd : -1;
}

gchar *leuko_durable_sha256(LeukoDurable *d, GError **error)
{
    if (!leuko_durable_sync(d, error))
        return NULL;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint64 at = 0; at < d->position;) {
        ssize_t n = pread(d->fd, d->buffer, BUFFER_BYTES, (off_t)at); /* empty after the flush */
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            leuko_fail_io(d->path, "read back", error);
            return NULL;
        }
        g_checksum_update(sum, d->buffer, n);
        at += (guint64)n;
    }
    return g_strdup(g_checksum_get_string(sum));
}

gboolean leuko_durable_commit(LeukoDurable *d, GError **error)
{
    if (!leuko_durable_sync(d, error))
        return FALSE;
    if (!d->temp_path && !give_name(d, error))
        return FALSE;
    if (g_rename(d->temp_path, d->path) != 0)
        return leuko_fail_io(d->path, "rename the new file", error);
    g_clear_pointer(&d->temp_path, g_free);
    int folder = open(d->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        (void)fsync(folder); /* some file systems do not support it; the rename is done */
        close(folder);
    }
    return TRUE;
}

void leuko_durable_free(LeukoDurable *d)
{
    if (!d)
        return;
    if (d->fd >= 0)
        close(d->fd);
    if (d->temp_path)
        g_unlink(d->temp_path);
    g_free(d->temp_path);
    g_free(d->path);
    g_free(d->folder);
    g_free(d->buffer);
    g_free(d);
}

gboolean leuko_durable_set_contents(const char *path, gconstpointer data, gsize n_bytes,
                                    GError **error)
{
    g_autoptr(LeukoDurable) d = leuko_durable_new(path, error);
    return d && leuko_durable_write(d, data, n_bytes, error) && leuko_durable_commit(d, error);
}

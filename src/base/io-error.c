#include "base/io-error.h"
#include "leuko/error.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

gboolean leuko_fail_io(const char *path, const char *verb, GError **error)
{
    int e = errno;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot %s: %s", path, verb, g_strerror(e));
    return FALSE;
}

/* Read up to n_bytes. Returns how many there were, or -1. */
static gssize read_up_to(int fd, gchar *out, gsize n_bytes)
{
    gsize n = 0;
    while (n < n_bytes) {
        gssize got = read(fd, out + n, MIN(n_bytes - n, G_MAXINT32));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : (gssize)n;
        n += (gsize)got;
    }
    return (gssize)n;
}

gboolean leuko_read_file(const char *path, gchar **contents, gsize *n_bytes, GError **error)
{
    struct stat info;
    /* a FIFO without a writer must not block */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return leuko_fail_io(path, "read", error);
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        g_close(fd, NULL);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: not a regular file", path);
        return FALSE;
    }
    gsize size = (gsize)info.st_size;
    g_autofree gchar *bytes = g_try_malloc(size + 1);
    errno = ENOMEM;
    gssize got = bytes ? read_up_to(fd, bytes, size) : -1;
    gboolean ok = got >= 0 || leuko_fail_io(path, "read", error);
    g_close(fd, NULL);
    if (!ok)
        return FALSE;
    bytes[got] = '\0';
    if (n_bytes)
        *n_bytes = (gsize)got;
    *contents = g_steal_pointer(&bytes);
    return TRUE;
}

#include "base/io-error.h"
#include "leuko/error.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

gboolean leuko_fail_io(const char *path, const char *verb, GError **error)
{
    int e = errno;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot %s: %s", path, verb, g_strerror(e));
    return FALSE;
}

int leuko_open_regular(const char *path, guint64 *n_bytes, GError **error)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int e = fd >= 0 && fstat(fd, &st) == 0 ? 0 : errno;
    if (e == 0 && S_ISREG(st.st_mode)) {
        *n_bytes = (guint64)st.st_size;
        return fd;
    }
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path,
                e == 0 ? "not a regular file" : g_strerror(e));
    if (fd >= 0)
        close(fd);
    errno = e;
    return -1;
}

gssize leuko_pread_all(int fd, gpointer to, gsize n, guint64 offset)
{
    gsize done = 0;
    while (done < n) {
        ssize_t got = pread(fd, (guint8 *)to + done, n - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (gsize)got;
    }
    return (gssize)done;
}

gboolean leuko_pwrite_all(int fd, gconstpointer from, gsize n, guint64 offset)
{
    for (gsize done = 0; done < n;) {
        ssize_t put = pwrite(fd, (const guint8 *)from + done, n - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return FALSE;
        done += (gsize)put;
    }
    return TRUE;
}

gboolean leuko_read_file(const char *path, gchar **contents, gsize *n_bytes, GError **error)
{
    guint64 size;
    g_autoptr(GError) why = NULL;
    int fd = leuko_open_regular(path, &size, &why);
    if (fd < 0 && errno != 0)
        return leuko_fail_io(path, "read", error);
    if (fd < 0) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    g_autofree gchar *text = size <= LEUKO_READ_MAX_BYTES ? g_try_malloc(size + 1) : NULL;
    gssize n = text ? leuko_pread_all(fd, text, size, 0) : 0; /* fewer: the file was cut */
    int e = errno;
    close(fd);
    if (!text) {
        g_set_error(error, LEUKO_ERROR,
                    size > LEUKO_READ_MAX_BYTES ? LEUKO_ERROR_FORMAT : LEUKO_ERROR_MEMORY,
                    size > LEUKO_READ_MAX_BYTES
                        ? "%s: too large (%.1f MiB, at most 1024 MiB is read)"
                        : "%s: no memory for its %.1f MiB",
                    path, (double)size / (1 << 20));
        return FALSE;
    }
    errno = e;
    if (n < 0)
        return leuko_fail_io(path, "read", error);
    text[n] = '\0';
    if (n_bytes)
        *n_bytes = (gsize)n;
    *contents = g_steal_pointer(&text);
    return TRUE;
}

gboolean leuko_file_size(const char *path, guint64 *n_bytes, GError **error)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return leuko_fail_io(path, "read the size", error);
    *n_bytes = (guint64)st.st_size;
    return TRUE;
}

gboolean leuko_is_absent(const char *path)
{
    return access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

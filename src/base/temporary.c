#include "base/temporary.h"
#include "base/error.h"
#include "base/io-error.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 20 };

int leuko_temporary_new(GError **error)
{
    int fd = open(g_get_tmp_dir(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    /* not every file system has it */
    g_autofree gchar *path = g_build_filename(g_get_tmp_dir(), "leuko-XXXXXX", NULL);
    fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        leuko_fail_io(path, "write a temporary file", error);
    else
        g_unlink(path);
    return fd;
}

/* Copy the bytes from `start` to `end`. */
static gboolean copy_range(int to, int from, guint64 start, guint64 end, guint8 *block,
                           const char *path, GError **error)
{
    while (start < end) {
        gsize n = (gsize)MIN(end - start, BLOCK_BYTES);
        if (leuko_is_cancelled(g_cancellable_get_current(), error))
            return FALSE;
        gssize got = leuko_pread_all(from, block, n, start);
        if (got < 0)
            return leuko_fail_io(path, "read", error);
        if ((gsize)got < n)
            return leuko_fail(LEUKO_ERROR_IO, error, "%s: became shorter while it was being read",
                              path);
        if (!leuko_pwrite_all(to, block, n, start))
            return leuko_fail_io(g_get_tmp_dir(), "write a temporary file in this folder", error);
        start += n;
    }
    return TRUE;
}

gboolean leuko_temporary_copy(int to, int from, guint64 n, const char *path, GError **error)
{
    g_autofree guint8 *block = g_malloc(BLOCK_BYTES);
    guint64 end = 0;
    if (ftruncate(to, (off_t)n) != 0)
        return leuko_fail_io(g_get_tmp_dir(), "write a temporary file in this folder", error);
    while (end < n) {
        off_t data = lseek(from, (off_t)end, SEEK_DATA), hole = -1;
        if (data < 0 && errno == ENXIO) /* a hole up to the end of the file, wherever that is now */
            break;
        if (data >= 0)
            hole = lseek(from, data, SEEK_HOLE);
        guint64 start = hole >= 0 ? (guint64)data : end; /* else the system knows no holes */
        end = hole >= 0 ? MIN((guint64)hole, n) : n;
        if (!copy_range(to, from, start, end, block, path, error))
            return FALSE;
    }
    off_t size = lseek(from, 0, SEEK_END);
    return size >= (off_t)n ||
           leuko_fail(LEUKO_ERROR_IO, error, "%s: became shorter while it was being read", path);
}

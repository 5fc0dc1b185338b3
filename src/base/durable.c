#include "base/durable.h"
#include "base/io-error.h"
#include "base/outputs.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* A hidden file's name: ".NAME.leuko-" and N_RANDOM characters; a long NAME is cut. */
enum { BUFFER_BYTES = 1 << 20, N_RANDOM = 6, MAX_HIDDEN_NAME = 200, MAX_SCANNED = 4096 };

/* What the target's name stands for. */
typedef enum {
    UNNAMED,   /* for the older file, if any */
    CREATED,   /* for the new file; there was none */
    EXCHANGED, /* for the new file; the older one has the hidden name */
    REPLACED,  /* for the new file; the older one is gone */
} State;

struct LeukoDurable {
    gchar *path, *folder;
    gchar *temp_path; /* NULL while the file has no name (O_TMPFILE) */
    int fd;
    State state;
    guint64 position;
    guint8 *buffer; /* (BUFFER_BYTES) */
    gsize n_buffered;
};

/* g_free */
static gchar *hidden_prefix(const LeukoDurable *d)
{
    g_autofree gchar *name = g_path_get_basename(d->path);
    return g_strdup_printf(".%.*s.leuko-", (int)MAX_HIDDEN_NAME, name);
}

LeukoDurable *leuko_durable_new(const char *path, GError **error)
{
    if (!leuko_output_check_file(path, error))
        return NULL;
    g_autoptr(LeukoDurable) d = g_new0(LeukoDurable, 1);
    d->path = g_strdup(path);
    d->folder = g_path_get_dirname(path);
    d->buffer = g_malloc(BUFFER_BYTES);
    d->fd = open(d->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (d->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        g_autofree gchar *prefix = hidden_prefix(d);
        d->temp_path = g_strdup_printf("%s/%sXXXXXX", d->folder, prefix);
        d->fd = g_mkstemp_full(d->temp_path, O_RDWR | O_CLOEXEC, 0644);
        if (d->fd < 0)
            g_clear_pointer(&d->temp_path, g_free);
    }
    if (d->fd < 0) {
        leuko_fail_io(path, "write", error);
        return NULL;
    }
    (void)flock(d->fd, LOCK_EX | LOCK_NB); /* for remove_litter() */
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

gboolean leuko_durable_write_at(LeukoDurable *d, guint64 position, gconstpointer data,
                                gsize n_bytes, GError **error)
{
    const guint8 *p = data;
    if (!flush(d, error))
        return FALSE;
    while (n_bytes > 0) {
        ssize_t w = pwrite(d->fd, p, n_bytes, (off_t)position);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return leuko_fail_io(d->path, "write", error);
        p += w;
        position += (guint64)w;
        n_bytes -= (gsize)w;
    }
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
    g_autofree gchar *prefix = hidden_prefix(d);
    for (int attempt = 0; attempt < 100; attempt++) {
        g_autofree gchar *temp =
            g_strdup_printf("%s/%s%06x", d->folder, prefix, g_random_int() & 0xffffff);
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

/* Remove the hidden files of this name that killed processes have left. A living process holds a
 * lock (flock) on its own. */
static void remove_litter(const LeukoDurable *d)
{
    g_autofree gchar *prefix = hidden_prefix(d);
    g_autoptr(GDir) dir = g_dir_open(d->folder, 0, NULL);
    for (guint n = 0; dir && n < MAX_SCANNED; n++) { /* not the whole of a folder of images */
        const char *entry = g_dir_read_name(dir);
        if (!entry)
            break;
        if (!g_str_has_prefix(entry, prefix) || strlen(entry) != strlen(prefix) + N_RANDOM)
            continue;
        g_autofree gchar *path = g_build_filename(d->folder, entry, NULL);
        int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            continue;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            g_unlink(path);
        close(fd);
    }
}

static void sync_folder(const LeukoDurable *d)
{
    int folder = open(d->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return;
    (void)fsync(folder); /* some file systems do not support it; the rename is done */
    close(folder);
}

/* Take the name. If keeps_old, an older file then has the hidden name, where the file system can
 * exchange two names. */
static gboolean take_name(LeukoDurable *d, gboolean keeps_old, GError **error)
{
    if (keeps_old && renameat2(AT_FDCWD, d->temp_path, AT_FDCWD, d->path, RENAME_EXCHANGE) == 0) {
        d->state = EXCHANGED;
        return TRUE;
    }
    State state = g_access(d->path, F_OK) == 0 ? REPLACED : CREATED;
    if (g_rename(d->temp_path, d->path) != 0)
        return leuko_fail_io(d->path, "rename the new file", error);
    d->state = state;
    g_clear_pointer(&d->temp_path, g_free);
    return TRUE;
}

static void give_back(LeukoDurable *d)
{
    if (d->state == EXCHANGED && g_rename(d->temp_path, d->path) == 0)
        g_clear_pointer(&d->temp_path, g_free);
    else if (d->state == CREATED)
        g_unlink(d->path);
}

/* Name all files; without success, none of them. */
static gboolean publish(LeukoDurable *const *files, guint n, GError **error)
{
    for (guint i = 0; i < n; i++) {
        if (take_name(files[i], n > 1, error))
            continue;
        while (i-- > 0)
            give_back(files[i]);
        return FALSE;
    }
    return TRUE;
}

gboolean leuko_durable_commit_all(LeukoDurable *const *files, guint n, GError **error)
{
    for (guint i = 0; i < n; i++)
        if (!leuko_durable_sync(files[i], error))
            return FALSE;
    for (guint i = 0; i < n; i++)
        if (!files[i]->temp_path && !give_name(files[i], error))
            return FALSE;
    if (!publish(files, n, error))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        if (files[i]->state == EXCHANGED)
            g_unlink(files[i]->temp_path); /* the older file */
        g_clear_pointer(&files[i]->temp_path, g_free);
        sync_folder(files[i]);
        remove_litter(files[i]);
    }
    return TRUE;
}

gboolean leuko_durable_commit(LeukoDurable *d, GError **error)
{
    return leuko_durable_commit_all(&d, 1, error);
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

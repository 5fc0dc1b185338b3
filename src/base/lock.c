#include "base/lock.h"
#include "base/error.h"
#include "base/io-error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_NAME = 200 }; /* bytes of a file's name in the name of its lock */

struct LeukoLock {
    gchar *path;
    int fd;
};

gboolean leuko_lock_is_current(int fd, const char *path)
{
    struct stat open_file, named;
    return fstat(fd, &open_file) == 0 && lstat(path, &named) == 0 &&
           open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

/* Say who holds the folder or file. FALSE. */
static gboolean fail_held(int fd, const char *held, GError **error)
{
    char text[256] = "", pid[32] = "unknown", host[96] = "unknown", since[64] = "unknown";
    if (pread(fd, text, sizeof text - 1, 0) > 0)
        (void)sscanf(text, "%31s %95s %63[^\n]", pid, host, since);
    return leuko_fail(LEUKO_ERROR_IO, error, "%s: in use by process %s on host %s since %s", held,
                      pid, host, since);
}

static gboolean write_holder(int fd, const char *path, GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree gchar *time = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
    g_autofree gchar *text = g_strdup_printf("%d %s %s\n", (int)getpid(), g_get_host_name(), time);
    gssize n = (gssize)strlen(text);
    return (ftruncate(fd, 0) == 0 && pwrite(fd, text, (gsize)n, 0) == n) ||
           leuko_fail_io(path, "write", error);
}

/* Open and lock `path`; -1 with an error. `held`: what the lock stands for. */
static int open_locked(const char *path, const char *held, GError **error)
{
    for (int attempt = 0; attempt < 10; attempt++) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (fd < 0) {
            leuko_fail_io(held, "lock", error);
            return -1;
        }
        gboolean locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (locked && leuko_lock_is_current(fd, path))
            return fd;
        if (!locked) {
            if (errno == EWOULDBLOCK)
                fail_held(fd, held, error);
            else
                leuko_fail_io(held, "lock", error);
            close(fd);
            return -1;
        }
        close(fd); /* its holder has removed it between open() and flock() */
    }
    errno = EBUSY;
    leuko_fail_io(held, "lock", error);
    return -1;
}

/* Takes over `path`. */
static LeukoLock *take(gchar *path, const char *held, GError **error)
{
    LeukoLock *lock = g_new0(LeukoLock, 1);
    lock->path = path;
    lock->fd = open_locked(path, held, error);
    if (lock->fd < 0) {
        g_free(lock->path);
        g_free(lock);
        return NULL;
    }
    if (write_holder(lock->fd, lock->path, error))
        return lock;
    leuko_lock_free(lock);
    return NULL;
}

LeukoLock *leuko_lock_take(const char *folder, GError **error)
{
    return take(g_build_filename(folder, "lock", NULL), folder, error);
}

LeukoLock *leuko_lock_take_file(const char *path, GError **error)
{
    g_autofree gchar *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    return take(g_strdup_printf("%s/.%.*s.lock", folder, (int)MAX_NAME, name), path, error);
}

void leuko_lock_free(LeukoLock *lock)
{
    if (!lock)
        return;
    unlink(lock->path); /* while it is locked: nobody else can hold it */
    close(lock->fd);
    g_free(lock->path);
    g_free(lock);
}

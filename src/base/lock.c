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

struct LeukoLock {
    gchar *path;
    int fd;
};

/* TRUE if `path` still names the open file: its holder removes it when it is done. */
static gboolean is_current(int fd, const char *path)
{
    struct stat open_file, named;
    return fstat(fd, &open_file) == 0 && lstat(path, &named) == 0 &&
           open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

/* Say who holds the folder. FALSE. */
static gboolean fail_held(int fd, const char *folder, GError **error)
{
    char text[256] = "", pid[32] = "unknown", host[96] = "unknown", since[64] = "unknown";
    if (pread(fd, text, sizeof text - 1, 0) > 0)
        (void)sscanf(text, "%31s %95s %63[^\n]", pid, host, since);
    return leuko_fail(LEUKO_ERROR_IO, error, "%s: in use by process %s on host %s since %s", folder,
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

/* The locked file, -1 with an error. */
static int take(const char *path, const char *folder, GError **error)
{
    for (int attempt = 0; attempt < 10; attempt++) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (fd < 0) {
            leuko_fail_io(path, "open", error);
            return -1;
        }
        gboolean locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (locked && is_current(fd, path))
            return fd;
        if (!locked) {
            if (errno == EWOULDBLOCK)
                fail_held(fd, folder, error);
            else
                leuko_fail_io(path, "lock", error);
            close(fd);
            return -1;
        }
        close(fd); /* its holder has removed it between open() and flock() */
    }
    errno = EBUSY;
    leuko_fail_io(path, "lock", error);
    return -1;
}

LeukoLock *leuko_lock_take(const char *folder, GError **error)
{
    g_autofree gchar *path = g_build_filename(folder, "lock", NULL);
    int fd = take(path, folder, error);
    if (fd < 0)
        return NULL;
    LeukoLock *lock = g_new0(LeukoLock, 1);
    lock->fd = fd;
    lock->path = g_steal_pointer(&path);
    if (write_holder(fd, lock->path, error))
        return lock;
    leuko_lock_free(lock);
    return NULL;
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

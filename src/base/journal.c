#include "base/journal.h"
#include "base/io-error.h"
#include "leuko/error.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct LeukoJournal {
    gchar *path;
    int fd;
};

LeukoJournal *leuko_journal_open(const char *path, LeukoJournalMode mode, GError **error)
{
    g_autoptr(LeukoJournal) j = g_new0(LeukoJournal, 1);
    j->path = g_strdup(path);
    struct stat st;
    /* no link may lead the records into another file, and no pipe may block */
    j->fd = open(path,
                 O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
                     (mode == LEUKO_JOURNAL_NEW ? O_EXCL : 0),
                 0666);
    if (j->fd >= 0 && (fstat(j->fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: not a regular file", path);
        return NULL;
    }
    if (j->fd < 0) {
        leuko_fail_io(path, "write", error);
        return NULL;
    }
    return g_steal_pointer(&j);
}

/* Remove a part of a record, unless another process has appended since. */
static void remove_part(const LeukoJournal *j, off_t begin, gsize n_written)
{
    int e = errno;
    if (begin >= 0 && n_written > 0 && lseek(j->fd, 0, SEEK_END) == begin + (off_t)n_written &&
        ftruncate(j->fd, begin) != 0)
        g_debug("%s: a part of a record remains", j->path);
    errno = e;
}

gboolean leuko_journal_append(LeukoJournal *journal, gconstpointer record, gsize n_bytes,
                              GError **error)
{
    const guint8 *p = record;
    off_t begin = lseek(journal->fd, 0, SEEK_END);
    for (gsize done = 0; done < n_bytes;) {
        ssize_t w = write(journal->fd, p + done, n_bytes - done);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0) {
            remove_part(journal, begin, done);
            return leuko_fail_io(journal->path, "write", error);
        }
        done += (gsize)w;
    }
    return TRUE;
}

gboolean leuko_journal_lock(LeukoJournal *journal, GError **error)
{
    int failed;
    do
        failed = flock(journal->fd, LOCK_EX);
    while (failed && errno == EINTR);
    return failed ? leuko_fail_io(journal->path, "lock", error) : TRUE;
}

gboolean leuko_journal_sync(LeukoJournal *journal, GError **error)
{
    return fsync(journal->fd) == 0 ? TRUE : leuko_fail_io(journal->path, "write", error);
}

void leuko_journal_free(LeukoJournal *journal)
{
    if (!journal)
        return;
    if (journal->fd >= 0)
        close(journal->fd);
    g_free(journal->path);
    g_free(journal);
}

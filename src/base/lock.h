/* base/lock.h: a folder or file that one process at a time may write.
 *
 * The process that holds a folder has locked (flock) the file FOLDER/lock; for a file NAME, this is
 * the hidden file .NAME.lock beside it. The locked file holds one line:
 *   PID HOST TIME     such as "4711 pc7 2026-03-01 14:05:12"
 * The system ends the lock with the process, so a killed process leaves a file without a lock, and
 * the next one takes it over.
 *
 * Threads: one lock, one thread at a time.
 */
#pragma once
#include <glib.h>

typedef struct LeukoLock LeukoLock;

/* Lock a folder, which must exist.
 * Errors: LEUKO_ERROR_IO: another process (or this one) holds it: the message has its number, host
 * and time; or the system's reason. */
LeukoLock *leuko_lock_take(const char *folder, GError **error);
/* The same for a file that will be written, which need not exist. Its folder must exist. Of a name
 * over 200 bytes, the first 200 count. */
LeukoLock *leuko_lock_take_file(const char *path, GError **error);
/* Give the folder or file back and remove the file. NULL does nothing. */
void leuko_lock_free(LeukoLock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoLock, leuko_lock_free)

/* TRUE if `path` still names the open file or folder: whoever locks it compares after locking,
 * because another process may have removed, renamed or replaced it between open() and flock(). */
gboolean leuko_lock_is_current(int fd, const char *path);

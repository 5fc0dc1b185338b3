#include "base/stage.h"
#include "base/io-error.h"
#include "base/lock.h"
#include "leuko/error.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct LeukoStage {
    gchar *path, *temp_path;
    int lock_fd; /* the hidden folder, locked (flock) by this process */
    gboolean replaces;
};

gboolean leuko_remove_tree(const char *path, GError **error)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? TRUE : leuko_fail_io(path, "remove", error);
    if (S_ISDIR(st.st_mode)) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        const char *name;
        while (dir && (name = g_dir_read_name(dir))) {
            g_autofree gchar *child = g_build_filename(path, name, NULL);
            if (!leuko_remove_tree(child, error))
                return FALSE;
        }
        return rmdir(path) == 0 ? TRUE : leuko_fail_io(path, "remove", error);
    }
    return unlink(path) == 0 ? TRUE : leuko_fail_io(path, "remove", error);
}

gboolean leuko_stage_check(const char *path, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    if (dir && !g_dir_read_name(dir))
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "%s: exists and is not an empty folder; choose another name or remove it", path);
    return FALSE;
}

/* Make the hidden folder and lock it. A hidden folder without a lock is left over from a killed run
 * and is removed. If its holder renames or removes it before it is locked here, start again. */
static gboolean claim(LeukoStage *s, GError **error)
{
    for (int attempt = 0; attempt < 10; attempt++) {
        if (g_mkdir(s->temp_path, 0777) != 0 && errno != EEXIST)
            return leuko_fail_io(s->path, "make this folder", error);
        s->lock_fd = open(s->temp_path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (s->lock_fd < 0 && errno == ENOENT)
            continue; /* its holder has just renamed or removed it */
        if (s->lock_fd < 0) {
            leuko_fail_io(s->path, "make this folder", error);
            g_rmdir(s->temp_path); /* not if it holds the files of another process */
            return FALSE;
        }
        if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO,
                        "%s: another process is writing this folder", s->path);
            return FALSE;
        }
        if (leuko_lock_is_current(s->lock_fd, s->temp_path)) {
            g_autoptr(GDir) dir = g_dir_open(s->temp_path, 0, NULL);
            if (dir && !g_dir_read_name(dir))
                return TRUE;
            if (!leuko_remove_tree(s->temp_path, error))
                return FALSE;
        }
        close(s->lock_fd);
        s->lock_fd = -1;
    }
    errno = EBUSY;
    return leuko_fail_io(s->path, "make this folder", error);
}

static LeukoStage *stage_new(const char *path, gboolean replaces, GError **error)
{
    if (!replaces && !leuko_stage_check(path, error))
        return NULL;
    g_autofree gchar *clean = g_strdup(path);
    for (gsize n = strlen(clean); n > 1 && clean[n - 1] == '/'; n--)
        clean[n - 1] = '\0';
    g_autofree gchar *folder = g_path_get_dirname(clean), *name = g_path_get_basename(clean);
    if (g_mkdir_with_parents(folder, 0777) != 0) {
        leuko_fail_io(folder, "make this folder", error);
        return NULL;
    }
    LeukoStage *s = g_new0(LeukoStage, 1);
    s->path = g_steal_pointer(&clean);
    s->temp_path = g_strdup_printf("%s/.%s.partial", folder, name);
    s->lock_fd = -1;
    s->replaces = replaces;
    if (!claim(s, error))
        g_clear_pointer(&s->temp_path, g_free);          /* another process owns it */
    else if (replaces || leuko_stage_check(path, error)) /* it may exist since the claim */
        return s;
    leuko_stage_free(s);
    return NULL;
}

LeukoStage *leuko_stage_new(const char *path, GError **error)
{
    return stage_new(path, FALSE, error);
}

LeukoStage *leuko_stage_new_replacing(const char *path, GError **error)
{
    return stage_new(path, TRUE, error);
}

const char *leuko_stage_path(const LeukoStage *s) { return s->temp_path; }

gboolean leuko_stage_make_folder(const char *path, GError **error)
{
    return g_mkdir_with_parents(path, 0777) == 0 || leuko_fail_io(path, "make this folder", error);
}

gboolean leuko_stage_write(const char *path, gconstpointer data, gsize n_bytes, GError **error)
{
    const guint8 *p = data;
    gsize n_written = 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return leuko_fail_io(path, "write", error);
    while (n_written < n_bytes) {
        ssize_t n = write(fd, p + n_written, n_bytes - n_written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            leuko_fail_io(path, "write", error);
            close(fd);
            return FALSE;
        }
        n_written += (gsize)n;
    }
    return close(fd) == 0 ? TRUE : leuko_fail_io(path, "write", error);
}

gboolean leuko_stage_fail(const LeukoStage *s, GError **error)
{
    if (!error || !*error || !s->temp_path)
        return FALSE;
    g_autoptr(GString) message = g_string_new((*error)->message);
    g_string_replace(message, s->temp_path, s->path, 0);
    g_free((*error)->message);
    (*error)->message = g_strdup(message->str);
    return FALSE;
}

/* Let the new folder and the old one change places, and remove the old one. */
static gboolean exchange(LeukoStage *s, GError **error)
{
    if (renameat2(AT_FDCWD, s->temp_path, AT_FDCWD, s->path, RENAME_EXCHANGE) != 0)
        return leuko_fail_io(s->path, "replace", error);
    g_autofree gchar *old = g_steal_pointer(&s->temp_path);
    return leuko_remove_tree(old, error);
}

gboolean leuko_stage_commit(LeukoStage *s, GError **error)
{
    if (syncfs(s->lock_fd) != 0)
        return leuko_fail_io(s->path, "write", error);
    if (!leuko_lock_is_current(s->lock_fd, s->temp_path)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO,
                    "%s: another process removed or replaced the unfinished folder %s", s->path,
                    s->temp_path);
        return FALSE;
    }
    if (s->replaces)
        return exchange(s, error);
    if (rmdir(s->path) != 0 && errno != ENOENT)
        return leuko_fail_io(s->path, "replace", error);
    if (g_rename(s->temp_path, s->path) != 0)
        return leuko_fail_io(s->path, "rename the new folder", error);
    g_clear_pointer(&s->temp_path, g_free);
    return TRUE;
}

void leuko_stage_free(LeukoStage *s)
{
    if (!s)
        return;
    if (s->temp_path && leuko_lock_is_current(s->lock_fd, s->temp_path))
        leuko_remove_tree(s->temp_path, NULL);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    g_free(s->temp_path);
    g_free(s->path);
    g_free(s);
}

#include "formats/keras/keras.h"
#include "base/plural.h"
#include "config.h"
#include "leuko/error.h"

LeukoParams *leuko_keras_tensors(const char *path, GError **error)
{
    return leuko_keras_read(path, NULL, NULL, error);
}

#ifndef HAVE_HDF5

LeukoParams *leuko_keras_read(const char *path, GHashTable *types, LeukoKerasFound *found,
                              GError **error)
{
    (void)types;
    (void)found;
    g_set_error(
        error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
        "%s: an HDF5 file (perhaps Keras .h5): this build of Leuko does not read HDF5; convert the "
        "file with a full build",
        path);
    return NULL;
}

#else
#include "formats/keras/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    GPid pid;
    int answer; /* read end of the pipe */
    gint64 deadline_us;
    const char *path;
} Child;

/* --- the program ---------------------------------------------------------------------------- */

/* Only a program in the build tree uses the reader of the build tree: if an installed program did,
 * anybody who can write to that folder could replace the reader. */
static gchar *find_program(void)
{
    const char *named = g_getenv("LEUKO_READ_HDF5");
    g_autofree gchar *self = g_file_read_link("/proc/self/exe", NULL);
    if (named && *named)
        return g_strdup(named);
    if (self && g_str_has_prefix(self, LEUKO_BUILD_ROOT "/"))
        return g_build_filename(LEUKO_BUILD_ROOT, "src", "hdf5", "leuko-read-hdf5", NULL);
    return g_build_filename(LEUKO_LIBEXECDIR, "leuko-read-hdf5", NULL);
}

/* Start the reader: standard input is the file, standard output a pipe; it inherits no other file
 * and no environment. */
static gboolean start(Child *child, int file, GError **error)
{
    int ends[2];
    g_autoptr(GError) why = NULL;
    g_autofree gchar *program = find_program();
    const gchar *const args[] = {program, NULL};
    const gchar *const environment[] = {"LANG=C", NULL};
    if (!g_unix_open_pipe(ends, FD_CLOEXEC, &why)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", child->path, why->message);
        return FALSE;
    }
    gboolean good = g_spawn_async_with_pipes_and_fds(
        "/", args, environment, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
        file, ends[1], -1, NULL, NULL, 0, &child->pid, NULL, NULL, NULL, &why);
    close(ends[1]);
    child->answer = ends[0];
    if (!good) {
        close(ends[0]);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot start the HDF5 reader: %s",
                    child->path, why->message);
    }
    return good;
}

/* --- the answer ----------------------------------------------------------------------------- */

static gboolean read_answer(gpointer user, gpointer bytes, gsize n, GError **error)
{
    Child *child = user;
    for (gsize done = 0; done < n;) {
        gint64 left_ms = (child->deadline_us - g_get_monotonic_time()) / 1000;
        struct pollfd wait = {child->answer, POLLIN, 0};
        int ready = left_ms > 0 ? poll(&wait, 1, (int)left_ms) : 0;
        ssize_t got = ready > 0 ? read(child->answer, (guint8 *)bytes + done, n - done) : -1;
        if (ready == 0) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                        "%s: not read within %d s: damaged or malicious", child->path,
                        LEUKO_KERAS_WALL_S);
            return FALSE;
        }
        if (got == 0 || (got < 0 && errno != EINTR))
            return FALSE;
        done += got > 0 ? (gsize)got : 0;
    }
    return TRUE;
}

/* End the child. Returns its status, or -1 if the status is not known: the child did not exit
 * within two seconds, or the caller ignores SIGCHLD. */
static int end_child(Child *child, gboolean wait_for_it)
{
    int status = -1;
    close(child->answer);
    for (guint ms = 0; wait_for_it && ms < 2000; ms++) {
        pid_t ended = waitpid(child->pid, &status, WNOHANG);
        if (ended == child->pid || (ended < 0 && errno != EINTR))
            return ended == child->pid ? status : -1;
        g_usleep(1000);
    }
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return -1;
}

/* If a signal ended the reader, replace the error "truncated" by that reason. */
static void explain(const Child *child, int status, GError **error)
{
    if (status == -1 || !error || !WIFSIGNALED(status))
        return;
    int number = WTERMSIG(status);
    g_clear_error(error);
    if (number == SIGXCPU)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: used more than %d s of processor time: damaged or malicious", child->path,
                    LEUKO_KERAS_CPU_S);
    else if (number == SIGKILL)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "%s: the HDF5 reader was killed; the machine may be out of memory",
                    child->path);
    else
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: damaged: libhdf5 crashed (%s) in its separate process", child->path,
                    g_strsignal(number));
}

static int open_file(const char *path, guint64 *n_bytes, GError **error)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        int e = errno;
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path, g_strerror(e));
    } else if (!S_ISREG(st.st_mode)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: not a regular file", path);
    } else if (st.st_size <= 0 || (guint64)st.st_size > LEUKO_KERAS_MAX_FILE_BYTES) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: %" G_GINT64_FORMAT " %s: not a file of weights", path, (gint64)st.st_size,
                    LEUKO_PLURAL((gint64)st.st_size, "byte"));
    } else {
        *n_bytes = (guint64)st.st_size;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

LeukoParams *leuko_keras_read(const char *path, GHashTable *types, LeukoKerasFound *found,
                              GError **error)
{
    GError *why = NULL;
    guint64 n_bytes;
    gboolean cut_short;
    LeukoKerasFound unused;
    Child child = {.path = path,
                   .deadline_us = g_get_monotonic_time() + LEUKO_KERAS_WALL_S * G_USEC_PER_SEC};
    int file = open_file(path, &n_bytes, error);
    gboolean started = file >= 0 && start(&child, file, error);
    if (file >= 0)
        close(file);
    if (!started)
        return NULL;
    LeukoParams *params = leuko_keras_answer_read(read_answer, &child, n_bytes, path, types,
                                                  found ? found : &unused, &cut_short, &why);
    int status = end_child(&child, cut_short);
    if (!params && cut_short)
        explain(&child, status, &why);
    if (why)
        g_propagate_error(error, why);
    return params;
}

#endif

#include "leuko/answer.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { WAIT_MS = 100, BUFFER_BYTES = 64 * 1024 };

typedef struct {
    const char *dir;
    LeukoClassifier *classifier;
    LeukoAnswerFunc func;
    gpointer user_data;
} Watch;

static gboolean failed(const char *dir, const char *why, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot watch this folder: %s", dir, why);
    return FALSE;
}

static gboolean on_event(const Watch *w, const struct inotify_event *event, GError **error)
{
    if (event->mask & IN_Q_OVERFLOW)
        return failed(w->dir,
                      "more images arrived at once than the system can queue; some were missed",
                      error);
    if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED))
        return failed(w->dir, "it was moved or removed", error);
    if ((event->mask & IN_ISDIR) || event->len == 0 || event->name[0] == '.' ||
        !leuko_image_has_supported_name(event->name))
        return TRUE;
    g_autofree gchar *path = g_build_filename(w->dir, event->name, NULL);
    const char *const paths[] = {path};
    /* not cancellable: the watch finishes an image that arrived before it ends */
    return leuko_classifier_classify_files(w->classifier, paths, 1, w->func, w->user_data, NULL,
                                           error);
}

/* Handle all events that one read returns. */
static gboolean read_events(const Watch *w, int fd, GError **error)
{
    _Alignas(struct inotify_event) char buffer[BUFFER_BYTES];
    gssize n = read(fd, buffer, sizeof buffer);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? TRUE : failed(w->dir, g_strerror(errno), error);
    for (gssize at = 0; at < n;) {
        const struct inotify_event *event =
            (const struct inotify_event *)(const void *)(buffer + at);
        if (!on_event(w, event, error))
            return FALSE;
        at += (gssize)(sizeof *event + event->len);
    }
    return TRUE;
}

static gboolean watch_until_cancelled(const Watch *w, int fd, GCancellable *cancellable,
                                      GError **error)
{
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    while (!g_cancellable_is_cancelled(cancellable)) {
        int n = poll(&waiting, 1, WAIT_MS);
        if (n < 0 && errno != EINTR)
            return failed(w->dir, g_strerror(errno), error);
        if (n > 0 && !read_events(w, fd, error))
            return FALSE;
    }
    return TRUE;
}

gboolean leuko_classifier_watch_folder(LeukoClassifier *classifier, const char *dir,
                                       LeukoWatchFunc ready, LeukoAnswerFunc func,
                                       gpointer user_data, GCancellable *cancellable,
                                       GError **error)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0)
        return failed(dir, g_strerror(errno), error);
    const guint32 events =
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    gboolean ok = inotify_add_watch(fd, dir, events) >= 0 || failed(dir, g_strerror(errno), error);
    if (ok) {
        const Watch w = {dir, classifier, func, user_data};
        if (ready)
            ready(dir, user_data);
        ok = watch_until_cancelled(&w, fd, cancellable, error);
    }
    close(fd);
    return ok;
}

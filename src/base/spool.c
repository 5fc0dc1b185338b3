#include "base/spool.h"
#include "base/io-error.h"
#include "base/temporary.h"
#include <errno.h>
#include <unistd.h>

enum { KEPT_BYTES = 1 << 20 };

struct LeukoSpool {
    GString *text; /* what is not in the file */
    int fd;        /* -1: there is no file */
    GError *error; /* of the first failure */
};

LeukoSpool *leuko_spool_new(void)
{
    LeukoSpool *s = g_new0(LeukoSpool, 1);
    s->text = g_string_new(NULL);
    s->fd = -1;
    return s;
}

void leuko_spool_free(LeukoSpool *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    g_string_free(s->text, TRUE);
    g_clear_error(&s->error);
    g_free(s);
}

/* Move the text in memory to the end of the file. */
static gboolean flush(LeukoSpool *s)
{
    const char *p = s->text->str, *end = p + s->text->len;
    if (s->fd < 0 && (s->fd = leuko_temporary_new(&s->error)) < 0)
        return FALSE;
    while (p < end) {
        ssize_t n = write(s->fd, p, (gsize)(end - p));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return leuko_fail_io(g_get_tmp_dir(), "write a temporary file in this folder",
                                 &s->error);
        p += n;
    }
    g_string_truncate(s->text, 0);
    return TRUE;
}

void leuko_spool_append(LeukoSpool *s, const char *text, gsize n_bytes)
{
    if (s->error)
        return;
    g_string_append_len(s->text, text, (gssize)n_bytes);
    if (s->text->len >= KEPT_BYTES)
        flush(s);
}

static gboolean read_file(LeukoSpool *s, LeukoSpoolFunc take, gpointer user_data, GError **error)
{
    g_autofree char *block = g_malloc(KEPT_BYTES);
    off_t position = 0;
    for (;;) {
        ssize_t n = pread(s->fd, block, KEPT_BYTES, position);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return leuko_fail_io(g_get_tmp_dir(), "read a temporary file in this folder", error);
        if (n == 0)
            return TRUE;
        if (!take(block, (gsize)n, user_data, error))
            return FALSE;
        position += n;
    }
}

gboolean leuko_spool_read(LeukoSpool *s, LeukoSpoolFunc take, gpointer user_data, GError **error)
{
    if (s->error) {
        g_propagate_error(error, g_error_copy(s->error));
        return FALSE;
    }
    return (s->fd < 0 || read_file(s, take, user_data, error)) &&
           (s->text->len == 0 || take(s->text->str, s->text->len, user_data, error));
}

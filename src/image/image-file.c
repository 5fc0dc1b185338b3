#include "image/image-file.h"
#include "base/io-error.h"
#include "image/content.h"
#include "image/decoder.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <unistd.h>

enum { SMALL_BYTES = 1 << 20 };

/* TRUE unless the file is large and its beginning is that of no image. */
static gboolean may_be_image(const char *path, GError **error)
{
    guint8 head[IMAGE_CONTENT_HEAD];
    guint64 n_bytes;
    int fd = leuko_open_regular(path, &n_bytes, NULL);
    if (fd < 0)
        return TRUE; /* leuko_read_file() says why */
    gssize n =
        n_bytes > SMALL_BYTES && n_bytes <= LEUKO_READ_MAX_BYTES ? read(fd, head, sizeof head) : 0;
    close(fd);
    if (n <= 0 || leuko_image_sniff(head, (gsize)n))
        return TRUE;
    image_set_unknown(path, head, (gsize)n, error);
    return FALSE;
}

gboolean leuko_image_read_file(const char *path, gchar **contents, gsize *n_bytes, GError **error)
{
    return may_be_image(path, error) && leuko_read_file(path, contents, n_bytes, error);
}

#include "image/heif-boxes.h"
#include "base/bytes.h"
#include <string.h>

typedef struct {
    const guint8 *bytes;
    gsize n_bytes;
} Box;

/* Take the next box from `rest`: u32 size with these 8 bytes, type, contents; big-endian. With size
 * 1 a u64 size follows, with size 0 the box ends with what contains it. */
static gboolean take_box(Box *rest, const guint8 **type, Box *contents)
{
    gsize n_head = 8;
    if (rest->n_bytes < n_head)
        return FALSE;
    guint64 size = leuko_uint_at(rest->bytes, 4, TRUE);
    *type = rest->bytes + 4;
    if (size == 1 && rest->n_bytes >= 16) {
        n_head = 16;
        size = (guint64)leuko_uint_at(rest->bytes + 8, 4, TRUE) << 32 |
               leuko_uint_at(rest->bytes + 12, 4, TRUE);
    } else if (size == 0) {
        size = rest->n_bytes;
    }
    if (size < n_head || size > rest->n_bytes)
        return FALSE;
    *contents = (Box){rest->bytes + n_head, (gsize)size - n_head};
    rest->bytes += size;
    rest->n_bytes -= (gsize)size;
    return TRUE;
}

/* The largest number in the tables of samples ("stsz", "stz2") at the end of this path of boxes. */
static guint64 most_samples(Box in, const char *const *path)
{
    enum { COUNT_AT = 8 }; /* u8 version, u24 flags, u32 size of a sample, u32 number of samples */
    const guint8 *type;
    guint64 most = 0;
    Box box;
    while (take_box(&in, &type, &box)) {
        guint64 n = 0;
        if (*path && memcmp(type, *path, 4) == 0)
            n = most_samples(box, path + 1);
        else if (!*path && (memcmp(type, "stsz", 4) == 0 || memcmp(type, "stz2", 4) == 0) &&
                 box.n_bytes >= COUNT_AT + 4)
            n = leuko_uint_at(box.bytes + COUNT_AT, 4, TRUE);
        most = MAX(most, n);
    }
    return most;
}

guint64 image_heif_n_frames(const guint8 *bytes, gsize n_bytes)
{
    static const char *const path[] = {"moov", "trak", "mdia", "minf", "stbl", NULL};
    return most_samples((Box){bytes, n_bytes}, path);
}

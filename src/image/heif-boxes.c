#include "image/heif-boxes.h"
#include "base/bytes.h"
#include "image/hevc-sps.h"
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

/* The fault of the sets in a box "hvcC": 22 bytes, u8 number of arrays; for each u8 kind, u16
 * number of NAL units; for each u16 size. */
static gchar *fault_of_configuration(Box box)
{
    enum { ARRAYS_AT = 22 };
    gsize at = ARRAYS_AT + 1;
    guint n_arrays = box.n_bytes >= at ? box.bytes[ARRAYS_AT] : 0;
    gchar *fault = NULL;
    for (guint k = 0; k < n_arrays && at + 3 <= box.n_bytes; k++) {
        guint n_units = leuko_uint_at(box.bytes + at + 1, 2, TRUE);
        at += 3;
        for (guint i = 0; i < n_units && at + 2 <= box.n_bytes && !fault; i++) {
            gsize size = leuko_uint_at(box.bytes + at, 2, TRUE);
            at += 2;
            if (size <= box.n_bytes - at)
                fault = image_hevc_sps_fault(box.bytes + at, size);
            at += size;
        }
    }
    return fault;
}

/* The first fault in the boxes at the end of this path. */
static gchar *first_fault(Box in, const char *const *path)
{
    enum { VERSION = 4 }; /* bytes before the boxes in "meta" */
    const guint8 *type;
    gchar *fault = NULL;
    Box box;
    while (!fault && take_box(&in, &type, &box)) {
        if (memcmp(type, *path, 4) != 0)
            continue;
        if (!path[1]) {
            fault = fault_of_configuration(box);
        } else if (memcmp(type, "meta", 4) != 0) {
            fault = first_fault(box, path + 1);
        } else if (box.n_bytes > VERSION) {
            fault = first_fault((Box){box.bytes + VERSION, box.n_bytes - VERSION}, path + 1);
        }
    }
    return fault;
}

gchar *image_heif_parameter_fault(const guint8 *bytes, gsize n_bytes)
{
    static const char *const path[] = {"meta", "iprp", "ipco", "hvcC", NULL};
    return first_fault((Box){bytes, n_bytes}, path);
}

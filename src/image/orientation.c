#include "image/orientation.h"
#include "base/bytes.h"
#include <string.h>

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY_BYTES = 12 };

guint image_exif_orientation(const guint8 *bytes, gsize n_bytes)
{
    if (n_bytes >= 6 && memcmp(bytes, "Exif\0\0", 6) == 0) {
        bytes += 6;
        n_bytes -= 6;
    }
    if (n_bytes < 8 || (memcmp(bytes, "II*\0", 4) != 0 && memcmp(bytes, "MM\0*", 4) != 0))
        return 0;
    gboolean is_big = bytes[0] == 'M';
    gsize at = leuko_uint_at(bytes + 4, 4, is_big);
    if (at > n_bytes - 2)
        return 0;
    guint n_entries = leuko_uint_at(bytes + at, 2, is_big);
    at += 2;
    for (guint i = 0; i < n_entries && n_bytes - at >= ENTRY_BYTES; i++, at += ENTRY_BYTES) {
        const guint8 *entry = bytes + at; /* u16 tag, u16 type, u32 count, 4 bytes of value */
        if (leuko_uint_at(entry, 2, is_big) != TAG_ORIENTATION)
            continue;
        guint value = leuko_uint_at(entry + 8, 2, is_big);
        gboolean ok = leuko_uint_at(entry + 2, 2, is_big) == TYPE_SHORT &&
                      leuko_uint_at(entry + 4, 4, is_big) == 1;
        return ok && value <= 8 ? value : 0;
    }
    return 0;
}

LeukoImage *image_turn(const LeukoImage *image, guint orientation, GError **error)
{
    g_assert(orientation >= 2 && orientation <= 8);
    gboolean is_transposed = orientation >= 5;
    gboolean flips_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    gboolean flips_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    guint width = image->width, height = image->height;
    LeukoImage *out =
        leuko_image_new(is_transposed ? height : width, is_transposed ? width : height, error);
    if (!out)
        return NULL;
    for (guint y = 0; y < out->height; y++) {
        guint8 *to = out->pixels + y * out->row_bytes;
        for (guint x = 0; x < out->width; x++, to += LEUKO_CHANNELS) {
            guint from_x = is_transposed ? y : x, from_y = is_transposed ? x : y;
            from_x = flips_x ? width - 1 - from_x : from_x;
            from_y = flips_y ? height - 1 - from_y : from_y;
            memcpy(to, image->pixels + from_y * image->row_bytes + (gsize)from_x * LEUKO_CHANNELS,
                   LEUKO_CHANNELS);
        }
    }
    return out;
}

#include "leuko/image.h"
#include "base/bytes.h"
#include "leuko/error.h"
#include <string.h>

LeukoImage *leuko_image_new(guint width, guint height, GError **error)
{
    if (width == 0 || height == 0 || width > LEUKO_IMAGE_MAX_SIDE ||
        height > LEUKO_IMAGE_MAX_SIDE || (guint64)width * height > LEUKO_IMAGE_MAX_PIXELS) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
            "image of %u x %u pixels: each side must be 1 to %d, at most %d pixels in total", width,
            height, LEUKO_IMAGE_MAX_SIDE, LEUKO_IMAGE_MAX_PIXELS);
        return NULL;
    }
    gsize row_bytes = (gsize)width * LEUKO_CHANNELS;
    guint8 *pixels = g_try_malloc0_n(height, row_bytes);
    if (!pixels) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "no memory for an image of %u x %u pixels", width, height);
        return NULL;
    }
    LeukoImage *image = g_new(LeukoImage, 1);
    *image = (LeukoImage){width, height, row_bytes, pixels};
    return image;
}

LeukoImage *leuko_image_copy(const LeukoImage *image, GError **error)
{
    LeukoImage *copy = leuko_image_new(image->width, image->height, error);
    for (guint y = 0; copy && y < image->height; y++)
        memcpy(copy->pixels + y * copy->row_bytes, image->pixels + y * image->row_bytes,
               copy->row_bytes);
    return copy;
}

void leuko_image_free(LeukoImage *image)
{
    if (!image)
        return;
    g_free(image->pixels);
    g_free(image);
}

/* "avif", "heic", or NULL: by the brands in the first box, "ftyp" (ISO/IEC 23008-12). "mif1" and
 * "msf1" are brands of both; with no other brand the file is called HEIC. */
static const char *sniff_heif(const guint8 *bytes, gsize n_bytes)
{
    static const char heic[][5] = {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"};
    if (n_bytes < 16 || memcmp(bytes + 4, "ftyp", 4) != 0)
        return NULL;
    gsize n = MIN(leuko_uint_at(bytes, 4, TRUE), n_bytes);
    gboolean is_heic = FALSE;
    for (gsize at = 8; at + 4 <= n; at += at == 8 ? 8 : 4) { /* the brand, a version, brands */
        const guint8 *brand = bytes + at;
        if (memcmp(brand, "avif", 4) == 0 || memcmp(brand, "avis", 4) == 0)
            return "avif";
        for (gsize i = 0; i < G_N_ELEMENTS(heic); i++)
            is_heic |= memcmp(brand, heic[i], 4) == 0;
    }
    return is_heic ? "heic" : NULL;
}

const char *leuko_image_sniff(gconstpointer bytes, gsize n_bytes)
{
    static const struct {
        const char *magic;
        gsize n;
        const char *format;
    } magics[] = {{"\xff\xd8\xff", 3, "jpeg"}, {"\x89PNG\r\n\x1a\n", 8, "png"},
                  {"II*\0", 4, "tiff"},        {"MM\0*", 4, "tiff"},
                  {"II+\0", 4, "tiff"},        {"MM\0+", 4, "tiff"},
                  {"GIF87a", 6, "gif"},        {"GIF89a", 6, "gif"}};
    for (gsize i = 0; i < G_N_ELEMENTS(magics); i++)
        if (n_bytes >= magics[i].n && memcmp(bytes, magics[i].magic, magics[i].n) == 0)
            return magics[i].format;
    const char *p = bytes;
    if (n_bytes >= 12 && memcmp(p, "RIFF", 4) == 0 && memcmp(p + 8, "WEBP", 4) == 0)
        return "webp";
    const char *heif = sniff_heif(bytes, n_bytes);
    if (heif)
        return heif;
    /* "BM" alone also begins texts: the size of the second header must be 12 to 124 */
    if (n_bytes >= 18 && memcmp(p, "BM", 2) == 0 && p[14] >= 12 && p[14] <= 124 &&
        memcmp(p + 15, "\0\0\0", 3) == 0)
        return "bmp";
    return NULL;
}

gboolean leuko_image_has_supported_name(const char *name)
{
    static const char *const endings[] = {".jpg",  ".jpeg", ".jfif", ".jpe", ".jif", ".jfi",
                                          ".png",  ".tif",  ".tiff", ".bmp", ".dib", ".gif",
                                          ".webp", ".heic", ".heif", ".hif", ".avif"};
    const char *dot = strrchr(name, '.');
    for (gsize i = 0; dot && dot != name && i < G_N_ELEMENTS(endings); i++)
        if (g_ascii_strcasecmp(dot, endings[i]) == 0)
            return TRUE;
    return FALSE;
}

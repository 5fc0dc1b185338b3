#include "leuko/image.h"
#include "base/durable.h"
#include "image/bmp.h"
#include "image/jpeg.h"
#include "image/vips.h"
#include "leuko/error.h"
#include <string.h>

LeukoImage *leuko_image_new(guint width, guint height, GError **error)
{
    if (width == 0 || height == 0 || width > LEUKO_IMAGE_MAX_SIDE ||
        height > LEUKO_IMAGE_MAX_SIDE || (guint64)width * height > LEUKO_IMAGE_MAX_PIXELS) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "an image of %u x %u pixels is not possible", width, height);
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
    /* "BM" alone begins many a text: the size of the second header (12 to 124, its high bytes 0)
     * and the reserved words decide too */
    if (n_bytes >= 18 && memcmp(p, "BM", 2) == 0 && p[14] >= 12 && p[14] <= 124 &&
        memcmp(p + 15, "\0\0\0", 3) == 0)
        return "bmp";
    return NULL;
}

gboolean leuko_image_has_supported_name(const char *name)
{
    static const char *const endings[] = {".jpg",  ".jpeg", ".png", ".tif",
                                          ".tiff", ".bmp",  ".gif", ".webp"};
    const char *dot = strrchr(name, '.');
    for (gsize i = 0; dot && dot != name && i < G_N_ELEMENTS(endings); i++)
        if (g_ascii_strcasecmp(dot, endings[i]) == 0)
            return TRUE;
    return FALSE;
}

/* What stands at the front of bytes that are no image: told to the person. */
static const char *guess_content(const guint8 *bytes, gsize n_bytes)
{
    gsize n = MIN(n_bytes, 512);
    for (gsize i = 0; i < n; i++)
        if (bytes[i] == 0 || bytes[i] == 0x7f || (bytes[i] < ' ' && !g_ascii_isspace(bytes[i])))
            return "unknown bytes";
    return "text";
}

LeukoImage *leuko_image_decode(gconstpointer bytes, gsize n_bytes, const char *name, GError **error)
{
    g_assert(name && (bytes || n_bytes == 0));
    if (n_bytes == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: empty file, not an image", name);
        return NULL;
    }
    const char *format = leuko_image_sniff(bytes, n_bytes);
    if (!format) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: not an image (%s; JPEG, PNG, TIFF, BMP, GIF and WebP are read)", name,
                    guess_content(bytes, n_bytes));
        return NULL;
    }
    if (strcmp(format, "bmp") == 0)
        return image_bmp_decode(bytes, n_bytes, name, error);
    return image_vips_decode(bytes, n_bytes, format, name, error);
}

LeukoImage *leuko_image_load(const char *path, GError **error)
{
    g_autoptr(GError) own = NULL;
    g_autofree gchar *bytes = NULL;
    gsize n_bytes = 0;
    if (!g_file_get_contents(path, &bytes, &n_bytes, &own)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s", own->message);
        return NULL;
    }
    return leuko_image_decode(bytes, n_bytes, path, error);
}

GBytes *leuko_image_encode(const LeukoImage *image, const char *format, int quality, GError **error)
{
    gboolean is_png = strcmp(format, "png") == 0;
    if (!is_png && (strcmp(format, "jpeg") != 0 || quality < 1 || quality > 100)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "cannot write images as %s of quality %d", format, quality);
        return NULL;
    }
    if (image->row_bytes != (gsize)image->width * LEUKO_CHANNELS) {
        g_autoptr(LeukoImage) packed = leuko_image_copy(image, error);
        return packed ? leuko_image_encode(packed, format, quality, error) : NULL;
    }
    if (is_png)
        return image_vips_encode_png(image->pixels, image->width, image->height, LEUKO_CHANNELS,
                                     error);
    return image_jpeg_encode(image->pixels, image->width, image->height, LEUKO_CHANNELS, quality,
                             quality < 90, error);
}

gboolean leuko_image_save(const LeukoImage *image, const char *path, GError **error)
{
    const char *dot = strrchr(path, '.');
    const char *format =
        !dot                                                                            ? NULL
        : g_ascii_strcasecmp(dot, ".png") == 0                                          ? "png"
        : g_ascii_strcasecmp(dot, ".jpg") == 0 || g_ascii_strcasecmp(dot, ".jpeg") == 0 ? "jpeg"
                                                                                        : NULL;
    if (!format) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: images are written as .jpg, .jpeg or .png", path);
        return FALSE;
    }
    g_autoptr(GBytes) bytes = leuko_image_encode(image, format, 95, error);
    if (!bytes)
        return FALSE;
    gsize n_bytes;
    gconstpointer data = g_bytes_get_data(bytes, &n_bytes);
    return leuko_durable_set_contents(path, data, n_bytes, error);
}

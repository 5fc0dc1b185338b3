/* Decoding and encoding: each format goes to the library that knows it. */
#include "base/durable.h"
#include "base/io-error.h"
#include "image/bmp.h"
#include "image/jpeg.h"
#include "image/vips.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <string.h>

/* The content of a file that is no image, for the message. */
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
                    "%s: not an image (%s; supported: JPEG, PNG, TIFF, BMP, GIF, WebP)", name,
                    guess_content(bytes, n_bytes));
        return NULL;
    }
    if (strcmp(format, "bmp") == 0)
        return image_bmp_decode(bytes, n_bytes, name, error);
    return image_vips_decode(bytes, n_bytes, format, name, error);
}

LeukoImage *leuko_image_load(const char *path, GError **error)
{
    g_autofree gchar *bytes = NULL;
    gsize n_bytes = 0;
    if (!leuko_read_file(path, &bytes, &n_bytes, error))
        return NULL;
    return leuko_image_decode(bytes, n_bytes, path, error);
}

GBytes *leuko_image_encode(const LeukoImage *image, const char *format, int quality, GError **error)
{
    gboolean is_png = strcmp(format, "png") == 0;
    if (!is_png && (strcmp(format, "jpeg") != 0 || quality < 1 || quality > 100)) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
            "cannot encode an image as \"%s\" with quality %d (\"png\", or \"jpeg\" with 1 to 100)",
            format, quality);
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
                    "%s: unknown image ending; use .jpg, .jpeg or .png", path);
        return FALSE;
    }
    g_autoptr(GBytes) bytes = leuko_image_encode(image, format, 95, error);
    if (!bytes)
        return FALSE;
    gsize n_bytes;
    gconstpointer data = g_bytes_get_data(bytes, &n_bytes);
    return leuko_durable_set_contents(path, data, n_bytes, error);
}

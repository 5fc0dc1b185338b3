/* Decoding and encoding: each format goes to the library that knows it. */
#include "base/durable.h"
#include "config.h"
#include "image/decoder.h"
#include "image/image-file.h"
#include "image/jpeg.h"
#include "image/orientation.h"
#include "image/png.h"
#if HAVE_VIPS
#include "image/vips.h"
#endif
#include "image/working-memory.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <string.h>

#if !HAVE_HEIF
LeukoImage *image_heif_decode(ImageFile *file, GError **error)
{
    const char *name = strcmp(file->format, "avif") == 0 ? "AVIF" : "HEIC";
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: %s image: this build has no %s decoder; export the image as PNG or TIFF",
                file->name, name, name);
    return NULL;
}
#endif

/* What no decoder of ours reads: formats without one, and other kinds of the formats with one. */
static LeukoImage *decode_others(ImageFile *file, GError **error)
{
#if HAVE_VIPS
    return image_vips_decode(file, error);
#else
    const char *kind = file->other_kind;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: this build of Leuko has no libvips and does not read %s%s%s (it reads JPEG, "
                "PNG, TIFF and BMP with 8-bit or 16-bit gray, palette or RGB)",
                file->name, file->format, kind ? " with " : "", kind ? kind : "");
    return NULL;
#endif
}

/* Any image as RGB8. `file` has the bytes and the name; the format, the notes and memory that is
 * taken are set here. */
static LeukoImage *decode_any(ImageFile *file, GError **error)
{
    if (file->n_bytes == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: empty file, not an image",
                    file->name);
        return NULL;
    }
    file->format = leuko_image_sniff(file->bytes, file->n_bytes);
    if (!file->format) {
        image_set_unknown(file->name, file->bytes, file->n_bytes, error);
        return NULL;
    }
    static const struct {
        const char *format;
        LeukoImage *(*decode)(ImageFile *file, GError **error);
    } decoders[] = {{"jpeg", image_jpeg_decode}, {"png", image_png_decode},
                    {"tiff", image_tiff_decode}, {"bmp", image_bmp_decode},
                    {"heic", image_heif_decode}, {"avif", image_heif_decode}};
    gsize i = 0;
    while (i < G_N_ELEMENTS(decoders) && strcmp(decoders[i].format, file->format) != 0)
        i++;
    if (i == G_N_ELEMENTS(decoders))
        return decode_others(file, error);
    g_autoptr(LeukoImage) image = decoders[i].decode(file, error);
    if (!image)
        return file->other_kind ? decode_others(file, error) : NULL;
    return file->orientation > 1 ? image_turn(image, file->orientation, error)
                                 : g_steal_pointer(&image);
}

LeukoImage *leuko_image_decode_noted(gconstpointer bytes, gsize n_bytes, const char *name,
                                     LeukoImageNotes *notes, GError **error)
{
    g_assert(name && notes && (bytes || n_bytes == 0));
    ImageFile file = {.bytes = bytes, .n_bytes = n_bytes, .name = name};
    LeukoImage *image = decode_any(&file, error);
    image_memory_give_back(&file);
    *notes = image ? file.notes : (LeukoImageNotes){0};
    return image;
}

LeukoImage *leuko_image_decode(gconstpointer bytes, gsize n_bytes, const char *name, GError **error)
{
    LeukoImageNotes notes;
    return leuko_image_decode_noted(bytes, n_bytes, name, &notes, error);
}

LeukoImage *leuko_image_load(const char *path, GError **error)
{
    g_autofree gchar *bytes = NULL;
    gsize n_bytes = 0;
    if (!leuko_image_read_file(path, &bytes, &n_bytes, error))
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
        return image_png_encode(image->pixels, image->width, image->height, LEUKO_CHANNELS, error);
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

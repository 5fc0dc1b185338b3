#include "image/decoder.h"
#include "image/content.h"
#include "leuko/error.h"
#include <stdio.h>
#include <string.h>

void image_note(gchar note[LEUKO_IMAGE_NOTE_BYTES], const char *format, ...)
{
    if (*note)
        g_strlcat(note, "; ", LEUKO_IMAGE_NOTE_BYTES);
    gsize n_used = strlen(note);
    va_list args;
    va_start(args, format);
    g_vsnprintf(note + n_used, LEUKO_IMAGE_NOTE_BYTES - n_used, format, args);
    va_end(args);
}

void image_note_depth(ImageFile *file, guint n_bits, guint depth)
{
    file->notes.n_bits_used = depth;
    if (depth == n_bits)
        image_note(file->notes.samples, "%u-bit samples, reduced to 8 bits", n_bits);
    else
        image_note(file->notes.samples, "%u-bit samples with %u-bit values, %s", n_bits, depth,
                   depth > 8 ? "reduced to 8 bits" : "read as 8 bits");
}

void image_note_frames(ImageFile *file, guint64 n_frames)
{
    if (n_frames > 1)
        image_note(file->notes.pages,
                   "frames not used: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, n_frames - 1,
                   n_frames);
}

gboolean image_check_size(const ImageFile *file, guint64 width, guint64 height, GError **error)
{
    if (width == 0 || height == 0)
        return image_set_broken(file, "an image without pixels", error);
    if (width <= LEUKO_IMAGE_MAX_SIDE && height <= LEUKO_IMAGE_MAX_SIDE &&
        width * height <= LEUKO_IMAGE_MAX_PIXELS)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: too large: %" G_GUINT64_FORMAT " x %" G_GUINT64_FORMAT
                " pixels (limits: %d per side, %d in total)",
                file->name, width, height, LEUKO_IMAGE_MAX_SIDE, LEUKO_IMAGE_MAX_PIXELS);
    return FALSE;
}

gboolean image_set_unknown(const char *name, const guint8 *bytes, gsize n_bytes, GError **error)
{
    ImageContent content = image_content(bytes, n_bytes);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                "%s: not an image (%s; supported: JPEG, PNG, TIFF, BMP, GIF, WebP, HEIC, AVIF)%s%s",
                name, content.what, content.advice ? "; " : "",
                content.advice ? content.advice : "");
    return FALSE;
}

gboolean image_set_broken(const ImageFile *file, const char *reason, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: broken or truncated %s: %s",
                file->name, file->format, reason);
    return FALSE;
}

gboolean image_set_unsupported(const ImageFile *file, const char *kind, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: %s with %s is not supported; export the image as PNG or TIFF with 8 bits per "
                "channel",
                file->name, file->format, kind);
    return FALSE;
}

#include "image/decoder.h"
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

gboolean image_set_broken(const ImageFile *file, const char *reason, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: broken or truncated %s: %s",
                file->name, file->format, reason);
    return FALSE;
}

/* image/vips.h: the only file that calls libvips. It reads what image/decoder.h has no decoder for,
 * and draws text.
 *
 * libvips is initialized at the first call and shut down at exit. Its loaders for untrusted formats
 * are blocked, its operation cache is off, and each call uses one thread.
 * Threads: all functions may be called from many threads at once.
 */
#pragma once
#include "image/decoder.h"

/* Decode JPEG, PNG, TIFF, GIF (the first frame) or WebP. The image is already turned as its
 * orientation asks. May add notes. Errors as leuko_image_decode(). */
LeukoImage *image_vips_decode(ImageFile *file, GError **error);

/* Text as it covers a rectangle. */
typedef struct {
    guint width, height;
    gint top;      /* of the rectangle, below the top of the line */
    guint8 *cover; /* (height, width): 255 where the text covers a pixel */
} ImageText;
static inline void image_text_clear(ImageText *text) { g_free(text->cover); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImageText, image_text_clear)

/* Draw one line of text, not markup, in the system's sans-serif font. size_px: height of a line.
 * Errors: LEUKO_ERROR_UNSUPPORTED: libvips cannot draw text, or there is no font. */
gboolean image_vips_text(const char *text, guint size_px, gboolean is_bold, ImageText *out,
                         GError **error);

/* image/jpeg.h: encode JPEG with libjpeg(-turbo). The decoder is declared in image/decoder.h.
 * Threads: no shared state; any number of calls at once. */
#pragma once
#include "leuko/image.h"

/* pixels (height, width, bands), bands 1 or 3, rows without padding, borrowed. quality 1..100;
 * half_chroma writes 4:2:0 instead of 4:4:4. Errors: LEUKO_ERROR_MEMORY. */
GBytes *image_jpeg_encode(const guint8 *pixels, guint width, guint height, guint bands, int quality,
                          gboolean half_chroma, GError **error);

/* image/png.h: encode PNG with libpng. The decoder is declared in image/decoder.h.
 * Threads: no shared state; any number of calls at once. */
#pragma once
#include "leuko/image.h"

/* Encode PNG. pixels: (height, width, bands) bytes, bands 1 or 3, rows without padding, borrowed.
 * Errors: LEUKO_ERROR_MEMORY. */
GBytes *image_png_encode(const guint8 *pixels, guint width, guint height, guint bands,
                         GError **error);

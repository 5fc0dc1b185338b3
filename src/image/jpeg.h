/* image/jpeg.h: decode and encode ordinary JPEG directly with libjpeg(-turbo).
 *
 * libvips uses the same library and gives the same pixels, but takes four times as long for images
 * of single cells: its pipeline costs more than the decoding.
 * Threads: no shared state; any number of calls at once.
 */
#pragma once
#include "leuko/image.h"

/* Decode gray, YCbCr or RGB JPEG to RGB8. The caller has checked the size and the color space.
 * Errors: LEUKO_ERROR_FORMAT (broken, or truncated, where libjpeg alone would fill with gray),
 * LEUKO_ERROR_MEMORY. */
LeukoImage *image_jpeg_decode(gconstpointer bytes, gsize n_bytes, const char *name, GError **error);

/* pixels (height, width, bands), bands 1 or 3, rows without padding, borrowed. quality 1..100;
 * half_chroma writes 4:2:0 instead of 4:4:4. Errors: LEUKO_ERROR_MEMORY. */
GBytes *image_jpeg_encode(const guint8 *pixels, guint width, guint height, guint bands, int quality,
                          gboolean half_chroma, GError **error);

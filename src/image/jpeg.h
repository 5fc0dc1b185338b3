/* image/jpeg.h: ordinary JPEG straight through libjpeg(-turbo), the library that libvips uses too:
 * the same pixels as by libvips, at a quarter of its time for images of a cell's size, where the
 * set-up of a vips pipeline costs more than the decoding.
 * Threads: any, without shared state.
 */
#pragma once
#include "leuko/image.h"

/* Decode gray and YCbCr or RGB JPEG to RGB8; the caller has looked at the header (size, colors).
 * Errors: LEUKO_ERROR_FORMAT (broken or truncated: also where libjpeg would fill up with gray),
 * LEUKO_ERROR_UNSUPPORTED (colors), LEUKO_ERROR_MEMORY. */
LeukoImage *image_jpeg_decode(gconstpointer bytes, gsize n_bytes, const char *name, GError **error);

/* pixels (height, width, bands), bands 1 or 3, rows without padding, borrowed. quality 1..100;
 * half_chroma writes 4:2:0 instead of 4:4:4. Errors: LEUKO_ERROR_MEMORY. */
GBytes *image_jpeg_encode(const guint8 *pixels, guint width, guint height, guint bands, int quality,
                          gboolean half_chroma, GError **error);

/* image/vips.h: the only file that calls libvips.
 *
 * libvips is initialized at the first call and shut down at exit. Its loaders for untrusted formats
 * are blocked, its operation cache is off, and each call uses one thread.
 * Threads: all functions may be called from many threads at once.
 */
#pragma once
#include "leuko/image.h"

/* Decode `bytes` by the loader of `format` (a name of leuko_image_sniff(), not "bmp").
 * Errors as leuko_image_decode(). */
LeukoImage *image_vips_decode(gconstpointer bytes, gsize n_bytes, const char *format,
                              const char *name, GError **error);

/* The same with libvips for plain JPEG too, instead of image/jpeg.h: for comparisons. */
LeukoImage *image_vips_decode_slowly(gconstpointer bytes, gsize n_bytes, const char *format,
                                     const char *name, GError **error);

/* Encode PNG. pixels: (height, width, bands) bytes, bands 1 or 3, rows without padding, borrowed.
 * Errors: LEUKO_ERROR_MEMORY. */
GBytes *image_vips_encode_png(const guint8 *pixels, guint width, guint height, guint bands,
                              GError **error);

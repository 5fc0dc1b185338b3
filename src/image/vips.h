/* image/vips.h: the only place that knows libvips.
 *
 * Started at the first use, shut down at exit; untrusted loaders blocked, operation cache off, one
 * thread for each call. All functions may be called from many threads at once.
 */
#pragma once
#include "leuko/image.h"

/* Decode `bytes` by the loader of `format` (a name of leuko_image_sniff(), not "bmp").
 * Errors as leuko_image_decode(). */
LeukoImage *image_vips_decode(gconstpointer bytes, gsize n_bytes, const char *format,
                              const char *name, GError **error);

/* The same by libvips alone, without the straight way for plain JPEG: for comparison. */
LeukoImage *image_vips_decode_slowly(gconstpointer bytes, gsize n_bytes, const char *format,
                                     const char *name, GError **error);

/* pixels (height, width, bands) of bytes, bands 1 or 3, rows without padding; borrowed.
 * Errors: LEUKO_ERROR_MEMORY. */
GBytes *image_vips_encode_png(const guint8 *pixels, guint width, guint height, guint bands,
                              GError **error);

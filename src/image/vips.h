/* image/vips.h: the only file that calls libvips. It reads what image/decoder.h has no decoder for.
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

/* image/working-memory.h: the memory of all decoders together, in one account.
 *
 * A small file can hold a large image: 35 bytes of GIF are 100 megapixels. The limit on pixels is
 * one of a single image; several threads would multiply it. So each decoder states what it needs,
 * pixels included, before it allocates. It waits while other threads decode, and is refused if the
 * limit or the address space (ulimit -v) does not hold it. GLib and libraries in C++ abort where
 * memory is missing, so they are not called then.
 *
 * Bytes for a pixel, as measured: 3 JPEG, PNG, TIFF and BMP, and
 *   JPEG, progressive     2 for each component at its resolution
 *   PNG, interlaced       4 with alpha
 *   TIFF                  4 in YCbCr without JPEG; two tiles, and the compressed data
 *   WebP 12, GIF 8, HEIC 12, AVIF 18, twice as many above 8 bits; TIFF through libvips 24
 *
 * Threads: any number. Memory that is taken is in use by a decoder that never waits, so waiting
 * ends.
 */
#pragma once
#include "image/decoder.h"

#define LEUKO_IMAGE_WORKING_BYTES ((guint64)1 << 30) /* of all threads together */

/* Take memory for an image, before anything of its size is allocated. A file that has some gives it
 * back first. Errors: LEUKO_ERROR_UNSUPPORTED (more than the limit), LEUKO_ERROR_MEMORY (more than
 * the address space holds). */
gboolean image_memory_take(ImageFile *file, guint width, guint height, guint64 n_bytes,
                           GError **error);
void image_memory_give_back(ImageFile *file);

/* Take `extra` bytes and 3 for each pixel, and make the black image. Errors: as above. */
LeukoImage *image_new_for(ImageFile *file, guint width, guint height, guint64 extra,
                          GError **error);

/* The limit of all threads together; set another one before the first image, for tests. */
guint64 image_memory_limit(void);
void image_memory_set_limit(guint64 n_bytes);

/* Bytes in use, and the most that were ever in use at a time. For tests. */
void image_memory_measure(guint64 *n_bytes, guint64 *peak_bytes);

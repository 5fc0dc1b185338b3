/* leuko/image.h: an 8-bit RGB image in memory; decoding and encoding.
 *
 * Shapes: H rows of W pixels of 3 bytes (R, G, B); rows start every row_bytes bytes.
 * Threads: an image belongs to one thread; decoding is safe from many threads.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#define LEUKO_CHANNELS       3
#define LEUKO_IMAGE_MAX_SIDE 20000       /* pixels per side */
#ifndef LEUKO_IMAGE_MAX_PIXELS           /* lower in fuzz targets, which have 256 MB */
#define LEUKO_IMAGE_MAX_PIXELS 100000000 /* width x height */
#endif
#define LEUKO_IMAGE_NOTE_BYTES 160 /* of one note, with its final 0 */

typedef struct {
    guint width, height;
    gsize row_bytes; /* width * 3 for images from this library */
    guint8 *pixels;  /* (height, width, 3) */
} LeukoImage;

/* A new black image. Errors: LEUKO_ERROR_ARGUMENT (a side is 0 or beyond the limits),
 * LEUKO_ERROR_MEMORY. */
LeukoImage *leuko_image_new(guint width, guint height, GError **error);
LeukoImage *leuko_image_copy(const LeukoImage *image, GError **error);
void leuko_image_free(LeukoImage *image); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoImage, leuko_image_free)

/* What a person should know about how a file was decoded: a phrase each, or "" where there is
 * nothing to say. Equal findings in different files have equal phrases, so that they can be
 * counted.
 * samples  an unusual sample type: "16-bit samples, reduced to 8 bits"
 * pages    pages or frames that are not used: "pages not used: 2 of 3"
 * color    colors that may be off: an ICC profile that is not applied */
typedef struct {
    gchar samples[LEUKO_IMAGE_NOTE_BYTES];
    gchar pages[LEUKO_IMAGE_NOTE_BYTES];
    gchar color[LEUKO_IMAGE_NOTE_BYTES];
    guint n_bits_used; /* of samples with more than 8 bits: 8, 10, 12, 14, 16, 24, 32; 0: others */
} LeukoImageNotes;

/* Decode JPEG, PNG, TIFF, BMP, GIF (first frame), WebP, HEIC or AVIF (primary image), recognized by
 * content, to RGB8. The orientation is applied, CMYK and 16-bit are converted, gray is replicated,
 * palettes are expanded, transparency becomes white. Color profiles are not applied.
 * name    the name in error messages (the path)
 * Errors  LEUKO_ERROR_FORMAT   not an image, truncated, broken
 *         LEUKO_ERROR_UNSUPPORTED  beyond the limits above (checked before pixels are decoded), or
 *                          more than 1 GiB of memory to decode (HEIC, AVIF, WebP above 40 to 80
 *                          megapixels); all threads together use no more, and wait for each other;
 *                          in a build without libvips (-Dedge=true): GIF, WebP, and TIFF
 *                          with samples other than 1 to 16 bits unsigned; in a build without
 *                          libheif: HEIC and AVIF
 *         LEUKO_ERROR_MEMORY */
LeukoImage *leuko_image_decode(gconstpointer bytes, gsize n_bytes, const char *name,
                               GError **error);
/* The same; `notes` receives the notes. They are "" where NULL is returned. */
LeukoImage *leuko_image_decode_noted(gconstpointer bytes, gsize n_bytes, const char *name,
                                     LeukoImageNotes *notes, GError **error);
/* Read a file and decode it. Errors as above, and LEUKO_ERROR_IO. */
LeukoImage *leuko_image_load(const char *path, GError **error);

/* Encode an image. format: "jpeg" (quality 1 to 100; 4:4:4 from 90, else 4:2:0) or "png" (without
 * quality). Returns new bytes. Errors: LEUKO_ERROR_ARGUMENT, LEUKO_ERROR_MEMORY. */
GBytes *leuko_image_encode(const LeukoImage *image, const char *format, int quality,
                           GError **error);
/* Encode by the ending of `path` (.jpg .jpeg .png; JPEG quality 95) and write the file. It appears
 * whole or not at all. Errors: as leuko_image_encode(), and LEUKO_ERROR_IO. */
gboolean leuko_image_save(const LeukoImage *image, const char *path, GError **error);

/* "jpeg", "png", "tiff", "bmp", "gif", "webp", "heic", "avif" by the first bytes, or NULL.
 * Static string. */
const char *leuko_image_sniff(gconstpointer bytes, gsize n_bytes);

/* TRUE if a file name ends in .jpg .jpeg .jfif .jpe .jif .jfi .png .tif .tiff .bmp .dib .gif .webp
 * .heic .heif .hif or .avif, in any case. */
gboolean leuko_image_has_supported_name(const char *name);

G_END_DECLS

/* leuko/image.h: an 8-bit RGB image in memory, and how it comes in and goes out.
 *
 * Shapes: H rows of W pixels of 3 bytes (R, G, B); rows start every row_bytes bytes.
 * Threads: an image belongs to one thread; decoding is safe from many threads.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#define LEUKO_CHANNELS         3
#define LEUKO_IMAGE_MAX_SIDE   20000 /* per side; W*H is limited too: 100 million pixels */
#define LEUKO_IMAGE_MAX_PIXELS 100000000

typedef struct {
    guint width, height;
    gsize row_bytes; /* width * 3 for images that Leuko makes */
    guint8 *pixels;  /* (height, width, 3) */
} LeukoImage;

/* All black. Errors: LEUKO_ERROR_ARGUMENT for 0 or over the limits, LEUKO_ERROR_MEMORY. */
LeukoImage *leuko_image_new(guint width, guint height, GError **error);
LeukoImage *leuko_image_copy(const LeukoImage *image, GError **error);
void leuko_image_free(LeukoImage *image); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoImage, leuko_image_free)

/* Decode JPEG, PNG, TIFF, BMP, GIF (first frame) or WebP, known by content, to RGB8: EXIF rotation
 * applied, CMYK and 16-bit converted, gray replicated, palette expanded, alpha laid on white.
 * name    stands in the messages (the path)
 * Errors  LEUKO_ERROR_FORMAT   not an image, truncated, broken
 *         LEUKO_ERROR_UNSUPPORTED  larger than the limits above (checked before pixels are decoded)
 *         LEUKO_ERROR_MEMORY */
LeukoImage *leuko_image_decode(gconstpointer bytes, gsize n_bytes, const char *name,
                               GError **error);
/* Read a file and decode it. Errors as above, and LEUKO_ERROR_IO. */
LeukoImage *leuko_image_load(const char *path, GError **error);

/* Encode for writing. format: "jpeg" (quality 1..100, 4:4:4 at 90 and above) or "png" (quality
 * ignored). Returns new bytes. */
GBytes *leuko_image_encode(const LeukoImage *image, const char *format, int quality,
                           GError **error);
/* Encode by the extension of `path` (.jpg .jpeg .png; JPEG quality 95), whole or absent. */
gboolean leuko_image_save(const LeukoImage *image, const char *path, GError **error);

/* "jpeg", "png", "tiff", "bmp", "gif", "webp" by the first bytes, or NULL. Static string. */
const char *leuko_image_sniff(gconstpointer bytes, gsize n_bytes);

/* TRUE for a file name that ends like an image (.jpg .jpeg .png .tif .tiff .bmp .gif .webp). */
gboolean leuko_image_has_supported_name(const char *name);

G_END_DECLS

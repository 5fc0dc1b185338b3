/* image/heif-gray.h: the gray plane of an AVIF as 8 bits. libheif copies it, also where the file
 * states that black is 16 and white 235 (limited range); libavif and browsers expand that. */
#pragma once
#include <glib.h>
#include <libheif/heif.h>

typedef struct {
    const guint8 *plane; /* borrowed from the image; NULL: none */
    gsize row_bytes;
    guint n_bits;
    gboolean is_limited;
} HeifGray;

/* TRUE if red, green and blue are equal everywhere. rgb: interleaved RGB or RGBA. */
gboolean image_heif_is_colorless(const struct heif_image *rgb, guint n_channels);

/* The plane of an image that was decoded as it is stored; `plane` is NULL if it has colors or is
 * not width x height. */
HeifGray image_heif_gray(const struct heif_image *stored, int width, int height);

guint8 image_heif_gray_at(const HeifGray *gray, guint x, guint y);

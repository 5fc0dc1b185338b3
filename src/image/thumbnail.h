/* image/thumbnail.h: the luma of an image at 64 x 64 pixels: what the perceptual hashes
 * and the alignment of copies look at. */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

enum { LEUKO_THUMBNAIL_SIDE = 64 };

/* Luma, 0.299 R + 0.587 G + 0.114 B, in [0, 255]. */
typedef struct {
    float at[LEUKO_THUMBNAIL_SIDE][LEUKO_THUMBNAIL_SIDE]; /* (y, x) */
} LeukoLuma;

/* The same, rounded: 4 KiB. */
typedef struct {
    guint8 at[LEUKO_THUMBNAIL_SIDE][LEUKO_THUMBNAIL_SIDE]; /* (y, x) */
} LeukoThumbnail;

/* Resize the image to 64 x 64 (leuko_image_resize()) and take its luma. Errors:
 * LEUKO_ERROR_MEMORY. */
gboolean leuko_luma_of(const LeukoImage *image, LeukoLuma *out, GError **error);
gboolean leuko_thumbnail_of(const LeukoImage *image, LeukoThumbnail *out, GError **error);

G_END_DECLS

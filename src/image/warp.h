/* image/warp.h: many affine warps of one image, with OpenCV's bytes.
 *
 * Source of the arithmetic: cv::warpAffine (8-bit, INTER_LINEAR, BORDER_CONSTANT). Coordinates are
 * computed with 10 fractional bits and rounded to 5; weights are products of 1/32 steps.
 */
#pragma once
#include "leuko/image.h"

/* An image with one word per pixel (R lowest). Threads: constant after init, may be shared. */
typedef struct {
    guint width, height;
    guint32 *pixels; /* (height, width) */
} WarpSource;

/* Errors: LEUKO_ERROR_MEMORY. */
gboolean warp_source_init(WarpSource *source, const LeukoImage *image, GError **error);
void warp_source_clear(WarpSource *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WarpSource, warp_source_clear)

/* m maps (x, y) of the source to (m[0]x + m[1]y + m[2], m[3]x + m[4]y + m[5]) of the destination,
 * inverse the other way. FALSE if m cannot be inverted. */
gboolean warp_invert(const double m[6], double inverse[6]);

/* Fill `out` (at most 32767 px per side): pixel (x, y) is the source at inverse * (x, y). */
void warp_affine(const WarpSource *source, const double inverse[6], const guint8 border[3],
                 LeukoImage *out);

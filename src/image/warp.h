/* image/warp.h: affine warps of one image, many times, to OpenCV's bytes.
 *
 * Source of the arithmetic: cv::warpAffine (8-bit, INTER_LINEAR, BORDER_CONSTANT): coordinates are
 * computed with 10 fractional bits and rounded to 5, weights are products of 32nds.
 */
#pragma once
#include "leuko/image.h"

/* An image with each pixel in one word (R lowest). Constant once made: threads may share it. */
typedef struct {
    guint width, height;
    guint32 *pixels; /* (height, width) */
} WarpSource;

gboolean warp_source_init(WarpSource *source, const LeukoImage *image, GError **error);
void warp_source_clear(WarpSource *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WarpSource, warp_source_clear)

/* FALSE if m, source to destination, cannot be inverted. inverse: destination to source. */
gboolean warp_invert(const double m[6], double inverse[6]);

/* Fill `out` (any size up to 32767 a side): pixel (x, y) is the source at inverse * (x, y). */
void warp_affine(const WarpSource *source, const double inverse[6], const guint8 border[3],
                 LeukoImage *out);

/* image/mask-shape.h: shapes in a small mask: distances, connected parts, the convex hull.
 *
 * Shapes: a mask is (height, width), 1 in the shape and 0 outside.
 * Threads: no state; any number of calls at once.
 */
#pragma once
#include <glib.h>

typedef struct {
    guint width, height;
} MaskSize;

/* The pixels within `reach` pixels of the mask join it (grow), or those within `reach` of its
 * outside leave it (shrink), in place. Distances are right within 6 % (Borgefors 1986, steps of 3
 * and 4 thirds). Beyond the image's edges nothing is inside nor outside. */
void mask_grow(guint8 *mask, MaskSize size, double reach);
void mask_shrink(guint8 *mask, MaskSize size, double reach);
/* The distance of each pixel from the mask in pixels; (height, width), g_free. Of an empty mask:
 * larger than any. */
float *mask_distances(const guint8 *mask, MaskSize size);
/* The connected part (over the four sides of a pixel) of each pixel of the mask: the index of its
 * first pixel; G_MAXUINT outside. (height, width), g_free. */
guint *mask_parts(const guint8 *mask, MaskSize size);
/* Fill the mask to its convex hull, in place. Returns the pixels of the hull. */
guint mask_fill_hull(guint8 *mask, MaskSize size);

/* image/image-grid.h: many small images as one, to be looked at. */
#pragma once
#include "leuko/image.h"

/* Left to right, top to bottom, in cells of the largest width and height, 2 black pixels between
 * cells; a smaller image stands in the middle of its cell. NULLs among the images stay black.
 * columns  0: about as many as rows
 * Errors   LEUKO_ERROR_ARGUMENT (no image; larger than an image may be), LEUKO_ERROR_MEMORY */
LeukoImage *leuko_image_grid(const LeukoImage *const *images, guint n, guint columns,
                             GError **error);

/* What the network is given, as an image again: the inverse of x / 127.5 - 1, rounded.
 * x_chw  (3, H, W) floats; outside [-1, 1] is clipped, NaN is black */
LeukoImage *leuko_image_from_chw(const float *x_chw, guint height, guint width, GError **error);

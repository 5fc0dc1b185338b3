/* image/image-grid.h: many small pictures as one, to be looked at. */
#pragma once
#include "leuko/image.h"

/* Left to right, top to bottom, in cells of the largest width and height, 2 black pixels between
 * cells; a smaller picture stands in the middle of its cell. NULLs among the pictures stay black.
 * columns  0: about as many as rows
 * Errors   LEUKO_ERROR_ARGUMENT (no picture; larger than a picture may be), LEUKO_ERROR_MEMORY */
LeukoImage *leuko_picture_grid(const LeukoImage *const *images, guint n, guint columns,
                               GError **error);

/* What the network is given, as a picture again: the inverse of x / 127.5 - 1, rounded.
 * x_chw  (3, H, W) floats; outside [-1, 1] is clipped, NaN is black */
LeukoImage *leuko_picture_from_chw(const float *x_chw, guint height, guint width, GError **error);

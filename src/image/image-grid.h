/* image/image-grid.h: show many small images as one. */
#pragma once
#include "leuko/image.h"

/* Arrange n images left to right, top to bottom. Each is centered in a cell of the largest width
 * and height; 2 black pixels separate the cells. NULL gives a black cell.
 * columns  0: about as many columns as rows
 * Errors   LEUKO_ERROR_ARGUMENT (no image; the grid exceeds the limits of an image),
 *          LEUKO_ERROR_MEMORY */
LeukoImage *leuko_image_grid(const LeukoImage *const *images, guint n, guint columns,
                             GError **error);

/* Turn a network input back into an image: the inverse of x / 127.5 - 1, rounded.
 * x_chw  (3, H, W) floats; values outside [-1, 1] are clamped, NaN becomes 0 */
LeukoImage *leuko_image_from_chw(const float *x_chw, guint height, guint width, GError **error);

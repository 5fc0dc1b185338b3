/* image/defocus.h: blur by a disk, as a lens out of focus does. */
#pragma once
#include "leuko/image.h"

/* Blur by a disk of `radius` pixels, 0.1 to 50. The weight of a pixel at distance d from the center
 * is that of its part inside, about min(max(radius + 0.5 - d, 0), 1); the weights sum to 1. Edges
 * are reflected (c b a | a b c | c b a). Sums are rounded to the nearest byte.
 * Cost: about 3 (2 radius + 1)^2 operations for each pixel.
 * Errors: LEUKO_ERROR_ARGUMENT (radius), LEUKO_ERROR_MEMORY. */
LeukoImage *image_defocus(const LeukoImage *image, double radius, GError **error);

/* image/blur.h: the Gaussian blur with a choice of rounding. */
#pragma once
#include "leuko/image.h"

/* As leuko_augment_blur(); `rounding` is added to each sum before it is truncated to a byte: 0.5
 * rounds to nearest. Errors: LEUKO_ERROR_ARGUMENT (sigma), LEUKO_ERROR_MEMORY. */
LeukoImage *image_blur(const LeukoImage *image, double sigma, float rounding, GError **error);

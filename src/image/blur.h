/* image/blur.h: the Gaussian blur with a choice of rounding. */
#pragma once
#include "leuko/image.h"

/* As leuko_augment_blur(), sums cut to bytes after `rounding` was added: 0.5 rounds to nearest. */
LeukoImage *image_blur(const LeukoImage *image, double sigma, float rounding, GError **error);

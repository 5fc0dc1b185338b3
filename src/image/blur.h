/* image/blur.h: the Gaussian blur with a choice of rounding. */
#pragma once
#include "leuko/image.h"

/* As leuko_augment_blur(); `rounding` is added to each sum before it is truncated to a byte: 0.5
 * rounds to nearest. Errors: LEUKO_ERROR_ARGUMENT (sigma), LEUKO_ERROR_MEMORY. */
LeukoImage *image_blur(const LeukoImage *image, double sigma, float rounding, GError **error);
/* Index into n >= 1 samples of the reflected signal d c b a | a b c d | d c b a, repeated as often
 * as needed. */
guint image_reflect(gint i, guint n);

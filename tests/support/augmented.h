/* The augmentation operators by name. */
#pragma once
#include "leuko/image.h"

/* The affine warp of an image by the matrix m (image/warp.h). An error fails the test. */
LeukoImage *warped(const LeukoImage *image, const double m[6], const guint8 border[3]);
/* gray, hist, hor, ver, blur, translate, shear or rotate (by `degrees`), with the original
 * program's parameters at a side of 299 px and a border of one color. An error fails the test. */
LeukoImage *augmented(const LeukoImage *image, const char *operation, double degrees);

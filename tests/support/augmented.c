#include "augmented.h"
#include "image/augment.h"
#include "image/warp.h"
#include <string.h>

LeukoImage *warped(const LeukoImage *image, const double m[6], const guint8 border[3])
{
    double inverse[6];
    g_auto(WarpSource) source = {0};
    LeukoImage *out = leuko_image_new(image->width, image->height, NULL);
    g_assert_true(warp_invert(m, inverse));
    g_assert_true(out && warp_source_init(&source, image, NULL));
    warp_affine(&source, inverse, border, out);
    return out;
}

LeukoImage *augmented(const LeukoImage *image, const char *operation, double degrees)
{
    const guint8 border[3] = {162, 159, 144};
    double m[6] = {1, 0, LEUKO_AUGMENT_SHIFT_X, 0, 1, LEUKO_AUGMENT_SHIFT_Y};
    if (strcmp(operation, "gray") == 0)
        return leuko_augment_gray(image, NULL);
    if (strcmp(operation, "hist") == 0)
        return leuko_augment_equalize(image, NULL);
    if (strcmp(operation, "hor") == 0)
        return leuko_augment_flip(image, TRUE, NULL);
    if (strcmp(operation, "ver") == 0)
        return leuko_augment_flip(image, FALSE, NULL);
    if (strcmp(operation, "blur") == 0)
        return leuko_augment_blur(image, LEUKO_AUGMENT_BLUR_SIGMA, NULL);
    if (strcmp(operation, "rotate") == 0)
        leuko_augment_rotation(image->width, image->height, degrees, LEUKO_AUGMENT_ROTATION_SCALE,
                               m);
    else if (strcmp(operation, "shear") == 0)
        leuko_augment_shear(image->height, LEUKO_AUGMENT_SHEAR, m);
    return warped(image, m, border);
}

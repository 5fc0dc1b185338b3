/* usage: augment-op WIDTH HEIGHT OPERATION...   ("rotate 45" is one OPERATION)
 * Writes the raw RGB bytes of each operation on the formula image, for test-augment-cv2.py. */
#include "formula.h"
#include "image/augment.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static LeukoImage *apply(const LeukoImage *image, const char *operation, double degrees)
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
    return leuko_augment_warp(image, m, border, NULL);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    g_autoptr(LeukoImage) image = formula_image((guint)atoi(argv[1]), (guint)atoi(argv[2]));
    for (int i = 3; i < argc; i++) {
        g_auto(GStrv) words = g_strsplit(argv[i], " ", 2);
        g_autoptr(LeukoImage) out = apply(image, words[0], words[1] ? atof(words[1]) : 0);
        gsize n = out->row_bytes * out->height;
        if (fwrite(out->pixels, 1, n, stdout) != n)
            return 1;
    }
    return 0;
}

/* image/color.h: one pass over an image for all changes of color. */
#pragma once
#include "leuko/image.h"

#define COLOR_BLACK 8 /* all channels below it: blacked out, as in images of masked cells */

/* In this order: optical densities d (natural, of (v + 1) / 256) to od_matrix d + od_shift, if
 * has_stain; v to gain v + offset; saturation of HSV times `saturation`; clamped and rounded. keeps_black: what was blacked out stays as it is. */
typedef struct {
    gboolean has_stain, keeps_black;
    float od_matrix[3][3], od_shift[3];
    float gain, offset[3];
    float saturation;
} ColorMap;

/* Changes nothing. */
ColorMap color_map_identity(void);

/* Rows of `from` through the axes' basis: out = basis^-1 diag(gain) basis, for columns of densities.
 * basis  three unit vectors as rows (stain, stain, the rest). FALSE if they lie in a plane. */
gboolean color_invert3(const double m[3][3], double inverse[3][3]);
void color_multiply3(const double a[3][3], const double b[3][3], double product[3][3]);

/* In place. Errors: LEUKO_ERROR_MEMORY. */
gboolean color_map_apply(const ColorMap *map, LeukoImage *image, GError **error);

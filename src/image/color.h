/* image/color.h: one pass over an image for all changes of color. */
#pragma once
#include "leuko/image.h"

#define COLOR_BLACK                                                                                \
    8 /* a pixel with all channels below it is masked out (images of masked cells) */

/* Applied to each pixel v (R, G, B), in this order:
 *   1. if has_stain: optical densities d = -ln((v + 1) / 256) become od_matrix d + od_shift
 *   2. v becomes gain v + offset
 *   3. the saturation of HSV is multiplied by `saturation`
 *   4. v is clamped to 0 to 255 and rounded
 * keeps_black: masked-out pixels (COLOR_BLACK) are not changed. */
typedef struct {
    gboolean has_stain, keeps_black;
    float od_matrix[3][3], od_shift[3];
    float gain, offset[3];
    float saturation;
} ColorMap;

/* The map that changes nothing. */
ColorMap color_map_identity(void);

/* Multiply the densities of hematoxylin and eosin (Ruifrok and Johnston 2001) by `gain`, and add
 * `shift` of each; the direction normal to both is not changed. Gains of 1 and shifts of 0 leave
 * the map as it is. */
void color_map_set_stain(ColorMap *map, const double gain[2], const double shift[2]);

/* Invert a 3 x 3 matrix. FALSE if its determinant is below 1e-6. */
gboolean color_invert3(const double m[3][3], double inverse[3][3]);
/* product = a b. */
void color_multiply3(const double a[3][3], const double b[3][3], double product[3][3]);

/* Apply a map in place. Errors: LEUKO_ERROR_MEMORY. */
gboolean color_map_apply(const ColorMap *map, LeukoImage *image, GError **error);

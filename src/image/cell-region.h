/* image/cell-region.h: find the one white cell of an image, by a simple rule.
 *
 * The rule, for stained blood (May-Gruenwald-Giemsa, Wright): chromatin absorbs red light, red
 * cells hardly do.
 *   1. Scale the image to at most 256 px. Masked pixels (all channels below 8) are no cell.
 *   2. If a tenth of the pixels is masked, somebody has cut the cell out: the cell is the rest.
 *   3. Else Otsu's threshold (1979) of the red channel divides dark and light pixels.
 *   4. The nucleus is the connected dark part with the most pixels, each weighted by its distance
 *      from the center: 1 there, 0 in the corners. r is the radius of a disc of its area.
 *   5. Dark parts within r of it that have a twentieth of its pixels are its lobes.
 *   6. The cell is what lies within 0.2 r of the nucleus, or within 0.7 r of a lobed one, which
 *      fills less than half of the circle around it: such cells have more cytoplasm.
 * None is found if the nucleus has less than 0.5 % of the pixels, or if the dark half is not darker
 * than the light one by 20 of 255 levels.
 */
#pragma once
#include "leuko/image.h"

/* (height, width): 1 in the cell, 0 outside; g_free. *found FALSE: no cell, all 0.
 * Errors: LEUKO_ERROR_MEMORY. */
guint8 *image_cell_region(const LeukoImage *image, gboolean *found, GError **error);

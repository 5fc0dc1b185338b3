/* image/cell-mask.h: where the cell is in an image of one stained white blood cell, and the image
 * without it.
 *
 * The nucleus absorbs the most red light: Otsu's threshold of the red channel's optical density
 * divides the pixels of a copy of at most 128 px, and the dense ones again while the nucleus is
 * wider than 60 % of the image. Gaps of 4 % of the side are closed, so that lobes of a nucleus
 * belong together. Of the connected parts, the one with the most pixels near the center is the
 * nucleus. A rim of half its radius stands for the cytoplasm. In a masked image (black background,
 * image/color.h) everything that is not black is the cell.
 * This finds where a cell is, not its exact outline.
 * Threads: no state; any number of calls at once.
 */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

typedef struct {
    guint width, height; /* of the mask, at most 128 */
    guint8 *cell;        /* (height, width): 1 in the cell */
    double x, y;         /* center of its bounding box, as shares of the image's sides */
    double extent; /* the longer of the box's sides, each as a share of the image's; 0: no cell
                            was found */
} LeukoCellMask;

/* Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_cell_mask_init(LeukoCellMask *mask, const LeukoImage *image, GError **error);
void leuko_cell_mask_clear(LeukoCellMask *mask);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoCellMask, leuko_cell_mask_clear)

/* Fill the cell with the color of the image's background (image/augment.h), in place.
 * box  side of a box about the center of the cell (of the image, if none was found), as a share of
 *      the image's sides; it is moved to lie inside the image. 0: the outline of the cell */
void leuko_cell_hide(const LeukoCellMask *mask, double box, LeukoImage *image);

G_END_DECLS

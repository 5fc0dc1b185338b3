/* image/cell-mask.h: where the cell is in an image of one stained white blood cell, and the image
 * without it. The only rule of Leuko that finds a cell in an image of one.
 *
 * In a masked image (black background, image/color.h) everything that is not black is the cell.
 * Else, for stained blood (May-Gruenwald-Giemsa, Wright), in a copy of at most 128 px:
 *   1. Chromatin absorbs red light, hemoglobin blue: the density of red minus half of that of blue
 *      is large in a nucleus and small in red cells. A cast of color only adds a constant.
 *   2. Otsu's threshold divides the pixels into dense and light ones; gaps of 2 % of the side are
 *      closed. Of the connected dense parts, the one with the most pixels near the center is the
 *      nucleus. While it is wider than 60 % of the image and touches an edge, it is more than a
 *      nucleus, and the dense pixels are divided again.
 *   3. Dense parts within 0.8 radii (of a disc of the nucleus's area) which have 0.15 to 1.3 of its
 *      pixels and 0.7 of its density are its lobes.
 *   4. The cell is the convex hull of the nucleus and a rim around it for the cytoplasm: 0.15 radii
 *      of the hull where the nucleus fills 0.8 of the circle around it, up to 0.7 where it fills
 *      half: lobed and bean-shaped nuclei lie in larger cells.
 * Nothing is found where dense and light pixels hardly differ, or where the nucleus has less than
 * 0.5 % of the pixels. Compared with the outlines of synthetic cells: docs/measurements.md.
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

/* The mask at each pixel of an image: (height, width), g_free. Errors: LEUKO_ERROR_MEMORY. */
guint8 *leuko_cell_mask_scale(const LeukoCellMask *mask, guint width, guint height, GError **error);

/* Fill the cell with the color of the image's background (image/augment.h), in place.
 * box  side of a box about the center of the cell (of the image, if none was found), as a share of
 *      the image's sides; it is moved to lie inside the image. 0: the outline of the cell */
void leuko_cell_hide(const LeukoCellMask *mask, double box, LeukoImage *image);

G_END_DECLS

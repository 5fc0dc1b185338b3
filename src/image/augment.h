/* image/augment.h: the augmentation operators, with the parameters of the original program.
 *
 * Shapes: every operator returns a new image of the input's size.
 * Accuracy: grayscale, equalization, reflection and the warps give OpenCV's bytes (cvtColor,
 * equalizeHist, flip, warpAffine with INTER_LINEAR and BORDER_CONSTANT: coordinates in 1/32 pixel,
 * weights in 1/1024). The blur is within 1 of scipy.ndimage.gaussian_filter on bytes.
 * Errors everywhere: LEUKO_ERROR_MEMORY, and LEUKO_ERROR_ARGUMENT where a range is given.
 * Threads: no state; any number of calls at once.
 */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

#define LEUKO_AUGMENT_SIDE           299
#define LEUKO_AUGMENT_BLUR_SIGMA     5.11
#define LEUKO_AUGMENT_ROTATION_SCALE 0.70
#define LEUKO_AUGMENT_SHIFT_X        84 /* px at a side of 299; scaled for other sides */
#define LEUKO_AUGMENT_SHIFT_Y        56
#define LEUKO_AUGMENT_SHEAR          0.2 /* x grows by 0.2 y: 11 degrees */
#define LEUKO_AUGMENT_ROTATIONS      20
#define LEUKO_AUGMENT_MAX_ROTATIONS  360 /* one per whole degree */

/* Luma of BT.601, in all three channels. */
LeukoImage *leuko_augment_gray(const LeukoImage *image, GError **error);
/* Histogram equalization of the luma, in all three channels. */
LeukoImage *leuko_augment_equalize(const LeukoImage *image, GError **error);
/* Reflect upside down (`Hor-`, about the horizontal axis) or left to right (`Ver-`). */
LeukoImage *leuko_augment_flip(const LeukoImage *image, gboolean upside_down, GError **error);
/* Blur by a Gaussian of `sigma` pixels (0.1 to 50), cut at 4 sigma; edges are reflected. */
LeukoImage *leuko_augment_blur(const LeukoImage *image, double sigma, GError **error);
/* Matrix of a rotation about (width / 2, height / 2), counterclockwise as seen, and a scaling; for
 * image/warp.h. */
void leuko_augment_rotation(guint width, guint height, double degrees, double scale, double m[6]);
/* Matrix of a shear about the middle row. */
void leuko_augment_shear(guint height, double factor, double m[6]);

/* Estimate the color of the image's background from a ring along its edges, 1/25 of the shorter
 * side wide. Of the common brightnesses in the ring (at least a third as frequent as the most
 * frequent one), the brightest is taken, and the median color of its pixels. So red cells may
 * cover most of the edge, and the black around masked cells is found too. */
void leuko_augment_background(const LeukoImage *image, guint8 border[3]);

G_END_DECLS

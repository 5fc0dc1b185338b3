/* image/color-transfer.h: the colors of a set of images in a few numbers, and the change that gives
 * the images of one laboratory the colors of another.
 *
 * Method: Reinhard et al. 2001, Color transfer between images. In their space l, alpha, beta, a
 * channel's values get the mean and the standard deviation of the reference. Here the numbers are
 * those of a laboratory, not of one image: a cell keeps what distinguishes it from other cells.
 * Masked-out pixels (all channels below 8) are neither measured nor changed. Values are v + 1 for a
 * byte v, so that black has a logarithm.
 * Threads: no state; any thread.
 */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

/* Means of l, alpha, beta and of their squares over the pixels of an image, or over several images
 * of equal weight. */
typedef struct {
    double first[3], second[3];
} LeukoColorMoments;

/* Mean and standard deviation of l, alpha, beta over n_images images; n_images 0: unknown. */
typedef struct {
    guint n_images;
    double mean[3], sd[3];
} LeukoColorReference;

/* In l, alpha, beta: value * scale + shift. */
typedef struct {
    gboolean is_used; /* FALSE: nothing is changed */
    double scale[3], shift[3];
} LeukoColorTransfer;

#define LEUKO_COLOR_MAX_SCALE 4.0 /* a scale is at most this and at least its inverse */

/* Measure at most 4,096 evenly spaced pixels. FALSE: the image is masked out everywhere. */
gboolean leuko_color_measure(const LeukoImage *image, LeukoColorMoments *moments);

/* The mean and standard deviation over n images; n_images 0 if n is 0. */
LeukoColorReference leuko_color_reference_of(const LeukoColorMoments *moments, guint n);
/* The reference after a change. */
LeukoColorReference leuko_color_reference_after(const LeukoColorReference *reference,
                                                const LeukoColorTransfer *transfer);

/* The change from the colors `from` to `to`; both known. */
LeukoColorTransfer leuko_color_transfer_between(const LeukoColorReference *from,
                                                const LeukoColorReference *to);

/* Change pixels in place. x_chw (3, n_pixels): R, G, B in [-1, 1], planar; results are clamped. */
void leuko_color_transfer_apply(const LeukoColorTransfer *transfer, float *x_chw, gsize n_pixels);

G_END_DECLS

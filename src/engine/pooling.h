/* engine/pooling.h: pooling for training, on blocked planes, forward and backward.
 *
 * Max pooling ignores pixels outside the image.
 * Numbers: the number of threads does not change the result.
 * Threads: no state; OpenMP inside.
 */
#pragma once
#include "engine/planes.h"

typedef struct {
    guint kernel_h, kernel_w, stride, pad_h, pad_w;
    guint in_h, in_w, out_h, out_w;
    gboolean include_padding; /* averages: divide by kernel_h kernel_w, else by the pixels inside */
} LeukoPooling;

/* y = the maximum of each window; a NaN in the window gives NaN.
 * which  (n_images, n_blocks, out_h, out_w, B), out: index of the maximum in its window (row
 *        kernel_w + column), the first of equal ones. Windows have at most 256 pixels. */
void leuko_max_pool(const LeukoPooling *pool, const LeukoPlanes *x, const LeukoPlanes *y,
                    guint8 *which);
/* dx of a pixel = the sum of dy over the windows in which the pixel is the maximum. */
void leuko_max_pool_backward(const LeukoPooling *pool, const LeukoPlaneSum *dy, const guint8 *which,
                             const LeukoPlanes *dx);

/* y = the mean of each window. */
void leuko_avg_pool(const LeukoPooling *pool, const LeukoPlanes *x, const LeukoPlanes *y);
void leuko_avg_pool_backward(const LeukoPooling *pool, const LeukoPlaneSum *dy,
                             const LeukoPlanes *dx);

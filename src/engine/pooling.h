/* engine/pooling.h: pooling for training, on blocked planes, forward and backward.
 *
 * Pixels outside the image never win a maximum. Threads: OpenMP inside; the result does not depend
 * on their number.
 */
#pragma once
#include "engine/planes.h"

typedef struct {
    guint kernel_h, kernel_w, stride, pad_h, pad_w;
    guint in_h, in_w, out_h, out_w;
    gboolean include_padding; /* averages: divide by the whole window */
} LeukoPooling;

/* which: (n_images, n_blocks, out_h, out_w, B) bytes: the index in its window (row kernel_w +
 * column) of each maximum, the first of equal ones. Windows have at most 256 pixels. */
void leuko_max_pool(const LeukoPooling *pool, const LeukoPlanes *x, const LeukoPlanes *y,
                    guint8 *which);
/* dx = the sum of the gradients of the windows in which the pixel is the maximum. */
void leuko_max_pool_backward(const LeukoPooling *pool, const LeukoPlaneSum *dy, const guint8 *which,
                             const LeukoPlanes *dx);

void leuko_avg_pool(const LeukoPooling *pool, const LeukoPlanes *x, const LeukoPlanes *y);
void leuko_avg_pool_backward(const LeukoPooling *pool, const LeukoPlaneSum *dy,
                             const LeukoPlanes *dx);

/* engine/pooling.h: pooling for training, on blocked planes, forward and backward.
 *
 * Places outside the image never win a maximum. Threads: OpenMP inside; the bytes do not depend on
 * how many.
 */
#pragma once
#include "engine/planes.h"

typedef struct {
    guint kernel_h, kernel_w, stride, pad_h, pad_w;
    guint in_h, in_w, out_h, out_w;
    gboolean include_padding; /* averages: divide by the whole window */
} LeukoPooling;

/* which: (n_images, n_blocks, out_h, out_w, B) bytes: the place in its window (row kernel_w + column)
 * of each maximum, the first of equal ones. Windows of at most 256 places. */
void leuko_max_pool(const LeukoPooling *pool, const LeukoPlanes *x, const LeukoPlanes *y,
                    guint8 *which);
/* dx = the gradients of the windows that each place won. */
void leuko_max_pool_backward(const LeukoPooling *pool, const LeukoPlaneSum *dy, const guint8 *which,
                             const LeukoPlanes *dx);

void leuko_avg_pool(const LeukoPooling *pool, const LeukoPlanes *x, const LeukoPlanes *y);
void leuko_avg_pool_backward(const LeukoPooling *pool, const LeukoPlaneSum *dy,
                             const LeukoPlanes *dx);

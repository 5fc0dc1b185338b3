/* engine/planes.h: the arithmetic of training between the convolutions, on blocked activations.
 *
 * Layout: (N, C / B, H, W, B), in blocks of B channels (16 or 8). The H W B values of one image and
 * one block are contiguous: a plane. A LeukoPlanes describes adjacent blocks of N images. It may be
 * a slice of a larger tensor; image_stride is then larger than the slice of one image.
 * Values are float32 or bfloat16; all sums are float32 or wider.
 *
 * Reductions run over each plane, then over the images in order, so the result does not depend on
 * the number of threads. Threads: no state; OpenMP inside.
 */
#pragma once
#include <glib.h>

typedef struct {
    void *data;         /* first plane; borrowed */
    gsize image_stride; /* values from one image to the next */
    gsize plane;        /* values per plane: H W B */
    guint n_images, n_blocks, block;
    gboolean bf16;
} LeukoPlanes;

/* The plane of block `b` of one image. */
static inline void *leuko_plane_at(const LeukoPlanes *p, guint image, guint b)
{
    gsize at = image * p->image_stride + b * p->plane;
    return p->bf16 ? (void *)((guint16 *)p->data + at) : (void *)((float *)p->data + at);
}

enum { LEUKO_MAX_GRADIENTS = 4 };

/* The sum of up to 4 gradients of the same shape. */
typedef struct {
    guint n;
    LeukoPlanes from[LEUKO_MAX_GRADIENTS];
} LeukoPlaneSum;

/* Vectors below are per channel, (n_blocks B) floats. */

/* Mean and (biased) variance over images and pixels. partials: (n_images n_blocks B 2) doubles. */
void leuko_planes_moments(const LeukoPlanes *x, float *mean, float *variance, double *partials);
/* y = a x + b, then max(0, .) if relu. */
void leuko_planes_affine(const LeukoPlanes *x, const float *a, const float *b, gboolean relu,
                         const LeukoPlanes *y);

/* The gradient through y = relu(a x + b): d = sum of gradients where y > 0 (y NULL: everywhere);
 * dz = scale d (scale NULL: d); sum_d = sum of d; with x also sum_dx = sum of d (x - mean) istd.
 * partials as above. */
typedef struct {
    const LeukoPlanes *y, *x;
    const float *mean, *istd, *scale;
    float *sum_d, *sum_dx;
} LeukoReluGradient;
void leuko_planes_gradient(const LeukoPlaneSum *sum, const LeukoReluGradient *how,
                           const LeukoPlanes *dz, double *partials);
/* dz = a dz + c x + e, in place. With batch statistics, the gradient has these terms. */
void leuko_planes_finish_gradient(const LeukoPlanes *dz, const LeukoPlanes *x, const float *a,
                                  const float *c, const float *e);

/* Convert x_nchw (N, n_channels, H, W) float32 to blocked planes; channel i goes to physical
 * channel channel[i]. All other physical channels become 0. */
void leuko_planes_pack(const float *x_nchw, guint n_channels, const guint *channel,
                       const LeukoPlanes *to);
/* The reverse, of a sum: x_nchw (N, n_channels, H, W) float32, filled. */
void leuko_planes_unpack(const LeukoPlaneSum *sum, guint n_channels, const guint *channel,
                         float *x_nchw);

/* y = x mask, mask (n_images, n_blocks B), for planes of one pixel. */
void leuko_planes_multiply(const LeukoPlanes *x, const float *mask, const LeukoPlanes *y);
/* FALSE if a value is NaN or infinite. */
gboolean leuko_planes_are_finite(const LeukoPlanes *x);

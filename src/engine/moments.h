/* engine/moments.h: covariance of the inputs of each convolution over the calibration images.
 *
 * A convolution's output is w . x, where x is the patch of its input under the kernel, in the
 * weights' order (ic, kh, kw), zero outside the image. Rounding w to q costs (w - q) C (w - q)^T,
 * where C is the covariance of x (the bias corrects the mean error). engine/round.h minimizes this
 * cost. C is estimated from up to 64 patches per image, at random positions that depend on image
 * and layer only.
 * Memory: one (k, k) matrix per distinct input, kernel and stride; 0.5 GB for the whole network at
 * depth 1.
 * Threads: one thread at a time; OpenMP inside.
 */
#pragma once
#include "engine/state.h"
#include "net/net.h"

typedef struct LeukoMoments LeukoMoments;

/* `net` must outlive the result. Errors: LEUKO_ERROR_MEMORY. */
LeukoMoments *leuko_moments_new(const LeukoNet *net, GError **error);
void leuko_moments_free(LeukoMoments *moments); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoMoments, leuko_moments_free)

/* Add patches of image number `image`, x_nchw (3, S, S). The last run of `state` was this image
 * alone, and `state` keeps the outputs of all convolutions and max pools. */
gboolean leuko_moments_add(LeukoMoments *moments, const LeukoState *state, guint image,
                           const float *x_nchw, GError **error);

/* Compute for convolution `layer` the covariance (k, k) of x / scale and the mean (k) of x, with
 * k = ic kh kw and scale (ic). Both g_free; covariance may be NULL. The diagonal includes 1/12, the
 * variance of rounding the input to multiples of its scale. Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_moments_of(LeukoMoments *moments, guint layer, const float *scale,
                          float **covariance, double **mean, GError **error);

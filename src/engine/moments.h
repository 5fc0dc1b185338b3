/* engine/moments.h: how the inputs of each convolution go together, over the calibration images.
 *
 * A convolution's output is w . x, x the patch of its input under the kernel, in the weights' order
 * (ic, kh, kw), zero where it lies outside. What rounding of w costs is (w - w') C (w - w')' with C the
 * covariance of x (a mean error is the bias's to correct): engine/round.h makes that small. C is
 * estimated from up to 64 patches of every image, at places drawn by image and layer.
 * Memory: one (k, k) matrix for each input, kernel and stride that differ; 0.5 GB for the whole
 * network at depth 1.
 */
#pragma once
#include "engine/state.h"
#include "net/net.h"

typedef struct LeukoMoments LeukoMoments;

/* Errors: LEUKO_ERROR_MEMORY. */
LeukoMoments *leuko_moments_new(const LeukoNet *net, GError **error);
void leuko_moments_free(LeukoMoments *moments);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoMoments, leuko_moments_free)

/* Add patches of image number `image`, x_nchw (3, S, S). `state` has just run this image alone; it keeps
 * the outputs of all convolutions and max pools. */
gboolean leuko_moments_add(LeukoMoments *moments, const LeukoState *state, guint image,
                           const float *x_nchw, GError **error);

/* Of convolution `layer`: covariance (k, k) of x / scale and mean (k) of x, k = ic kh kw; scale (ic).
 * Both g_free; covariance NULL: not wanted. 1/12 on the diagonal is added: the variance that rounding the input to whole scales
 * brings. Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_moments_of(LeukoMoments *moments, guint layer, const float *scale,
                          float **covariance, double **mean, GError **error);

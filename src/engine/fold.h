/* engine/fold.h: the weights of one lowered convolution, batch norm folded in.
 *
 *   y = gamma (x*w - mean) / sqrt(variance + epsilon) + beta = x*(w s) + (beta - mean s),
 *   s = gamma / sqrt(variance + epsilon)
 *
 * Computed in double, stored in float; padding channels are 0.
 */
#pragma once
#include "engine/lower.h"
#include "net/params.h"

typedef struct {
    guint oc, ic, kh, kw; /* physical */
    float *weights;       /* (oc, ic, kh, kw) */
    float *bias;          /* (oc) */
} LeukoFolded;

/* `step` is a convolution of `lowered`. The parameters have passed leuko_params_check().
 * Errors: LEUKO_ERROR_MEMORY. */
LeukoFolded *leuko_fold(const LeukoNet *net, const LeukoParams *params, const LeukoLowered *lowered,
                        const LeukoLoweredStep *step, GError **error);
/* The same for one convolution of the network alone: logical channels, with its bias. */
LeukoFolded *leuko_fold_layer(const LeukoNet *net, const LeukoParams *params, guint layer,
                              GError **error);
void leuko_folded_free(LeukoFolded *folded);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoFolded, leuko_folded_free)

/* Only the bias of one convolution, (n_physical), g_free: for a pool that adds it. */
float *leuko_fold_bias(const LeukoNet *net, const LeukoParams *params, guint layer,
                       guint n_physical);

/* The reverse: add one convolution's folded weights (oc, ic, kh, kw) and bias (oc) as parameters
 * under slim's names, with neutral batch norm. Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_params_add_folded(LeukoParams *out, const LeukoLayer *layer, const float *oihw,
                                 const float *bias, GError **error);
/* Copy the head's weights and biases, if `from` has them. */
gboolean leuko_params_add_head(LeukoParams *out, const LeukoParams *from, GError **error);
void leuko_oihw_to_hwio(const float *oihw, guint oc, guint ic, guint taps, float *hwio);

/* The parameters of the same network with every batch norm folded into its convolution: weights
 * (HWIO) and beta change, mean becomes 0, variance 1 - epsilon, and gamma is dropped; the head
 * stays. `params` must have passed leuko_params_check(). Errors: LEUKO_ERROR_MEMORY. */
LeukoParams *leuko_fold_params(const LeukoNet *net, const LeukoParams *params, GError **error);

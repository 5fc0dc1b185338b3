/* engine/fold.h: folds batch norm into the weights and bias of convolutions.
 *
 *   y = gamma (x*w - mean) / sqrt(variance + epsilon) + beta = x*(w s) + (beta - mean s),
 *   s = gamma / sqrt(variance + epsilon)
 *
 * Computed in double, stored in float32; physical channels that are padding are 0.
 */
#pragma once
#include "engine/lower.h"
#include "net/params.h"

typedef struct {
    guint oc, ic, kh, kw; /* oc, ic: physical channels */
    float *weights;       /* (oc, ic, kh, kw) */
    float *bias;          /* (oc) */
} LeukoFolded;

/* Fold all members of `step`, a convolution of `lowered`. The parameters have passed
 * leuko_params_check(). Errors: LEUKO_ERROR_MEMORY. */
LeukoFolded *leuko_fold(const LeukoNet *net, const LeukoParams *params, const LeukoLowered *lowered,
                        const LeukoLoweredStep *step, GError **error);
/* Fold one convolution of the network; its channels are not padded. Errors: LEUKO_ERROR_MEMORY. */
LeukoFolded *leuko_fold_layer(const LeukoNet *net, const LeukoParams *params, guint layer,
                              GError **error);
void leuko_folded_free(LeukoFolded *folded); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoFolded, leuko_folded_free)

/* The folded bias of one convolution, (n_physical), g_free; for an average pool that adds it. */
float *leuko_fold_bias(const LeukoNet *net, const LeukoParams *params, guint layer,
                       guint n_physical);

/* Add one convolution's folded weights (oc, ic, kh, kw) and bias (oc) as parameters under slim's
 * names; its batch norm becomes the identity. Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_params_add_folded(LeukoParams *out, const LeukoLayer *layer, const float *oihw,
                                 const float *bias, GError **error);
/* Copy the head's weights and biases, if `from` has them. Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_params_add_head(LeukoParams *out, const LeukoParams *from, GError **error);

/* The parameters of the same network with every batch norm folded into its convolution: weights
 * (HWIO) and beta change, mean becomes 0, variance 1 - epsilon, and gamma is dropped. The head is
 * copied. `params` must have passed leuko_params_check(). Errors: LEUKO_ERROR_MEMORY. */
LeukoParams *leuko_fold_params(const LeukoNet *net, const LeukoParams *params, GError **error);

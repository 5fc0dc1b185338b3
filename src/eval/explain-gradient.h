/* eval/explain-gradient.h: how much the score of a class depends on each channel of an endpoint.
 *
 * Source: Selvaraju et al. 2017, arXiv 1610.02391, equation 1.
 * Threads: one at a time.
 */
#pragma once
#include "net/net.h"
#include "net/params.h"

typedef struct LeukoChannelGradient LeukoChannelGradient;

/* Prepare the layers after `endpoint`, in fp32. net, params: with classes; copied.
 * Errors: those of leuko_backprop_new(). */
LeukoChannelGradient *leuko_channel_gradient_new(const LeukoNet *net, const LeukoParams *params,
                                                 const char *endpoint, guint n_threads,
                                                 GError **error);
/* activations  (C, H, W) of the endpoint, of one image
 * d_logits     (K): the score is the sum of these times the logits
 * weights      (C), out: the mean over H and W of the gradient of the score
 * Errors: those of leuko_backprop_forward(). */
gboolean leuko_channel_gradient_run(LeukoChannelGradient *gradient, const float *activations,
                                    const float *d_logits, double *weights, GError **error);
void leuko_channel_gradient_free(LeukoChannelGradient *gradient); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoChannelGradient, leuko_channel_gradient_free)

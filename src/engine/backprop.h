/* engine/backprop.h: forward and backward pass of a network on this processor, for training.
 *
 * Built once for a network, its parameters, a precision and a batch size; a step then allocates
 * nothing. Layouts are blocked throughout, concats copy nothing, and one memory plan covers the
 * forward and the backward pass. Training may begin at an endpoint: the layers before it take no
 * memory, and the input is the activations before that endpoint.
 *
 * Batch norm: trained (batch statistics) or frozen (moving statistics as constants; beta still
 * learns, gamma is part of the constants). Source: Ioffe and Szegedy 2015, arXiv 1502.03167.
 * bf16: activations, their gradients and the multiplied weights are bfloat16; parameters,
 * statistics and gradients of parameters stay float32.
 * Numbers: the same bytes for the same inputs, build, processor and number of threads.
 * Threads: one thread at a time per LeukoBackprop; OpenMP inside (n_threads).
 */
#pragma once
#include "engine/backprop-types.h"
#include "net/net.h"
#include "net/params.h"

G_BEGIN_DECLS

/* fp32, batch 10, all threads, all layers, batch norm trained with decay 0.99, aux_weight 0.4 */
LeukoBackpropOptions leuko_backprop_options_default(void);

typedef struct LeukoBackprop LeukoBackprop;

/* net must have classes; params must have every tensor of it.
 * Errors: LEUKO_ERROR_ARGUMENT: an option out of range; LEUKO_ERROR_DATA: parameters that do not
 * fit, or folded batch norm that is to be trained; LEUKO_ERROR_UNSUPPORTED: bf16 without AVX-512;
 * LEUKO_ERROR_MEMORY. */
LeukoBackprop *leuko_backprop_new(const LeukoNet *net, const LeukoParams *params,
                                  const LeukoBackpropOptions *options, GError **error);
void leuko_backprop_free(LeukoBackprop *backprop); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoBackprop, leuko_backprop_free)

/* Name of the layer whose output is the input: "input", or the endpoint before first_block; and
 * (C, H, W) of one image. */
const char *leuko_backprop_input(const LeukoBackprop *backprop, guint *channels, guint *h,
                                 guint *w);
gsize leuko_backprop_memory_bytes(const LeukoBackprop *backprop);
/* What the arrays of a checkpoint depend on besides the network: block size and processor. */
const char *leuko_backprop_layout(const LeukoBackprop *backprop);

/* Forward pass: *loss = sum over images of weight (cross-entropy + aux_weight aux cross-entropy),
 * divided by the sum of weights. With trained batch norm it also updates the moving statistics.
 * Errors: LEUKO_ERROR_DATA: the loss is not finite; the message names the first layer whose output
 * is not finite, and no statistic has changed. */
gboolean leuko_backprop_forward(LeukoBackprop *backprop, const LeukoBackpropBatch *batch,
                                double *loss, GError **error);
/* (N, K) of the last forward pass, borrowed. */
const float *leuko_backprop_probabilities(const LeukoBackprop *backprop);
/* Compute the gradients of the last forward pass's loss by all parameters. */
gboolean leuko_backprop_backward(LeukoBackprop *backprop, GError **error);

guint leuko_backprop_n_parameters(const LeukoBackprop *backprop);
const LeukoBackpropParameter *leuko_backprop_parameter(const LeukoBackprop *backprop, guint index);

/* The moving statistics, frozen ones included, for checkpoints: two arrays per batch norm. */
guint leuko_backprop_n_statistics(const LeukoBackprop *backprop);
void leuko_backprop_statistics(LeukoBackprop *backprop, guint index, const char **name, gsize *n,
                               float **data);

/* Replace the trained layers' tensors in `params`, under slim's names and in slim's layouts.
 * values  NULL: the current values; else one array per parameter, e.g. an average of the
 *         optimizer's */
gboolean leuko_backprop_export(const LeukoBackprop *backprop, const float *const *values,
                               LeukoParams *params, GError **error);
/* The gradients of the last backward pass under slim's names and in slim's layouts (without moving
 * statistics). */
LeukoParams *leuko_backprop_gradients(const LeukoBackprop *backprop, GError **error);

/* Re-estimate the moving statistics with the current values: begin; any number of forward passes,
 * without a backward pass between them; end: mean and variance over all their images. Only with
 * trained batch norm. */
void leuko_backprop_estimate_begin(LeukoBackprop *backprop);
void leuko_backprop_estimate_end(LeukoBackprop *backprop);

/* The implementations in use, for tests and bench: "LAYER PASS KERNEL" lines; g_free. */
gchar *leuko_backprop_kernels(const LeukoBackprop *backprop);

G_END_DECLS

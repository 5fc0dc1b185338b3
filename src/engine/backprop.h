/* engine/backprop.h: forward and backward pass of a network on this processor, for training.
 *
 * A LeukoBackprop is built once for a network, its parameters, a precision and a batch size. All
 * large buffers are allocated then. Layouts are blocked throughout, concats copy nothing, and one
 * memory plan covers the forward and the backward pass. Training may begin at an endpoint: the
 * layers before it take no memory, and the input is the activations before that endpoint.
 *
 * Batch norm is trained (batch statistics) or frozen (moving statistics and gamma are constants;
 * beta is trained). Source: Ioffe and Szegedy 2015, arXiv 1502.03167.
 * bf16: activations, their gradients and the multiplied weights are bfloat16; parameters,
 * statistics and gradients of parameters are float32.
 * Numbers: equal inputs, build, processor and number of threads give equal bytes.
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

/* net     must have classes; copied
 * params  must have every tensor of `net`; copied
 * Errors  LEUKO_ERROR_ARGUMENT     an option is out of range, first_block is not in the network, or
 *                                  the gradient of the image is asked for
 *         LEUKO_ERROR_DATA         the parameters do not match the network, or batch norm is to be
 *                                  trained but is folded into the weights
 *         LEUKO_ERROR_UNSUPPORTED  bf16 without AVX-512
 *         LEUKO_ERROR_MEMORY */
LeukoBackprop *leuko_backprop_new(const LeukoNet *net, const LeukoParams *params,
                                  const LeukoBackpropOptions *options, GError **error);
void leuko_backprop_free(LeukoBackprop *backprop); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoBackprop, leuko_backprop_free)

/* The layer whose output is the input of the pass: "input", or the endpoint before first_block.
 * channels, h, w  shape of one image of it */
const char *leuko_backprop_input(const LeukoBackprop *backprop, guint *channels, guint *h,
                                 guint *w);
gsize leuko_backprop_memory_bytes(const LeukoBackprop *backprop);
/* One line that names the memory layout: block size and instruction set. A checkpoint's arrays can
 * be restored only into the same layout. Borrowed. */
const char *leuko_backprop_layout(const LeukoBackprop *backprop);

/* Forward pass. *loss is the weighted mean over the images of cross-entropy + aux_weight times the
 * auxiliary head's cross-entropy. Trained batch norm also updates the moving statistics.
 * Errors: LEUKO_ERROR_DATA: the loss is not finite; the message names the first layer whose output
 * is not finite, and the statistics are unchanged. */
gboolean leuko_backprop_forward(LeukoBackprop *backprop, const LeukoBackpropBatch *batch,
                                double *loss, GError **error);
/* Probabilities (N, K) of the last forward pass, borrowed. */
const float *leuko_backprop_probabilities(const LeukoBackprop *backprop);
/* Compute the gradient of the last forward pass's loss with respect to all parameters. */
gboolean leuko_backprop_backward(LeukoBackprop *backprop, GError **error);
/* Between forward and backward pass: replace the loss by the sum of d_logits (N, K) times the
 * logits. */
void leuko_backprop_set_gradient(LeukoBackprop *backprop, const float *d_logits);
/* Of the last backward pass: the gradient with respect to the input, d_nchw (N, C, H, W), filled.
 * Only with options.input_gradient. */
void leuko_backprop_input_gradient(const LeukoBackprop *backprop, float *d_nchw);

guint leuko_backprop_n_parameters(const LeukoBackprop *backprop);
const LeukoBackpropParameter *leuko_backprop_parameter(const LeukoBackprop *backprop, guint index);

/* The moving statistics, also of frozen batch norm, for checkpoints: two arrays per batch norm,
 * borrowed; write into them to restore a checkpoint. */
guint leuko_backprop_n_statistics(const LeukoBackprop *backprop);
void leuko_backprop_statistics(LeukoBackprop *backprop, guint index, const char **name, gsize *n,
                               float **data);

/* Replace the trained layers' tensors in `params`, under slim's names and in slim's layouts.
 * values  one array per parameter, e.g. the optimizer's average; NULL: the current values
 * Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_backprop_export(const LeukoBackprop *backprop, const float *const *values,
                               LeukoParams *params, GError **error);
/* The gradients of the last backward pass, under slim's names and in slim's layouts; moving
 * statistics have none. Errors: LEUKO_ERROR_MEMORY. */
LeukoParams *leuko_backprop_gradients(const LeukoBackprop *backprop, GError **error);

/* Estimate the moving statistics anew for the current parameters: call begin, then any number of
 * forward passes, then end. end sets them to the mean and variance over all images of these passes.
 * No backward pass may run in between. Only for trained batch norm. */
void leuko_backprop_estimate_begin(LeukoBackprop *backprop);
void leuko_backprop_estimate_end(LeukoBackprop *backprop);

/* The oneDNN kernels in use, for tests and bench: lines "LAYER PASS KERNEL"; g_free. */
gchar *leuko_backprop_kernels(const LeukoBackprop *backprop);

G_END_DECLS

/* engine/training.h: a network made ready to be trained on this processor: forward and backward of
 * every layer, on oneDNN.
 *
 * Built once for a net, its parameters, a precision and a batch size; a step then allocates nothing.
 * Layouts are blocked throughout, concats copy nothing, memory is planned over the forward and the
 * backward pass together. A training may begin behind an endpoint: then nothing in front of it takes
 * memory, and its input are that endpoint's activations.
 *
 * Batch norm: trained (batch statistics) or frozen (moving statistics as constants; beta still
 * learns, gamma is part of the constants). Source: Ioffe and Szegedy 2015, arXiv 1502.03167.
 * bf16: activations, their gradients and the multiplied weights are bfloat16; parameters, statistics
 * and gradients of parameters stay float32.
 * Numbers: the same bytes for the same inputs, build, processor and number of threads.
 * Threads: one training, one thread at a time; OpenMP inside (n_threads).
 */
#pragma once
#include "leuko/precision.h"
#include "net/net.h"
#include "net/params.h"

G_BEGIN_DECLS

typedef struct {
    LeukoPrecision precision; /* FP32 or BF16 */
    guint batch, n_threads;   /* N, every step's; threads 0: all */
    char first_block[32];     /* trained from this endpoint on; "": all layers */
    gboolean batch_norm_trained;
    double batch_norm_decay; /* of the moving statistics, below 1 */
    double aux_weight;       /* of the auxiliary head's loss, where the net has one */
} LeukoTrainingOptions;

LeukoTrainingOptions
leuko_training_options_default(void); /* fp32, 10, all layers, trained, 0.99, 0.4 */

typedef struct LeukoTraining LeukoTraining;

/* net has classes; params has every tensor of it.
 * Errors: LEUKO_ERROR_ARGUMENT; LEUKO_ERROR_DATA: parameters that do not fit, or folded batch norm to be
 * trained with batch statistics; LEUKO_ERROR_UNSUPPORTED: bf16 without AVX-512; LEUKO_ERROR_MEMORY. */
LeukoTraining *leuko_training_new(const LeukoNet *net, const LeukoParams *params,
                                  const LeukoTrainingOptions *options, GError **error);
void leuko_training_free(LeukoTraining *training); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTraining, leuko_training_free)

/* What it reads: "input", or the endpoint in front of first_block; (C, H, W) of one image. */
const char *leuko_training_input(const LeukoTraining *training, guint *channels, guint *h,
                                 guint *w);
gsize leuko_training_memory_bytes(const LeukoTraining *training);
/* One word a line: what a checkpoint's arrays depend on besides the network (blocks, processor). */
const char *leuko_training_layout(const LeukoTraining *training);

typedef struct {
    const float *x_nchw;  /* (N, C, H, W), borrowed */
    const float *targets; /* (N, K) shares that sum to 1 */
    const float *weights; /* (N) of the loss, NULL: all 1 */
    const guint64 *keys; /* (N) of the dropout, e.g. hashes of record and epoch; NULL: no dropout */
} LeukoTrainingBatch;

/* Forward: *loss = sum over images of weight (cross-entropy + aux_weight aux cross-entropy), over the
 * sum of weights. With trained batch norm, also moves the moving statistics.
 * Errors: LEUKO_ERROR_DATA: the loss is not finite; the message names the first layer whose output is
 * not, and nothing has changed. */
gboolean leuko_training_forward(LeukoTraining *training, const LeukoTrainingBatch *batch,
                                double *loss, GError **error);
const float *
leuko_training_probabilities(const LeukoTraining *training); /* (N, K) of the last forward */
/* The gradients of the last forward's loss, into the slots. */
gboolean leuko_training_backward(LeukoTraining *training, GError **error);

/* What is trained. Values and gradients lie in the plan's own layouts, zeros in the padding, one after
 * another in two flat buffers. */
typedef struct {
    const char *name; /* the layers, "a+b+c", and "/weights", "/beta", "/gamma" or "/biases" */
    gsize n;
    float *values, *gradients;
    gboolean is_weights; /* the ones that decay */
    gboolean is_head;    /* of the classifier or the auxiliary head */
} LeukoTrainingSlot;
guint leuko_training_n_slots(const LeukoTraining *training);
const LeukoTrainingSlot *leuko_training_slot(const LeukoTraining *training, guint index);

/* The moving statistics, for checkpoints (all frozen ones too): pairs of arrays by operation. */
guint leuko_training_n_statistics(const LeukoTraining *training);
void leuko_training_statistics(LeukoTraining *training, guint index, const char **name, gsize *n,
                               float **data);

/* The trained layers under slim's names and layouts, put in place of those in `params`.
 * values  NULL: the slots' own; else one array a slot instead (an average of the optimizer) */
gboolean leuko_training_export(const LeukoTraining *training, const float *const *values,
                               LeukoParams *params, GError **error);
/* The gradients of the last backward under slim's names and layouts (no moving statistics). */
LeukoParams *leuko_training_gradients(const LeukoTraining *training, GError **error);

/* Re-estimate the moving statistics with the present values: begin, any number of forwards (no
 * backward between), end: mean and variance over all their images. Trained batch norm only. */
void leuko_training_estimate_begin(LeukoTraining *training);
void leuko_training_estimate_end(LeukoTraining *training);

/* The implementations in use, for tests and bench: "LAYER PASS KERNEL" lines; g_free. */
gchar *leuko_training_kernels(const LeukoTraining *training);

G_END_DECLS

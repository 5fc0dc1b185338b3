/* train/optimizer.h: updates parameters from their gradients.
 *
 * The optimizer changes tensors of float32 values that the caller owns. With t counting from 1, g
 * the gradient (clipped), p the parameter, d the decay (weight_decay, or 0 where `decays` is FALSE)
 * and r the rate of the step times the tensor's rate_scale:
 *   SGD    g += d p;  v = momentum v + g (v = g at t = 1);  p -= r v
 *   ADAM   g += d p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
 *          p -= r / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + epsilon)
 *   ADAMW  p -= r d p;  then as ADAM without d
 * ADAM's decay is that of an added loss d / 2 p^2. Average: e += (1 - ema) (p - e), from
 * e = p before the first step, with the decay min(ema, (1 + t) / (10 + t)).
 * Sources: Kingma and Ba, arXiv 1412.6980, algorithm 1; Loshchilov and Hutter, arXiv 1711.05101.
 *
 * Numbers: the number of threads does not change the result.
 * Threads: one thread at a time per optimizer; OpenMP inside.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum { LEUKO_SGD, LEUKO_ADAM, LEUKO_ADAMW } LeukoOptimizerKind;

typedef struct {
    LeukoOptimizerKind kind;
    double momentum, beta1, beta2, epsilon, weight_decay;
    double clip_norm; /* largest norm of the gradient of all tensors together; 0: no limit */
    double ema;       /* decay of the average; 0: no average */
    guint n_threads;
} LeukoOptimizerOptions;

/* ADAMW: 0.9, 0.999, 1e-8, momentum 0.9, no decay, no clipping, no average, one thread. */
LeukoOptimizerOptions leuko_optimizer_options_default(void);

/* A named tensor of a training run: a parameter or a part of the optimizer's state. Borrowed. */
typedef struct {
    const char *name;
    gsize n;
    float *values;     /* (n) */
    gboolean decays;   /* TRUE: weight decay applies (weights); FALSE: biases, beta, gamma */
    double rate_scale; /* factor on the learning rate */
} LeukoTrainedTensor;

typedef struct LeukoOptimizer LeukoOptimizer;

/* tensors  (n_tensors), copied; names and values must outlive the optimizer
 * Errors   LEUKO_ERROR_ARGUMENT  an option is out of range (the message names it)
 *          LEUKO_ERROR_MEMORY */
LeukoOptimizer *leuko_optimizer_new(const LeukoTrainedTensor *tensors, guint n_tensors,
                                    const LeukoOptimizerOptions *options, GError **error);
void leuko_optimizer_free(LeukoOptimizer *optimizer); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoOptimizer, leuko_optimizer_free)

/* Do one step.
 * gradients  one array per tensor, in the order of the tensors; unchanged
 * norm       out: of the gradient before clipping; may be NULL
 * Errors     LEUKO_ERROR_DATA  a gradient is not finite (the message names the first such tensor);
 *                              parameters and state are unchanged */
gboolean leuko_optimizer_step(LeukoOptimizer *optimizer, double rate, const float *const *gradients,
                              double *norm, GError **error);
/* The average of tensor `index`, or its values if no average is kept; borrowed. */
const float *leuko_optimizer_average(const LeukoOptimizer *optimizer, guint index);

/* The state for checkpoints: the number of steps, and arrays named "m/TENSOR", "v/TENSOR" and
 * "ema/TENSOR", of the size of their tensor. To restore the state, write into the arrays. */
guint leuko_optimizer_n_arrays(const LeukoOptimizer *optimizer);
void leuko_optimizer_array(LeukoOptimizer *optimizer, guint index, const char **name, gsize *n,
                           float **data);
void leuko_optimizer_set_n_steps(LeukoOptimizer *optimizer, guint64 n_steps);

G_END_DECLS

/* train/optimizer.h: gradients to parameters, and the learning rate over the steps.
 *
 * The optimizer works on slots: one a tensor, float32 master weights that the caller owns. With t
 * counting from 1, g the gradient (clipped), p the parameter, d the slot's decay (weight_decay, or 0
 * where decays is FALSE), r the step's rate times the slot's rate_scale:
 *   SGD    g += d p;  v = momentum v + g (v = g at t = 1);  p -= r v
 *   ADAM   g += d p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
 *          p -= r / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + epsilon)
 *   ADAMW  p -= r d p;  then as ADAM without d
 * ADAM's decay is the L2 loss d / 2 p^2 of the original. Average: e += (1 - ema) (p - e), from
 * e = p before the first step, with the decay min(ema, (1 + t) / (10 + t)).
 * Sources: Kingma and Ba, arXiv 1412.6980, algorithm 1; Loshchilov and Hutter, arXiv 1711.05101.
 *
 * Numbers: the same bytes for every number of threads.
 * Threads: one optimizer, one thread; OpenMP inside.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum { LEUKO_SGD, LEUKO_ADAM, LEUKO_ADAMW } LeukoOptimizerKind;

typedef struct {
    LeukoOptimizerKind kind;
    double momentum, beta1, beta2, epsilon, weight_decay;
    double clip_norm; /* of the gradient of all slots together; 0: not clipped */
    double ema;       /* decay of the average, 0: none is kept */
    guint n_threads;
} LeukoOptimizerOptions;

/* ADAMW: 0.9, 0.999, 1e-8, momentum 0.9, no decay, no clipping, no average, one thread. */
LeukoOptimizerOptions leuko_optimizer_options_default(void);

typedef struct {
    const char *name; /* borrowed while the optimizer lives */
    gsize n;
    float *values;   /* (n), borrowed while the optimizer lives, changed by steps */
    gboolean decays; /* weights; not biases, beta, gamma */
    double rate_scale;
} LeukoSlot;

typedef struct LeukoOptimizer LeukoOptimizer;

/* Errors: LEUKO_ERROR_ARGUMENT naming the option, LEUKO_ERROR_MEMORY. */
LeukoOptimizer *leuko_optimizer_new(const LeukoSlot *slots, guint n_slots,
                                    const LeukoOptimizerOptions *options, GError **error);
void leuko_optimizer_free(LeukoOptimizer *optimizer); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoOptimizer, leuko_optimizer_free)

/* One step. gradients: one array a slot, in the slots' order, not changed. *norm (may be NULL): of
 * the gradient before clipping.
 * Errors  LEUKO_ERROR_DATA  a gradient is not finite; the message names the first such slot, and
 *                           nothing has changed */
gboolean leuko_optimizer_step(LeukoOptimizer *optimizer, double rate, const float *const *gradients,
                              double *norm, GError **error);
guint64 leuko_optimizer_n_steps(const LeukoOptimizer *optimizer);
/* The average of a slot, or its values where none is kept. */
const float *leuko_optimizer_average(const LeukoOptimizer *optimizer, guint slot);

/* The state, for checkpoints: arrays of (n of their slot), named "m/SLOT", "v/SLOT", "ema/SLOT"; and
 * the number of steps. To restore, write into them. */
guint leuko_optimizer_n_arrays(const LeukoOptimizer *optimizer);
void leuko_optimizer_array(LeukoOptimizer *optimizer, guint index, const char **name, gsize *n,
                           float **data);
void leuko_optimizer_set_n_steps(LeukoOptimizer *optimizer, guint64 n_steps);

typedef enum { LEUKO_CONSTANT, LEUKO_STAIRCASE, LEUKO_COSINE } LeukoScheduleKind;

/* Rate at step s (from 0):
 *   CONSTANT   rate
 *   STAIRCASE  rate factor^floor(s / every)
 *   COSINE     from rate down to rate last_share at n_steps, half a cosine
 * times (s + 1) / warm_up while s < warm_up; the cosine begins behind the warm-up. */
typedef struct {
    LeukoScheduleKind kind;
    double rate, factor, last_share;
    guint64 n_steps, warm_up, every; /* every >= 1 for STAIRCASE */
} LeukoSchedule;

double leuko_schedule_rate(const LeukoSchedule *schedule, guint64 step);

G_END_DECLS

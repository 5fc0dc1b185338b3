/* engine/plan.h: a network made ready to run on this processor.
 *
 * A plan is built once for a net, its parameters, a precision and a batch size, and then runs
 * without allocating (oneDNN itself makes small maps of arguments and packs the head's matrix).
 * Batch norm is folded, ReLU fused, 1x1 convolutions that share an input are merged, layouts stay
 * blocked from end to end, branches write into their slice of the concat.
 * Threads: one plan, one thread at a time; inside, threads of its own and OpenMP's (n_threads).
 */
#pragma once
#include "leuko/precision.h"
#include "net/net.h"
#include "net/params.h"

G_BEGIN_DECLS

typedef struct {
    LeukoPrecision precision;
    guint batch;     /* N, 1 to 256: the most images of one run; fewer run as fewer */
    guint n_threads; /* 0: all that this process may use. Images are divided among them; of a plan
                        for fewer images than threads, several work on each */
} LeukoPlanOptions;

typedef struct LeukoPlan LeukoPlan;

/* Errors: LEUKO_ERROR_ARGUMENT, LEUKO_ERROR_DATA (parameters do not fit: leuko_params_check),
 * LEUKO_ERROR_UNSUPPORTED (bf16 without AVX-512; int8, which engine/quantize.h makes),
 * LEUKO_ERROR_MEMORY. */
LeukoPlan *leuko_plan_new(const LeukoNet *net, const LeukoParams *params,
                          const LeukoPlanOptions *options, GError **error);
void leuko_plan_free(LeukoPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoPlan, leuko_plan_free)

/* A second plan that runs the same steps with the same weights, which both keep alive, in memory of
 * its own: one for each thread. What the first keeps (leuko_plan_keep) is not taken over. `plan` must
 * not be run or changed meanwhile. Errors: LEUKO_ERROR_MEMORY. */
LeukoPlan *leuko_plan_share(LeukoPlan *plan, GError **error);

/* Parameters of the same network with every batch norm folded into its convolution: weights (HWIO)
 * and beta changed, mean 0, variance 1 - epsilon, no gamma; the head as it was. `params` has passed
 * leuko_params_check(). Errors: LEUKO_ERROR_MEMORY. */
LeukoParams *leuko_plan_fold_params(const LeukoNet *net, const LeukoParams *params, GError **error);

/* Also deliver a layer's output, float32 (call before the first run; it keeps that layer's memory
 * alive). `name` as for leuko_net_find(). Errors: LEUKO_ERROR_ARGUMENT for layers outside the trunk,
 * and for the 3x3 average pools, which a float plan merges with the convolution behind them;
 * LEUKO_ERROR_MEMORY. */
gboolean leuko_plan_keep(LeukoPlan *plan, const char *name, GError **error);

/* Run n <= batch images. x_nchw (n, 3, S, S) in [-1, 1], borrowed for the call. */
gboolean leuko_plan_run(LeukoPlan *plan, guint n, const float *x_nchw, GError **error);

/* Results of the last run, borrowed until the next; rows of the n images. */
const float *leuko_plan_features(const LeukoPlan *plan); /* (n, C): spatial mean of the endpoint */
const float *leuko_plan_probabilities(const LeukoPlan *plan); /* (n, K), NULL without classes */
const float *leuko_plan_logits(const LeukoPlan *plan);        /* (n, K), NULL without classes */
/* (n, C, H, W) of a kept layer, or NULL if it was not kept. */
const float *leuko_plan_kept(const LeukoPlan *plan, const char *name);

/* What was built, for tests, profile and bench. */
guint leuko_plan_n_steps(const LeukoPlan *plan);
typedef struct {
    const char *name;   /* layer (merged: "a+b+c") or "reorder ..." */
    const char *kernel; /* oneDNN's implementation, e.g. "jit:avx512_core", never "ref..." where
                            the processor has a JIT */
    const char *kind;   /* "convolution", "pooling", "concat", "reorder", "softmax" */
    LeukoPrecision precision; /* of what it reads */
    guint64 flop;             /* of one image */
    gsize bytes;              /* read and written by one image */
} LeukoPlanStep;
void leuko_plan_step(const LeukoPlan *plan, guint index, LeukoPlanStep *out);
gsize leuko_plan_memory_bytes(const LeukoPlan *plan); /* arena and reordered weights */
gsize leuko_plan_arena_bytes(
    const LeukoPlan *plan); /* of that the arena: what each sharing plan adds */
/* The threads that work together on one step. */
guint leuko_plan_step_threads(const LeukoPlan *plan);
/* Run one image and say how long each step took, on leuko_plan_step_threads(): seconds (n_steps),
 * filled. A step's clock stops when its last thread is done; the results are those of
 * leuko_plan_run(plan, 1, x_nchw). */
gboolean leuko_plan_run_timed(LeukoPlan *plan, const float *x_nchw, double *seconds,
                              GError **error);

G_END_DECLS

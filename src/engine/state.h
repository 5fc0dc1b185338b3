/* engine/state.h: the memory in which one thread runs a program: activations, results, threads.
 *
 * A run allocates nothing, except small argument maps inside oneDNN and the packed matrix of the
 * head.
 * Numbers: with one program, the features of an image are the same bytes, whatever other images are
 * in the run. Its logits may differ by rounding between runs of different n.
 * Threads: one thread at a time per state; several states of one program may run in parallel. A run
 * of several images uses a thread pool and OpenMP, options.n_threads threads in all.
 * Memory: leuko_state_memory_bytes(), plus the kept layers.
 */
#pragma once
#include "engine/program.h"

G_BEGIN_DECLS

typedef struct LeukoState LeukoState;

/* Make a state, which holds a reference to its program.
 * kept  names of layers whose output each run also returns, as for leuko_net_find();
 *       NULL-terminated, or NULL for none. The memory of a kept layer is not reused within a run.
 * Errors: LEUKO_ERROR_ARGUMENT (a kept layer that is not part of the trunk, or an average pool that
 * a float program merges with the convolution after it), LEUKO_ERROR_MEMORY. */
LeukoState *leuko_state_new(LeukoProgram *program, const char *const *kept, GError **error);
/* Make a state and take over the caller's reference to the program. If program is NULL (its
 * construction failed), returns NULL and leaves *error unchanged. */
LeukoState *leuko_state_take(LeukoProgram *program, const char *const *kept, GError **error);
void leuko_state_free(LeukoState *state); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoState, leuko_state_free)

const LeukoProgram *leuko_state_program(const LeukoState *state);
gsize leuko_state_memory_bytes(
    const LeukoState *state); /* the arena; the weights belong to the program */

/* Run n images, 1 <= n <= options.batch. x_nchw (n, 3, S, S) in [-1, 1], borrowed for the call.
 * Errors: LEUKO_ERROR_ARGUMENT (n is out of range), LEUKO_ERROR_MEMORY (a thread cannot be
 * started); after an error the results are undefined. */
gboolean leuko_state_run(LeukoState *state, guint n, const float *x_nchw, GError **error);
/* Run one image on leuko_program_step_threads() threads and measure each step.
 * seconds  (n_steps), out
 * The results are those of leuko_state_run(state, 1, x_nchw). */
gboolean leuko_state_run_timed(LeukoState *state, const float *x_nchw, double *seconds,
                               GError **error);

/* Results of the last run, one row per image, borrowed until the next run. */
/* (n, C): spatial mean of the endpoint. */
const float *leuko_state_features(const LeukoState *state);
const float *leuko_state_logits(const LeukoState *state);        /* (n, K), NULL without classes */
const float *leuko_state_probabilities(const LeukoState *state); /* (n, K), NULL without classes */
/* (n, C, H, W) of a kept layer; NULL if it is not kept. */
const float *leuko_state_kept(const LeukoState *state, const char *name);

G_END_DECLS

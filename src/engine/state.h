/* engine/state.h: the memory in which one thread runs a program: activations, results, threads.
 *
 * A run allocates nothing (except small argument maps inside oneDNN, and the packed matrix of the
 * head). Numbers: the features of an image are the same bytes for the same program, whatever other
 * images run with it; its logits may differ by rounding between runs of different n.
 * Threads: one thread at a time per state; states of one program run in parallel. A run of several
 * images uses threads of its own and OpenMP's, options.n_threads in all.
 * Memory: leuko_state_memory_bytes(), and the kept layers.
 */
#pragma once
#include "engine/program.h"

G_BEGIN_DECLS

typedef struct LeukoState LeukoState;

/* Make a state, which holds a reference to its program.
 * kept  names of layers whose output a run shall also deliver, as for leuko_net_find();
 *       NULL-terminated, or NULL for none. The memory of a kept layer is not reused within a run.
 * Errors: LEUKO_ERROR_ARGUMENT (a kept layer that is not part of the trunk, or an average pool that
 * a float program merges with the convolution after it), LEUKO_ERROR_MEMORY. */
LeukoState *leuko_state_new(LeukoProgram *program, const char *const *kept, GError **error);
/* Make the only state of a program: takes over the caller's reference. program NULL: returns NULL
 * and leaves *error as the call that failed to build it set it. */
LeukoState *leuko_state_take(LeukoProgram *program, const char *const *kept, GError **error);
void leuko_state_free(LeukoState *state); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoState, leuko_state_free)

const LeukoProgram *leuko_state_program(const LeukoState *state);
gsize leuko_state_memory_bytes(const LeukoState *state); /* without the program's weights */

/* Run n images, 1 <= n <= options.batch. x_nchw (n, 3, S, S) in [-1, 1], borrowed for the call.
 * Errors: LEUKO_ERROR_ARGUMENT (n), LEUKO_ERROR_MEMORY (threads); the results are undefined
 * then. */
gboolean leuko_state_run(LeukoState *state, guint n, const float *x_nchw, GError **error);
/* Run one image on leuko_program_step_threads() threads and measure each step.
 * seconds  (n_steps), filled. The results are those of leuko_state_run(state, 1, x_nchw). */
gboolean leuko_state_run_timed(LeukoState *state, const float *x_nchw, double *seconds,
                               GError **error);

/* Results of the last run, one row per image, borrowed until the next run. */
const float *
leuko_state_features(const LeukoState *state);            /* (n, C): spatial mean of the endpoint */
const float *leuko_state_logits(const LeukoState *state); /* (n, K), NULL without classes */
const float *leuko_state_probabilities(const LeukoState *state); /* (n, K), NULL without classes */
/* (n, C, H, W) of a kept layer; NULL if it is not kept. */
const float *leuko_state_kept(const LeukoState *state, const char *name);

G_END_DECLS

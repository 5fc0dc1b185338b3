/* engine/state-parts.h: the data of a state, private to state*.c.
 *
 * Threads: a worker uses only its own positions, its stream, its part of the arena and of `sums`,
 * and the result rows of its images.
 */
#pragma once
#include "engine/program-parts.h"
#include "engine/thread-pool.h"

typedef struct {
    guint layer;
    float *data; /* (batch, C, H, W) */
} LeukoKept;

typedef struct LeukoState LeukoState;

struct LeukoState {
    LeukoProgram *program;                /* owned reference */
    LeukoMemoryPlan *memory, *own_memory; /* own_memory: NULL if memory is the program's plan */
    guint8 *arena;                        /* (n_workers) parts of memory->worker_bytes */
    gsize arena_bytes;
    dnnl_exec_arg_t (
        *args)[LEUKO_STEP_MAX_ARGS]; /* (n_steps, n_positions); owns the memory objects */
    dnnl_stream_t *streams;          /* (n_workers) */
    LeukoThreadPool *workers;        /* NULL before the first run */
    LeukoKept *kept;
    guint n_kept;
    double *sums; /* (n_workers, n_sums): buffer for the mean; n_sums channels per block */
    guint n_sums;
    float *features;               /* (batch, C) */
    float *logits, *probabilities; /* (batch, K), NULL without classes */
};

static inline dnnl_exec_arg_t *leuko_state_args(const LeukoState *state, guint step, guint position)
{
    return state->args[(gsize)step * leuko_program_n_positions(state->program) + position];
}

/* The memory of a root for one position. */
static inline guint8 *leuko_state_root_data(const LeukoState *state, guint root, guint position)
{
    const LeukoMemoryPlan *memory = state->memory;
    guint worker = position / state->program->chunk_images,
          image = position % state->program->chunk_images;
    return state->arena + worker * memory->worker_bytes + memory->root_offset[root] +
           (memory->per_image[root] ? image * memory->image_bytes : 0);
}

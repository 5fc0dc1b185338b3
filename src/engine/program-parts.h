/* engine/program-parts.h: the parts of a program, and how the builders put them together.
 *
 * A program runs its batch one image at a time: with N = 1 a slice of whole channel blocks is
 * contiguous, so every primitive sees a dense tensor at an offset, keeps its fast kernel, and
 * concats cost nothing.
 *
 * Early layers have large activations and small weights, late layers the opposite (Mixed_6 and 7:
 * 80 of 87 MB); reading weights from memory for every image costs a tenth of the time. So images
 * run in chunks of up to chunk_images: through the early steps image by image, then step by step,
 * each step for all images of the chunk while its weights are in cache. Tensors that late steps use
 * exist once per image of the chunk.
 *
 * A program for several images divides the threads among workers: each worker takes the next chunk
 * of the batch and runs it alone, so no thread waits for another one at the end of a layer
 * (decision 10). A program for one image has one worker with all threads.
 * A position numbers the images in flight: worker * chunk_images + index within the chunk.
 *
 * Threads: builders change the program; afterwards it is read-only.
 */
#pragma once
#include "engine/dnnl.h"
#include "engine/lower.h"
#include "engine/program-options.h"
#include "net/params.h"

enum { LEUKO_STEP_MAX_ARGS = 8 };

/* Where an argument's memory lies. */
typedef enum {
    LEUKO_IN_IMAGE,
    LEUKO_IN_ROOT,
    LEUKO_IN_WORKSPACE,
    LEUKO_IN_WEIGHTS
} LeukoMemoryKind;

typedef struct {
    LeukoMemoryKind kind;
    guint root;
    gsize offset; /* bytes, from the root's start or in the block of weights */
} LeukoLocation;

typedef struct {
    int arg; /* DNNL_ARG_... */
    dnnl_memory_desc_t md;
    LeukoLocation location;
} LeukoStepArg;

typedef struct {
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive; /* NULL: a concat, which our own code copies */
    int n_args;
    LeukoStepArg args[LEUKO_STEP_MAX_ARGS];
    gsize workspace_bytes;
    gint source_roots[LEUKO_MAX_INPUTS], target_root; /* -1: none */
    gint lowered;                                     /* index of the lowered step, -1: a reorder */
    gchar *name;
    const char *kind;
    guint64 flop;
    gsize bytes;
} LeukoStep;

/* A tensor in the arena. The first ones are the lowered network's, in its order. */
typedef struct {
    guint channels, h, w;
    dnnl_data_type_t type;
    dnnl_format_tag_t layout;
    guint block; /* neighboring channels: 16 or 8; channels-last: all of them */
    gsize element_bytes;
} LeukoProgramRoot;

/* Offsets of all memory of a state (engine/program-memory.h). */
typedef struct {
    gsize *root_offset;      /* (n_roots): in a worker's part of the arena, of its first image */
    gboolean *per_image;     /* (n_roots): exists once per image of the chunk */
    gsize *workspace_offset; /* (n_steps) */
    gsize image_bytes;       /* from one image's copy to the next */
    gsize worker_bytes;      /* from one worker's part of the arena to the next */
} LeukoMemoryPlan;

typedef struct LeukoProgram LeukoProgram;

struct LeukoProgram {
    gatomicrefcount n_refs;
    LeukoProgramOptions options;
    LeukoNet *net;
    LeukoLowered *lowered;
    gboolean channels_last; /* else float tensors are blocked */
    GArray *roots;          /* of LeukoProgramRoot */
    GArray *steps;          /* of LeukoStep */
    guint8 *weights;
    gsize weights_bytes;
    guint n_workers, worker_threads;
    guint chunk_images;
    guint n_early;           /* steps that run image by image */
    gsize input_bytes;       /* of the converted image, 0: read as it is */
    LeukoMemoryPlan *memory; /* of states that keep no layers */
    float **layer_scale;     /* (n_layers)(out_channels): of quantized outputs; NULL: real ones */
    float *head_weights;     /* (C, K) or NULL */
    float *head_bias;        /* (K) */
};

static inline guint leuko_program_n_positions(const LeukoProgram *program)
{
    return program->n_workers * program->chunk_images;
}

/* Everything of a new, zeroed program but its steps and head; `how` the network is lowered. After
 * an error the program can be freed. */
gboolean leuko_program_prepare(LeukoProgram *program, const LeukoNet *net,
                               const LeukoProgramOptions *options, const LeukoLowerOptions *how,
                               GError **error);
gboolean leuko_program_copy_head(LeukoProgram *program, const LeukoParams *params, GError **error);

guint leuko_program_add_root(LeukoProgram *program, guint channels, guint h, guint w,
                             dnnl_data_type_t type, dnnl_format_tag_t layout);
LeukoProgramRoot *leuko_program_root(const LeukoProgram *program, guint root);
/* A slice as a dense tensor of its own, (1, n, h, w). */
gboolean leuko_program_slice_desc(const LeukoProgram *program, LeukoSlice slice,
                                  dnnl_memory_desc_t *md, GError **error);
LeukoLocation leuko_program_slice_location(const LeukoProgram *program, LeukoSlice slice);
void leuko_step_add_arg(LeukoStep *step, int arg, const dnnl_memory_desc_t *md,
                        LeukoLocation location);
/* Reserve `bytes` in the block of weights, which is allocated when the size of all is known. */
LeukoLocation leuko_program_reserve_weights(LeukoProgram *program, gsize bytes);
/* The memory of step's argument in the block of weights, which must be allocated. */
void *leuko_step_weights(const LeukoProgram *program, const LeukoStep *step, int arg);
/* Attributes of a step: the caller provides the scratchpad; after the operation, add a bias per
 * channel (or NULL), then apply ReLU (or not). */
gboolean leuko_step_attr(dnnl_primitive_attr_t *attr, const dnnl_memory_desc_t *bias, gboolean relu,
                         GError **error);
/* A max or average pool, on whatever type its roots have. */
gboolean leuko_program_add_pool(LeukoProgram *program, guint lowered, GError **error);
/* Scratchpads, primitives and the memory for weights, when all steps are described. */
gboolean leuko_program_finish_steps(LeukoProgram *program, GError **error);

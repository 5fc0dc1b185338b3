/* engine/program-parts.h: the data of a program, and functions that its builders share.
 *
 * Every step runs one image at a time. With N = 1 a slice of whole channel blocks is contiguous, so
 * every primitive reads and writes dense tensors, for which oneDNN has fast kernels, and concats
 * cost nothing.
 *
 * Early layers have large activations and small weights; late layers have the opposite (Mixed_6 and
 * Mixed_7 have 80 of 87 MB of weights). Reading all weights from memory for every image takes a
 * tenth of the time. Therefore images run in chunks of up to chunk_images: the early steps image by
 * image, then each late step for all images of the chunk, while its weights are in cache. Tensors
 * that late steps use exist once per image of the chunk.
 *
 * A program for several images divides the threads among workers: each worker takes the next chunk
 * of the batch and runs it alone, so no thread waits for another one at the end of a layer
 * (docs/decisions/0010-image-workers.md). A program for one image has one worker with all threads.
 * A position numbers the images in flight: worker * chunk_images + index within the chunk.
 *
 * Threads: builders change the program; afterwards it is read-only.
 */
#pragma once
#include "engine/dnnl-primitive.h"
#include "engine/lower.h"
#include "engine/program-options.h"
#include "net/params.h"

enum { LEUKO_STEP_MAX_ARGS = 8 };

/* The memory that holds an argument: the caller's image, a root, the step's workspace, weights. */
typedef enum {
    LEUKO_IN_IMAGE,
    LEUKO_IN_ROOT,
    LEUKO_IN_WORKSPACE,
    LEUKO_IN_WEIGHTS
} LeukoMemoryKind;

typedef struct {
    LeukoMemoryKind kind;
    guint root;
    gsize offset; /* in bytes from the start of the root or of the block of weights */
} LeukoLocation;

typedef struct {
    int arg;            /* DNNL_ARG_... */
    LeukoMemoryDesc md; /* of leuko_dnnl_desc(), or queried from the step's desc */
    LeukoLocation location;
} LeukoStepArg;

typedef struct {
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive; /* NULL: a concat (engine/program-concat.h) */
    int n_args;
    LeukoStepArg args[LEUKO_STEP_MAX_ARGS];
    gsize workspace_bytes;
    gint source_roots[LEUKO_MAX_INPUTS], target_root; /* -1: none */
    gint lowered;                                     /* index of the lowered step, -1: a reorder */
    gchar *name;
    const char *kind;
    guint64 flop; /* of one image */
    gsize bytes;  /* read and written for one image */
} LeukoStep;

/* Data for the block of weights, kept until the block exists. */
typedef struct {
    gsize offset, bytes;
    gpointer data; /* (bytes), owned */
} LeukoPendingConstant;

/* A tensor in the arena. The first ones are the lowered network's, in its order. */
typedef struct {
    guint channels, h, w;
    dnnl_data_type_t type;
    dnnl_format_tag_t layout;
    guint block; /* channels per block: 16 or 8; channels-last: all channels */
    gsize element_bytes;
} LeukoProgramRoot;

/* Offsets of all memory of a state (engine/program-memory.h). */
typedef struct {
    gsize *root_offset;      /* (n_roots): in a worker's part of the arena, for its first image */
    gboolean *per_image;     /* (n_roots): the root exists once per image of the chunk */
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
    guint8 *weights;        /* (weights_bytes): reordered weights and biases of all steps */
    gsize weights_bytes;
    GArray *constants; /* of LeukoPendingConstant; NULL after the block of weights exists */
    guint n_workers, worker_threads;
    guint chunk_images;
    guint n_early;           /* steps that run image by image */
    gsize input_bytes;       /* of the converted image; 0: steps read the caller's image */
    LeukoMemoryPlan *memory; /* of states that keep no layers */
    float **layer_scale;     /* (n_layers)(out_channels): scales of 8-bit outputs; NULL: all real */
    float *head_weights;     /* (C, K) or NULL */
    float *head_bias;        /* (K) */
};

static inline guint leuko_program_n_positions(const LeukoProgram *program)
{
    return program->n_workers * program->chunk_images;
}

/* Initialize a zeroed program, except its steps and head. After an error, leuko_program_unref()
 * frees it.
 * how  options for lowering the network
 * Errors: those of leuko_net_new(). */
gboolean leuko_program_prepare(LeukoProgram *program, const LeukoNet *net,
                               const LeukoProgramOptions *options, const LeukoLowerOptions *how,
                               GError **error);
/* Copy the head's parameters, if the net has classes. Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_program_copy_head(LeukoProgram *program, const LeukoParams *params, GError **error);

/* Add a tensor (1, channels, h, w); returns its index. */
guint leuko_program_add_root(LeukoProgram *program, guint channels, guint h, guint w,
                             dnnl_data_type_t type, dnnl_format_tag_t layout);
LeukoProgramRoot *leuko_program_root(const LeukoProgram *program, guint root);
/* The descriptor of a slice as a dense tensor (1, n, h, w). */
LeukoMemoryDesc leuko_program_slice_desc(const LeukoProgram *program, LeukoSlice slice);
LeukoLocation leuko_program_slice_location(const LeukoProgram *program, LeukoSlice slice);
void leuko_step_add_arg(LeukoStep *step, int arg, LeukoMemoryDesc md, LeukoLocation location);
/* Reserve `bytes` in the block of weights, which leuko_program_finish_steps() allocates. */
LeukoLocation leuko_program_reserve_weights(LeukoProgram *program, gsize bytes);
/* The memory of a step's argument in the block of weights; only after
 * leuko_program_finish_steps(). */
void *leuko_step_weights(const LeukoProgram *program, const LeukoStep *step, int arg);
/* Add the arguments of a convolution step that has its desc, and reserve the memory of its weights
 * and bias.
 * source  where its input lies
 * extra   as given to leuko_dnnl_conv() */
void leuko_program_add_conv_args(LeukoProgram *program, LeukoStep *step, LeukoLocation source,
                                 LeukoSlice target, const LeukoDnnlExtra *extra);
/* Add a step that converts root from_root (-1: the caller's image) to root to_root.
 * wanted  descriptor of the result
 * extra   scales and zero point; may be NULL
 * Errors: those of leuko_dnnl_ok(), as for the functions below. */
gboolean leuko_program_add_reorder(LeukoProgram *program, const char *name, gint from_root,
                                   guint to_root, LeukoMemoryDesc wanted,
                                   const LeukoDnnlExtra *extra, GError **error);
/* Add the lowered max or average pool number `lowered`; its type is the type of its roots. */
gboolean leuko_program_add_pool(LeukoProgram *program, guint lowered, GError **error);
/* Create workspaces and primitives and allocate the block of weights. Call it after the last step
 * is added. */
gboolean leuko_program_finish_steps(LeukoProgram *program, GError **error);

/* engine/plan-internal.h: what the files of the inference plan share.
 *
 * A plan runs its batch one image at a time: with N = 1 a slice of whole channel blocks is
 * contiguous, so every primitive sees a dense tensor at an offset, keeps its fast kernel, and the
 * concats cost nothing.
 *
 * Early layers have large activations and small weights, late ones the opposite (Mixed_6 and 7: 80
 * of 87 MB), and weights that come from memory for every image cost a tenth of the time. So a batch
 * runs in groups of n_slots images: through the early steps image by image, then step by step, each
 * for all images of the group while its weights are in cache. What late steps read and write exists
 * once for each slot.
 *
 * A plan for several images divides the threads into lanes: each takes the next group of its batch
 * and runs it alone, so that nobody waits for anybody at the end of a layer (decision 10). A plan
 * for one image has one lane of all threads. A place is a lane's slot: lane * n_slots + slot.
 */
#pragma once
#include "engine/dnnl.h"
#include "engine/fold.h"
#include "engine/lower.h"
#include "engine/plan.h"
#include "engine/team.h"

enum { LEUKO_STEP_MAX_ARGS = 8 };

/* Where an argument's memory lies. */
typedef enum { LEUKO_IN_IMAGE, LEUKO_IN_ROOT, LEUKO_IN_SCRATCH, LEUKO_IN_WEIGHTS } LeukoPlace;

typedef struct {
    LeukoPlace place;
    guint root;
    gsize offset; /* bytes, from the root's start or in the block of weights */
} LeukoWhere;

typedef struct {
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive; /* NULL: a concat, which we copy ourselves */
    int n_args;
    dnnl_exec_arg_t (*args)[LEUKO_STEP_MAX_ARGS]; /* (n_places)(n_args); owns the memory objects */
    LeukoWhere where[LEUKO_STEP_MAX_ARGS];
    gsize scratch_bytes;
    gint source_roots[LEUKO_MAX_INPUTS], target_root; /* -1: none */
    gint lowered;                                     /* index of the lowered step, -1: a reorder */
    gchar *name;
    const char *kind;
    guint64 flop;
    gsize bytes;
} LeukoStep;

typedef struct {
    guint layer;
    float *data; /* (batch, C, H, W) */
} LeukoKept;

/* A tensor in the arena. The first ones are the lowered network's, in its order. */
typedef struct {
    guint channels, h, w;
    dnnl_data_type_t type;
    dnnl_format_tag_t layout;
    guint block; /* neighboring channels: 16 or 8; channels-last: all of them */
    gsize element_bytes;
    gsize offset;     /* in a lane's arena, of slot 0 */
    gboolean in_slot; /* exists once for each slot */
} LeukoPlanRoot;

struct LeukoPlan {
    LeukoPlanOptions options;
    LeukoNet *net;
    LeukoLowered *lowered;
    gboolean channels_last; /* else float tensors are blocked */
    dnnl_stream_t *streams; /* (n_lanes) */
    GArray *roots;          /* of LeukoPlanRoot */
    GArray *steps;          /* of LeukoStep */
    guint8 *weights, *arena;
    gsize weights_bytes, arena_bytes;
    guint n_lanes, lane_threads;
    LeukoTeam *team;     /* of the lanes; NULL before the first run that needs it */
    guint n_slots;       /* images in a group */
    guint n_early;       /* steps that run image by image */
    gsize input_bytes;   /* of the converted image, 0: read as it is */
    gsize slot_bytes;    /* from one slot's copy to the next */
    gsize lane_bytes;    /* from one lane's arena to the next */
    gboolean bound;      /* the arena is laid out for what is kept */
    GArray *kept;        /* of LeukoKept */
    float **layer_scale; /* (n_layers)(out_channels): of quantized outputs; NULL: real ones */
    float *features;     /* (batch, C) */
    float *head_weights; /* (C, K) or NULL */
    float *head_bias;    /* (K) */
    float *logits, *probabilities; /* (batch, K) */
    double *sums; /* (n_lanes, n_sums): of the channels of one block, for the mean */
    guint n_sums;
    LeukoPlan *base; /* the plan whose net, primitives, weights and head this one uses */
    gint n_holders;  /* of a base: its owner and the plans that share it; atomic */
};

static inline guint leuko_plan_n_places(const LeukoPlan *plan)
{
    return plan->n_lanes * plan->n_slots;
}

/* plan.c: everything but steps; `how` the network is lowered. */
LeukoPlan *leuko_plan_skeleton(const LeukoNet *net, const LeukoPlanOptions *options,
                               const LeukoLowerOptions *how, GError **error);
gboolean leuko_plan_make_streams(LeukoPlan *plan, GError **error);
gboolean leuko_plan_take_head(LeukoPlan *plan, const LeukoParams *params, GError **error);

/* leuko_plan_new() with a layout of activations, chosen there by processor and precision. */
LeukoPlan *leuko_plan_new_as(const LeukoNet *net, const LeukoParams *params,
                             const LeukoPlanOptions *options, gboolean channels_last,
                             GError **error);

/* plan_build.c: primitives and reordered weights of a float plan, from `params`. */
gboolean leuko_plan_build(LeukoPlan *plan, const LeukoParams *params, GError **error);

/* plan_step.c: the parts of steps. */
guint leuko_plan_add_root(LeukoPlan *plan, guint channels, guint h, guint w, dnnl_data_type_t type,
                          dnnl_format_tag_t layout);
LeukoPlanRoot *leuko_plan_root(const LeukoPlan *plan, guint root);
guint8 *leuko_plan_root_data(const LeukoPlan *plan, guint root, guint place);
/* A slice as a dense tensor of its own, (1, n, h, w). */
gboolean leuko_plan_slice_desc(const LeukoPlan *plan, LeukoSlice slice, dnnl_memory_desc_t *md,
                               GError **error);
LeukoWhere leuko_plan_slice_where(const LeukoPlan *plan, LeukoSlice slice);
gboolean leuko_step_add_arg(const LeukoPlan *plan, LeukoStep *step, int arg,
                            const dnnl_memory_desc_t *md, LeukoWhere where, GError **error);
/* A place of `bytes` in the block of weights, which is allocated when all are known. */
LeukoWhere leuko_plan_reserve_weights(LeukoPlan *plan, gsize bytes);
/* Where step's argument lies in the weights; they must be allocated. */
void *leuko_step_weights(const LeukoPlan *plan, const LeukoStep *step, int arg);
/* Attributes: scratchpad from us; then, after the operation, add a bias per channel (or NULL), ReLU. */
gboolean leuko_step_attr(dnnl_primitive_attr_t *attr, const dnnl_memory_desc_t *bias, gboolean relu,
                         GError **error);
/* A max or average pool, on whatever type its roots have. */
gboolean leuko_plan_add_pool(LeukoPlan *plan, guint lowered, GError **error);
/* Scratchpads, primitives and the memory for weights, when all steps are described. */
gboolean leuko_plan_finish_steps(LeukoPlan *plan, GError **error);

/* plan_concat.c: a concat of whole roots; a step without a primitive. */
/* sources (n_sources): roots, or NULL for the lowered step's own. All of one layout and type. */
gboolean leuko_plan_add_concat(LeukoPlan *plan, guint lowered, const guint *sources,
                               GError **error);
gboolean leuko_plan_run_concat(const LeukoPlan *plan, const LeukoStep *step, guint place,
                               GError **error);

/* plan_bind.c: lay out the arena, point every memory object into it. */
gboolean leuko_plan_bind(LeukoPlan *plan, GError **error);
/* plan_output.c: what leaves the plan. `image` is the row to write. */
void leuko_plan_take_mean(LeukoPlan *plan, guint place, guint image);
void leuko_plan_take_kept(LeukoPlan *plan, guint place, guint image);
gboolean leuko_plan_classify(LeukoPlan *plan, guint n, GError **error);

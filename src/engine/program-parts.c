#include "engine/program-parts.h"
#include <string.h>

/* --- the program without steps ---------------------------------------------------------------- */

/* Chunks of 2 to 8 images are equally fast; memory grows with each image of a chunk. */
static void choose_workers(LeukoProgram *program)
{
    guint batch = program->options.batch;
    guint n_threads =
        program->options.n_threads ? program->options.n_threads : (guint)leuko_dnnl_set_threads(0);
    program->n_workers = MIN(batch, n_threads);
    program->worker_threads = n_threads / program->n_workers;
    program->chunk_images = MIN((batch + program->n_workers - 1) / program->n_workers, 4);
}

static void clear_constant(gpointer data) { g_free(((LeukoPendingConstant *)data)->data); }

gboolean leuko_program_prepare(LeukoProgram *program, const LeukoNet *net,
                               const LeukoProgramOptions *options, const LeukoLowerOptions *how,
                               GError **error)
{
    g_atomic_ref_count_init(&program->n_refs);
    program->options = *options;
    program->roots = g_array_new(FALSE, TRUE, sizeof(LeukoProgramRoot));
    program->steps = g_array_new(FALSE, TRUE, sizeof(LeukoStep));
    program->constants = g_array_new(FALSE, FALSE, sizeof(LeukoPendingConstant));
    g_array_set_clear_func(program->constants, clear_constant);
    choose_workers(program);
    program->net = leuko_net_new(leuko_net_spec(net), error);
    if (!program->net)
        return FALSE;
    program->lowered = leuko_lower(program->net, how);
    return TRUE;
}

gboolean leuko_program_copy_head(LeukoProgram *program, const LeukoParams *params, GError **error)
{
    if (leuko_net_spec(program->net)->n_classes == 0)
        return TRUE;
    const LeukoTensor *w = leuko_params_find(params, LEUKO_HEAD_WEIGHTS);
    const LeukoTensor *b = leuko_params_find(params, LEUKO_HEAD_BIASES);
    program->head_bias = g_memdup2(b->data, b->n_values * sizeof(float));
    program->head_weights = leuko_dnnl_alloc(w->n_values * sizeof(float), error);
    if (program->head_weights)
        memcpy(program->head_weights, w->data, w->n_values * sizeof(float));
    return program->head_weights != NULL;
}

/* --- roots, slices, arguments ---------------------------------------------------------------- */

guint leuko_program_add_root(LeukoProgram *program, guint channels, guint h, guint w,
                             dnnl_data_type_t type, dnnl_format_tag_t layout)
{
    guint block = layout == dnnl_nChw16c ? 16 : layout == dnnl_nChw8c ? 8 : channels;
    gsize element = type == dnnl_f32 ? 4 : type == dnnl_bf16 ? 2 : 1;
    LeukoProgramRoot root = {channels, h, w, type, layout, block, element};
    g_array_append_val(program->roots, root);
    return program->roots->len - 1;
}

LeukoProgramRoot *leuko_program_root(const LeukoProgram *program, guint root)
{
    return &g_array_index(program->roots, LeukoProgramRoot, root);
}

LeukoMemoryDesc leuko_program_slice_desc(const LeukoProgram *program, LeukoSlice slice)
{
    const LeukoProgramRoot *root = leuko_program_root(program, slice.root);
    const dnnl_dim_t dims[] = {1, slice.n, root->h, root->w};
    return leuko_dnnl_desc(4, dims, root->type, root->layout);
}

LeukoLocation leuko_program_slice_location(const LeukoProgram *program, LeukoSlice slice)
{
    const LeukoProgramRoot *root = leuko_program_root(program, slice.root);
    g_assert(slice.first % root->block == 0);
    return (LeukoLocation){LEUKO_IN_ROOT, slice.root,
                           (gsize)slice.first * root->h * root->w * root->element_bytes};
}

void leuko_step_add_arg(LeukoStep *step, int arg, LeukoMemoryDesc md, LeukoLocation location)
{
    g_assert(step->n_args < LEUKO_STEP_MAX_ARGS);
    step->args[step->n_args++] = (LeukoStepArg){arg, md, location};
}

LeukoLocation leuko_program_reserve_weights(LeukoProgram *program, gsize bytes)
{
    LeukoLocation location = {LEUKO_IN_WEIGHTS, 0, program->weights_bytes};
    program->weights_bytes += (bytes + 63) / 64 * 64;
    return location;
}

void *leuko_step_weights(const LeukoProgram *program, const LeukoStep *step, int arg)
{
    for (int a = 0; a < step->n_args; a++)
        if (step->args[a].arg == arg)
            return program->weights + step->args[a].location.offset;
    g_assert_not_reached();
}

/* Add the constants of a step as arguments; their values are copied when the memory exists. */
static void add_constants(LeukoProgram *program, LeukoStep *step, const LeukoDnnlExtra *extra)
{
    LeukoDnnlConstant constants[LEUKO_DNNL_MAX_CONSTANTS];
    guint n = extra ? leuko_dnnl_constants(step->desc, extra, constants) : 0;
    for (guint i = 0; i < n; i++) {
        LeukoMemoryDesc md = leuko_dnnl_desc(1, &constants[i].n, constants[i].type, dnnl_a);
        gsize bytes = dnnl_memory_desc_get_size(md);
        LeukoLocation location = leuko_program_reserve_weights(program, bytes);
        LeukoPendingConstant pending = {location.offset, bytes,
                                        g_memdup2(constants[i].data, bytes)};
        g_array_append_val(program->constants, pending);
        leuko_step_add_arg(step, constants[i].arg, md, location);
    }
}

/* --- convolutions and reorders ---------------------------------------------------------------- */

void leuko_program_add_conv_args(LeukoProgram *program, LeukoStep *step, LeukoLocation source,
                                 LeukoSlice target, const LeukoDnnlExtra *extra)
{
    LeukoMemoryDesc md[] = {leuko_dnnl_query(step->desc, dnnl_query_src_md, 0),
                            leuko_dnnl_query(step->desc, dnnl_query_weights_md, 0),
                            leuko_dnnl_query(step->desc, dnnl_query_weights_md, 1),
                            leuko_dnnl_query(step->desc, dnnl_query_dst_md, 0)};
    gsize bytes[G_N_ELEMENTS(md)];
    for (guint i = 0; i < G_N_ELEMENTS(md); i++)
        bytes[i] = dnnl_memory_desc_get_size(md[i]);
    leuko_step_add_arg(step, DNNL_ARG_SRC, md[0], source);
    leuko_step_add_arg(step, DNNL_ARG_WEIGHTS, md[1],
                       leuko_program_reserve_weights(program, bytes[1]));
    leuko_step_add_arg(step, DNNL_ARG_BIAS, md[2],
                       leuko_program_reserve_weights(program, bytes[2]));
    leuko_step_add_arg(step, DNNL_ARG_DST, md[3], leuko_program_slice_location(program, target));
    step->bytes = bytes[0] + bytes[1] + bytes[3];
    add_constants(program, step, extra);
}

gboolean leuko_program_add_reorder(LeukoProgram *program, const char *name, gint from_root,
                                   guint to_root, LeukoMemoryDesc wanted,
                                   const LeukoDnnlExtra *extra, GError **error)
{
    const LeukoProgramRoot *to = leuko_program_root(program, to_root);
    const dnnl_dim_t dims[] = {1, to->channels, to->h, to->w};
    LeukoMemoryDesc source =
        from_root < 0
            ? leuko_dnnl_desc(4, dims, dnnl_f32, dnnl_nchw)
            : leuko_program_slice_desc(program, (LeukoSlice){(guint)from_root, 0, to->channels});
    LeukoLocation from = {from_root < 0 ? LEUKO_IN_IMAGE : LEUKO_IN_ROOT, (guint)MAX(from_root, 0),
                          0};
    LeukoStep step = {.name = g_strdup(name),
                      .kind = "reorder",
                      .lowered = -1,
                      .source_roots = {from_root, -1, -1, -1},
                      .target_root = (gint)to_root};
    gboolean ok = leuko_dnnl_reorder(&step.desc, name, source, wanted, extra, error);
    if (ok) {
        leuko_step_add_arg(&step, DNNL_ARG_FROM, source, from);
        leuko_step_add_arg(&step, DNNL_ARG_TO, wanted, (LeukoLocation){LEUKO_IN_ROOT, to_root, 0});
        add_constants(program, &step, extra);
        step.bytes = dnnl_memory_desc_get_size(source) + dnnl_memory_desc_get_size(wanted);
        if (to_root == 0)
            program->input_bytes = dnnl_memory_desc_get_size(wanted);
    }
    g_array_append_val(program->steps, step);
    return ok;
}

/* --- pools ---------------------------------------------------------------------------------- */

static dnnl_alg_kind_t pool_algorithm(const LeukoProgram *program, const LeukoLoweredStep *s)
{
    if (s->kind == LEUKO_STEP_MAX_POOL)
        return dnnl_pooling_max;
    return leuko_net_spec(program->net)->pool_includes_padding ? dnnl_pooling_avg_include_padding
                                                               : dnnl_pooling_avg_exclude_padding;
}

gboolean leuko_program_add_pool(LeukoProgram *program, guint index, GError **error)
{
    const LeukoLoweredStep *s = &program->lowered->steps[index];
    const char *name = leuko_net_layer(program->net, s->members[0].layer)->name;
    LeukoStep step = {.name = g_strdup(name),
                      .kind = "pooling",
                      .lowered = (gint)index,
                      .source_roots = {(gint)s->source[0].root, -1, -1, -1},
                      .target_root = (gint)s->target.root};
    const dnnl_dim_t b_dims[] = {1, s->target.n, 1, 1};
    const LeukoDnnlPool pool = {.name = name,
                                .algorithm = pool_algorithm(program, s),
                                .source = leuko_program_slice_desc(program, s->source[0]),
                                .target = leuko_program_slice_desc(program, s->target),
                                .kernel = {s->kernel_h, s->kernel_w},
                                .strides = {s->stride, s->stride},
                                .pads = {s->pad_h, s->pad_w}};
    const LeukoDnnlExtra extra = {
        .relu = s->relu, .added = s->bias ? leuko_dnnl_desc(4, b_dims, dnnl_f32, dnnl_nchw) : NULL};
    gboolean ok = leuko_dnnl_pool(&step.desc, &pool, &extra, error);
    if (ok) {
        leuko_step_add_arg(&step, DNNL_ARG_SRC, pool.source,
                           leuko_program_slice_location(program, s->source[0]));
        leuko_step_add_arg(&step, DNNL_ARG_DST, pool.target,
                           leuko_program_slice_location(program, s->target));
        if (s->bias)
            leuko_step_add_arg(
                &step, LEUKO_DNNL_ARG_ADDED, extra.added,
                leuko_program_reserve_weights(program, dnnl_memory_desc_get_size(extra.added)));
        step.bytes =
            dnnl_memory_desc_get_size(pool.source) + dnnl_memory_desc_get_size(pool.target);
    }
    g_array_append_val(program->steps, step);
    return ok;
}

/* --- finishing -------------------------------------------------------------------------------- */

/* Add the workspace and create the primitive of a step; its other arguments must be complete. */
static gboolean finish_step(LeukoStep *step, GError **error)
{
    if (!step->desc)
        return TRUE;
    LeukoMemoryDesc scratch = leuko_dnnl_query(step->desc, dnnl_query_scratchpad_md, 0);
    step->workspace_bytes = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
    if (step->workspace_bytes > 0)
        leuko_step_add_arg(step, DNNL_ARG_SCRATCHPAD, scratch,
                           (LeukoLocation){.kind = LEUKO_IN_WORKSPACE});
    return leuko_dnnl_ok(dnnl_primitive_create(&step->primitive, step->desc), error, "%s",
                         step->name);
}

/* Early steps end before the first step whose weights are larger than its input and output. */
static guint count_early(const LeukoProgram *program)
{
    for (guint i = 0; i < program->steps->len; i++) {
        const LeukoStep *step = &g_array_index(program->steps, LeukoStep, i);
        LeukoMemoryDesc weights =
            step->desc ? leuko_dnnl_query(step->desc, dnnl_query_weights_md, 0) : NULL;
        if (weights && 2 * dnnl_memory_desc_get_size(weights) > step->bytes)
            return i;
    }
    return program->steps->len;
}

gboolean leuko_program_finish_steps(LeukoProgram *program, GError **error)
{
    for (guint i = 0; i < program->steps->len; i++)
        if (!finish_step(&g_array_index(program->steps, LeukoStep, i), error))
            return FALSE;
    program->n_early = program->chunk_images > 1 ? count_early(program) : program->steps->len;
    program->weights = leuko_dnnl_alloc(program->weights_bytes, error);
    for (guint i = 0; program->weights && i < program->constants->len; i++) {
        const LeukoPendingConstant *c = &g_array_index(program->constants, LeukoPendingConstant, i);
        memcpy(program->weights + c->offset, c->data, c->bytes);
    }
    g_clear_pointer(&program->constants, g_array_unref);
    return program->weights != NULL;
}

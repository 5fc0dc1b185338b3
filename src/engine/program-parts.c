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

gboolean leuko_program_prepare(LeukoProgram *program, const LeukoNet *net,
                               const LeukoProgramOptions *options, const LeukoLowerOptions *how,
                               GError **error)
{
    g_atomic_ref_count_init(&program->n_refs);
    program->options = *options;
    program->roots = g_array_new(FALSE, TRUE, sizeof(LeukoProgramRoot));
    program->steps = g_array_new(FALSE, TRUE, sizeof(LeukoStep));
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

gboolean leuko_program_slice_desc(const LeukoProgram *program, LeukoSlice slice,
                                  dnnl_memory_desc_t *md, GError **error)
{
    const LeukoProgramRoot *root = leuko_program_root(program, slice.root);
    const dnnl_dim_t dims[] = {1, slice.n, root->h, root->w};
    return leuko_dnnl_desc(md, 4, dims, root->type, root->layout, error);
}

LeukoLocation leuko_program_slice_location(const LeukoProgram *program, LeukoSlice slice)
{
    const LeukoProgramRoot *root = leuko_program_root(program, slice.root);
    g_assert(slice.first % root->block == 0);
    return (LeukoLocation){LEUKO_IN_ROOT, slice.root,
                           (gsize)slice.first * root->h * root->w * root->element_bytes};
}

void leuko_step_add_arg(LeukoStep *step, int arg, const dnnl_memory_desc_t *md,
                        LeukoLocation location)
{
    g_assert(step->n_args < LEUKO_STEP_MAX_ARGS);
    step->args[step->n_args++] = (LeukoStepArg){arg, *md, location};
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

/* --- attributes ------------------------------------------------------------------------------ */

gboolean leuko_step_attr(dnnl_primitive_attr_t *attr, const dnnl_memory_desc_t *bias, gboolean relu,
                         GError **error)
{
    g_auto(dnnl_post_ops_t) ops = NULL;
    return leuko_dnnl_ok(dnnl_primitive_attr_create(attr), error, "attributes") &&
           leuko_dnnl_ok(dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user),
                         error, "scratchpad mode") &&
           leuko_dnnl_ok(dnnl_post_ops_create(&ops), error, "post-operations") &&
           (!bias || leuko_dnnl_ok(dnnl_post_ops_append_binary(ops, dnnl_binary_add, bias), error,
                                   "bias after pool")) &&
           (!relu || leuko_dnnl_ok(dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0, 0),
                                   error, "ReLU")) &&
           leuko_dnnl_ok(dnnl_primitive_attr_set_post_ops(*attr, ops), error, "post-operations");
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
    dnnl_engine_t engine = leuko_dnnl_engine(error);
    const dnnl_dims_t strides = {s->stride, s->stride}, kernel = {s->kernel_h, s->kernel_w};
    const dnnl_dims_t pads = {s->pad_h, s->pad_w}, dilation = {0, 0};
    const dnnl_dim_t b_dims[] = {1, s->target.n, 1, 1};
    dnnl_memory_desc_t source, target, bias;
    dnnl_pooling_v2_desc_t pool;
    g_auto(dnnl_primitive_attr_t) attr = NULL;
    gboolean ok = engine && leuko_program_slice_desc(program, s->source[0], &source, error) &&
                  leuko_program_slice_desc(program, s->target, &target, error) &&
                  leuko_dnnl_desc(&bias, 4, b_dims, dnnl_f32, dnnl_nchw, error) &&
                  leuko_step_attr(&attr, s->bias ? &bias : NULL, s->relu, error) &&
                  leuko_dnnl_ok(dnnl_pooling_v2_forward_desc_init(
                                    &pool, dnnl_forward_inference, pool_algorithm(program, s),
                                    &source, &target, strides, kernel, dilation, pads, pads),
                                error, "pooling %s", name) &&
                  leuko_dnnl_ok(dnnl_primitive_desc_create(&step.desc, &pool, attr, engine, NULL),
                                error, "pooling %s", name);
    if (ok) {
        leuko_step_add_arg(&step, DNNL_ARG_SRC, &source,
                           leuko_program_slice_location(program, s->source[0]));
        leuko_step_add_arg(&step, DNNL_ARG_DST, &target,
                           leuko_program_slice_location(program, s->target));
        if (s->bias)
            leuko_step_add_arg(
                &step, DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, &bias,
                leuko_program_reserve_weights(program, dnnl_memory_desc_get_size(&bias)));
        step.bytes = dnnl_memory_desc_get_size(&source) + dnnl_memory_desc_get_size(&target);
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
    const dnnl_memory_desc_t *scratch = leuko_dnnl_query(step->desc, dnnl_query_scratchpad_md, 0);
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
        const dnnl_memory_desc_t *weights =
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
    return program->weights != NULL;
}

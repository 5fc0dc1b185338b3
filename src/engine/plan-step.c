#include "engine/plan-internal.h"

/* --- roots, slices, arguments ---------------------------------------------------------------- */

guint leuko_plan_add_root(LeukoPlan *plan, guint channels, guint h, guint w, dnnl_data_type_t type,
                          dnnl_format_tag_t layout)
{
    guint block = layout == dnnl_nChw16c ? 16 : layout == dnnl_nChw8c ? 8 : channels;
    gsize element = type == dnnl_f32 ? 4 : type == dnnl_bf16 ? 2 : 1;
    LeukoPlanRoot root = {channels, h, w, type, layout, block, element, 0, FALSE};
    g_array_append_val(plan->roots, root);
    return plan->roots->len - 1;
}

LeukoPlanRoot *leuko_plan_root(const LeukoPlan *plan, guint root)
{
    return &g_array_index(plan->roots, LeukoPlanRoot, root);
}

guint8 *leuko_plan_root_data(const LeukoPlan *plan, guint root, guint place)
{
    const LeukoPlanRoot *r = leuko_plan_root(plan, root);
    guint lane = place / plan->n_slots, slot = place % plan->n_slots;
    return plan->arena + lane * plan->lane_bytes + r->offset +
           (r->in_slot ? slot * plan->slot_bytes : 0);
}

gboolean leuko_plan_slice_desc(const LeukoPlan *plan, LeukoSlice slice, dnnl_memory_desc_t *md,
                               GError **error)
{
    const LeukoPlanRoot *root = leuko_plan_root(plan, slice.root);
    const dnnl_dim_t dims[] = {1, slice.n, root->h, root->w};
    return leuko_dnnl_desc(md, 4, dims, root->type, root->layout, error);
}

LeukoWhere leuko_plan_slice_where(const LeukoPlan *plan, LeukoSlice slice)
{
    const LeukoPlanRoot *root = leuko_plan_root(plan, slice.root);
    g_assert(slice.first % root->block == 0);
    return (LeukoWhere){LEUKO_IN_ROOT, slice.root,
                        (gsize)slice.first * root->h * root->w * root->element_bytes};
}

gboolean leuko_step_add_arg(const LeukoPlan *plan, LeukoStep *step, int arg,
                            const dnnl_memory_desc_t *md, LeukoWhere where, GError **error)
{
    g_assert(step->n_args < LEUKO_STEP_MAX_ARGS);
    if (!step->args)
        step->args = g_malloc0_n(leuko_plan_n_places(plan), sizeof *step->args);
    gboolean ok = TRUE;
    for (guint place = 0; place < leuko_plan_n_places(plan); place++) {
        dnnl_memory_t memory = ok ? leuko_dnnl_memory_new(md, NULL, error) : NULL;
        step->args[place][step->n_args] = (dnnl_exec_arg_t){arg, memory};
        ok = ok && memory;
    }
    step->where[step->n_args++] = where;
    return ok;
}

LeukoWhere leuko_plan_reserve_weights(LeukoPlan *plan, gsize bytes)
{
    LeukoWhere where = {LEUKO_IN_WEIGHTS, 0, plan->weights_bytes};
    plan->weights_bytes += (bytes + 63) / 64 * 64;
    return where;
}

void *leuko_step_weights(const LeukoPlan *plan, const LeukoStep *step, int arg)
{
    for (int a = 0; a < step->n_args; a++)
        if (step->args[0][a].arg == arg)
            return plan->weights + step->where[a].offset;
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

static dnnl_alg_kind_t pool_algorithm(const LeukoPlan *plan, const LeukoLoweredStep *s)
{
    if (s->kind == LEUKO_STEP_MAX_POOL)
        return dnnl_pooling_max;
    return leuko_net_spec(plan->net)->pool_includes_padding ? dnnl_pooling_avg_include_padding
                                                            : dnnl_pooling_avg_exclude_padding;
}

gboolean leuko_plan_add_pool(LeukoPlan *plan, guint index, GError **error)
{
    const LeukoLoweredStep *s = &plan->lowered->steps[index];
    const char *name = leuko_net_layer(plan->net, s->members[0].layer)->name;
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
    gboolean ok =
        engine && leuko_plan_slice_desc(plan, s->source[0], &source, error) &&
        leuko_plan_slice_desc(plan, s->target, &target, error) &&
        leuko_dnnl_desc(&bias, 4, b_dims, dnnl_f32, dnnl_nchw, error) &&
        leuko_step_attr(&attr, s->bias ? &bias : NULL, s->relu, error) &&
        leuko_dnnl_ok(dnnl_pooling_v2_forward_desc_init(&pool, dnnl_forward_inference,
                                                        pool_algorithm(plan, s), &source, &target,
                                                        strides, kernel, dilation, pads, pads),
                      error, "pooling %s", name) &&
        leuko_dnnl_ok(dnnl_primitive_desc_create(&step.desc, &pool, attr, engine, NULL), error,
                      "pooling %s", name) &&
        leuko_step_add_arg(plan, &step, DNNL_ARG_SRC, &source,
                           leuko_plan_slice_where(plan, s->source[0]), error) &&
        leuko_step_add_arg(plan, &step, DNNL_ARG_DST, &target,
                           leuko_plan_slice_where(plan, s->target), error) &&
        (!s->bias ||
         leuko_step_add_arg(plan, &step, DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, &bias,
                            leuko_plan_reserve_weights(plan, dnnl_memory_desc_get_size(&bias)),
                            error));
    if (ok)
        step.bytes = dnnl_memory_desc_get_size(&source) + dnnl_memory_desc_get_size(&target);
    g_array_append_val(plan->steps, step);
    return ok;
}

/* --- when all are described ------------------------------------------------------------------- */

/* Scratchpad and primitive of a step whose descriptor and other arguments are there. */
static gboolean finish_step(const LeukoPlan *plan, LeukoStep *step, GError **error)
{
    if (!step->desc)
        return TRUE;
    const dnnl_memory_desc_t *scratch = leuko_dnnl_query(step->desc, dnnl_query_scratchpad_md, 0);
    step->scratch_bytes = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
    if (step->scratch_bytes > 0 &&
        !leuko_step_add_arg(plan, step, DNNL_ARG_SCRATCHPAD, scratch,
                            (LeukoWhere){.place = LEUKO_IN_SCRATCH}, error))
        return FALSE;
    return leuko_dnnl_ok(dnnl_primitive_create(&step->primitive, step->desc), error, "%s",
                         step->name);
}

/* Early steps end before the first whose weights are larger than what it reads and writes. */
static guint count_early(const LeukoPlan *plan)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const LeukoStep *step = &g_array_index(plan->steps, LeukoStep, i);
        const dnnl_memory_desc_t *weights =
            step->desc ? leuko_dnnl_query(step->desc, dnnl_query_weights_md, 0) : NULL;
        if (weights && 2 * dnnl_memory_desc_get_size(weights) > step->bytes)
            return i;
    }
    return plan->steps->len;
}

gboolean leuko_plan_finish_steps(LeukoPlan *plan, GError **error)
{
    for (guint i = 0; i < plan->steps->len; i++)
        if (!finish_step(plan, &g_array_index(plan->steps, LeukoStep, i), error))
            return FALSE;
    plan->n_early = plan->n_slots > 1 ? count_early(plan) : plan->steps->len;
    plan->weights = leuko_dnnl_alloc(plan->weights_bytes, error);
    return plan->weights != NULL;
}

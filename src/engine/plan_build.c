#include "engine/plan_internal.h"
#include <string.h>

/* --- memory descriptors --------------------------------------------------------------------- */

/* A slice as a dense tensor of its own, (1, n, h, w). */
static gboolean slice_desc(const LeukoPlan *plan, LeukoSlice slice, dnnl_memory_desc_t *md,
                           GError **error)
{
    const LeukoRoot *root = &plan->lowered->roots[slice.root];
    const dnnl_dim_t dims[] = {1, slice.n, root->h, root->w};
    return leuko_dnnl_desc(md, 4, dims, plan->type, slice.root == 0 ? dnnl_format_tag_any : plan->layout,
                           error);
}

static LeukoWhere slice_where(const LeukoPlan *plan, LeukoSlice slice)
{
    const LeukoRoot *root = &plan->lowered->roots[slice.root];
    g_assert(slice.root == 0 || slice.first % plan->block == 0);
    return (LeukoWhere){LEUKO_IN_ROOT, slice.root,
                        (gsize)slice.first * root->h * root->w * plan->element_bytes};
}

static gboolean add_arg(const LeukoPlan *plan, LeukoStep *step, int arg,
                        const dnnl_memory_desc_t *md, LeukoWhere where, GError **error)
{
    g_assert(step->n_args < LEUKO_STEP_MAX_ARGS);
    if (!step->args)
        step->args = g_malloc0_n(plan->n_slots, sizeof *step->args);
    gboolean ok = TRUE;
    for (guint slot = 0; slot < plan->n_slots; slot++) {
        dnnl_memory_t memory = ok ? leuko_dnnl_memory_new(md, NULL, error) : NULL;
        step->args[slot][step->n_args] = (dnnl_exec_arg_t){arg, memory};
        ok = ok && memory;
    }
    step->where[step->n_args++] = where;
    return ok;
}

/* A place of `bytes` in the block of weights, which is allocated when all are known. */
static LeukoWhere reserve_weights(LeukoPlan *plan, gsize bytes)
{
    LeukoWhere where = {LEUKO_IN_WEIGHTS, 0, plan->weights_bytes};
    plan->weights_bytes += (bytes + 63) / 64 * 64;
    return where;
}

/* --- attributes ----------------------------------------------------------------------------- */

/* Scratchpad from us; then, after the operation: add a bias per channel, ReLU. */
static gboolean make_attr(dnnl_primitive_attr_t *attr, const dnnl_memory_desc_t *bias, gboolean relu,
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

/* --- convolutions --------------------------------------------------------------------------- */

/* Winograd's F(4x4, 3x3) and F(2x2, 3x3) take 1/4 to 4/9 of the multiplications. A fixed rule, and
 * no timing at run time, so that the same build on the same processor gives the same bytes: measured
 * on a Zen 4, each of the shapes that oneDNN accepts was 1.2 to 2.2 times as fast as direct. */
static gboolean wants_winograd(const LeukoPlan *plan, const LeukoLoweredStep *s)
{
    return plan->type == dnnl_f32 && s->kernel_h == 3 && s->kernel_w == 3 && s->stride == 1 &&
           s->source[0].root != 0;
}

static gboolean conv_desc(const LeukoPlan *plan, const LeukoLoweredStep *s, dnnl_alg_kind_t algorithm,
                          dnnl_primitive_desc_t *desc, GError **error)
{
    const char *name = leuko_net_layer(plan->net, s->members[0].layer)->name;
    dnnl_engine_t engine = leuko_dnnl_engine(error);
    const dnnl_dim_t w_dims[] = {s->target.n, s->source[0].n, s->kernel_h, s->kernel_w};
    const dnnl_dim_t b_dims[] = {s->target.n};
    const dnnl_dims_t strides = {s->stride, s->stride}, pads = {s->pad_h, s->pad_w};
    dnnl_memory_desc_t source, weights, bias, target;
    dnnl_convolution_desc_t conv;
    g_auto(dnnl_primitive_attr_t) attr = NULL;
    return engine && slice_desc(plan, s->source[0], &source, error) &&
           slice_desc(plan, s->target, &target, error) &&
           leuko_dnnl_desc(&weights, 4, w_dims, plan->type, dnnl_format_tag_any, error) &&
           leuko_dnnl_desc(&bias, 1, b_dims, dnnl_f32, dnnl_a, error) &&
           make_attr(&attr, NULL, s->relu, error) &&
           leuko_dnnl_ok(dnnl_convolution_forward_desc_init(&conv, dnnl_forward_inference, algorithm,
                                                            &source, &weights, &bias, &target,
                                                            strides, pads, pads),
                         error, "convolution %s", name) &&
           leuko_dnnl_ok(dnnl_primitive_desc_create(desc, &conv, attr, engine, NULL), error,
                         "convolution %s", name);
}

/* The first convolution reads the caller's image as it is, if its kernel takes planar float32;
 * else a reorder step comes before it. */
static gboolean add_image_reorder(LeukoPlan *plan, const dnnl_memory_desc_t *wanted,
                                  gboolean *reordered, GError **error)
{
    const LeukoRoot *input = &plan->lowered->roots[0];
    const dnnl_dim_t dims[] = {1, input->channels, input->h, input->w};
    dnnl_memory_desc_t image;
    dnnl_engine_t engine = leuko_dnnl_engine(error);
    g_auto(dnnl_primitive_attr_t) attr = NULL;
    if (!engine || !leuko_dnnl_desc(&image, 4, dims, dnnl_f32, dnnl_nchw, error))
        return FALSE;
    *reordered = !dnnl_memory_desc_equal(&image, wanted);
    if (!*reordered)
        return TRUE;
    plan->input_bytes = dnnl_memory_desc_get_size(wanted);
    LeukoStep step = {.name = g_strdup("reorder input"),
                      .kind = "reorder",
                      .lowered = -1,
                      .source_roots = {-1, -1, -1, -1},
                      .target_root = 0,
                      .bytes = dnnl_memory_desc_get_size(&image) + dnnl_memory_desc_get_size(wanted)};
    gboolean ok =
        make_attr(&attr, NULL, FALSE, error) &&
        leuko_dnnl_ok(dnnl_reorder_primitive_desc_create(&step.desc, &image, engine, wanted, engine, attr),
                      error, "reorder of the image") &&
        add_arg(plan, &step, DNNL_ARG_FROM, &image, (LeukoWhere){.place = LEUKO_IN_IMAGE}, error) &&
        add_arg(plan, &step, DNNL_ARG_TO, wanted, (LeukoWhere){.place = LEUKO_IN_ROOT}, error);
    g_array_append_val(plan->steps, step);
    return ok;
}

static gchar *step_name(const LeukoPlan *plan, const LeukoLoweredStep *s)
{
    GString *name = g_string_new(leuko_net_layer(plan->net, s->members[0].layer)->name);
    for (guint k = 1; k < s->n_members; k++)
        g_string_append_printf(name, "+%s", leuko_net_layer(plan->net, s->members[k].layer)->name);
    return g_string_free(name, FALSE);
}

static gsize desc_bytes(const LeukoStep *step, dnnl_query_t what, int index)
{
    const dnnl_memory_desc_t *md = leuko_dnnl_query(step->desc, what, index);
    return md ? dnnl_memory_desc_get_size(md) : 0;
}

static gboolean add_conv(LeukoPlan *plan, guint index, GError **error)
{
    const LeukoLoweredStep *s = &plan->lowered->steps[index];
    LeukoStep step = {.kind = "convolution",
                      .lowered = (gint)index,
                      .source_roots = {(gint)s->source[0].root, -1, -1, -1},
                      .target_root = (gint)s->target.root};
    gboolean ok = wants_winograd(plan, s) &&
                  conv_desc(plan, s, dnnl_convolution_winograd, &step.desc, NULL);
    if (!ok && !conv_desc(plan, s, dnnl_convolution_direct, &step.desc, error))
        return FALSE;

    const dnnl_memory_desc_t *source = leuko_dnnl_query(step.desc, dnnl_query_src_md, 0);
    LeukoWhere from = slice_where(plan, s->source[0]);
    gboolean reordered = FALSE;
    ok = TRUE;
    if (s->source[0].root == 0) {
        ok = add_image_reorder(plan, source, &reordered, error);
        from.place = reordered ? LEUKO_IN_ROOT : LEUKO_IN_IMAGE;
        step.source_roots[0] = reordered ? 0 : -1;
    }
    const dnnl_memory_desc_t *weights = leuko_dnnl_query(step.desc, dnnl_query_weights_md, 0);
    const dnnl_memory_desc_t *bias = leuko_dnnl_query(step.desc, dnnl_query_weights_md, 1);
    const dnnl_memory_desc_t *target = leuko_dnnl_query(step.desc, dnnl_query_dst_md, 0);
    ok = ok && add_arg(plan, &step, DNNL_ARG_SRC, source, from, error) &&
         add_arg(plan, &step, DNNL_ARG_WEIGHTS, weights,
                 reserve_weights(plan, dnnl_memory_desc_get_size(weights)), error) &&
         add_arg(plan, &step, DNNL_ARG_BIAS, bias, reserve_weights(plan, dnnl_memory_desc_get_size(bias)),
                 error) &&
         add_arg(plan, &step, DNNL_ARG_DST, target, slice_where(plan, s->target), error);
    step.name = step_name(plan, s);
    for (guint k = 0; k < s->n_members; k++) {
        const LeukoLayer *l = leuko_net_layer(plan->net, s->members[k].layer);
        step.flop += 2 * (guint64)s->out_h * s->out_w * l->out_channels * l->in_channels *
                     l->kernel_h * l->kernel_w;
    }
    step.bytes = desc_bytes(&step, dnnl_query_src_md, 0) + desc_bytes(&step, dnnl_query_weights_md, 0) +
                 desc_bytes(&step, dnnl_query_dst_md, 0);
    g_array_append_val(plan->steps, step);
    return ok;
}

/* --- pools ---------------------------------------------------------------------------------- */

static dnnl_alg_kind_t pool_algorithm(const LeukoPlan *plan, const LeukoLoweredStep *s)
{
    if (s->kind == LEUKO_STEP_MAX_POOL)
        return dnnl_pooling_max;
    return leuko_net_spec(plan->net)->pool_includes_padding ? dnnl_pooling_avg_include_padding
                                                            : dnnl_pooling_avg_exclude_padding;
}

static gboolean add_pool(LeukoPlan *plan, guint index, GError **error)
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
        engine && slice_desc(plan, s->source[0], &source, error) &&
        slice_desc(plan, s->target, &target, error) &&
        leuko_dnnl_desc(&bias, 4, b_dims, dnnl_f32, dnnl_nchw, error) &&
        make_attr(&attr, s->bias ? &bias : NULL, s->relu, error) &&
        leuko_dnnl_ok(dnnl_pooling_v2_forward_desc_init(&pool, dnnl_forward_inference,
                                                        pool_algorithm(plan, s), &source, &target,
                                                        strides, kernel, dilation, pads, pads),
                      error, "pooling %s", name) &&
        leuko_dnnl_ok(dnnl_primitive_desc_create(&step.desc, &pool, attr, engine, NULL), error,
                      "pooling %s", name) &&
        add_arg(plan, &step, DNNL_ARG_SRC, &source, slice_where(plan, s->source[0]), error) &&
        add_arg(plan, &step, DNNL_ARG_DST, &target, slice_where(plan, s->target), error) &&
        (!s->bias || add_arg(plan, &step, DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, &bias,
                             reserve_weights(plan, dnnl_memory_desc_get_size(&bias)), error));
    if (ok)
        step.bytes = dnnl_memory_desc_get_size(&source) + dnnl_memory_desc_get_size(&target);
    g_array_append_val(plan->steps, step);
    return ok;
}

/* --- all together --------------------------------------------------------------------------- */

/* Scratchpad and primitive of a step whose descriptor and other arguments are there. */
static gboolean finish_step(const LeukoPlan *plan, LeukoStep *step, GError **error)
{
    const dnnl_memory_desc_t *scratch = leuko_dnnl_query(step->desc, dnnl_query_scratchpad_md, 0);
    step->scratch_bytes = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
    if (step->scratch_bytes > 0 &&
        !add_arg(plan, step, DNNL_ARG_SCRATCHPAD, scratch, (LeukoWhere){.place = LEUKO_IN_SCRATCH}, error))
        return FALSE;
    return leuko_dnnl_ok(dnnl_primitive_create(&step->primitive, step->desc), error, "%s",
                         step->name);
}

static const LeukoWhere *where_is(const LeukoStep *step, int arg)
{
    for (int a = 0; a < step->n_args; a++)
        if (step->args[0][a].arg == arg)
            return &step->where[a];
    g_assert_not_reached();
}

/* Fold, then convert into the layout that the kernel asked for. */
static gboolean fill_conv(LeukoPlan *plan, const LeukoStep *step, const LeukoParams *params,
                          GError **error)
{
    const LeukoLoweredStep *s = &plan->lowered->steps[step->lowered];
    g_autoptr(LeukoFolded) folded = leuko_fold(plan->net, params, plan->lowered, s, error);
    dnnl_memory_desc_t plain;
    if (!folded)
        return FALSE;
    const dnnl_dim_t dims[] = {folded->oc, folded->ic, folded->kh, folded->kw};
    memcpy(plan->weights + where_is(step, DNNL_ARG_BIAS)->offset, folded->bias,
           folded->oc * sizeof(float));
    return leuko_dnnl_desc(&plain, 4, dims, dnnl_f32, dnnl_oihw, error) &&
           leuko_dnnl_convert(plan->stream, &plain, folded->weights,
                              leuko_dnnl_query(step->desc, dnnl_query_weights_md, 0),
                              plan->weights + where_is(step, DNNL_ARG_WEIGHTS)->offset, NULL, error);
}

static gboolean fill_weights(LeukoPlan *plan, const LeukoParams *params, GError **error)
{
    plan->weights = leuko_dnnl_alloc(plan->weights_bytes, error);
    if (!plan->weights)
        return FALSE;
    for (guint i = 0; i < plan->steps->len; i++) {
        const LeukoStep *step = &g_array_index(plan->steps, LeukoStep, i);
        if (step->lowered < 0)
            continue;
        const LeukoLoweredStep *s = &plan->lowered->steps[step->lowered];
        if (s->kind == LEUKO_STEP_CONV && !fill_conv(plan, step, params, error))
            return FALSE;
        if (s->kind == LEUKO_STEP_AVG_POOL && s->bias) {
            g_autofree float *bias =
                leuko_fold_bias(plan->net, params, s->bias_layer, s->target.n);
            int arg = DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1;
            memcpy(plan->weights + where_is(step, arg)->offset, bias, s->target.n * sizeof(float));
        }
    }
    return TRUE;
}

/* Early steps end before the first whose weights are larger than what it reads and writes. */
static guint count_early(const LeukoPlan *plan)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const LeukoStep *step = &g_array_index(plan->steps, LeukoStep, i);
        if (step->lowered >= 0 && plan->lowered->steps[step->lowered].kind == LEUKO_STEP_CONV &&
            2 * desc_bytes(step, dnnl_query_weights_md, 0) > step->bytes)
            return i;
    }
    return plan->steps->len;
}

gboolean leuko_plan_build(LeukoPlan *plan, const LeukoParams *params, GError **error)
{
    for (guint i = 0; i < plan->lowered->n_steps; i++) {
        gboolean conv = plan->lowered->steps[i].kind == LEUKO_STEP_CONV;
        if (!(conv ? add_conv(plan, i, error) : add_pool(plan, i, error)))
            return FALSE;
    }
    for (guint i = 0; i < plan->steps->len; i++)
        if (!finish_step(plan, &g_array_index(plan->steps, LeukoStep, i), error))
            return FALSE;
    plan->n_early = plan->n_slots > 1 ? count_early(plan) : plan->steps->len;
    return fill_weights(plan, params, error);
}

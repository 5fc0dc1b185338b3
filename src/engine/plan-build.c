#include "engine/plan-internal.h"
#include <string.h>

/* --- convolutions --------------------------------------------------------------------------- */

/* Winograd's F(4x4, 3x3) and F(2x2, 3x3) take 1/4 to 4/9 of the multiplications. A fixed rule, and
 * no timing at run time, so that the same build on the same processor gives the same bytes: measured
 * on a Zen 4, each of the shapes that oneDNN accepts was 1.2 to 2.2 times as fast as direct. */
static gboolean wants_winograd(const LeukoPlan *plan, const LeukoLoweredStep *s)
{
    return leuko_plan_root(plan, s->source[0].root)->type == dnnl_f32 && s->kernel_h == 3 &&
           s->kernel_w == 3 && s->stride == 1 && s->source[0].root != 0;
}

static gboolean conv_desc(const LeukoPlan *plan, const LeukoLoweredStep *s,
                          dnnl_alg_kind_t algorithm, dnnl_primitive_desc_t *desc, GError **error)
{
    const char *name = leuko_net_layer(plan->net, s->members[0].layer)->name;
    dnnl_engine_t engine = leuko_dnnl_engine(error);
    const dnnl_dim_t w_dims[] = {s->target.n, s->source[0].n, s->kernel_h, s->kernel_w};
    const dnnl_dim_t b_dims[] = {s->target.n};
    const dnnl_dims_t strides = {s->stride, s->stride}, pads = {s->pad_h, s->pad_w};
    dnnl_memory_desc_t source, weights, bias, target;
    dnnl_convolution_desc_t conv;
    g_auto(dnnl_primitive_attr_t) attr = NULL;
    return engine && leuko_plan_slice_desc(plan, s->source[0], &source, error) &&
           leuko_plan_slice_desc(plan, s->target, &target, error) &&
           leuko_dnnl_desc(&weights, 4, w_dims, source.data_type, dnnl_format_tag_any, error) &&
           leuko_dnnl_desc(&bias, 1, b_dims, dnnl_f32, dnnl_a, error) &&
           leuko_step_attr(&attr, NULL, s->relu, error) &&
           leuko_dnnl_ok(dnnl_convolution_forward_desc_init(&conv, dnnl_forward_inference,
                                                            algorithm, &source, &weights, &bias,
                                                            &target, strides, pads, pads),
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
                      .bytes =
                          dnnl_memory_desc_get_size(&image) + dnnl_memory_desc_get_size(wanted)};
    gboolean ok = leuko_step_attr(&attr, NULL, FALSE, error) &&
                  leuko_dnnl_ok(dnnl_reorder_primitive_desc_create(&step.desc, &image, engine,
                                                                   wanted, engine, attr),
                                error, "reorder of the image") &&
                  leuko_step_add_arg(plan, &step, DNNL_ARG_FROM, &image,
                                     (LeukoWhere){.place = LEUKO_IN_IMAGE}, error) &&
                  leuko_step_add_arg(plan, &step, DNNL_ARG_TO, wanted,
                                     (LeukoWhere){.place = LEUKO_IN_ROOT}, error);
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
    gboolean ok =
        wants_winograd(plan, s) && conv_desc(plan, s, dnnl_convolution_winograd, &step.desc, NULL);
    if (!ok && !conv_desc(plan, s, dnnl_convolution_direct, &step.desc, error))
        return FALSE;

    const dnnl_memory_desc_t *source = leuko_dnnl_query(step.desc, dnnl_query_src_md, 0);
    LeukoWhere from = leuko_plan_slice_where(plan, s->source[0]);
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
    ok = ok && leuko_step_add_arg(plan, &step, DNNL_ARG_SRC, source, from, error) &&
         leuko_step_add_arg(plan, &step, DNNL_ARG_WEIGHTS, weights,
                            leuko_plan_reserve_weights(plan, dnnl_memory_desc_get_size(weights)),
                            error) &&
         leuko_step_add_arg(plan, &step, DNNL_ARG_BIAS, bias,
                            leuko_plan_reserve_weights(plan, dnnl_memory_desc_get_size(bias)),
                            error) &&
         leuko_step_add_arg(plan, &step, DNNL_ARG_DST, target,
                            leuko_plan_slice_where(plan, s->target), error);
    step.name = step_name(plan, s);
    for (guint k = 0; k < s->n_members; k++) {
        const LeukoLayer *l = leuko_net_layer(plan->net, s->members[k].layer);
        step.flop += 2 * (guint64)s->out_h * s->out_w * l->out_channels * l->in_channels *
                     l->kernel_h * l->kernel_w;
    }
    step.bytes = desc_bytes(&step, dnnl_query_src_md, 0) +
                 desc_bytes(&step, dnnl_query_weights_md, 0) +
                 desc_bytes(&step, dnnl_query_dst_md, 0);
    g_array_append_val(plan->steps, step);
    return ok;
}

/* --- all together --------------------------------------------------------------------------- */

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
    memcpy(leuko_step_weights(plan, step, DNNL_ARG_BIAS), folded->bias, folded->oc * sizeof(float));
    return leuko_dnnl_desc(&plain, 4, dims, dnnl_f32, dnnl_oihw, error) &&
           leuko_dnnl_convert(plan->streams[0], &plain, folded->weights,
                              leuko_dnnl_query(step->desc, dnnl_query_weights_md, 0),
                              leuko_step_weights(plan, step, DNNL_ARG_WEIGHTS), NULL, error);
}

static gboolean fill_weights(LeukoPlan *plan, const LeukoParams *params, GError **error)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const LeukoStep *step = &g_array_index(plan->steps, LeukoStep, i);
        if (step->lowered < 0)
            continue;
        const LeukoLoweredStep *s = &plan->lowered->steps[step->lowered];
        if (s->kind == LEUKO_STEP_CONV && !fill_conv(plan, step, params, error))
            return FALSE;
        if (s->kind == LEUKO_STEP_AVG_POOL && s->bias) {
            g_autofree float *bias = leuko_fold_bias(plan->net, params, s->bias_layer, s->target.n);
            int arg = DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1;
            memcpy(leuko_step_weights(plan, step, arg), bias, s->target.n * sizeof(float));
        }
    }
    return TRUE;
}

/* The lowered network's tensors: the image in what layout its convolution likes. */
static void add_roots(LeukoPlan *plan)
{
    dnnl_data_type_t type = plan->options.precision == LEUKO_BF16 ? dnnl_bf16 : dnnl_f32;
    for (guint r = 0; r < plan->lowered->n_roots; r++) {
        const LeukoRoot *root = &plan->lowered->roots[r];
        leuko_plan_add_root(plan, root->channels, root->h, root->w, type,
                            r == 0                ? dnnl_format_tag_any
                            : plan->channels_last ? dnnl_nhwc
                                                  : leuko_dnnl_blocked_tag());
    }
}

gboolean leuko_plan_build(LeukoPlan *plan, const LeukoParams *params, GError **error)
{
    add_roots(plan);
    for (guint i = 0; i < plan->lowered->n_steps; i++) {
        LeukoStepKind kind = plan->lowered->steps[i].kind;
        if (!(kind == LEUKO_STEP_CONV     ? add_conv(plan, i, error)
              : kind == LEUKO_STEP_CONCAT ? leuko_plan_add_concat(plan, i, NULL, error)
                                          : leuko_plan_add_pool(plan, i, error)))
            return FALSE;
    }
    if (!leuko_plan_finish_steps(plan, error))
        return FALSE;
    leuko_dnnl_set_threads((int)(plan->n_lanes * plan->lane_threads)); /* no lane is at work yet */
    return fill_weights(plan, params, error);
}

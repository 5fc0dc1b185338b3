#include "engine/program-float.h"
#include "engine/fold.h"
#include "engine/program-concat.h"
#include <string.h>

/* --- convolutions --------------------------------------------------------------------------- */

/* Winograd's F(4x4, 3x3) and F(2x2, 3x3) need 1/4 to 4/9 of the multiplications. The rule is fixed
 * (nothing is timed), so that the same build on the same processor gives the same bytes. On Zen 4,
 * every shape that oneDNN accepts is 1.2 to 2.2 times as fast as the direct algorithm. */
static gboolean wants_winograd(const LeukoProgram *program, const LeukoLoweredStep *s)
{
    return leuko_program_root(program, s->source[0].root)->type == dnnl_f32 && s->kernel_h == 3 &&
           s->kernel_w == 3 && s->stride == 1 && s->source[0].root != 0;
}

static gboolean conv_desc(const LeukoProgram *program, const LeukoLoweredStep *s, gboolean winograd,
                          const LeukoDnnlExtra *extra, dnnl_primitive_desc_t *desc, GError **error)
{
    const dnnl_dim_t w_dims[] = {s->target.n, s->source[0].n, s->kernel_h, s->kernel_w};
    const dnnl_dim_t b_dims[] = {s->target.n};
    dnnl_data_type_t type = leuko_program_root(program, s->source[0].root)->type;
    const LeukoDnnlConv conv = {.name = leuko_net_layer(program->net, s->members[0].layer)->name,
                                .winograd = winograd,
                                .source = leuko_program_slice_desc(program, s->source[0]),
                                .weights = leuko_dnnl_desc(4, w_dims, type, dnnl_format_tag_any),
                                .bias = leuko_dnnl_desc(1, b_dims, dnnl_f32, dnnl_a),
                                .target = leuko_program_slice_desc(program, s->target),
                                .strides = {s->stride, s->stride},
                                .pads = {s->pad_h, s->pad_w}};
    return leuko_dnnl_conv(desc, dnnl_forward_inference, &conv, extra, error);
}

/* The first convolution reads the caller's image if its kernel takes planar float32; otherwise a
 * reorder step converts the image first. */
static gboolean add_image_reorder(LeukoProgram *program, LeukoMemoryDesc wanted,
                                  gboolean *reordered, GError **error)
{
    const LeukoRoot *input = &program->lowered->roots[0];
    const dnnl_dim_t dims[] = {1, input->channels, input->h, input->w};
    LeukoMemoryDesc image = leuko_dnnl_desc(4, dims, dnnl_f32, dnnl_nchw);
    *reordered = !dnnl_memory_desc_equal(image, wanted);
    return !*reordered ||
           leuko_program_add_reorder(program, "reorder input", -1, 0, wanted, NULL, error);
}

static gchar *step_name(const LeukoProgram *program, const LeukoLoweredStep *s)
{
    GString *name = g_string_new(leuko_net_layer(program->net, s->members[0].layer)->name);
    for (guint k = 1; k < s->n_members; k++)
        g_string_append_printf(name, "+%s",
                               leuko_net_layer(program->net, s->members[k].layer)->name);
    return g_string_free(name, FALSE);
}

static gboolean add_conv(LeukoProgram *program, guint index, GError **error)
{
    const LeukoLoweredStep *s = &program->lowered->steps[index];
    const LeukoDnnlExtra extra = {.relu = s->relu};
    LeukoStep step = {.kind = "convolution",
                      .lowered = (gint)index,
                      .source_roots = {(gint)s->source[0].root, -1, -1, -1},
                      .target_root = (gint)s->target.root};
    if (!(wants_winograd(program, s) && conv_desc(program, s, TRUE, &extra, &step.desc, NULL)) &&
        !conv_desc(program, s, FALSE, &extra, &step.desc, error))
        return FALSE;

    LeukoLocation from = leuko_program_slice_location(program, s->source[0]);
    gboolean reordered = FALSE, ok = TRUE;
    if (s->source[0].root == 0) {
        ok = add_image_reorder(program, leuko_dnnl_query(step.desc, dnnl_query_src_md, 0),
                               &reordered, error);
        from.kind = reordered ? LEUKO_IN_ROOT : LEUKO_IN_IMAGE;
        step.source_roots[0] = reordered ? 0 : -1;
    }
    leuko_program_add_conv_args(program, &step, from, s->target, &extra);
    step.name = step_name(program, s);
    for (guint k = 0; k < s->n_members; k++) {
        const LeukoLayer *l = leuko_net_layer(program->net, s->members[k].layer);
        step.flop += 2 * (guint64)s->out_h * s->out_w * l->out_channels * l->in_channels *
                     l->kernel_h * l->kernel_w;
    }
    g_array_append_val(program->steps, step);
    return ok;
}

/* --- weights ---------------------------------------------------------------------------------- */

/* Fold batch norm, then convert to the layout of the kernel. */
static gboolean fill_conv(const LeukoProgram *program, dnnl_stream_t stream, const LeukoStep *step,
                          const LeukoParams *params, GError **error)
{
    const LeukoLoweredStep *s = &program->lowered->steps[step->lowered];
    g_autoptr(LeukoFolded) folded = leuko_fold(program->net, params, program->lowered, s, error);
    if (!folded)
        return FALSE;
    const dnnl_dim_t dims[] = {folded->oc, folded->ic, folded->kh, folded->kw};
    LeukoMemoryDesc plain = leuko_dnnl_desc(4, dims, dnnl_f32, dnnl_oihw);
    memcpy(leuko_step_weights(program, step, DNNL_ARG_BIAS), folded->bias,
           folded->oc * sizeof(float));
    return leuko_dnnl_convert(stream, plain, folded->weights,
                              leuko_dnnl_query(step->desc, dnnl_query_weights_md, 0),
                              leuko_step_weights(program, step, DNNL_ARG_WEIGHTS), error);
}

static gboolean fill_weights(LeukoProgram *program, const LeukoParams *params, GError **error)
{
    g_auto(dnnl_stream_t) stream = leuko_dnnl_stream_new(error);
    if (!stream)
        return FALSE;
    for (guint i = 0; i < program->steps->len; i++) {
        const LeukoStep *step = &g_array_index(program->steps, LeukoStep, i);
        if (step->lowered < 0)
            continue;
        const LeukoLoweredStep *s = &program->lowered->steps[step->lowered];
        if (s->kind == LEUKO_STEP_CONV && !fill_conv(program, stream, step, params, error))
            return FALSE;
        if (s->kind == LEUKO_STEP_AVG_POOL && s->bias) {
            g_autofree float *bias =
                leuko_fold_bias(program->net, params, s->bias_layer, s->target.n);
            memcpy(leuko_step_weights(program, step, LEUKO_DNNL_ARG_ADDED), bias,
                   s->target.n * sizeof(float));
        }
    }
    return TRUE;
}

/* Add the lowered network's tensors. The first convolution chooses the layout of the image, except
 * with channels-last fp32: oneDNN's convolution by matrix multiplication takes it, but would get a
 * reference kernel for a planar image. */
static void add_roots(LeukoProgram *program)
{
    dnnl_data_type_t type = program->options.precision == LEUKO_BF16 ? dnnl_bf16 : dnnl_f32;
    dnnl_format_tag_t tag = program->channels_last ? dnnl_nhwc : leuko_dnnl_blocked_tag();
    gboolean choose = type != dnnl_f32 || !program->channels_last;
    for (guint r = 0; r < program->lowered->n_roots; r++) {
        const LeukoRoot *root = &program->lowered->roots[r];
        leuko_program_add_root(program, root->channels, root->h, root->w, type,
                               r == 0 && choose ? dnnl_format_tag_any : tag);
    }
}

gboolean leuko_program_build_float(LeukoProgram *program, const LeukoParams *params, GError **error)
{
    add_roots(program);
    for (guint i = 0; i < program->lowered->n_steps; i++) {
        LeukoStepKind kind = program->lowered->steps[i].kind;
        if (kind == LEUKO_STEP_CONCAT)
            leuko_program_add_concat(program, i, NULL);
        else if (!(kind == LEUKO_STEP_CONV ? add_conv(program, i, error)
                                           : leuko_program_add_pool(program, i, error)))
            return FALSE;
    }
    if (!leuko_program_finish_steps(program, error))
        return FALSE;
    leuko_dnnl_set_threads(
        (int)(program->n_workers * program->worker_threads)); /* no worker runs yet */
    return fill_weights(program, params, error);
}

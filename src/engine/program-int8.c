/* Builds the program of a quantized network.
 *
 * - 8-bit tensors are channels-last: oneDNN's int8 convolutions need this layout. Concats are
 *   copied, because oneDNN has only the reference kernel for a strided slice. Each step has one
 *   convolution.
 * - Raised convolutions read and write real tensors (bf16, or fp32 on a processor without bf16),
 *   which are blocked. So do pools and concats whose inputs are all real.
 * - A tensor that is needed in both forms is converted once, before the first step that needs the
 *   other form. */
#include "engine/program-int8.h"
#include "engine/processor.h"
#include "engine/program-concat.h"
#include "engine/program-memory.h"
#include "engine/program-parts.h"
#include "engine/round.h"
#include "leuko/error.h"
#include <string.h>

typedef struct {
    LeukoProgram *program;
    const LeukoQuantized *quantized;
    gboolean *real; /* (n_layers): the step of the layer writes a real tensor, not 8 bits */
    float **scale;  /* (n_layers)(out_channels): scale of the layer's 8-bit form */
    gint *other;    /* (n_layers): root of the layer's tensor in the other form, or -1 */
    LeukoQuantizedConv conv;         /* of the current step */
    const LeukoLoweredStep *lowered; /* the current step */
} Build;

/* Set b->conv to the convolution `layer`. */
static gboolean find_conv(Build *b, guint layer)
{
    const char *name = leuko_net_layer(b->program->net, layer)->name;
    for (guint i = 0; i < leuko_quantized_n_convs(b->quantized); i++) {
        leuko_quantized_conv(b->quantized, i, &b->conv);
        if (strcmp(b->conv.layer, name) == 0)
            return TRUE;
    }
    return FALSE;
}

/* --- reorders --------------------------------------------------------------------------------- */

/* Add a step that computes target = scale source + zero, with one scale (n_scales 1) or one per
 * channel. from_root < 0: the source is the caller's image. */
static gboolean add_reorder(LeukoProgram *program, const char *name, gint from_root, guint to_root,
                            const float *scales, guint n_scales, gint32 zero, GError **error)
{
    const LeukoDnnlExtra extra = {.scales = scales, .n_scales = n_scales, .zero = zero};
    guint channels = leuko_program_root(program, to_root)->channels;
    LeukoMemoryDesc target = leuko_program_slice_desc(program, (LeukoSlice){to_root, 0, channels});
    return leuko_program_add_reorder(program, name, from_root, to_root, target, &extra, error);
}

/* Type of real tensors: fp32 if the processor has no bf16. */
static dnnl_data_type_t raised_type(void)
{
    return leuko_processor_has_bf16() ? dnnl_bf16 : dnnl_f32;
}

/* Factors from one form to the other, one per physical channel; g_free. The factor of padding
 * channels is 1; their values are 0. */
static float *factors(const Build *b, guint layer, gboolean to_real)
{
    const guint *map = b->program->lowered->channel[layer];
    guint n = b->program->lowered->slices[layer].n;
    float *out = g_new(float, n);
    for (guint c = 0; c < n; c++)
        out[c] = 1;
    for (guint c = 0; c < leuko_net_layer(b->program->net, layer)->out_channels; c++)
        out[map[c]] = to_real ? b->scale[layer][c] : 1 / b->scale[layer][c];
    return out;
}

/* Set *root to the layer's tensor in the given form. The first request for the other form adds a
 * reorder step. */
static gboolean root_as(Build *b, guint layer, gboolean real, guint *root, GError **error)
{
    LeukoProgram *program = b->program;
    LeukoSlice own = program->lowered->slices[layer];
    *root = own.root;
    if (b->real[layer] == real)
        return TRUE;
    if (b->other[layer] < 0) {
        const LeukoProgramRoot *r = leuko_program_root(program, own.root);
        const char *name = !real                        ? "reorder to int8"
                           : raised_type() == dnnl_bf16 ? "reorder to bf16"
                                                        : "reorder to fp32";
        g_autofree float *scales = factors(b, layer, real);
        b->other[layer] =
            (gint)leuko_program_add_root(program, own.n, r->h, r->w, real ? raised_type() : dnnl_u8,
                                         real ? leuko_dnnl_blocked_tag() : dnnl_nhwc);
        if (!add_reorder(program, name, (gint)own.root, (guint)b->other[layer], scales, own.n, 0,
                         error))
            return FALSE;
    }
    *root = (guint)b->other[layer];
    return TRUE;
}

/* --- convolutions ----------------------------------------------------------------------------- */

/* Factors from the 32-bit sum to the 8-bit output, one per physical channel; g_free. */
static float *output_scales(const Build *b)
{
    float *scales = g_new(float, b->lowered->target.n);
    for (guint o = 0; o < b->lowered->target.n; o++)
        scales[o] = o < b->conv.oc && !b->conv.raised
                        ? b->conv.weight_scale[o] / b->conv.output_scale[o]
                        : 1.0f;
    return scales;
}

static gboolean conv_desc(const Build *b, LeukoSlice from, LeukoSlice to,
                          const LeukoDnnlExtra *extra, dnnl_primitive_desc_t *desc, GError **error)
{
    const LeukoLoweredStep *s = b->lowered;
    const dnnl_dim_t w_dims[] = {to.n, from.n, s->kernel_h, s->kernel_w}, b_dims[] = {to.n};
    dnnl_data_type_t type = b->conv.raised ? raised_type() : dnnl_s8;
    const LeukoDnnlConv conv = {.name = b->conv.layer,
                                .source = leuko_program_slice_desc(b->program, from),
                                .weights = leuko_dnnl_desc(4, w_dims, type, dnnl_format_tag_any),
                                .bias = leuko_dnnl_desc(1, b_dims, dnnl_f32, dnnl_a),
                                .target = leuko_program_slice_desc(b->program, to),
                                .strides = {s->stride, s->stride},
                                .pads = {s->pad_h, s->pad_w}};
    return leuko_dnnl_conv(desc, dnnl_forward_inference, &conv, extra, error);
}

static gboolean add_conv_step(Build *b, gint lowered, LeukoSlice from, LeukoSlice to,
                              GError **error)
{
    g_autofree float *scales = output_scales(b);
    const LeukoDnnlExtra extra = {
        .scales = scales, .n_scales = b->conv.raised ? 0 : to.n, .relu = TRUE};
    LeukoStep step = {.kind = "convolution",
                      .name = g_strdup(b->conv.layer),
                      .lowered = lowered,
                      .source_roots = {(gint)from.root, -1, -1, -1},
                      .target_root = (gint)to.root,
                      .flop = 2 * (guint64)b->lowered->out_h * b->lowered->out_w * b->conv.oc *
                              b->conv.ic * b->conv.kh * b->conv.kw};
    gboolean ok = conv_desc(b, from, to, &extra, &step.desc, error);
    if (ok)
        leuko_program_add_conv_args(b->program, &step,
                                    leuko_program_slice_location(b->program, from), to, &extra);
    g_array_append_val(b->program->steps, step);
    return ok;
}

static gboolean add_conv(Build *b, guint lowered, GError **error)
{
    const LeukoLoweredStep *s = b->lowered;
    float image_scale = 127;
    guint from;
    if (!find_conv(b, s->members[0].layer)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "the quantized network has no %s",
                    leuko_net_layer(b->program->net, s->members[0].layer)->name);
        return FALSE;
    }
    if (s->source[0].root != 0) {
        if (!root_as(b, s->source_layer, b->conv.raised, &from, error))
            return FALSE;
    } else if (b->conv.raised) {
        from = leuko_program_add_root(b->program, s->source[0].n, s->in_h, s->in_w, raised_type(),
                                      dnnl_nchw);
        if (!add_reorder(b->program, "reorder input", -1, from, NULL, 0, 0, error))
            return FALSE;
    } else {
        from = 0;
        if (!add_reorder(b->program, "reorder input", -1, 0, &image_scale, 1, 128, error))
            return FALSE;
    }
    return add_conv_step(b, (gint)lowered, (LeukoSlice){from, 0, s->source[0].n}, s->target, error);
}

static gboolean add_concat(Build *b, guint lowered, GError **error)
{
    const LeukoLoweredStep *s = b->lowered;
    guint concat = s->members[0].layer, sources[LEUKO_MAX_INPUTS];
    for (guint i = 0; i < s->n_sources; i++)
        if (!root_as(b, leuko_net_layer(b->program->net, concat)->inputs[i], b->real[concat],
                     &sources[i], error))
            return FALSE;
    leuko_program_add_concat(b->program, lowered, sources);
    return TRUE;
}

/* --- weights ---------------------------------------------------------------------------------- */

/* Copy weights (oc, ic, taps) of `size` bytes each to physical channels; g_free. */
static void *spread(const Build *b, const void *weights, gsize size)
{
    const LeukoLoweredStep *s = b->lowered;
    const guint *map = b->program->lowered->channel[s->source_layer];
    gsize taps = (gsize)b->conv.kh * b->conv.kw, n_in = s->source[0].n;
    guint8 *out = g_malloc0(s->target.n * n_in * taps * size);
    for (gsize o = 0; o < b->conv.oc; o++)
        for (gsize i = 0; i < b->conv.ic; i++)
            memcpy(out + (o * n_in + map[i]) * taps * size,
                   (const guint8 *)weights + (o * b->conv.ic + i) * taps * size, taps * size);
    return out;
}

/* Write the bias. If the input is the image, subtract the effect of its offset of 128. */
static void fill_bias(const Build *b, float *out)
{
    g_autofree float *scales = output_scales(b);
    gsize row = (gsize)b->conv.ic * b->conv.kh * b->conv.kw;
    for (gsize o = 0; o < b->conv.oc; o++) {
        double bias = (double)b->conv.bias[o];
        if (!b->conv.raised) {
            double sum = 0;
            for (gsize k = 0; b->lowered->source[0].root == 0 && k < row; k++)
                sum += b->conv.weights[o * row + k];
            bias = (bias / (double)b->conv.weight_scale[o] - 128 * sum) *
                   (double)leuko_dnnl_bias_factor(scales[o]);
        }
        out[o] = (float)bias;
    }
}

static gboolean fill_conv(Build *b, dnnl_stream_t stream, const LeukoStep *step, GError **error)
{
    const LeukoLoweredStep *s = b->lowered = &b->program->lowered->steps[step->lowered];
    const dnnl_dim_t dims[] = {s->target.n, s->source[0].n, s->kernel_h, s->kernel_w};
    gboolean found = find_conv(b, s->members[0].layer);
    g_assert(found); /* add_conv() has checked it */
    LeukoMemoryDesc plain =
        leuko_dnnl_desc(4, dims, b->conv.raised ? dnnl_f32 : dnnl_s8, dnnl_oihw);
    g_autofree void *weights = b->conv.raised ? spread(b, b->conv.real_weights, sizeof(float))
                                              : spread(b, b->conv.weights, 1);
    fill_bias(b, leuko_step_weights(b->program, step, DNNL_ARG_BIAS));
    return leuko_dnnl_convert(stream, plain, weights,
                              leuko_dnnl_query(step->desc, dnnl_query_weights_md, 0),
                              leuko_step_weights(b->program, step, DNNL_ARG_WEIGHTS), error);
}

/* --- building --------------------------------------------------------------------------------- */

/* The tensor of a raised convolution is real, and so is the tensor of a pool or concat whose inputs
 * are all real. */
static void choose_forms(Build *b)
{
    guint n = leuko_net_n_layers(b->program->net);
    b->real = g_new0(gboolean, n);
    b->other = g_new(gint, n);
    b->scale = g_new0(float *, n);
    for (guint i = 0; i < n; i++) {
        const LeukoLayer *l = leuko_net_layer(b->program->net, i);
        b->other[i] = -1;
        if (i > leuko_net_endpoint_layer(b->program->net))
            continue;
        b->scale[i] = leuko_quantized_scales(b->quantized, i);
        if (l->kind == LEUKO_LAYER_CONV) {
            b->real[i] = find_conv(b, i) && b->conv.raised;
        } else if (l->n_inputs > 0) {
            b->real[i] = TRUE;
            for (guint j = 0; j < l->n_inputs; j++)
                b->real[i] = b->real[i] && b->real[l->inputs[j]];
        }
    }
}

static void build_clear(Build *b)
{
    for (guint i = 0; b->scale && i < leuko_net_n_layers(b->program->net); i++)
        g_free(b->scale[i]);
    g_free(b->scale);
    g_free(b->real);
    g_free(b->other);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Build, build_clear)

/* Add the lowered network's tensors, one per layer, and set program->layer_scale: 1 for real
 * tensors. */
static void add_roots(Build *b)
{
    LeukoProgram *program = b->program;
    const LeukoLowered *lo = program->lowered;
    guint n_layers = leuko_net_n_layers(program->net);
    g_autofree gboolean *real = g_new0(gboolean, lo->n_roots);
    program->layer_scale = g_new0(float *, n_layers);
    for (guint i = 0; i <= leuko_net_endpoint_layer(program->net); i++) {
        guint n = leuko_net_layer(program->net, i)->out_channels;
        program->layer_scale[i] = g_memdup2(b->scale[i], n * sizeof(float));
        for (guint c = 0; b->real[i] && c < n; c++)
            program->layer_scale[i][c] = 1;
        if (lo->slices[i].n > 0)
            real[lo->slices[i].root] = b->real[i];
    }
    for (guint r = 0; r < lo->n_roots; r++)
        leuko_program_add_root(program, lo->roots[r].channels, lo->roots[r].h, lo->roots[r].w,
                               real[r] ? raised_type() : dnnl_u8,
                               real[r] ? leuko_dnnl_blocked_tag() : dnnl_nhwc);
}

static gboolean build(LeukoProgram *program, const LeukoQuantized *quantized, GError **error)
{
    g_auto(Build) b = {.program = program, .quantized = quantized};
    const LeukoLowered *lo = program->lowered;
    choose_forms(&b);
    add_roots(&b);
    for (guint i = 0; i < lo->n_steps; i++) {
        b.lowered = &lo->steps[i];
        gboolean ok = b.lowered->kind == LEUKO_STEP_CONV ? add_conv(&b, i, error)
                      : b.lowered->kind == LEUKO_STEP_CONCAT
                          ? add_concat(&b, i, error)
                          : leuko_program_add_pool(program, i, error);
        if (!ok)
            return FALSE;
    }
    if (!leuko_program_finish_steps(program, error))
        return FALSE;
    g_auto(dnnl_stream_t) stream = leuko_dnnl_stream_new(error);
    if (!stream)
        return FALSE;
    leuko_dnnl_set_threads(
        (int)(program->n_workers * program->worker_threads)); /* no worker runs yet */
    for (guint i = 0; i < program->steps->len; i++) {
        const LeukoStep *step = &g_array_index(program->steps, LeukoStep, i);
        if (step->lowered >= 0 && lo->steps[step->lowered].kind == LEUKO_STEP_CONV &&
            !fill_conv(&b, stream, step, error))
            return FALSE;
    }
    return TRUE;
}

/* The sum of two adjacent products must fit into 16 bits. In a damaged file it may not. */
static gboolean check_pairs(const LeukoNet *net, const LeukoQuantized *quantized, GError **error)
{
    for (guint i = 0; i < leuko_quantized_n_convs(quantized); i++) {
        LeukoQuantizedConv c;
        leuko_quantized_conv(quantized, i, &c);
        gsize k = (gsize)c.ic * c.kh * c.kw;
        g_autofree gint *partner = leuko_weight_partners(net, (guint)leuko_net_find(net, c.layer));
        for (gsize at = 0; !c.raised && at < k * c.oc; at++) {
            gint other = partner[at % k],
                 sum = c.weights[at] + (other < 0 ? 0 : c.weights[at - at % k + (gsize)other]);
            if (ABS(sum) > LEUKO_PAIR_LIMIT && other >= 0) {
                g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                            "%s: two adjacent weights sum to %d; this processor has no VNNI, so "
                            "the sum must be at most 128",
                            c.layer, sum);
                return FALSE;
            }
        }
    }
    return TRUE;
}

static gboolean check(const LeukoNet *net, const LeukoQuantized *quantized,
                      const LeukoParams *params, const LeukoProgramOptions *options, GError **error)
{
    if (options->precision != LEUKO_INT8 || options->batch < 1 || options->batch > 256) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "quantized program: precision %s (must be int8), batch %u (must be 1 to 256)",
                    leuko_precision_name(options->precision), options->batch);
        return FALSE;
    }
    if (!leuko_quantized_fits(quantized, net)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "the quantized network has another image size, depth multiplier or endpoint");
        return FALSE;
    }
    if (leuko_quantized_needs_vnni(quantized) && !leuko_processor_has_vnni()) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
            "the quantized network needs VNNI, but the instruction set in use is %s; quantize for "
            "any processor",
            leuko_processor_isa_name());
        return FALSE;
    }
    if (!leuko_processor_has_vnni() && !check_pairs(net, quantized, error))
        return FALSE;
    return leuko_net_spec(net)->n_classes == 0 ||
           leuko_params_check_head(params, net, "parameters", error);
}

LeukoProgram *leuko_program_new_quantized(const LeukoNet *net, const LeukoQuantized *quantized,
                                          const LeukoParams *params,
                                          const LeukoProgramOptions *options, GError **error)
{
    const LeukoLowerOptions how = {.align = 16};
    if (!check(net, quantized, params, options, error))
        return NULL;
    g_autoptr(LeukoProgram) program = g_new0(LeukoProgram, 1);
    if (!leuko_program_prepare(program, net, options, &how, error))
        return NULL;
    int before = leuko_dnnl_set_threads((int)program->worker_threads);
    gboolean ok =
        build(program, quantized, error) && leuko_program_copy_head(program, params, error);
    leuko_dnnl_set_threads(before);
    if (!ok)
        return NULL;
    program->memory = leuko_memory_plan_new(program, NULL, 0);
    return g_steal_pointer(&program);
}

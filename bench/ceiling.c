/* Measures oneDNN's convolutions alone, in images/s: the time of one image is the sum over the
 * network's 94 convolution shapes. Each shape runs in the layout that oneDNN prefers, with ReLU
 * fused; the faster of direct and (fp32 only) Winograd counts. int8 is u8 x s8. Pooling,
 * concatenation and reorders are not included, so this is an upper bound for a plan that uses
 * these kernels. */
#include "engine/dnnl-primitive.h"
#include "leuko/error.h"
#include "serve.h"

typedef struct {
    LeukoNet *net;
    dnnl_stream_t stream;
    guint8 *source, *target, *weights, *scratch; /* large enough for any layer */
} State;

enum { BUFFER_BYTES = 64 << 20 };

static dnnl_primitive_desc_t describe(const LeukoLayer *l, guint batch, LeukoPrecision precision,
                                      gboolean winograd, GError **error)
{
    static const dnnl_data_type_t types[] = {dnnl_f32, dnnl_bf16, dnnl_u8};
    dnnl_data_type_t type = types[precision], w_type = type == dnnl_u8 ? dnnl_s8 : type;
    const dnnl_dim_t s_dims[] = {batch, l->in_channels, l->in_h, l->in_w};
    const dnnl_dim_t w_dims[] = {l->out_channels, l->in_channels, l->kernel_h, l->kernel_w};
    const dnnl_dim_t b_dims[] = {l->out_channels};
    const dnnl_dim_t t_dims[] = {batch, l->out_channels, l->out_h, l->out_w};
    const LeukoDnnlConv conv = {.name = l->name,
                                .winograd = winograd,
                                .source = leuko_dnnl_desc(4, s_dims, type, dnnl_format_tag_any),
                                .weights = leuko_dnnl_desc(4, w_dims, w_type, dnnl_format_tag_any),
                                .bias = leuko_dnnl_desc(1, b_dims, dnnl_f32, dnnl_a),
                                .target = leuko_dnnl_desc(4, t_dims, type, dnnl_format_tag_any),
                                .strides = {l->stride, l->stride},
                                .pads = {l->pad_h, l->pad_w}};
    const LeukoDnnlExtra extra = {.relu = TRUE};
    dnnl_primitive_desc_t desc = NULL;
    return leuko_dnnl_conv(&desc, dnnl_forward_inference, &conv, &extra, error) ? desc : NULL;
}

/* Seconds of the fastest of `runs` runs, or a negative number. */
static double time_conv(const State *state, dnnl_primitive_desc_t desc, guint runs, GError **error)
{
    static const struct {
        int arg;
        dnnl_query_t query;
        int index;
    } args[] = {{DNNL_ARG_SRC, dnnl_query_src_md, 0},
                {DNNL_ARG_DST, dnnl_query_dst_md, 0},
                {DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0},
                {DNNL_ARG_BIAS, dnnl_query_weights_md, 1},
                {DNNL_ARG_SCRATCHPAD, dnnl_query_scratchpad_md, 0}};
    guint8 *buffers[] = {state->source, state->target, state->weights, state->scratch,
                         state->scratch + 65536};
    g_auto(dnnl_primitive_t) conv = NULL;
    dnnl_exec_arg_t memory[G_N_ELEMENTS(args)] = {{0}};
    gboolean ok = leuko_dnnl_ok(dnnl_primitive_create(&conv, desc), error, "convolution");
    for (guint i = 0; ok && i < G_N_ELEMENTS(args); i++) {
        LeukoMemoryDesc md = leuko_dnnl_query(desc, args[i].query, args[i].index);
        g_assert(dnnl_memory_desc_get_size(md) < BUFFER_BYTES);
        memory[i].arg = args[i].arg;
        memory[i].memory = leuko_dnnl_memory_new(md, buffers[i], error);
        ok = memory[i].memory != NULL;
    }
    double best = G_MAXDOUBLE;
    for (guint r = 0; ok && r < runs; r++) {
        double t = bench_now();
        ok = leuko_dnnl_ok(dnnl_primitive_execute(conv, state->stream, G_N_ELEMENTS(args), memory),
                           error, "convolution") &&
             leuko_dnnl_ok(dnnl_stream_wait(state->stream), error, "convolution");
        best = MIN(best, bench_now() - t);
    }
    for (guint i = 0; i < G_N_ELEMENTS(args); i++)
        if (memory[i].memory)
            dnnl_memory_destroy(memory[i].memory);
    return ok ? best : -1;
}

static gboolean measure(gpointer data, LeukoPrecision precision, guint batch, guint ms,
                        double *images_per_s, GError **error)
{
    const State *state = data;
    double total = 0;
    guint runs = CLAMP(ms / 100, 3, 20);
    if (batch < 1 || batch > 8) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "batch %u: 1 to 8", batch);
        return FALSE;
    }
    for (guint i = 0; i < leuko_net_n_layers(state->net); i++) {
        const LeukoLayer *l = leuko_net_layer(state->net, i);
        if (l->kind != LEUKO_LAYER_CONV)
            continue;
        g_auto(dnnl_primitive_desc_t) direct = describe(l, batch, precision, FALSE, error);
        g_auto(dnnl_primitive_desc_t) winograd =
            precision == LEUKO_FP32 ? describe(l, batch, precision, TRUE, NULL) : NULL;
        double best = direct ? time_conv(state, direct, runs, error) : -1;
        double other = winograd && best > 0 ? time_conv(state, winograd, runs, error) : best;
        if (best < 0 || other < 0)
            return FALSE;
        total += MIN(best, other);
    }
    *images_per_s = batch / total;
    return TRUE;
}

int main(void)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = leuko_net_spec_default();
    State state = {.net = leuko_net_new(&spec, &error), .stream = leuko_dnnl_stream_new(&error)};
    guint8 **buffers[] = {&state.source, &state.target, &state.weights, &state.scratch};
    for (guint i = 0; i < G_N_ELEMENTS(buffers); i++)
        *buffers[i] = leuko_dnnl_alloc(BUFFER_BYTES, &error);
    int status = bench_serve(measure, &state);
    for (guint i = 0; i < G_N_ELEMENTS(buffers); i++)
        leuko_dnnl_free(*buffers[i]);
    dnnl_stream_destroy(state.stream);
    leuko_net_free(state.net);
    return status;
}

#include "engine/speed-probe.h"
#include "engine/dnnl-primitive.h"
#include "engine/processor.h"
#include "engine/timed-primitive.h"

/* Rounds whose times count, after one to warm up: odd ones make one half, even ones the other. */
enum { ROUNDS = 4 };
static const double max_disagreement = 1.25;

const char *leuko_speed_name(LeukoSpeedKind kind)
{
    static const char *const names[LEUKO_N_SPEEDS] = {"bf16", "bf16 training", "int8"};
    return names[kind];
}

/* --- one convolution -------------------------------------------------------------------------- */

/* Kernels and channels as in Inception V3, 2 to 3 million multiply-adds on a small image. */
typedef struct {
    dnnl_dim_t in, out, kernel_h, kernel_w, h, w;
} Shape;

static const Shape shapes[] = {{64, 96, 3, 3, 7, 7}, {768, 192, 1, 1, 4, 5}};

enum { N_SHAPES = 2, N_PASSES = 3, N_TENSORS = 3, MAX_CONVS = N_SHAPES * N_PASSES };

/* What a pass reads and writes: source, weights, target, or their gradients. */
static const struct {
    dnnl_prop_kind_t kind;
    LeukoTimedArg tensors[N_TENSORS];
} passes[N_PASSES] = {{dnnl_forward_training,
                       {{dnnl_query_src_md, DNNL_ARG_SRC},
                        {dnnl_query_weights_md, DNNL_ARG_WEIGHTS},
                        {dnnl_query_dst_md, DNNL_ARG_DST}}},
                      {dnnl_backward_data,
                       {{dnnl_query_diff_src_md, DNNL_ARG_DIFF_SRC},
                        {dnnl_query_weights_md, DNNL_ARG_WEIGHTS},
                        {dnnl_query_diff_dst_md, DNNL_ARG_DIFF_DST}}},
                      {dnnl_backward_weights,
                       {{dnnl_query_src_md, DNNL_ARG_SRC},
                        {dnnl_query_diff_weights_md, DNNL_ARG_DIFF_WEIGHTS},
                        {dnnl_query_diff_dst_md, DNNL_ARG_DIFF_DST}}}};

/* The layout of activations that the engine uses. */
static dnnl_format_tag_t layout(LeukoPrecision precision, gboolean training)
{
    gboolean last = !training && leuko_processor_wants_channels_last(precision);
    return last ? dnnl_nhwc : leuko_dnnl_blocked_tag();
}

/* Make *desc; fp32 takes Winograd's algorithm where the engine does. */
static gboolean describe(dnnl_primitive_desc_t *desc, const Shape *s, guint pass,
                         LeukoPrecision precision, gboolean training)
{
    static const dnnl_data_type_t types[] = {dnnl_f32, dnnl_bf16, dnnl_u8};
    const dnnl_dim_t x_dims[] = {1, s->in, s->h, s->w}, y_dims[] = {1, s->out, s->h, s->w},
                     w_dims[] = {s->out, s->in, s->kernel_h, s->kernel_w};
    dnnl_format_tag_t tag = layout(precision, training);
    dnnl_data_type_t type = types[precision], w_type = precision == LEUKO_INT8 ? dnnl_s8
                                                       : passes[pass].kind == dnnl_backward_weights
                                                           ? dnnl_f32
                                                           : type;
    LeukoDnnlConv conv = {.name = "of the speed probe",
                          .source = leuko_dnnl_desc(4, x_dims, type, tag),
                          .weights = leuko_dnnl_desc(4, w_dims, w_type, dnnl_format_tag_any),
                          .target = leuko_dnnl_desc(4, y_dims, type, tag),
                          .strides = {1, 1},
                          .pads = {s->kernel_h / 2, s->kernel_w / 2}};
    dnnl_prop_kind_t kind = training ? passes[pass].kind : dnnl_forward_inference;
    conv.winograd = precision == LEUKO_FP32 && s->kernel_h == 3 && s->kernel_w == 3;
    if (conv.winograd && leuko_dnnl_conv(desc, kind, &conv, NULL, NULL))
        return TRUE;
    conv.winograd = FALSE;
    return leuko_dnnl_conv(desc, kind, &conv, NULL, NULL);
}

/* FALSE if the processor has no fast kernel. */
static gboolean conv_init(LeukoTimedPrimitive *c, const Shape *s, guint pass,
                          LeukoPrecision precision, gboolean training)
{
    dnnl_primitive_desc_t desc = NULL;
    return describe(&desc, s, pass, precision, training) &&
           leuko_timed_primitive_init(c, desc, passes[pass].tensors, N_TENSORS);
}

/* --- the probe -------------------------------------------------------------------------------- */

typedef struct {
    guint n; /* convolutions in each precision */
    LeukoTimedPrimitive fp32[MAX_CONVS], reduced[MAX_CONVS];
    dnnl_stream_t stream;
} Probe;

static void probe_clear(Probe *p)
{
    for (guint i = 0; i < MAX_CONVS; i++) {
        leuko_timed_primitive_clear(&p->fp32[i]);
        leuko_timed_primitive_clear(&p->reduced[i]);
    }
    dnnl_stream_destroy(p->stream);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Probe, probe_clear)

static gboolean probe_init(Probe *p, LeukoPrecision reduced, gboolean training)
{
    p->stream = leuko_dnnl_stream_new(NULL);
    guint n_passes = training ? N_PASSES : 1;
    for (guint s = 0; s < N_SHAPES; s++)
        for (guint pass = 0; pass < n_passes; pass++, p->n++)
            if (!conv_init(&p->reduced[p->n], &shapes[s], pass, reduced, training) ||
                !conv_init(&p->fp32[p->n], &shapes[s], pass, LEUKO_FP32, training))
                return FALSE;
    return p->stream != NULL;
}

/* Processor time; 0 on failure. */
static double run_seconds(const Probe *p, const LeukoTimedPrimitive *conv)
{
    return leuko_timed_primitive_run(conv, p->stream, CLOCK_THREAD_CPUTIME_ID);
}

static void keep_least(double *best, double seconds)
{
    if (*best <= 0 || seconds < *best)
        *best = seconds;
}

/* Run everything in turns. *_s: seconds of all convolutions, each half's fastest runs. */
static gboolean probe_run(const Probe *p, double fp32_s[2], double reduced_s[2])
{
    double best[2][2][MAX_CONVS] = {{{0}}}; /* half, precision, convolution */
    for (guint round = 0; round <= ROUNDS; round++)
        for (guint i = 0; i < p->n; i++) {
            double fp32 = run_seconds(p, &p->fp32[i]), reduced = run_seconds(p, &p->reduced[i]);
            if (fp32 <= 0 || reduced <= 0)
                return FALSE;
            if (round > 0) {
                keep_least(&best[round % 2][0][i], fp32);
                keep_least(&best[round % 2][1][i], reduced);
            }
        }
    for (guint half = 0; half < 2; half++) {
        fp32_s[half] = reduced_s[half] = 0;
        for (guint i = 0; i < p->n; i++) {
            fp32_s[half] += best[half][0][i];
            reduced_s[half] += best[half][1][i];
        }
    }
    return TRUE;
}

LeukoSpeed leuko_speed_judge(const double fp32_s[2], const double reduced_s[2])
{
    double a = fp32_s[0] / reduced_s[0], b = fp32_s[1] / reduced_s[1];
    gboolean steady = MAX(a, b) <= max_disagreement * MIN(a, b);
    double all = MIN(fp32_s[0], fp32_s[1]) / MIN(reduced_s[0], reduced_s[1]);
    return (LeukoSpeed){steady ? all : MIN(a, b), steady};
}

LeukoSpeed leuko_speed_compare(LeukoPrecision reduced, gboolean training)
{
    LeukoSpeed speed = {0};
    double fp32_s[2], reduced_s[2];
    int before = leuko_dnnl_set_threads(1);
    g_auto(Probe) probe = {0};
    if (probe_init(&probe, reduced, training))
        for (guint attempt = 0; attempt < 2 && !speed.steady; attempt++)
            if (probe_run(&probe, fp32_s, reduced_s))
                speed = leuko_speed_judge(fp32_s, reduced_s);
    leuko_dnnl_set_threads(before);
    return speed;
}

LeukoSpeed leuko_speed_measure(LeukoSpeedKind kind)
{
    return leuko_speed_compare(kind == LEUKO_SPEED_INT8 ? LEUKO_INT8 : LEUKO_BF16,
                               kind == LEUKO_SPEED_BF16_TRAINING);
}

#include "engine/processor.h"
#include "engine/dnnl-primitive.h"
#include "engine/timed-primitive.h"

/* --- instruction sets ------------------------------------------------------------------------- */

/* dnnl_cpu_isa_t is a bit set that contains the bits of all instruction sets it builds on. Its
 * names are x86's: on another architecture oneDNN answers with the same bits for other instruction
 * sets (Advanced SIMD has the bit of SSE4.1). */
static gboolean isa_has(dnnl_cpu_isa_t wanted)
{
#if defined(__x86_64__) || defined(__i386__)
    return ((unsigned)dnnl_get_effective_cpu_isa() & (unsigned)wanted) == (unsigned)wanted;
#else
    (void)wanted;
    return FALSE;
#endif
}

gboolean leuko_processor_has_avx512(void) { return isa_has(dnnl_cpu_isa_avx512_core); }

gboolean leuko_processor_has_bf16(void) { return leuko_processor_has_avx512(); }

gboolean leuko_processor_has_vnni(void)
{
    return isa_has(dnnl_cpu_isa_avx512_core_vnni) || isa_has(dnnl_cpu_isa_avx2_vnni);
}

gboolean leuko_processor_has_amx(void) { return isa_has(dnnl_cpu_isa_avx512_core_amx); }

/* TRUE if a convolution of blocked fp32 tensors has a reference kernel only. */
static gboolean blocked_is_slow(void)
{
    static gsize answer; /* 1: no, 2: yes */
    if (g_once_init_enter(&answer)) {
        const dnnl_dim_t dims[] = {1, 32, 8, 8}, w_dims[] = {32, 32, 1, 1};
        LeukoMemoryDesc x = leuko_dnnl_desc(4, dims, dnnl_f32, leuko_dnnl_blocked_tag());
        const LeukoDnnlConv conv = {.name = "of the choice of a layout",
                                    .source = x,
                                    .weights =
                                        leuko_dnnl_desc(4, w_dims, dnnl_f32, dnnl_format_tag_any),
                                    .target = x,
                                    .strides = {1, 1}};
        g_auto(dnnl_primitive_desc_t) desc = NULL;
        gboolean slow = leuko_dnnl_conv(&desc, dnnl_forward_inference, &conv, NULL, NULL) &&
                        leuko_dnnl_kernel_is_reference(leuko_dnnl_kernel(desc));
        g_once_init_leave(&answer, slow ? 2 : 1);
    }
    return answer == 2;
}

gboolean leuko_processor_wants_channels_last(LeukoPrecision precision)
{
    switch (precision) {
    case LEUKO_INT8:
        return TRUE;
    case LEUKO_BF16:
        return leuko_processor_has_amx();
    default:
        return blocked_is_slow();
    }
}

const char *leuko_processor_isa_name(void)
{
    static const struct {
        dnnl_cpu_isa_t isa;
        const char *name;
    } names[] = {{dnnl_cpu_isa_avx512_core_amx, "AMX"},
                 {dnnl_cpu_isa_avx512_core_bf16, "AVX-512 BF16"},
                 {dnnl_cpu_isa_avx512_core_vnni, "AVX-512 VNNI"},
                 {dnnl_cpu_isa_avx512_core, "AVX-512"},
                 {dnnl_cpu_isa_avx2_vnni, "AVX2 VNNI"},
                 {dnnl_cpu_isa_avx2, "AVX2"},
                 {dnnl_cpu_isa_avx, "AVX"},
                 {dnnl_cpu_isa_sse41, "SSE4.1"}};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (isa_has(names[i].isa))
            return names[i].name;
#if defined(__aarch64__)
    return "AArch64";
#else
    return "generic";
#endif
}

const char *leuko_processor_older_isa(guint index, const char **limit)
{
    static const struct {
        dnnl_cpu_isa_t isa;
        const char *name, *limit;
    } older[] = {{dnnl_cpu_isa_avx2, "AVX2", "AVX2"}, {dnnl_cpu_isa_sse41, "SSE4.1", "SSE41"}};
    for (gsize i = 0; i < G_N_ELEMENTS(older); i++)
        if (isa_has(older[i].isa) && dnnl_get_effective_cpu_isa() != older[i].isa && index-- == 0) {
            *limit = older[i].limit;
            return older[i].name;
        }
    return NULL;
}

/* --- speed ------------------------------------------------------------------------------------ */

enum { C = 256, S = 24, K = 3, RUNS = 12 };

/* The convolution that is timed. FALSE: no kernel for this precision. */
static gboolean describe(LeukoPrecision precision, dnnl_primitive_desc_t *desc)
{
    const dnnl_data_type_t source[] = {dnnl_f32, dnnl_bf16, dnnl_u8},
                           weight[] = {dnnl_f32, dnnl_bf16, dnnl_s8};
    const dnnl_dim_t x_dims[] = {1, C, S, S}, w_dims[] = {C, C, K, K};
    const LeukoDnnlConv conv = {
        .name = "peak",
        .source = leuko_dnnl_desc(4, x_dims, source[precision], dnnl_format_tag_any),
        .weights = leuko_dnnl_desc(4, w_dims, weight[precision], dnnl_format_tag_any),
        .target = leuko_dnnl_desc(4, x_dims, source[precision], dnnl_format_tag_any),
        .strides = {1, 1},
        .pads = {1, 1}};
    return leuko_dnnl_conv(desc, dnnl_forward_inference, &conv, NULL, NULL);
}

double leuko_processor_peak_gflops(LeukoPrecision precision, guint n_threads)
{
    static const LeukoTimedArg tensors[] = {{dnnl_query_src_md, DNNL_ARG_SRC},
                                            {dnnl_query_weights_md, DNNL_ARG_WEIGHTS},
                                            {dnnl_query_dst_md, DNNL_ARG_DST}};
    dnnl_primitive_desc_t desc = NULL;
    g_auto(LeukoTimedPrimitive) conv = {0};
    g_auto(dnnl_stream_t) stream = leuko_dnnl_stream_new(NULL);
    int before = leuko_dnnl_set_threads((int)n_threads);
    gboolean ok = stream && describe(precision, &desc) &&
                  leuko_timed_primitive_init(&conv, desc, tensors, G_N_ELEMENTS(tensors));
    double best = 0;
    for (guint r = 0; ok && r < RUNS; r++) {
        double seconds = leuko_timed_primitive_run(&conv, stream, CLOCK_MONOTONIC);
        ok = seconds > 0;
        if (ok && r > 1 && (best <= 0 || seconds < best))
            best = seconds;
    }
    leuko_dnnl_set_threads(before);
    return best > 0 ? 2e-9 * C * C * K * K * S * S / best : 0;
}

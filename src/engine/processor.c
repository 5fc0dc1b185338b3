#include "engine/processor.h"
#include "engine/dnnl-primitive.h"

/* --- instruction sets ------------------------------------------------------------------------- */

/* dnnl_cpu_isa_t is a bit set that contains the bits of all instruction sets it builds on. */
static gboolean isa_has(dnnl_cpu_isa_t wanted)
{
    return ((unsigned)dnnl_get_effective_cpu_isa() & (unsigned)wanted) == (unsigned)wanted;
}

gboolean leuko_processor_has_avx512(void) { return isa_has(dnnl_cpu_isa_avx512_core); }

gboolean leuko_processor_has_bf16(void) { return leuko_processor_has_avx512(); }

gboolean leuko_processor_has_vnni(void)
{
    return isa_has(dnnl_cpu_isa_avx512_core_vnni) || isa_has(dnnl_cpu_isa_avx2_vnni);
}

gboolean leuko_processor_has_amx(void) { return isa_has(dnnl_cpu_isa_avx512_core_amx); }

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
    return "generic";
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

static double best_seconds(dnnl_primitive_t conv, dnnl_primitive_desc_t desc, dnnl_stream_t stream)
{
    const dnnl_query_t what[] = {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md,
                                 dnnl_query_scratchpad_md};
    const int names[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD};
    enum { N = G_N_ELEMENTS(names) };
    dnnl_exec_arg_t args[N] = {{0}};
    void *data[N] = {NULL};
    double best = 0;
    gboolean ok = TRUE;
    for (guint i = 0; i < N; i++) {
        LeukoMemoryDesc md = leuko_dnnl_query(desc, what[i], 0);
        data[i] = leuko_dnnl_alloc(dnnl_memory_desc_get_size(md), NULL);
        args[i] =
            (dnnl_exec_arg_t){names[i], data[i] ? leuko_dnnl_memory_new(md, data[i], NULL) : NULL};
        ok = ok && args[i].memory;
    }
    for (guint r = 0; ok && r < RUNS; r++) {
        gint64 start = g_get_monotonic_time();
        ok = dnnl_primitive_execute(conv, stream, N, args) == dnnl_success &&
             dnnl_stream_wait(stream) == dnnl_success;
        double seconds = (double)MAX(g_get_monotonic_time() - start, 1) * 1e-6;
        if (ok && r > 1 && (best <= 0 || seconds < best))
            best = seconds;
    }
    for (guint i = 0; i < N; i++) {
        if (args[i].memory)
            dnnl_memory_destroy(args[i].memory);
        leuko_dnnl_free(data[i]);
    }
    return best;
}

double leuko_processor_peak_gflops(LeukoPrecision precision, guint n_threads)
{
    g_auto(dnnl_primitive_desc_t) desc = NULL;
    g_auto(dnnl_primitive_t) conv = NULL;
    g_auto(dnnl_stream_t) stream = leuko_dnnl_stream_new(NULL);
    int before = leuko_dnnl_set_threads((int)n_threads);
    double best = 0;
    if (stream && describe(precision, &desc) &&
        !leuko_dnnl_kernel_is_reference(leuko_dnnl_kernel(desc)) &&
        dnnl_primitive_create(&conv, desc) == dnnl_success)
        best = best_seconds(conv, desc, stream);
    leuko_dnnl_set_threads(before);
    return best > 0 ? 2e-9 * C * C * K * K * S * S / best : 0;
}

/* The processor's own peak, GFLOP/s (GOP/s for int8) over all its threads: independent multiply-adds
 * on registers, nothing else. Precisions: fp32 (FMA), bf16 (vdpbf16ps), int8 (vpdpbusd); the widest
 * registers that the processor has. BATCH is ignored. */
#include "leuko/error.h"
#include "serve.h"
#include <immintrin.h>
#include <omp.h>

enum { CHAINS = 16, ROUNDS = 200000 }; /* independent sums: latency 4 or 5, two units */

#define KERNEL(name, isa, vector, zero, step)                                                      \
    __attribute__((target(isa), noinline)) static void name(void)                                  \
    {                                                                                              \
        vector a = zero, sum[CHAINS];                                                              \
        for (int k = 0; k < CHAINS; k++)                                                           \
            sum[k] = zero;                                                                         \
        for (int r = 0; r < ROUNDS; r++)                                                           \
            _Pragma("GCC unroll 16") for (int k = 0; k < CHAINS; k++)                              \
            {                                                                                      \
                step;                                                                              \
                __asm__ volatile("" : "+x"(sum[k]));                                               \
            }                                                                                      \
    }

KERNEL(fp32_avx512, "avx512f", __m512, _mm512_setzero_ps(), sum[k] = _mm512_fmadd_ps(a, a, sum[k]))
KERNEL(fp32_avx2, "avx2,fma", __m256, _mm256_setzero_ps(), sum[k] = _mm256_fmadd_ps(a, a, sum[k]))
KERNEL(bf16_avx512, "avx512bf16,avx512f", __m512, _mm512_setzero_ps(),
       sum[k] = _mm512_dpbf16_ps(sum[k], (__m512bh)a, (__m512bh)a))
KERNEL(int8_avx512, "avx512vnni,avx512f", __m512i, _mm512_setzero_si512(),
       sum[k] = _mm512_dpbusd_epi32(sum[k], a, a))

typedef struct {
    void (*run)(void);
    double flop; /* of one call */
} Kernel;

static Kernel choose(LeukoPrecision precision)
{
    const double multiply_adds = 2.0 * CHAINS * ROUNDS;
    Kernel kernel = {NULL, 0};
    if (precision == LEUKO_FP32 && __builtin_cpu_supports("avx512f"))
        kernel = (Kernel){fp32_avx512, 16 * multiply_adds};
    else if (precision == LEUKO_FP32 && __builtin_cpu_supports("fma"))
        kernel = (Kernel){fp32_avx2, 8 * multiply_adds};
    else if (precision == LEUKO_BF16 && __builtin_cpu_supports("avx512bf16"))
        kernel = (Kernel){bf16_avx512, 32 * multiply_adds};
    else if (precision == LEUKO_INT8 && __builtin_cpu_supports("avx512vnni"))
        kernel = (Kernel){int8_avx512, 64 * multiply_adds};
    return kernel;
}

static gboolean measure(gpointer state, LeukoPrecision precision, guint batch, guint ms,
                        double *gflop_per_s, GError **error)
{
    Kernel kernel = choose(precision);
    (void)state;
    (void)batch;
    *gflop_per_s = 0;
    if (!kernel.run) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "no kernel for %s on this processor",
                    leuko_precision_name(precision));
        return FALSE;
    }
    double start = bench_now();
    while (bench_now() - start < ms * 1e-3) { /* the best: a peak is what can be reached */
        double t = bench_now();
#pragma omp parallel
        for (int k = 0; k < 5; k++)
            kernel.run();
        double rate = 5 * kernel.flop * omp_get_max_threads() / (bench_now() - t) * 1e-9;
        *gflop_per_s = MAX(*gflop_per_s, rate);
    }
    return TRUE;
}

int main(void) { return bench_serve(measure, NULL); }

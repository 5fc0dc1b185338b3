/* Measures the processor's peak over all threads, in GFLOP/s (GOP/s for int8): independent
 * multiply-adds in registers. Precisions: fp32 (FMA), bf16 (vdpbf16ps), int8 (vpdpbusd), each
 * with the widest registers that the processor has. BATCH is ignored. */
#include "leuko/error.h"
#include "serve.h"
#include <omp.h>

enum {
    CHAINS = 15,
    ROUNDS = 200000
}; /* 15 independent sums hide a latency of 4 or 5 cycles on two units */

/* sum[k] += x * x in registers 1 to 15, x = 0 in register 0. In assembly, because a compiler may
 * keep the sums in memory or remove the loop. */
#define STEP(op, r, k) op " %%" r "0, %%" r "0, %%" r #k "\n\t"
#define KERNEL(name, op, r)                                                                        \
    static void name(void)                                                                         \
    {                                                                                              \
        long n = ROUNDS;                                                                           \
        __asm__ volatile("vxorps %%xmm0, %%xmm0, %%xmm0\n"                                         \
                         "1:\n\t" STEP(op, r, 1) STEP(op, r, 2) STEP(op, r, 3) STEP(op, r, 4)      \
                             STEP(op, r, 5) STEP(op, r, 6) STEP(op, r, 7) STEP(op, r, 8)           \
                                 STEP(op, r, 9) STEP(op, r, 10) STEP(op, r, 11) STEP(op, r, 12)    \
                                     STEP(op, r, 13) STEP(op, r, 14)                               \
                                         STEP(op, r, 15) "dec %0\n\tjnz 1b\n\t"                    \
                         : "+r"(n)                                                                 \
                         :                                                                         \
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", \
                           "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc");    \
    }

KERNEL(fp32_avx512, "vfmadd231ps", "zmm")
KERNEL(fp32_avx2, "vfmadd231ps", "ymm")
KERNEL(bf16_avx512, "vdpbf16ps", "zmm")
KERNEL(int8_avx512, "vpdpbusd", "zmm")

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
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "no kernel for %s on this processor", leuko_precision_name(precision));
        return FALSE;
    }
    double start = bench_now();
    while (bench_now() - start < ms * 1e-3) { /* keep the fastest call */
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

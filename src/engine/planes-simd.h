/* engine/planes-simd.h: 16 values at a time, float32 or bfloat16, for the plane kernels.
 *
 * A function with PLANES_SIMD is compiled for AVX-512, AVX2 and plain x86-64; the loader chooses a
 * version when the process starts. A sanitizer build has the plain version only, because the
 * sanitizer's runtime starts after the loader has chosen.
 */
#pragma once
#include <glib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PLANES_SIMD __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define PLANES_SIMD
#endif
#pragma GCC diagnostic ignored "-Wpsabi" /* vectors are passed between inlined functions only */

enum { LANES = 16 }; /* SIMD lanes of a Vec */
typedef float Vec __attribute__((vector_size(64), aligned(4)));
typedef guint32 Bits __attribute__((vector_size(64), aligned(4)));
typedef gint32 Mask __attribute__((vector_size(64), aligned(4)));
typedef guint16 Half __attribute__((vector_size(32), aligned(2)));

#define INLINE static inline __attribute__((always_inline))

/* Load min(n, 16) values from index `at`; the remaining SIMD lanes are 0. */
INLINE Vec load(const void *data, gsize at, gsize n, gboolean bf16)
{
    if (!bf16) {
        const float *x = (const float *)data + at;
        Vec v = {0};
        if (n >= LANES)
            return *(const Vec *)(gconstpointer)x;
        memcpy(&v, x, n * sizeof *x);
        return v;
    }
    const guint16 *x = (const guint16 *)data + at;
    Half h = {0};
    if (n >= LANES)
        h = *(const Half *)(gconstpointer)x;
    else
        memcpy(&h, x, n * sizeof *x);
    Bits wide = __builtin_convertvector(h, Bits) << 16;
    return (Vec)wide;
}

/* Store min(n, 16) values from index `at`. bfloat16: round to nearest, ties to even; NaN stays
 * NaN. */
INLINE void store(void *data, gsize at, gsize n, gboolean bf16, Vec v)
{
    if (!bf16) {
        float *y = (float *)data + at;
        if (n >= LANES)
            *(Vec *)(gpointer)y = v;
        else
            memcpy(y, &v, n * sizeof *y);
        return;
    }
    Bits bits = (Bits)v, rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
    Bits nan = (Bits)((bits & 0x7fffffffu) > 0x7f800000u);
    rounded = (rounded & ~nan) | ((bits | 0x400000u) & nan);
    Half h = __builtin_convertvector(rounded >> 16, Half);
    guint16 *y = (guint16 *)data + at;
    if (n >= LANES)
        *(Half *)(gpointer)y = h;
    else
        memcpy(y, &h, n * sizeof *y);
}

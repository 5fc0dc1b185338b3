/* image/simd.h: loops that the compiler also builds for AVX2, chosen when the program starts.
 *
 * IMAGE_SIMD before a function of plain loops. AVX2 without FMA, so that the same sums are rounded
 * the same way and both builds give the same floats. Off under sanitizers, whose runtime is not
 * there yet when the choice is made, and off x86.
 */
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define IMAGE_SIMD __attribute__((target_clones("avx2", "default")))
#else
#define IMAGE_SIMD
#endif

typedef float ImageVec4 __attribute__((vector_size(16), aligned(4))); /* at any float's address */

/* image/simd.h: functions that the compiler builds twice, with and without AVX2 or POPCNT.
 *
 * Put IMAGE_SIMD before a function of plain loops, IMAGE_POPCNT before one that counts bits; the
 * program selects a version at start. The AVX2 version does not use FMA, so that both versions
 * round the same way. Sanitizers do not support the
 * selection (it runs before they start), and neither do other processors than x86.
 */
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define IMAGE_SIMD   __attribute__((target_clones("avx2", "default")))
#define IMAGE_POPCNT __attribute__((target_clones("popcnt", "default")))
#else
#define IMAGE_SIMD
#define IMAGE_POPCNT
#endif

typedef float ImageVec4 __attribute__((vector_size(16), aligned(4))); /* aligned as a float */

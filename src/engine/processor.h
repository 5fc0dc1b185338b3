/* engine/processor.h: instruction sets and measured peak speed of this processor.
 *
 * The environment variable ONEDNN_MAX_CPU_ISA, read once, limits the instruction set that the
 * engine uses. All functions here respect that limit.
 * Threads: any number of threads may call these functions; leuko_processor_peak_gflops() measures,
 * so it should run alone.
 */
#pragma once
#include "leuko/precision.h"

/* Name of the instruction set in use: "SSE4.1", "AVX2", "AVX-512 BF16", ...; "AArch64" with every
 * instruction set of ARM; static. */
const char *leuko_processor_isa_name(void);
gboolean leuko_processor_has_avx512(void);
/* TRUE if bf16 can run at all: with AVX-512, natively or emulated. */
gboolean leuko_processor_has_bf16(void);
/* TRUE if int8 products are accumulated in 32 bits and never saturate. */
gboolean leuko_processor_has_vnni(void);
/* TRUE with AMX: tiles of bf16 and int8; oneDNN uses them for channels-last tensors only. */
gboolean leuko_processor_has_amx(void);

/* TRUE if inference in this precision is fastest with channels-last activations. oneDNN's int8
 * kernels and its AMX kernels take no others. In fp32: if blocked tensors would run by reference
 * kernels only, as with NEON alone; channels-last tensors then run by matrix multiplication. */
gboolean leuko_processor_wants_channels_last(LeukoPrecision precision);

/* The older instruction sets that this processor can be limited to, for testing an int8 graph that
 * must run on any processor. Returns the name of number `index` (AVX2, then SSE4.1; only those
 * older than the one in use) and in *limit the matching value of ONEDNN_MAX_CPU_ISA; NULL after the
 * last. */
const char *leuko_processor_older_isa(guint index, const char **limit);

/* Measured peak in GFLOP/s (GOP/s in int8): the best of several runs of a convolution whose data
 * stays in cache (3x3, 256 to 256 channels, 24x24 pixels), by oneDNN on n_threads threads (0: all).
 * Takes about 50 ms. Returns 0 if the processor has no kernel for this precision. */
double leuko_processor_peak_gflops(LeukoPrecision precision, guint n_threads);

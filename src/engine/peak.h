/* engine/peak.h: how fast this processor multiplies, measured: the yardstick of a profile. */
#pragma once
#include "leuko/precision.h"

/* GFLOP/s (GOP/s in int8) of the best of some runs of one comfortable convolution (3x3, 256 to 256
 * channels, 24x24 pixels, everything in cache) by oneDNN with n_threads (0: all). About 50 ms.
 * 0 where the processor has no kernel for it. */
double leuko_peak_gflops(LeukoPrecision precision, guint n_threads);

/* image/resample.h: separable linear resampling of RGB8 with precomputed weights.
 *
 * An axis maps n_in input samples to n_out outputs; each output is a weighted sum of a few adjacent
 * inputs. Threads: a finished axis is constant and may be shared.
 */
#pragma once
#include "leuko/image.h"

typedef struct {
    guint n_in, n_out, n_taps; /* n_taps: the largest number of inputs of an output */
    guint *first;              /* (n_out) first input of each output; first + n_taps <= n_in */
    float *weight; /* (n_out, n_taps) weights; each row sums to 1, unused weights are 0 */
} ResampleAxis;

/* Triangle filter, widened by n_in / n_out if that is above 1; pixel centers at 0.5. Source:
 * Pillow's precompute_coeffs (libImaging/Resample.c), with support 1. */
void resample_axis_triangle(ResampleAxis *axis, guint n_in, guint n_out);
/* As TF 1's resize_bilinear with align_corners and half_pixel_centers false: output i is taken from
 * the input at i * n_in / n_out. */
void resample_axis_tf1(ResampleAxis *axis, guint n_in, guint n_out);
void resample_axis_clear(ResampleAxis *axis);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ResampleAxis, resample_axis_clear)

/* Resample one output row: first along y (contiguous, vectorized), then along x.
 * rgb      (vertical->n_in, horizontal->n_in, 3), rows every row_bytes bytes
 * scratch  (3 * horizontal->n_in + 4) floats
 * out      (horizontal->n_out, 4) floats in [0, 255]: R, G, B, unused */
void resample_row(const ResampleAxis *vertical, const ResampleAxis *horizontal, const guint8 *rgb,
                  gsize row_bytes, guint y, float *scratch, float *out);

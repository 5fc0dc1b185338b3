/* image/resample.h: separable linear resampling of RGB8 with weights computed once.
 *
 * An axis maps n_in input samples to n_out outputs, each the weighted sum of a few neighbors.
 * An axis is constant after it was made: threads may share it.
 */
#pragma once
#include "leuko/image.h"

typedef struct {
    guint n_in, n_out, n_taps; /* n_taps: the most that any output has */
    guint *first;              /* (n_out) first input of each output; first + n_taps <= n_in if */
    float *weight;             /* (n_out, n_taps) sum 1 in each row, 0 behind the used ones */
} ResampleAxis;

/* Triangle filter widened by n_in / n_out when that is above 1; pixel centers at half. Source:
 * Pillow's precompute_coeffs (libImaging/Resample.c), with support 1. */
void resample_axis_triangle(ResampleAxis *axis, guint n_in, guint n_out);
/* TF 1's resize_bilinear, align_corners and half_pixel_centers false: source = i * n_in / n_out. */
void resample_axis_tf1(ResampleAxis *axis, guint n_in, guint n_out);
void resample_axis_clear(ResampleAxis *axis);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ResampleAxis, resample_axis_clear)

/* Resample one output row: rows are reduced first (contiguous, vectorised), then columns.
 * rgb      (vertical->n_in, horizontal->n_in, 3), rows every row_bytes bytes
 * scratch  (3 * horizontal->n_in + 4) floats
 * out      (horizontal->n_out, 4) floats in [0, 255]: R, G, B, and one without meaning */
void resample_row(const ResampleAxis *vertical, const ResampleAxis *horizontal, const guint8 *rgb,
                  gsize row_bytes, guint y, float *scratch, float *out);

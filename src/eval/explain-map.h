/* eval/explain-map.h: from activations to a map, and from a map to heat at the pixels. */
#pragma once
#include "image/preprocess.h"
#include "leuko/explanation.h"

/* map (n) = the sum over C channels of weights (C) times activations (C, n), plus bias. */
void explain_weighted_sum(const float *activations, guint n_channels, gsize n,
                          const double *weights, double bias, float *map);
/* Set where the positions of the map lie in the image. first, step: leuko_net_positions(). */
void explain_place(LeukoExplanation *explanation, const LeukoImage *image,
                   const LeukoPreprocess *preprocess, double first, double step);
/* Find the cell and set the members that compare it with its surroundings. Errors:
 * LEUKO_ERROR_MEMORY. */
gboolean explain_measure(LeukoExplanation *explanation, const LeukoImage *image, GError **error);
/* The same with a known mask (height, width) of the cell. */
void explain_measure_mask(LeukoExplanation *explanation, const float *heat, const guint8 *mask);

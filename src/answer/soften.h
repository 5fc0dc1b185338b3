/* answer/soften.h: from logits to calibrated probabilities. */
#pragma once
#include <glib.h>

/* softmax(logits / temperature), both (K), in double: sums to 1 */
void leuko_soften(const float *logits, guint n_classes, double temperature, double *probabilities);

/* train/threshold.h: the decision threshold of two classes. */
#pragma once
#include <glib.h>

/* The threshold of largest balanced accuracy, between two scores; of several the nearest to 0.5.
 * scores (n): probability of the positive class; positives (n). 0.5 where a class is absent. */
double leuko_best_threshold(const double *scores, const gboolean *positives, gsize n);

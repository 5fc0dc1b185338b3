/* train/threshold.h: chooses the decision threshold of two classes. */
#pragma once
#include <glib.h>

/* The threshold between two scores with the largest balanced accuracy; among equal ones, the
 * nearest to 0.5. Returns 0.5 if a class is absent.
 * scores     (n) probability of the positive class
 * positives  (n) */
double leuko_best_threshold(const double *scores, const gboolean *positives, gsize n);

/* stats/isotonic.h: the rising function nearest to weighted values.
 * Source: pool adjacent violators, Ayer et al. 1955; scikit-learn's isotonic_regression().
 * Threads: no shared state; any thread.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Replace y (n), in the order of their x, by the values that do not fall and have the smallest
 * weighted sum of squared differences from y. Cost: n steps.
 * weights  (n), > 0; NULL: all 1 */
void leuko_isotonic_fit(double *y, const double *weights, guint n);

G_END_DECLS

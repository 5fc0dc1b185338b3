/* eval/explain-doubt.h: do heat maps show where the evidence lies? */
#pragma once
#include <glib.h>

/* Measured on synthetic cells, maps that show the place have a larger ratio (docs/measurements.md).
 */
#define LEUKO_EXPLAIN_LEAST_RATIO 3.0

/* ratios: heat inside the cell / outside, of n maps; NAN: none. Returns a sentence without a period
 * if their median is below LEUKO_EXPLAIN_LEAST_RATIO, g_free; NULL: it is not, or no map has one.
 */
gchar *leuko_explain_doubt(const double *ratios, guint n);
/* The median of the numbers that are not NAN; NAN without any. */
double leuko_explain_median(const double *ratios, guint n);

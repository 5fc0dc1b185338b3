/* formats/numbers.h: convert other number types to float32 and back. Inputs are little endian and
 * may have any alignment. */
#pragma once
#include <glib.h>

void leuko_half_to_float(gconstpointer in, float *out, gsize n);   /* IEEE binary16 */
void leuko_bfloat_to_float(gconstpointer in, float *out, gsize n); /* upper half of a float32 */
void leuko_double_to_float(gconstpointer in, float *out, gsize n);
/* These round to nearest even; NaN stays NaN. A value beyond the range of binary16 becomes
 * infinite. */
void leuko_float_to_half(const float *in, gpointer out, gsize n);
void leuko_float_to_bfloat(const float *in, gpointer out, gsize n);

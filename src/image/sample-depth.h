/* image/sample-depth.h: how many of their bits the samples of an image use.
 *
 * Cameras deliver 10, 12 or 14 bits, and files hold them in samples of 16 or 32 bits. Few files
 * state the number. The rule of all decoders:
 *
 *   1. Samples of up to 15 bits use all their bits.
 *   2. Samples of 16 and 32 bits use the smallest of 8, 10, 12, 14, 16, 24 and 32 bits that holds
 *      the largest color of the whole image and the largest value that the file states (TIFF:
 *      MaxSampleValue, SMaxSampleValue, SignificantBits of OME; PNG: sBIT).
 *   3. Floating-point samples range from 0 to 1 if no color is above 1. If a color is 16 or more,
 *      they range as 16-bit samples do by rule 2. An image is refused if its largest color lies
 *      between 1 and 16 or above 65535, or if a color is negative, NaN or infinite.
 *
 * Limit: an image that uses all 16 bits but is dark, and whose file states nothing, becomes
 * brighter by rule 2. A stated value prevents it. The decoder notes the number of bits, and `leuko
 * check` warns of a folder whose files were read with different numbers.
 */
#pragma once
#include <glib.h>

/* The number of bits used by samples of `n_bits`, of which `highest` is the largest. */
guint image_sample_depth(guint n_bits, guint64 highest);

/* The floating-point sample that means white, where `highest` is the largest color: 1 or 2^bits -
 * 1; *n_bits: 0 or bits. 0 if `highest` fits no range. */
double image_float_white(double highest, guint *n_bits);

/* A half-precision number (IEEE 754 binary16). */
double image_half_to_double(guint16 half);

#include "image/sample-depth.h"
#include <math.h>

/* Resampling passes white by a little. */
#define OVERSHOOT 1.001
/* An image from 0 to 255 with less everywhere would be black. */
#define MIN_LEVELS 16.0

static const guint depths[] = {8, 10, 12, 14, 16, 24, 32};

guint image_sample_depth(guint n_bits, guint64 highest)
{
    if (n_bits < 16 || highest == 0)
        return n_bits;
    for (gsize i = 0; i < G_N_ELEMENTS(depths); i++)
        if (depths[i] <= n_bits && highest >> depths[i] == 0)
            return depths[i];
    return n_bits;
}

double image_float_white(double highest, guint *n_bits)
{
    *n_bits = 0;
    if (highest <= OVERSHOOT)
        return 1.0;
    for (gsize i = 0; highest >= MIN_LEVELS && depths[i] <= 16; i++) {
        double white = (double)((1u << depths[i]) - 1);
        if (highest > white * OVERSHOOT)
            continue;
        *n_bits = depths[i];
        return white;
    }
    return 0.0;
}

double image_half_to_double(guint16 half)
{
    guint exponent = half >> 10 & 31, fraction = half & 1023;
    double value = exponent == 0    ? ldexp(fraction, -24)
                   : exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                                    : ldexp(fraction + 1024u, (int)exponent - 25);
    return half & 0x8000 ? -value : value;
}

/* image/cmyk.h: the inks of a print as colors of a screen, the same with every version of every
 * library. No color profile is used, neither one in the file nor a general one:
 *
 *     color = (255 - K) - round((255 - K) * ink / 255)     for C, M, Y and R, G, B
 *
 * Source: Pillow's convert("RGB") gives the same numbers. */
#pragma once
#include <glib.h>

/* cmyk: 4 amounts of ink, 255 is full. rgb: 3 bytes; may be where cmyk is. */
static inline void image_cmyk_to_rgb(const guint8 *cmyk, guint8 *rgb)
{
    guint light = 255u - cmyk[3];
    for (guint c = 0; c < 3; c++)
        rgb[c] = (guint8)(light - (light * cmyk[c] + 127) / 255);
}

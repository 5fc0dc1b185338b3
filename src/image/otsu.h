/* image/otsu.h: Otsu's threshold (1979): the level that divides a histogram into two classes with
 * the largest variance between them. */
#pragma once
#include <glib.h>

enum { IMAGE_OTSU_LEVELS = 256 };

/* Of the levels from `first` on: the last level of the lower class; of equals the lowest; the last
 * level of all if they are one class.
 * gap  output: the difference of the means of the classes, 0 if they are one; may be NULL */
guint image_otsu(const guint counts[IMAGE_OTSU_LEVELS], guint first, double *gap);

#include "image/otsu.h"

enum { LEVELS = IMAGE_OTSU_LEVELS };

guint image_otsu(const guint counts[LEVELS], guint first, double *gap)
{
    double n = 0, sum = 0, below = 0, sum_below = 0, best = -1, best_gap = 0;
    guint at = LEVELS - 1;
    for (guint v = first; v < LEVELS; v++) {
        n += counts[v];
        sum += (double)v * counts[v];
    }
    for (guint v = first; v + 1 < LEVELS; v++) {
        below += counts[v];
        sum_below += (double)v * counts[v];
        if (below == 0 || below == n)
            continue;
        double apart = (sum - sum_below) / (n - below) - sum_below / below;
        double between = below * (n - below) * apart * apart;
        if (between > best) {
            best = between;
            best_gap = apart;
            at = v;
        }
    }
    if (gap)
        *gap = best_gap;
    return at;
}

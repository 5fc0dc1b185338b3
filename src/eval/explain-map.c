#include "eval/explain-map.h"
#include "base/error.h"
#include "image/cell-mask.h"
#include <math.h>

void explain_weighted_sum(const float *activations, guint n_channels, gsize n,
                          const double *weights, double bias, float *map)
{
    g_autofree double *sum = g_new(double, n);
    for (gsize i = 0; i < n; i++)
        sum[i] = bias;
    for (guint c = 0; c < n_channels; c++)
        for (gsize i = 0; i < n; i++)
            sum[i] += weights[c] * (double)activations[c * n + i];
    for (gsize i = 0; i < n; i++)
        map[i] = (float)sum[i];
}

void explain_place(LeukoExplanation *x, const LeukoImage *image, const LeukoPreprocess *p,
                   double first, double step)
{
    x->width = image->width;
    x->height = image->height;
    x->seen_left = leuko_preprocess_crop(image->width, p->crop_fraction);
    x->seen_top = leuko_preprocess_crop(image->height, p->crop_fraction);
    x->seen_width = image->width - 2 * x->seen_left;
    x->seen_height = image->height - 2 * x->seen_top;
    double per_x = x->seen_width / p->side_px, per_y = x->seen_height / p->side_px;
    x->left = x->seen_left + (first + 0.5) * per_x - 0.5;
    x->top = x->seen_top + (first + 0.5) * per_y - 0.5;
    x->step_x = step * per_x;
    x->step_y = step * per_y;
}

/* The two positions of the map around a pixel: lower + share of the next. */
typedef struct {
    guint lower, next;
    float share;
    gboolean seen;
} Between;

/* n_pixels pixels of a side that has n positions. size: of the side in the explained image. */
static Between *find_positions(guint n_pixels, guint size, guint n, double first, double step,
                               double seen, double n_seen)
{
    Between *all = g_new(Between, n_pixels);
    for (guint i = 0; i < n_pixels; i++) {
        double at = (i + 0.5) * size / n_pixels - 0.5;
        double position = CLAMP((at - first) / step, 0, (double)n - 1);
        guint lower = MIN((guint)position, n - 1);
        all[i] = (Between){lower, MIN(lower + 1, n - 1), (float)(position - lower),
                           at + 0.5 > seen && at + 0.5 < seen + n_seen};
    }
    return all;
}

float *leuko_explanation_heat(const LeukoExplanation *x, guint width, guint height, GError **error)
{
    if (width < 1 || height < 1 || width > LEUKO_IMAGE_MAX_SIDE || height > LEUKO_IMAGE_MAX_SIDE) {
        leuko_fail(LEUKO_ERROR_ARGUMENT, error, "heat of %u x %u px: a side must be 1 to %d px",
                   width, height, LEUKO_IMAGE_MAX_SIDE);
        return NULL;
    }
    float *heat = g_try_new(float, (gsize)width *height);
    if (!heat) {
        leuko_fail(LEUKO_ERROR_MEMORY, error, "no memory for heat of %u x %u px", width, height);
        return NULL;
    }
    g_autofree Between *columns = find_positions(width, x->width, x->columns, x->left, x->step_x,
                                                 x->seen_left, x->seen_width);
    g_autofree Between *rows =
        find_positions(height, x->height, x->rows, x->top, x->step_y, x->seen_top, x->seen_height);
    for (guint j = 0; j < height; j++) {
        Between r = rows[j];
        const float *upper = x->map + (gsize)r.lower * x->columns;
        const float *lower = x->map + (gsize)r.next * x->columns;
        for (guint i = 0; i < width; i++) {
            Between c = columns[i];
            float a = upper[c.lower] + c.share * (upper[c.next] - upper[c.lower]);
            float b = lower[c.lower] + c.share * (lower[c.next] - lower[c.lower]);
            heat[(gsize)j * width + i] = r.seen && c.seen ? a + r.share * (b - a) : 0;
        }
    }
    return heat;
}

double leuko_explanation_range(const LeukoExplanation *x)
{
    double range = 0;
    for (gsize i = 0; i < (gsize)x->rows * x->columns; i++)
        range = MAX(range, fabs((double)x->map[i]));
    return range;
}

static gboolean is_seen(const LeukoExplanation *x, guint column, guint row)
{
    return column >= x->seen_left && column < x->seen_left + x->seen_width && row >= x->seen_top &&
           row < x->seen_top + x->seen_height;
}

void explain_measure_mask(LeukoExplanation *x, const float *heat, const guint8 *mask)
{
    double sums[2] = {0}, n[2] = {0};
    for (guint row = 0; row < x->height; row++)
        for (guint column = 0; column < x->width; column++) {
            gsize i = (gsize)row * x->width + column;
            if (!is_seen(x, column, row))
                continue;
            sums[mask[i]] += MAX((double)heat[i], 0);
            n[mask[i]]++;
        }
    x->has_cell = n[1] > 0;
    x->cell_share = n[1] / (n[0] + n[1]);
    x->inside = n[1] > 0 ? sums[1] / n[1] : NAN;
    x->outside = n[0] > 0 ? sums[0] / n[0] : NAN;
    x->ratio = x->outside > 0 ? x->inside / x->outside : x->inside > 0 ? INFINITY : NAN;
    x->peak_inside = mask[(gsize)x->peak_y * x->width + x->peak_x];
}

static void find_peak(LeukoExplanation *x, const float *heat)
{
    gsize peak = 0;
    gboolean found = FALSE;
    for (gsize i = 0; i < (gsize)x->width * x->height; i++)
        if (is_seen(x, (guint)(i % x->width), (guint)(i / x->width)) &&
            (!found || heat[i] > heat[peak])) {
            peak = i;
            found = TRUE;
        }
    x->peak_x = (guint)(peak % x->width);
    x->peak_y = (guint)(peak / x->width);
}

gboolean explain_measure(LeukoExplanation *x, const LeukoImage *image, GError **error)
{
    g_auto(LeukoCellMask) cell = {0};
    g_autofree float *heat = leuko_explanation_heat(x, x->width, x->height, error);
    g_autofree guint8 *mask = heat && leuko_cell_mask_init(&cell, image, error)
                                  ? leuko_cell_mask_scale(&cell, x->width, x->height, error)
                                  : NULL;
    if (!mask)
        return FALSE;
    find_peak(x, heat);
    x->cell_share = x->inside = x->outside = x->ratio = NAN;
    if (cell.extent > 0)
        explain_measure_mask(x, heat, mask);
    return TRUE;
}

#include "data/pixel-check.h"

enum { GRID = 128, LEVELS = 256, MAX_RANGE = 2, DARK = 32, BRIGHT = 245, PALE = 12 };

typedef struct {
    guint n;
    guint luma[LEVELS], colorfulness[LEVELS]; /* histograms */
    guint8 low[LEUKO_CHANNELS], high[LEUKO_CHANNELS];
} Counts;

static void count_pixel(Counts *c, const guint8 *p)
{
    for (guint k = 0; k < LEUKO_CHANNELS; k++) {
        c->low[k] = MIN(c->low[k], p[k]);
        c->high[k] = MAX(c->high[k], p[k]);
    }
    c->luma[(299u * p[0] + 587u * p[1] + 114u * p[2]) / 1000]++;
    c->colorfulness[MAX(MAX(p[0], p[1]), p[2]) - MIN(MIN(p[0], p[1]), p[2])]++;
    c->n++;
}

/* Whether 99 % of the pixels lie in these levels. */
static gboolean holds_most(const guint *histogram, guint from, guint to, guint n)
{
    guint inside = 0;
    for (guint i = from; i <= to; i++)
        inside += histogram[i];
    return (guint64)inside * 100 >= (guint64)n * 99;
}

LeukoPixelKind leuko_pixel_check(const LeukoImage *image)
{
    Counts c = {.low = {255, 255, 255}};
    guint step_x = (image->width + GRID - 1) / GRID, step_y = (image->height + GRID - 1) / GRID;
    for (guint y = 0; y < image->height; y += step_y)
        for (guint x = 0; x < image->width; x += step_x)
            count_pixel(&c, image->pixels + y * image->row_bytes + x * LEUKO_CHANNELS);
    gboolean is_constant = TRUE;
    for (guint k = 0; k < LEUKO_CHANNELS; k++)
        is_constant = is_constant && c.high[k] - c.low[k] <= MAX_RANGE;
    if (is_constant)
        return LEUKO_PIXELS_CONSTANT;
    if (holds_most(c.luma, 0, DARK, c.n))
        return LEUKO_PIXELS_BLACK;
    if (holds_most(c.luma, BRIGHT, LEVELS - 1, c.n))
        return LEUKO_PIXELS_WHITE;
    return holds_most(c.colorfulness, 0, PALE, c.n) ? LEUKO_PIXELS_COLORLESS : LEUKO_PIXELS_USUAL;
}

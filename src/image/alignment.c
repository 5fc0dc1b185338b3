#include "image/alignment.h"
#include "image/simd.h"
#include <math.h>

enum {
    SIDE = LEUKO_THUMBNAIL_SIDE,
    REACH = LEUKO_ALIGNMENT_REACH,
    MARGIN = 8, /* so that what a shift leaves at the border does not reach the inner part */
    INNER = SIDE - 2 * MARGIN,
    AROUND = 3 /* pixels to each side of one */
};

static const double FLOOR = 3; /* levels of gray */

typedef float Plane[SIDE][SIDE];

static guint inside(gint i) { return (guint)CLAMP(i, 0, SIDE - 1); }

/* Smooth by (1 2 1) / 4 along both axes. */
static void smooth(const LeukoThumbnail *from, Plane to)
{
    Plane rows;
    for (gint y = 0; y < SIDE; y++)
        for (gint x = 0; x < SIDE; x++)
            rows[y][x] = (float)(from->at[y][inside(x - 1)] + 2 * from->at[y][x] +
                                 from->at[y][inside(x + 1)]);
    for (gint y = 0; y < SIDE; y++)
        for (gint x = 0; x < SIDE; x++)
            to[y][x] = (rows[inside(y - 1)][x] + 2 * rows[y][x] + rows[inside(y + 1)][x]) / 16;
}

/* The mean of the pixels around each. */
static void mean_around(Plane in, Plane out)
{
    Plane rows;
    for (gint y = 0; y < SIDE; y++) {
        double sum = 0;
        for (gint x = -AROUND; x <= AROUND; x++)
            sum += in[y][inside(x)];
        for (gint x = 0; x < SIDE; x++) {
            rows[y][x] = (float)sum;
            sum += in[y][inside(x + AROUND + 1)] - in[y][inside(x - AROUND)];
        }
    }
    double n = (2 * AROUND + 1) * (2 * AROUND + 1);
    for (gint x = 0; x < SIDE; x++) {
        double sum = 0;
        for (gint y = -AROUND; y <= AROUND; y++)
            sum += rows[inside(y)][x];
        for (gint y = 0; y < SIDE; y++) {
            out[y][x] = (float)(sum / n);
            sum += rows[inside(y + AROUND + 1)][x] - rows[inside(y - AROUND)][x];
        }
    }
}

void leuko_detail_of(const LeukoThumbnail *thumbnail, LeukoDetail *out)
{
    Plane level, square, mean, mean_square;
    smooth(thumbnail, level);
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++)
            square[y][x] = level[y][x] * level[y][x];
    mean_around(level, mean);
    mean_around(square, mean_square);
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++) {
            double variance = mean_square[y][x] - (double)mean[y][x] * mean[y][x];
            out->at[y][x] = (float)((level[y][x] - mean[y][x]) / (sqrt(fmax(variance, 0)) + FLOOR));
        }
}

/* Turn by orientation 0 to 7: bit 0 flips x, bit 1 flips y, bit 2 exchanges x and y first. */
static void turn(const LeukoDetail *from, guint orientation, LeukoDetail *to)
{
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++) {
            guint fy = orientation & 2 ? SIDE - 1 - y : y, fx = orientation & 1 ? SIDE - 1 - x : x;
            to->at[y][x] = orientation & 4 ? from->at[fx][fy] : from->at[fy][fx];
        }
}

/* The inner part of the detail at a shift of quarter pixels. */
IMAGE_SIMD static void take_inner(const LeukoDetail *d, double dy, double dx,
                                  float out[INNER][INNER])
{
    guint y = (guint)floor(MARGIN + dy), x = (guint)floor(MARGIN + dx);
    float ty = (float)(MARGIN + dy - y), tx = (float)(MARGIN + dx - x);
    guint next_y = ty > 0 ? 1 : 0, next_x = tx > 0 ? 1 : 0;
    for (guint i = 0; i < INNER; i++) {
        const float *top = d->at[y + i] + x, *below = d->at[y + i + next_y] + x;
        for (guint k = 0; k < INNER; k++)
            out[i][k] = (1 - ty) * ((1 - tx) * top[k] + tx * top[k + next_x]) +
                        ty * ((1 - tx) * below[k] + tx * below[k + next_x]);
    }
}

/* The sum of the products with the inner part of `d` at a shift of whole pixels. */
IMAGE_SIMD static float product(const float a[INNER][INNER], const LeukoDetail *d, guint y, guint x)
{
    float sums[8] = {0}, sum = 0;
    for (guint i = 0; i < INNER; i++)
        for (guint k = 0; k < INNER; k += 8)
            for (guint j = 0; j < 8; j++)
                sums[j] += a[i][k + j] * d->at[y + i][x + k + j];
    for (guint j = 0; j < 8; j++)
        sum += sums[j];
    return sum;
}

static double pearson(const float a[INNER][INNER], const float b[INNER][INNER])
{
    double sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0, n = INNER * INNER;
    for (guint i = 0; i < INNER; i++)
        for (guint k = 0; k < INNER; k++) {
            double x = a[i][k], y = b[i][k];
            sum_a += x;
            sum_b += y;
            aa += x * x;
            bb += y * y;
            ab += x * y;
        }
    double var_a = aa - sum_a * sum_a / n, var_b = bb - sum_b * sum_b / n;
    if (var_a <= 1e-9 * n || var_b <= 1e-9 * n)
        return 0;
    return CLAMP((ab - sum_a * sum_b / n) / sqrt(var_a * var_b), -1, 1);
}

static double correlate(const float a[INNER][INNER], const LeukoDetail *b, double dy, double dx)
{
    float inner[INNER][INNER];
    take_inner(b, dy, dx, inner);
    return pearson(a, (const float(*)[INNER])inner);
}

double leuko_detail_correlation(const LeukoDetail *a, const LeukoDetail *b, double dy, double dx)
{
    float inner[INNER][INNER];
    g_assert(fabs(dy) <= REACH && fabs(dx) <= REACH);
    take_inner(a, 0, 0, inner);
    return correlate((const float(*)[INNER])inner, b, dy, dx);
}

/* Move (dy, dx) to the best of its eight neighbors at this step, if one is better than `best`. */
static double refine(const float a[INNER][INNER], const LeukoDetail *b, double step, double best,
                     double *dy, double *dx)
{
    double from_y = *dy, from_x = *dx;
    for (gint i = -1; i <= 1; i++)
        for (gint k = -1; k <= 1; k++) {
            double y = from_y + i * step, x = from_x + k * step;
            if ((i == 0 && k == 0) || fabs(y) > REACH || fabs(x) > REACH)
                continue;
            double r = correlate(a, b, y, x);
            if (r > best) {
                best = r;
                *dy = y;
                *dx = x;
            }
        }
    return best;
}

/* The best correlation of one orientation. */
static double align(const float a[INNER][INNER], const LeukoDetail *b)
{
    float most = -G_MAXFLOAT;
    double dy = 0, dx = 0;
    for (guint y = 0; y <= 2 * REACH; y++)
        for (guint x = 0; x <= 2 * REACH; x++) {
            float sum = product(a, b, MARGIN - REACH + y, MARGIN - REACH + x);
            if (sum > most) {
                most = sum;
                dy = (double)y - REACH;
                dx = (double)x - REACH;
            }
        }
    double best = correlate(a, b, dy, dx);
    best = refine(a, b, 0.5, best, &dy, &dx);
    return refine(a, b, 0.25, best, &dy, &dx);
}

double leuko_detail_align(const LeukoDetail *a, const LeukoDetail *b, double enough)
{
    float inner[INNER][INNER];
    double best = -1;
    take_inner(a, 0, 0, inner);
    for (guint orientation = 0; orientation < 8 && best < enough; orientation++) {
        LeukoDetail turned;
        turn(b, orientation, &turned);
        best = fmax(best, align((const float(*)[INNER])inner, &turned));
    }
    return best;
}

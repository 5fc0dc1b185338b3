#include "image/centered.h"
#include "image/simd.h"
#include <math.h>
#include <string.h>

enum { SIDE = LEUKO_THUMBNAIL_SIDE, N_LEVELS = 256, MAX_REACH = 20 };

static const double LEVELS = 5; /* standard deviation that smooths the histogram */

typedef struct {
    double deviation; /* of the smoothing, pixels */
    gint reach;       /* pixels to each side at which it ends */
    gint limit;       /* of the place from the middle, pixels */
    double half;      /* of the side of the square */
} Scale;

/* Nothing reaches beyond the borders: 32 - limit - MAX(reach, half) >= 1. */
static const Scale SCALES[LEUKO_CENTERED_HASHES] = {
    {.deviation = 8, .reach = 20, .limit = 10, .half = 21},
    {.deviation = 4, .reach = 16, .limit = 14, .half = 17},
    {.deviation = 5, .reach = 15, .limit = 16, .half = 15},
};

/* --- weights ---------------------------------------------------------------------------------- */

static double normal(double x, double deviation)
{
    return exp(-x * x / (2 * deviation * deviation));
}

/* The most frequent level; of equals the lowest. */
static guint find_background(const LeukoLuma *luma)
{
    enum { REACH = 16 };
    guint counts[N_LEVELS] = {0}, most = 0;
    double near[REACH + 1], largest = -1;
    for (gint d = 0; d <= REACH; d++)
        near[d] = normal(d, LEVELS);
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++)
            counts[(guint)(CLAMP(luma->at[y][x], 0, N_LEVELS - 1) + 0.5f)]++;
    for (gint level = 0; level < N_LEVELS; level++) {
        double sum = 0;
        for (gint d = MAX(-REACH, -level); d <= MIN(REACH, N_LEVELS - 1 - level); d++)
            sum += near[ABS(d)] * counts[level + d];
        if (sum > largest) {
            largest = sum;
            most = (guint)level;
        }
    }
    return most;
}

static void fill_weights(const LeukoLuma *luma, float weights[SIDE][SIDE])
{
    float background = (float)find_background(luma);
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++) {
            float d = luma->at[y][x] - background;
            weights[y][x] = d * d;
        }
}

/* --- the place -------------------------------------------------------------------------------- */

/* Smooth n columns of x at the rows `first` to first + n - 1: to[x][k] is at row first + k, with
 * the axes exchanged. */
IMAGE_SIMD static void smooth(const float (*from)[SIDE], const float *near, gint reach, guint first,
                              guint n, guint n_columns, float (*to)[SIDE])
{
    for (guint k = 0; k < n; k++) {
        float sums[SIDE] = {0};
        for (gint d = -reach; d <= reach; d++) {
            const float *row = from[(gint)(first + k) + d];
            for (guint x = 0; x < n_columns; x++)
                sums[x] += near[d + reach] * row[x];
        }
        for (guint x = 0; x < n_columns; x++)
            to[x][k] = sums[x];
    }
}

/* Where the parabola through three neighbors is largest, in (-1, 1) from the middle one. */
static double top_of_parabola(double before, double at, double after)
{
    double bend = before - 2 * at + after;
    return bend >= 0 ? 0 : CLAMP((before - after) / (2 * bend), -1, 1);
}

static void find_place(const float (*weights)[SIDE], const Scale *s, double *y, double *x)
{
    /* one pixel more to each side, for the parabola */
    guint first = (guint)(SIDE / 2 - s->limit - 1), n = (guint)(2 * s->limit + 2), by = 1, bx = 1;
    float near[2 * MAX_REACH + 1], columns[SIDE][SIDE], sums[SIDE][SIDE];
    for (gint d = -s->reach; d <= s->reach; d++)
        near[d + s->reach] = (float)normal(d, s->deviation);
    smooth(weights, near, s->reach, first, n, SIDE, columns);
    smooth((const float(*)[SIDE])columns, near, s->reach, first, n, n, sums);
    for (guint i = 1; i + 1 < n; i++)
        for (guint k = 1; k + 1 < n; k++)
            if (sums[i][k] > sums[by][bx]) {
                by = i;
                bx = k;
            }
    double least = SIDE / 2 - s->limit, most = SIDE / 2 + s->limit - 1;
    *y = first + by + top_of_parabola(sums[by - 1][bx], sums[by][bx], sums[by + 1][bx]);
    *x = first + bx + top_of_parabola(sums[by][bx - 1], sums[by][bx], sums[by][bx + 1]);
    *y = CLAMP(*y, least, most);
    *x = CLAMP(*x, least, most);
}

/* --- the square ------------------------------------------------------------------------------- */

static void cut_square(const LeukoLuma *luma, double y, double x, double half, LeukoLuma *out)
{
    guint left[SIDE];
    float across[SIDE];
    for (guint k = 0; k < SIDE; k++) {
        double at = x + (2 * (k + 0.5) / SIDE - 1) * half;
        left[k] = (guint)at;
        across[k] = (float)(at - left[k]);
    }
    for (guint i = 0; i < SIDE; i++) {
        double at = y + (2 * (i + 0.5) / SIDE - 1) * half;
        guint top = (guint)at;
        float down = (float)(at - top);
        const float *a = luma->at[top], *b = luma->at[top + 1];
        for (guint k = 0; k < SIDE; k++) {
            guint l = left[k];
            float above = a[l] + across[k] * (a[l + 1] - a[l]),
                  below = b[l] + across[k] * (b[l + 1] - b[l]);
            out->at[i][k] = above + down * (below - above);
        }
    }
}

void leuko_centered_of(const LeukoLuma *luma, LeukoCentered *out)
{
    float weights[SIDE][SIDE];
    fill_weights(luma, weights);
    for (guint k = 0; k < LEUKO_CENTERED_HASHES; k++) {
        double y, x;
        LeukoLuma square;
        find_place((const float(*)[SIDE])weights, &SCALES[k], &y, &x);
        cut_square(luma, y, x, SCALES[k].half, &square);
        leuko_phash_of_luma(&square, &out->at[k]);
    }
}

void leuko_centered_place(const LeukoLuma *luma, guint k, double *y, double *x)
{
    float weights[SIDE][SIDE];
    g_assert(k < LEUKO_CENTERED_HASHES);
    fill_weights(luma, weights);
    find_place((const float(*)[SIDE])weights, &SCALES[k], y, x);
}

/* --- bytes ------------------------------------------------------------------------------------ */

void leuko_centered_to_bytes(const LeukoCentered *hashes, guint8 bytes[LEUKO_CENTERED_BYTES])
{
    for (guint k = 0; k < LEUKO_CENTERED_HASHES; k++)
        for (guint w = 0; w < G_N_ELEMENTS(hashes->at[k].bits); w++, bytes += sizeof(guint64)) {
            guint64 word = GUINT64_TO_LE(hashes->at[k].bits[w]);
            memcpy(bytes, &word, sizeof word);
        }
}

void leuko_centered_from_bytes(const guint8 bytes[LEUKO_CENTERED_BYTES], LeukoCentered *out)
{
    for (guint k = 0; k < LEUKO_CENTERED_HASHES; k++)
        for (guint w = 0; w < G_N_ELEMENTS(out->at[k].bits); w++, bytes += sizeof(guint64)) {
            guint64 word;
            memcpy(&word, bytes, sizeof word);
            out->at[k].bits[w] = GUINT64_FROM_LE(word);
        }
}

#include "engine/round.h"
#include <math.h>
#include <string.h>

enum { LARGEST = 127, SWEEPS = 4 };

/* The range [*low, *high] of weight i, given its partner's value. */
static void allowed(const LeukoRounding *how, const gint8 *q, gsize i, gint *low, gint *high)
{
    gint partner = how->partner ? how->partner[i] : -1;
    gint other = partner >= 0 ? q[partner] : 0;
    *low = MAX(-LARGEST, -LEUKO_PAIR_LIMIT - MIN(other, 0));
    *high = MIN(LARGEST, LEUKO_PAIR_LIMIT - MAX(other, 0));
}

/* Reduce both weights of a pair whose sum is too large, in proportion. */
static void split_pairs(const LeukoRounding *how, gint8 *q)
{
    for (gsize i = 0; how->partner && i < how->k; i++) {
        gint j = how->partner[i];
        if (j < 0 || (gsize)j < i)
            continue;
        gint sum = q[i] + q[j], most = LEUKO_PAIR_LIMIT;
        if ((q[i] > 0) != (q[j] > 0) || ABS(sum) <= most)
            continue;
        gint first = (gint)rint((double)q[i] * most / ABS(sum));
        q[i] = (gint8)first;
        q[j] = (gint8)((sum > 0 ? most : -most) - first);
    }
}

static void nearest(const LeukoRounding *how, const float *v, float scale, gint8 *q)
{
    for (gsize i = 0; i < how->k; i++)
        q[i] = (gint8)CLAMP(rintf(v[i] / scale), -LARGEST, LARGEST);
    split_pairs(how, q);
}

/* Improve q by coordinate descent; gradient (k) is a buffer for covariance (v - scale q). Returns
 * the objective at the new q. */
static double descend(const LeukoRounding *how, const float *v, float scale, gint8 *q,
                      float *gradient)
{
    gsize k = how->k;
    double left = 0;
    memset(gradient, 0, k * sizeof *gradient);
    for (gsize i = 0; i < k; i++) {
        const float *row = how->covariance + i * k;
        float error = v[i] - scale * (float)q[i];
        for (gsize j = 0; j < k; j++)
            gradient[j] += error * row[j];
    }
    for (guint sweep = 0, moved = 1; sweep < SWEEPS && moved; sweep++) {
        moved = 0;
        for (gsize i = 0; i < k; i++) {
            const float *row = how->covariance + i * k;
            gint low, high;
            allowed(how, q, i, &low, &high);
            double best = rint(q[i] + (double)gradient[i] / ((double)scale * (double)row[i]));
            gint step = (gint)CLAMP(best, low, high) - q[i];
            if (step == 0)
                continue;
            float by = scale * (float)step;
            q[i] = (gint8)(q[i] + step);
            for (gsize j = 0; j < k; j++)
                gradient[j] -= by * row[j];
            moved++;
        }
    }
    for (gsize i = 0; i < k; i++)
        left += ((double)v[i] - (double)scale * q[i]) * (double)gradient[i];
    return left;
}

/* The smallest scale at which no weight and no pair is clipped. */
static float whole_scale(const LeukoRounding *how, const float *v)
{
    float largest = 0, sum = 0;
    for (gsize i = 0; i < how->k; i++) {
        gint j = how->partner ? how->partner[i] : -1;
        largest = MAX(largest, fabsf(v[i]));
        if (j >= 0 && (v[i] > 0) == (v[j] > 0))
            sum = MAX(sum, fabsf(v[i] + v[j]));
    }
    float scale = MAX(largest / LARGEST, sum / LEUKO_PAIR_LIMIT);
    return scale > 0 ? scale : 1;
}

/* Try smaller scales too: they clip the largest weights, but round the other weights more
 * finely. */
static void round_row(const LeukoRounding *how, const float *v, gint8 *q, float *scale,
                      gint8 *tried, float *gradient)
{
    static const float shares[] = {1.0f, 0.94f, 0.88f, 0.8f, 0.7f};
    float whole = whole_scale(how, v);
    double least = G_MAXDOUBLE;
    *scale = whole;
    nearest(how, v, whole, q);
    for (gsize s = 0; how->covariance && s < G_N_ELEMENTS(shares); s++) {
        nearest(how, v, whole * shares[s], tried);
        double left = descend(how, v, whole * shares[s], tried, gradient);
        if (left < least) {
            least = left;
            *scale = whole * shares[s];
            memcpy(q, tried, how->k);
        }
    }
}

void leuko_round_rows(const LeukoRounding *how, gsize n_rows, const float *v, gint8 *q,
                      float *scale)
{
#pragma omp parallel
    {
        g_autofree float *gradient = g_new(float, how->k);
        g_autofree gint8 *tried = g_new(gint8, how->k);
#pragma omp for schedule(dynamic)
        for (gsize o = 0; o < n_rows; o++)
            round_row(how, v + o * how->k, q + o * how->k, scale + o, tried, gradient);
    }
}

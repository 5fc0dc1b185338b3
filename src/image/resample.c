#include "image/resample.h"
#include "image/simd.h"
#include <math.h>

static void axis_init(ResampleAxis *axis, guint n_in, guint n_out, guint n_taps)
{
    axis->n_in = n_in;
    axis->n_out = n_out;
    axis->n_taps = MIN(n_taps, n_in);
    axis->first = g_new0(guint, n_out);
    axis->weight = g_new0(float, (gsize)n_out * axis->n_taps);
}

void resample_axis_clear(ResampleAxis *axis)
{
    g_clear_pointer(&axis->first, g_free);
    g_clear_pointer(&axis->weight, g_free);
}

/* The inputs [low, high) within `support` of the center, at least one. */
static void window(double center, double support, guint n_in, int *low, int *high)
{
    *low = MAX((int)(center - support + 0.5), 0);
    *high = MIN((int)(center + support + 0.5), (int)n_in);
}

void resample_axis_triangle(ResampleAxis *axis, guint n_in, guint n_out)
{
    double scale = (double)n_in / n_out, support = MAX(scale, 1.0);
    guint n_taps = 1;
    int low, high;
    for (guint i = 0; i < n_out; i++) {
        window((i + 0.5) * scale, support, n_in, &low, &high);
        n_taps = MAX(n_taps, (guint)(high - low));
    }
    axis_init(axis, n_in, n_out, n_taps);
    g_autofree double *w = g_new(double, n_taps);
    for (guint i = 0; i < n_out; i++) {
        double center = (i + 0.5) * scale, sum = 0;
        window(center, support, n_in, &low, &high);
        guint n = (guint)(high - low);
        for (guint k = 0; k < n; k++) {
            w[k] = MAX(1.0 - fabs((low + (int)k + 0.5 - center) / support), 0.0);
            sum += w[k];
        }
        /* the window must not reach past the last input: shift it and put zeros in front */
        guint shift = (guint)MAX(low + (int)axis->n_taps - (int)n_in, 0);
        axis->first[i] = (guint)low - shift;
        for (guint k = 0; k < n; k++)
            axis->weight[(gsize)i * axis->n_taps + shift + k] = (float)(w[k] / sum);
    }
}

void resample_axis_tf1(ResampleAxis *axis, guint n_in, guint n_out)
{
    axis_init(axis, n_in, n_out, 2);
    float scale = (float)n_in / (float)n_out; /* float as in TF, so that ties round the same way */
    for (guint i = 0; i < n_out; i++) {
        float source = (float)i * scale;
        guint low = MIN((guint)source, n_in - 1);
        float lerp = low + 1 < n_in ? source - (float)low : 0.0f;
        float *weight = axis->weight + (gsize)i * axis->n_taps;
        if (axis->n_taps == 1) {
            weight[0] = 1.0f;
        } else if (low + 1 < n_in) {
            axis->first[i] = low;
            weight[0] = 1.0f - lerp;
            weight[1] = lerp;
        } else { /* the last input alone */
            axis->first[i] = low - 1;
            weight[1] = 1.0f;
        }
    }
}

IMAGE_SIMD static void scale_row(float *restrict out, const guint8 *restrict in, float weight,
                                 gsize n)
{
    for (gsize i = 0; i < n; i++)
        out[i] = weight * (float)in[i];
}

IMAGE_SIMD static void add_row(float *restrict out, const guint8 *restrict in, float weight,
                               gsize n)
{
    for (gsize i = 0; i < n; i++)
        out[i] += weight * (float)in[i];
}

/* Two rows at once: the usual number of taps, with half the memory traffic. */
IMAGE_SIMD static void scale_two_rows(float *restrict out, const guint8 *restrict a,
                                      const guint8 *restrict b, float wa, float wb, gsize n)
{
    for (gsize i = 0; i < n; i++)
        out[i] = wa * (float)a[i] + wb * (float)b[i];
}

static void reduce_rows(const ResampleAxis *axis, const guint8 *rgb, gsize row_bytes, guint y,
                        float *out, gsize n)
{
    const float *weight = axis->weight + (gsize)y * axis->n_taps;
    guint low = 0, high = axis->n_taps;
    while (low + 1 < high && weight[low] == 0)
        low++;
    while (high > low + 1 && weight[high - 1] == 0)
        high--;
    const guint8 *row = rgb + (gsize)(axis->first[y] + low) * row_bytes;
    guint k = low;
    if (high - low >= 2) {
        scale_two_rows(out, row, row + row_bytes, weight[k], weight[k + 1], n);
        k += 2;
        row += 2 * row_bytes;
    } else {
        scale_row(out, row, weight[k], n);
        k++;
        row += row_bytes;
    }
    for (; k < high; k++, row += row_bytes)
        add_row(out, row, weight[k], n);
}

IMAGE_SIMD static void reduce_columns(const ResampleAxis *axis, const float *row, float *out)
{
    guint n_taps = axis->n_taps;
    const float *weight = axis->weight;
    for (guint x = 0; x < axis->n_out; x++, weight += n_taps) {
        /* four floats of an RGB row: one pixel and the next one's red, which is ignored later */
        const float *p = row + (gsize)axis->first[x] * LEUKO_CHANNELS;
        ImageVec4 sum = weight[0] * *(const ImageVec4 *)p;
        for (guint k = 1; k < n_taps; k++)
            sum += weight[k] * *(const ImageVec4 *)(p + (gsize)k * LEUKO_CHANNELS);
        *(ImageVec4 *)(out + (gsize)x * 4) = sum;
    }
}

void resample_row(const ResampleAxis *vertical, const ResampleAxis *horizontal, const guint8 *rgb,
                  gsize row_bytes, guint y, float *scratch, float *out)
{
    reduce_rows(vertical, rgb, row_bytes, y, scratch, (gsize)horizontal->n_in * LEUKO_CHANNELS);
    reduce_columns(horizontal, scratch, out);
}

#include "image/blur.h"
#include "image/augment.h"
#include "image/simd.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

/* scipy truncates its double sums to bytes after each axis. A float sum may fall below a whole
 * number where the double sum does not, so a small number is added before truncation. */
#define TRUNCATION_MARGIN 0.001f

/* weights[0..radius]: half of a symmetric kernel whose sum is 1. */
static float *half_kernel(double sigma, guint radius)
{
    float *weights = g_new(float, radius + 1);
    double sum = 0;
    for (gint i = -(gint)radius; i <= (gint)radius; i++)
        sum += exp(-0.5 * i * i / (sigma * sigma));
    for (guint i = 0; i <= radius; i++)
        weights[i] = (float)(exp(-0.5 * i * i / (sigma * sigma)) / sum);
    return weights;
}

guint image_reflect(gint i, guint n)
{
    gint period = 2 * (gint)n, r = i % period;
    if (r < 0)
        r += period;
    return (guint)(r < (gint)n ? r : period - 1 - r);
}

IMAGE_SIMD static void add_pair(float *restrict sum, const guint8 *restrict a,
                                const guint8 *restrict b, float weight, gsize n)
{
    for (gsize i = 0; i < n; i++)
        sum[i] += weight * (float)(a[i] + b[i]);
}

IMAGE_SIMD static void cut(guint8 *restrict out, const float *restrict sum, float rounding, gsize n)
{
    for (gsize i = 0; i < n; i++)
        out[i] = (guint8)(gint32)(sum[i] + rounding);
}

/* Blur along y: a weighted sum of whole rows. */
static void blur_columns(const LeukoImage *image, const float *weights, guint radius,
                         float rounding, float *sum, LeukoImage *out)
{
    gsize n = out->row_bytes;
    for (guint y = 0; y < image->height; y++) {
        const guint8 *middle = image->pixels + y * image->row_bytes;
        for (gsize i = 0; i < n; i++)
            sum[i] = weights[0] * middle[i];
        for (guint k = 1; k <= radius; k++)
            add_pair(sum,
                     image->pixels + image_reflect((gint)(y - k), image->height) * image->row_bytes,
                     image->pixels + image_reflect((gint)(y + k), image->height) * image->row_bytes,
                     weights[k], n);
        cut(out->pixels + y * out->row_bytes, sum, rounding, n);
    }
}

/* Blur along x, in place: a weighted sum of shifted copies of the row, which is padded with its
 * reflections. padded: (width + 2 radius, 3). */
static void blur_rows(LeukoImage *image, const float *weights, guint radius, float rounding,
                      float *sum, guint8 *padded)
{
    gsize n = image->row_bytes;
    for (guint y = 0; y < image->height; y++) {
        guint8 *row = image->pixels + y * n;
        for (gint x = -(gint)radius; x < (gint)(image->width + radius); x++)
            memcpy(padded + (gsize)(x + (gint)radius) * LEUKO_CHANNELS,
                   row + (gsize)image_reflect(x, image->width) * LEUKO_CHANNELS, LEUKO_CHANNELS);
        const guint8 *middle = padded + (gsize)radius * LEUKO_CHANNELS;
        for (gsize i = 0; i < n; i++)
            sum[i] = weights[0] * middle[i];
        for (guint k = 1; k <= radius; k++)
            add_pair(sum, middle - (gsize)k * LEUKO_CHANNELS, middle + (gsize)k * LEUKO_CHANNELS,
                     weights[k], n);
        cut(row, sum, rounding, n);
    }
}

LeukoImage *image_blur(const LeukoImage *image, double sigma, float rounding, GError **error)
{
    if (!(sigma >= 0.1 && sigma <= 50)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "blur: sigma %g px, must be 0.1 to 50", sigma);
        return NULL;
    }
    guint radius = (guint)(4 * sigma + 0.5);
    g_autofree float *weights = half_kernel(sigma, radius);
    g_autoptr(LeukoImage) out = leuko_image_new(image->width, image->height, error);
    if (!out)
        return NULL;
    g_autofree float *sum = g_try_malloc_n(out->row_bytes, sizeof(float));
    g_autofree guint8 *padded = g_try_malloc(out->row_bytes + 2u * radius * LEUKO_CHANNELS);
    if (!sum || !padded) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "no memory to blur an image of %u x %u pixels", image->width, image->height);
        return NULL;
    }
    blur_columns(image, weights, radius, rounding, sum, out);
    blur_rows(out, weights, radius, rounding, sum, padded);
    return g_steal_pointer(&out);
}

LeukoImage *leuko_augment_blur(const LeukoImage *image, double sigma, GError **error)
{
    return image_blur(image, sigma, TRUNCATION_MARGIN, error);
}

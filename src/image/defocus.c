#include "image/defocus.h"
#include "image/blur.h"
#include "image/simd.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

/* A square kernel of side 2 reach + 1, row by row; its sum is 1. */
static float *disk_kernel(double radius, guint reach)
{
    guint side = 2 * reach + 1;
    float *weights = g_new(float, (gsize)side *side);
    double sum = 0;
    for (int pass = 0; pass < 2; pass++) /* sum, then divide by it */
        for (guint y = 0; y < side; y++)
            for (guint x = 0; x < side; x++) {
                double d = hypot((double)x - reach, (double)y - reach);
                double weight = CLAMP(radius + 0.5 - d, 0, 1);
                if (pass == 0)
                    sum += weight;
                else
                    weights[(gsize)y * side + x] = (float)(weight / sum);
            }
    return weights;
}

IMAGE_SIMD static void add_weighted(float *restrict sum, const guint8 *restrict row, float weight,
                                    gsize n)
{
    for (gsize i = 0; i < n; i++)
        sum[i] += weight * (float)row[i];
}

IMAGE_SIMD static void to_bytes(guint8 *restrict out, const float *restrict sum, gsize n)
{
    for (gsize i = 0; i < n; i++)
        out[i] = (guint8)(gint32)(sum[i] + 0.5f);
}

/* The image with a reflected margin of `reach` pixels on each side, rows without gaps. */
static guint8 *pad(const LeukoImage *image, guint reach)
{
    gsize width = image->width + 2 * (gsize)reach, height = image->height + 2 * (gsize)reach;
    guint8 *out = g_try_malloc_n(width * height, LEUKO_CHANNELS), *to = out;
    for (gsize y = 0; out && y < height; y++) {
        const guint8 *row =
            image->pixels + image_reflect((gint)y - (gint)reach, image->height) * image->row_bytes;
        for (gsize x = 0; x < width; x++, to += LEUKO_CHANNELS)
            memcpy(to,
                   row + (gsize)image_reflect((gint)x - (gint)reach, image->width) * LEUKO_CHANNELS,
                   LEUKO_CHANNELS);
    }
    return out;
}

LeukoImage *image_defocus(const LeukoImage *image, double radius, GError **error)
{
    if (!(radius >= 0.1 && radius <= 50)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "defocus: radius %g px, must be 0.1 to 50", radius);
        return NULL;
    }
    guint reach = (guint)ceil(radius - 0.5), side = 2 * reach + 1;
    gsize padded_bytes = (image->width + 2 * (gsize)reach) * LEUKO_CHANNELS;
    g_autofree float *weights = disk_kernel(radius, reach);
    g_autoptr(LeukoImage) out = leuko_image_new(image->width, image->height, error);
    if (!out)
        return NULL;
    g_autofree float *sum = g_try_malloc_n(out->row_bytes, sizeof(float));
    g_autofree guint8 *padded = pad(image, reach);
    if (!sum || !padded) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "no memory to defocus an image of %u x %u pixels", image->width, image->height);
        return NULL;
    }
    for (guint y = 0; y < image->height; y++) {
        memset(sum, 0, out->row_bytes * sizeof(float));
        for (guint j = 0; j < side; j++)
            for (guint i = 0; i < side; i++)
                if (weights[(gsize)j * side + i] > 0)
                    add_weighted(sum, padded + (y + j) * padded_bytes + (gsize)i * LEUKO_CHANNELS,
                                 weights[(gsize)j * side + i], out->row_bytes);
        to_bytes(out->pixels + y * out->row_bytes, sum, out->row_bytes);
    }
    return g_steal_pointer(&out);
}

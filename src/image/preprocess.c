#include "image/preprocess.h"
#include "image/resample.h"
#include "image/simd.h"
#include "leuko/error.h"

LeukoPreprocess leuko_preprocess_default(guint side_px)
{
    return (LeukoPreprocess){.side_px = side_px, .crop_fraction = 1.0, .antialias = TRUE};
}

LeukoPreprocess leuko_preprocess_slim(guint side_px)
{
    return (LeukoPreprocess){.side_px = side_px, .crop_fraction = 0.875};
}

guint leuko_preprocess_crop(guint n, double crop_fraction)
{
    return (guint)((n - n * crop_fraction) / 2);
}

static gboolean is_sound(const LeukoPreprocess *p, GError **error)
{
    if (p->side_px >= 75 && p->side_px <= 1024 && p->crop_fraction > 0 && p->crop_fraction <= 1)
        return TRUE;
    g_set_error(
        error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
        "preprocessing: side %u px, must be 75 to 1024; crop %g, must be above 0, at most 1",
        p->side_px, p->crop_fraction);
    return FALSE;
}

static gboolean alloc_rows(guint n_in, guint n_out, float **scratch, float **row, GError **error)
{
    *scratch = g_try_malloc0_n((gsize)n_in * LEUKO_CHANNELS + 4, sizeof(float));
    *row = g_try_malloc0_n(n_out, 4 * sizeof(float));
    if (*scratch && *row)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory to resize %u pixels to %u", n_in,
                n_out);
    return FALSE;
}

/* Convert row (S, 4) in [0, 255] to out (3, ., S) in [-1, 1], four pixels at a time. */
static void scale_to_planes(const float *row, guint side, gsize plane, float *out)
{
    guint x = 0;
    for (; x + 4 <= side; x += 4) {
        const ImageVec4 *p = (const ImageVec4 *)(row + (gsize)x * 4);
        ImageVec4 ab_rg = __builtin_shufflevector(p[0], p[1], 0, 4, 1, 5);
        ImageVec4 cd_rg = __builtin_shufflevector(p[2], p[3], 0, 4, 1, 5);
        ImageVec4 ab_b = __builtin_shufflevector(p[0], p[1], 2, 6, 2, 6);
        ImageVec4 cd_b = __builtin_shufflevector(p[2], p[3], 2, 6, 2, 6);
        ImageVec4 r = __builtin_shufflevector(ab_rg, cd_rg, 0, 1, 4, 5);
        ImageVec4 g = __builtin_shufflevector(ab_rg, cd_rg, 2, 3, 6, 7);
        ImageVec4 b = __builtin_shufflevector(ab_b, cd_b, 0, 1, 4, 5);
        *(ImageVec4 *)(out + x) = r * (1.0f / 127.5f) - 1.0f;
        *(ImageVec4 *)(out + plane + x) = g * (1.0f / 127.5f) - 1.0f;
        *(ImageVec4 *)(out + 2 * plane + x) = b * (1.0f / 127.5f) - 1.0f;
    }
    for (; x < side; x++)
        for (guint c = 0; c < LEUKO_CHANNELS; c++)
            out[c * plane + x] = row[x * 4 + c] * (1.0f / 127.5f) - 1.0f;
}

gboolean leuko_preprocess_apply(const LeukoPreprocess *preprocess, const LeukoImage *image,
                                float *x_chw, GError **error)
{
    g_assert(preprocess && image && x_chw);
    if (!is_sound(preprocess, error))
        return FALSE;
    guint side = preprocess->side_px;
    guint x0 = leuko_preprocess_crop(image->width, preprocess->crop_fraction);
    guint y0 = leuko_preprocess_crop(image->height, preprocess->crop_fraction);
    g_auto(ResampleAxis) horizontal = {0}, vertical = {0};
    if (preprocess->antialias) {
        resample_axis_triangle(&horizontal, image->width - 2 * x0, side);
        resample_axis_triangle(&vertical, image->height - 2 * y0, side);
    } else {
        resample_axis_tf1(&horizontal, image->width - 2 * x0, side);
        resample_axis_tf1(&vertical, image->height - 2 * y0, side);
    }
    g_autofree float *scratch = NULL, *row = NULL; /* row (S, 4) */
    if (!alloc_rows(horizontal.n_in, side, &scratch, &row, error))
        return FALSE;
    const guint8 *rgb = image->pixels + y0 * image->row_bytes + (gsize)x0 * LEUKO_CHANNELS;
    gsize plane = (gsize)side * side;
    for (guint y = 0; y < side; y++) {
        resample_row(&vertical, &horizontal, rgb, image->row_bytes, y, scratch, row);
        scale_to_planes(row, side, plane, x_chw + (gsize)y * side);
    }
    leuko_color_transfer_apply(&preprocess->color, x_chw, plane);
    return TRUE;
}

LeukoImage *leuko_image_resize(const LeukoImage *image, guint width, guint height, GError **error)
{
    g_autoptr(LeukoImage) out = leuko_image_new(width, height, error);
    if (!out)
        return NULL;
    g_auto(ResampleAxis) horizontal = {0}, vertical = {0};
    resample_axis_triangle(&horizontal, image->width, width);
    resample_axis_triangle(&vertical, image->height, height);
    g_autofree float *scratch = NULL, *row = NULL; /* row (width, 4) */
    if (!alloc_rows(image->width, width, &scratch, &row, error))
        return NULL;
    for (guint y = 0; y < height; y++) {
        resample_row(&vertical, &horizontal, image->pixels, image->row_bytes, y, scratch, row);
        guint8 *to = out->pixels + y * out->row_bytes;
        for (guint x = 0; x < width; x++)
            for (guint c = 0; c < LEUKO_CHANNELS; c++)
                to[x * LEUKO_CHANNELS + c] = (guint8)(row[x * 4 + c] + 0.5f);
    }
    return g_steal_pointer(&out);
}

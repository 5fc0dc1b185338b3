#include "leuko/preprocess.h"
#include "image/resample.h"
#include "leuko/error.h"
#include <math.h>

LeukoPreprocess leuko_preprocess_default(guint side_px)
{
    return (LeukoPreprocess){side_px, 1.0, TRUE};
}

LeukoPreprocess leuko_preprocess_slim(guint side_px)
{
    return (LeukoPreprocess){side_px, 0.875, FALSE};
}

/* tf.image.central_crop: the border's width is cut down to whole pixels, so something remains. */
static guint crop_start(guint n, double fraction)
{
    return (guint)((n - n * fraction) / 2);
}

static gboolean is_sound(const LeukoPreprocess *p, GError **error)
{
    if (p->side_px >= 75 && p->side_px <= 1024 && p->crop_fraction > 0 && p->crop_fraction <= 1)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "preprocessing to %u px with crop %g is not possible (75 to 1024 px, crop above 0 "
                "to 1)",
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

gboolean leuko_preprocess_apply(const LeukoPreprocess *preprocess, const LeukoImage *image,
                                float *x_chw, GError **error)
{
    g_assert(preprocess && image && x_chw);
    if (!is_sound(preprocess, error))
        return FALSE;
    guint side = preprocess->side_px;
    guint x0 = crop_start(image->width, preprocess->crop_fraction);
    guint y0 = crop_start(image->height, preprocess->crop_fraction);
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
        for (guint c = 0; c < LEUKO_CHANNELS; c++) {
            float *out = x_chw + c * plane + (gsize)y * side;
            for (guint x = 0; x < side; x++)
                out[x] = row[x * 4 + c] * (1.0f / 127.5f) - 1.0f;
        }
    }
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

#include "eval/explain-draw.h"
#include "base/error.h"
#include <math.h>

/* Orange and blue differ in lightness and hue for people who do not see red, green or blue. */
const ImageColor explain_for = {230, 97, 0}, explain_against = {26, 95, 208};
static const guint8 bar_gray = 205;

/* value: -1 to 1 */
static void tint(guint8 *pixel, double value, double alpha)
{
    ImageColor color = value > 0 ? explain_for : explain_against;
    const guint8 channels[LEUKO_CHANNELS] = {color.r, color.g, color.b};
    double cover = alpha * MIN(fabs(value), 1);
    double gray = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]; /* ITU-R BT.601 */
    for (guint c = 0; c < LEUKO_CHANNELS; c++)
        pixel[c] = (guint8)(gray + cover * (channels[c] - gray) + 0.5);
}

void explain_blend(LeukoImage *image, const float *heat, double range, double alpha)
{
    for (guint y = 0; y < image->height; y++)
        for (guint x = 0; x < image->width; x++)
            tint(image->pixels + y * image->row_bytes + (gsize)x * LEUKO_CHANNELS,
                 (double)heat[(gsize)y * image->width + x] / range, alpha);
}

void explain_draw_bar(LeukoImage *image, guint x, guint y, guint width, guint height, double alpha)
{
    image_fill(image, (gint)x, (gint)y, width, height, (ImageColor){bar_gray, bar_gray, bar_gray});
    for (guint row = y; row < y + height; row++)
        for (guint i = 0; i < width; i++)
            tint(image->pixels + row * image->row_bytes + (gsize)(x + i) * LEUKO_CHANNELS,
                 2.0 * i / (width - 1) - 1, alpha);
}

LeukoImage *leuko_explanation_overlay(const LeukoExplanation *x, const LeukoImage *image,
                                      double alpha, GError **error)
{
    if (!(alpha >= 0 && alpha <= 1)) {
        leuko_fail(LEUKO_ERROR_ARGUMENT, error, "opacity %g: must be 0 to 1", alpha);
        return NULL;
    }
    double range = leuko_explanation_range(x);
    g_autofree float *heat = leuko_explanation_heat(x, image->width, image->height, error);
    g_autoptr(LeukoImage) out = heat ? leuko_image_copy(image, error) : NULL;
    if (!out)
        return NULL;
    explain_blend(out, heat, range > 0 ? range : 1, alpha);
    return g_steal_pointer(&out);
}

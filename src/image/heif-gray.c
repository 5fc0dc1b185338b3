#include "image/heif-gray.h"

gboolean image_heif_is_colorless(const struct heif_image *rgb, guint n_channels)
{
    int row_bytes = 0;
    const guint8 *row = heif_image_get_plane_readonly(rgb, heif_channel_interleaved, &row_bytes);
    int width = heif_image_get_width(rgb, heif_channel_interleaved);
    int height = heif_image_get_height(rgb, heif_channel_interleaved);
    for (int y = 0; row && y < height; y++, row += row_bytes)
        for (gsize x = 0; x < (gsize)width; x++) {
            const guint8 *pixel = row + x * n_channels;
            if (pixel[0] != pixel[1] || pixel[0] != pixel[2])
                return FALSE;
        }
    return row != NULL;
}

HeifGray image_heif_gray(const struct heif_image *stored, int width, int height)
{
    HeifGray gray = {.plane = NULL};
    struct heif_color_profile_nclx *numbers = NULL;
    int row_bytes = 0;
    int n_bits = heif_image_get_bits_per_pixel_range(stored, heif_channel_Y);
    if (heif_image_get_colorspace(stored) != heif_colorspace_monochrome || n_bits < 8 ||
        n_bits > 16 || heif_image_get_width(stored, heif_channel_Y) != width ||
        heif_image_get_height(stored, heif_channel_Y) != height)
        return gray;
    gray.plane = heif_image_get_plane_readonly(stored, heif_channel_Y, &row_bytes);
    gray.row_bytes = (gsize)row_bytes;
    gray.n_bits = (guint)n_bits;
    if (heif_image_get_nclx_color_profile(stored, &numbers).code == heif_error_Ok)
        gray.is_limited = !numbers->full_range_flag;
    heif_nclx_color_profile_free(numbers);
    return gray;
}

guint8 image_heif_gray_at(const HeifGray *gray, guint x, guint y)
{
    const guint8 *row = gray->plane + y * gray->row_bytes;
    double value = gray->n_bits == 8 ? row[x] : ((const guint16 *)(gconstpointer)row)[x];
    double unit = 1u << (gray->n_bits - 8), most = (1u << gray->n_bits) - 1;
    double share = gray->is_limited ? (value - 16 * unit) / (219 * unit) : value / most;
    return (guint8)(CLAMP(share, 0, 1) * 255 + 0.5);
}

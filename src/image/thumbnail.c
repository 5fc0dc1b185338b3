#include "image/thumbnail.h"
#include "image/preprocess.h"

enum { SIDE = LEUKO_THUMBNAIL_SIDE };

gboolean leuko_luma_of(const LeukoImage *image, LeukoLuma *out, GError **error)
{
    g_autoptr(LeukoImage) small = leuko_image_resize(image, SIDE, SIDE, error);
    if (!small)
        return FALSE;
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++) {
            const guint8 *p = small->pixels + y * small->row_bytes + x * LEUKO_CHANNELS;
            out->at[y][x] = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
        }
    return TRUE;
}

gboolean leuko_thumbnail_of(const LeukoImage *image, LeukoThumbnail *out, GError **error)
{
    LeukoLuma luma;
    if (!leuko_luma_of(image, &luma, error))
        return FALSE;
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++)
            out->at[y][x] = (guint8)(luma.at[y][x] + 0.5f);
    return TRUE;
}

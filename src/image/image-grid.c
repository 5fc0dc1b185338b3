#include "image/image-grid.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

enum { GAP_PX = 2 };

static void paste(LeukoImage *to, const LeukoImage *from, guint x, guint y)
{
    for (guint row = 0; row < from->height; row++)
        memcpy(to->pixels + (y + row) * to->row_bytes + (gsize)x * LEUKO_CHANNELS,
               from->pixels + row * from->row_bytes, (gsize)from->width * LEUKO_CHANNELS);
}

LeukoImage *leuko_image_grid(const LeukoImage *const *images, guint n, guint columns,
                             GError **error)
{
    guint cell_width = 0, cell_height = 0;
    for (guint i = 0; i < n; i++) {
        cell_width = MAX(cell_width, images[i] ? images[i]->width : 0);
        cell_height = MAX(cell_height, images[i] ? images[i]->height : 0);
    }
    if (columns == 0)
        columns = (guint)ceil(sqrt(n));
    columns = CLAMP(columns, 1, MAX(n, 1));
    guint64 rows = ((guint64)n + columns - 1) / columns;
    guint64 width = columns * (guint64)(cell_width + GAP_PX) - GAP_PX;
    guint64 height = rows * (cell_height + GAP_PX) - GAP_PX;
    if (cell_width == 0 || width > LEUKO_IMAGE_MAX_SIDE || height > LEUKO_IMAGE_MAX_SIDE) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "a grid of %u images of %u x %u px in %u columns is empty or too large", n,
                    cell_width, cell_height, columns);
        return NULL;
    }
    g_autoptr(LeukoImage) grid = leuko_image_new((guint)width, (guint)height, error);
    for (guint i = 0; grid && i < n; i++) {
        if (!images[i])
            continue;
        guint x = i % columns * (cell_width + GAP_PX) + (cell_width - images[i]->width) / 2;
        guint y = i / columns * (cell_height + GAP_PX) + (cell_height - images[i]->height) / 2;
        paste(grid, images[i], x, y);
    }
    return g_steal_pointer(&grid);
}

static guint8 to_byte(float x)
{
    float byte = (x + 1.0f) * 127.5f;
    return byte > 0.0f ? (guint8)lrintf(MIN(byte, 255.0f)) : 0; /* NaN is not above 0 */
}

LeukoImage *leuko_image_from_chw(const float *x_chw, guint height, guint width, GError **error)
{
    g_autoptr(LeukoImage) image = leuko_image_new(width, height, error);
    gsize plane = (gsize)height * width;
    for (guint y = 0; image && y < height; y++)
        for (guint x = 0; x < width; x++)
            for (guint c = 0; c < LEUKO_CHANNELS; c++)
                image->pixels[y * image->row_bytes + (gsize)x * LEUKO_CHANNELS + c] =
                    to_byte(x_chw[c * plane + (gsize)y * width + x]);
    return g_steal_pointer(&image);
}

#include "image/warp.h"
#include "leuko/error.h"
#include <math.h>

#define LANE 21
#define COORD_BITS 10    /* of the sums that walk along a row */
#define FRACTION_BITS 5  /* of the coordinate that picks the weights */
#define FRACTIONS (1 << FRACTION_BITS)

static guint64 pack(const guint8 *rgb)
{
    return rgb[0] | (guint64)rgb[1] << LANE | (guint64)rgb[2] << 2 * LANE;
}

gboolean warp_source_init(WarpSource *source, const LeukoImage *image, GError **error)
{
    source->width = image->width;
    source->height = image->height;
    source->pixels = g_try_malloc_n((gsize)image->width * image->height, sizeof(guint64));
    if (!source->pixels) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory to warp %u x %u pixels",
                    image->width, image->height);
        return FALSE;
    }
    guint64 *out = source->pixels;
    for (guint y = 0; y < image->height; y++) {
        const guint8 *row = image->pixels + y * image->row_bytes;
        for (guint x = 0; x < image->width; x++, row += LEUKO_CHANNELS)
            *out++ = pack(row);
    }
    return TRUE;
}

void warp_source_clear(WarpSource *source) { g_clear_pointer(&source->pixels, g_free); }

gboolean warp_invert(const double m[6], double inverse[6])
{
    double d = m[0] * m[4] - m[1] * m[3];
    if (!(fabs(d) > 1e-9) || !isfinite(d))
        return FALSE;
    d = 1 / d;
    inverse[0] = m[4] * d;
    inverse[1] = m[1] * -d;
    inverse[3] = m[3] * -d;
    inverse[4] = m[0] * d;
    inverse[2] = -inverse[0] * m[2] - inverse[1] * m[5];
    inverse[5] = -inverse[3] * m[2] - inverse[4] * m[5];
    return TRUE;
}

/* Nearest integer, ties to even, clamped: cv::saturate_cast<int>(double). */
static gint32 to_fixed(double value)
{
    double scaled = rint(value * (1 << COORD_BITS));
    return (gint32)CLAMP(scaled, -1e9, 1e9);
}

/* A neighbour that may lie outside. */
static guint64 at(const WarpSource *source, gint x, gint y, guint64 border)
{
    return x >= 0 && y >= 0 && x < (gint)source->width && y < (gint)source->height
               ? source->pixels[(gsize)y * source->width + (gsize)x]
               : border;
}

static inline void put(guint8 *out, guint64 sum)
{
    enum { SHIFT = 2 * FRACTION_BITS };
    const guint64 half = (1ull << (SHIFT - 1)) * (1 | 1ull << LANE | 1ull << 2 * LANE);
    sum += half;
    out[0] = (guint8)(sum >> SHIFT);
    out[1] = (guint8)(sum >> (SHIFT + LANE));
    out[2] = (guint8)(sum >> (SHIFT + 2 * LANE));
}

static void warp_row(const WarpSource *source, const gint32 *delta_x, const gint32 *delta_y,
                     gint32 x_start, gint32 y_start, guint64 border, const guint8 border_rgb[3],
                     guint8 *out, guint n)
{
    const gint width = (gint)source->width, height = (gint)source->height;
    const gsize stride = source->width;
    for (guint i = 0; i < n; i++, out += LEUKO_CHANNELS) {
        gint32 fx = (x_start + delta_x[i]) >> (COORD_BITS - FRACTION_BITS);
        gint32 fy = (y_start + delta_y[i]) >> (COORD_BITS - FRACTION_BITS);
        gint x = fx >> FRACTION_BITS, y = fy >> FRACTION_BITS;
        guint64 ax = (guint)fx % FRACTIONS, ay = (guint)fy % FRACTIONS;
        guint64 bx = FRACTIONS - ax, by = FRACTIONS - ay;
        if ((guint)x < (guint)(width - 1) && (guint)y < (guint)(height - 1)) {
            const guint64 *p = source->pixels + (gsize)y * stride + (gsize)x;
            put(out, by * (bx * p[0] + ax * p[1]) + ay * (bx * p[stride] + ax * p[stride + 1]));
        } else if (x < -1 || y < -1 || x >= width || y >= height) {
            out[0] = border_rgb[0];
            out[1] = border_rgb[1];
            out[2] = border_rgb[2];
        } else {
            put(out, by * (bx * at(source, x, y, border) + ax * at(source, x + 1, y, border)) +
                         ay * (bx * at(source, x, y + 1, border) +
                               ax * at(source, x + 1, y + 1, border)));
        }
    }
}

void warp_affine(const WarpSource *source, const double inverse[6], const guint8 border[3],
                 LeukoImage *out)
{
    enum { ROUND = 1 << (COORD_BITS - FRACTION_BITS - 1) };
    g_autofree gint32 *delta = g_new(gint32, 2 * (gsize)out->width);
    gint32 *delta_x = delta, *delta_y = delta + out->width;
    for (guint x = 0; x < out->width; x++) {
        delta_x[x] = to_fixed(inverse[0] * x);
        delta_y[x] = to_fixed(inverse[3] * x);
    }
    guint64 packed = pack(border);
    for (guint y = 0; y < out->height; y++)
        warp_row(source, delta_x, delta_y, to_fixed(inverse[1] * y + inverse[2]) + ROUND,
                 to_fixed(inverse[4] * y + inverse[5]) + ROUND, packed, border,
                 out->pixels + y * out->row_bytes, out->width);
}

#include "image/warp.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define COORD_BITS    10 /* fractional bits of the sums along a row */
#define FRACTION_BITS 5  /* fractional bits of the coordinate that selects the weights */
#define FRACTIONS     (1 << FRACTION_BITS)
#define WEIGHT_BITS   (2 * FRACTION_BITS)

static guint32 pack(const guint8 *rgb)
{
    return rgb[0] | (guint32)rgb[1] << 8 | (guint32)rgb[2] << 16;
}

gboolean warp_source_init(WarpSource *source, const LeukoImage *image, GError **error)
{
    source->width = image->width;
    source->height = image->height;
    source->pixels = g_try_malloc_n((gsize)image->width * image->height, sizeof(guint32));
    if (!source->pixels) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory to warp %u x %u pixels",
                    image->width, image->height);
        return FALSE;
    }
    guint32 *out = source->pixels;
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

/* As cv::saturate_cast<int>(double): nearest integer, ties to even, clamped. */
static gint32 to_fixed(double value)
{
    double scaled = rint(value * (1 << COORD_BITS));
    return (gint32)CLAMP(scaled, -1e9, 1e9);
}

/* A pixel, or the border color outside the image. */
static guint32 at(const WarpSource *source, gint x, gint y, guint32 border)
{
    return x >= 0 && y >= 0 && x < (gint)source->width && y < (gint)source->height
               ? source->pixels[(gsize)y * source->width + (gsize)x]
               : border;
}

/* Bilinear sum of four pixels; top, low: two adjacent pixels of a row each. */
static inline void blend(const guint32 top[2], const guint32 low[2], guint32 ax, guint32 ay,
                         guint8 *out)
{
    guint32 bx = FRACTIONS - ax, by = FRACTIONS - ay;
    for (guint c = 0; c < LEUKO_CHANNELS; c++) {
        guint32 shift = 8 * c;
        guint32 t = bx * (guint8)(top[0] >> shift) + ax * (guint8)(top[1] >> shift);
        guint32 l = bx * (guint8)(low[0] >> shift) + ax * (guint8)(low[1] >> shift);
        out[c] = (guint8)((by * t + ay * l + (1u << (WEIGHT_BITS - 1))) >> WEIGHT_BITS);
    }
}

#ifdef __SSE2__
/* The same with SSE2 for all channels at once; writes four bytes. */
static inline void blend_fast(const guint32 top[2], const guint32 low[2], guint32 ax, guint32 ay,
                              guint8 *out)
{
    guint32 by_ay = (FRACTIONS - ay) | ay << 16;
    guint32 left = (FRACTIONS - ax) * by_ay, right = ax * by_ay; /* two weights of 16 bits each */
    __m128i zero = _mm_setzero_si128();
    __m128i columns =
        _mm_unpacklo_epi8(_mm_loadl_epi64((const void *)top), _mm_loadl_epi64((const void *)low));
    __m128i sum = _mm_add_epi32(
        _mm_madd_epi16(_mm_unpacklo_epi8(columns, zero), _mm_set1_epi32((gint32)left)),
        _mm_madd_epi16(_mm_unpackhi_epi8(columns, zero), _mm_set1_epi32((gint32)right)));
    sum = _mm_srli_epi32(_mm_add_epi32(sum, _mm_set1_epi32(1 << (WEIGHT_BITS - 1))), WEIGHT_BITS);
    sum = _mm_packs_epi32(sum, sum);
    gint32 rgbx = _mm_cvtsi128_si32(_mm_packus_epi16(sum, sum));
    memcpy(out, &rgbx, sizeof rgbx);
}
#else
#define blend_fast blend
#endif

/* One output pixel, inside the image or not. */
static void put_any(const WarpSource *source, gint32 fx, gint32 fy, guint32 border, guint8 *out)
{
    gint x = fx >> FRACTION_BITS, y = fy >> FRACTION_BITS;
    const guint32 top[2] = {at(source, x, y, border), at(source, x + 1, y, border)};
    const guint32 low[2] = {at(source, x, y + 1, border), at(source, x + 1, y + 1, border)};
    blend(top, low, (guint32)fx % FRACTIONS, (guint32)fy % FRACTIONS, out);
}

/* The first of the four source pixels of an output pixel, if all are inside the image. */
static inline const guint32 *neighbors(const WarpSource *source, gint32 fx, gint32 fy)
{
    return source->pixels + (gsize)(fy >> FRACTION_BITS) * source->width +
           (gsize)(fx >> FRACTION_BITS);
}

/* One source coordinate along an output row: value(i) = (start + delta[i]) >> shift, monotonic. */
typedef struct {
    const gint32 *delta;
    gint32 start;
} Walk;

static inline gint32 value(const Walk *walk, guint i)
{
    return (walk->start + walk->delta[i]) >> (COORD_BITS - FRACTION_BITS);
}

/* The first i of [0, n) with value(i) < bound, if is_falling, else with value(i) >= bound; or n. */
static guint first_past(const Walk *walk, guint n, gint32 bound, gboolean is_falling)
{
    guint low = 0, high = n;
    while (low < high) {
        guint middle = (low + high) / 2;
        if ((value(walk, middle) < bound) == is_falling)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Narrow [*first, *end) to the i with value(i) in [low, high). */
static void narrow(const Walk *walk, guint n, gint32 low, gint32 high, guint *first, guint *end)
{
    gboolean is_falling = walk->delta[n - 1] < walk->delta[0];
    *first = MAX(*first, first_past(walk, n, is_falling ? high : low, is_falling));
    *end = MIN(*end, first_past(walk, n, is_falling ? low : high, is_falling));
    *end = MAX(*end, *first);
}

/* Warp a row in five runs: border; partly inside; inside; partly inside; border.
 * border_row: n pixels of the border color. */
static void warp_row(const WarpSource *source, const Walk *wx, const Walk *wy, guint32 border,
                     const guint8 *border_row, guint8 *out, guint n)
{
    const gint32 width = (gint32)source->width * FRACTIONS;
    const gint32 height = (gint32)source->height * FRACTIONS;
    guint touch = 0, touch_end = n;
    narrow(wx, n, -FRACTIONS, width, &touch, &touch_end);
    narrow(wy, n, -FRACTIONS, height, &touch, &touch_end);
    guint first = touch, end = touch_end;
    narrow(wx, n, 0, width - FRACTIONS, &first, &end);
    narrow(wy, n, 0, height - FRACTIONS, &first, &end);
    if (first >= end)
        first = end = touch_end;
    guint fast_end = end == n && end > first
                         ? end - 1
                         : end; /* the last four-byte write would pass the end of the row */

    memcpy(out, border_row, (gsize)touch * LEUKO_CHANNELS);
    for (guint i = touch; i < first; i++)
        put_any(source, value(wx, i), value(wy, i), border, out + (gsize)i * LEUKO_CHANNELS);
    for (guint i = first; i < fast_end; i++) {
        gint32 fx = value(wx, i), fy = value(wy, i);
        const guint32 *p = neighbors(source, fx, fy);
        blend_fast(p, p + source->width, (guint32)fx % FRACTIONS, (guint32)fy % FRACTIONS,
                   out + (gsize)i * LEUKO_CHANNELS);
    }
    for (guint i = fast_end; i < touch_end; i++)
        put_any(source, value(wx, i), value(wy, i), border, out + (gsize)i * LEUKO_CHANNELS);
    memcpy(out + (gsize)touch_end * LEUKO_CHANNELS, border_row,
           (gsize)(n - touch_end) * LEUKO_CHANNELS);
}

void warp_affine(const WarpSource *source, const double inverse[6], const guint8 border[3],
                 LeukoImage *out)
{
    enum { ROUND = 1 << (COORD_BITS - FRACTION_BITS - 1) };
    guint n = out->width;
    g_autofree gint32 *delta = g_new(gint32, 2 * (gsize)n);
    g_autofree guint8 *border_row = g_new(guint8, (gsize)n * LEUKO_CHANNELS);
    for (guint x = 0; x < n; x++) {
        delta[x] = to_fixed(inverse[0] * x);
        delta[n + x] = to_fixed(inverse[3] * x);
        memcpy(border_row + (gsize)x * LEUKO_CHANNELS, border, LEUKO_CHANNELS);
    }
    for (guint y = 0; y < out->height; y++) {
        const Walk wx = {delta, to_fixed(inverse[1] * y + inverse[2]) + ROUND};
        const Walk wy = {delta + n, to_fixed(inverse[4] * y + inverse[5]) + ROUND};
        warp_row(source, &wx, &wy, pack(border), border_row, out->pixels + y * out->row_bytes, n);
    }
}

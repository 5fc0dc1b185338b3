#include "image/phash.h"
#include "image/phash-distance.h"
#include "image/resample.h"
#include "image/simd.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

enum { SIDE = LEUKO_THUMBNAIL_SIDE, LOW = 16 };

static const double MIN_DEVIATION = 1; /* levels of gray */

typedef struct {
    float cosine[LOW][SIDE];
} Basis;

static gpointer make_basis(gpointer data)
{
    Basis *basis = data;
    for (int k = 0; k < LOW; k++)
        for (int i = 0; i < SIDE; i++)
            basis->cosine[k][i] = (float)cos(G_PI * k * (2 * i + 1) / (2 * SIDE));
    return basis;
}

/* low (16, 16): the lowest frequencies of luma (64, 64) */
IMAGE_SIMD static void transform(const float luma[SIDE][SIDE], float low[LOW][LOW])
{
    static Basis basis;
    static GOnce once = G_ONCE_INIT;
    const Basis *b = g_once(&once, make_basis, &basis);
    for (int y = 0; y < LOW; y++) {
        float column[SIDE] = {0};
        for (int i = 0; i < SIDE; i++)
            for (int x = 0; x < SIDE; x++)
                column[x] += b->cosine[y][i] * luma[i][x];
        for (int x = 0; x < LOW; x++) {
            float sum = 0;
            for (int i = 0; i < SIDE; i++)
                sum += b->cosine[x][i] * column[i];
            low[y][x] = sum;
        }
    }
}

/* The bits of the coefficients (16, 16); blank where they hold too little energy. */
static void take_signs(const float low[LOW][LOW], LeukoPhash *out)
{
    double energy = 0; /* mean square of the image that these frequencies make */
    *out = (LeukoPhash){{0}};
    for (guint y = 0; y < LOW; y++)
        for (guint x = 0; x < LOW; x++) {
            guint word = 3 - 2 * (y % 2) - x % 2, bit = 63 - (8 * (y / 2) + x / 2);
            gboolean is_mean = x + y == 0;
            if (low[y][x] > 0 || is_mean)
                out->bits[word] |= G_GUINT64_CONSTANT(1) << bit;
            if (!is_mean)
                energy += (x && y ? 4.0 : 2.0) * low[y][x] * low[y][x];
        }
    if (energy < MIN_DEVIATION * MIN_DEVIATION * SIDE * SIDE * SIDE * SIDE)
        *out = (LeukoPhash){{0}};
}

void leuko_phash_of_luma(const LeukoLuma *luma, LeukoPhash *out)
{
    float low[LOW][LOW];
    transform(luma->at, low);
    take_signs((const float(*)[LOW])low, out);
}

gboolean leuko_phash(const LeukoImage *image, LeukoPhash *out, GError **error)
{
    LeukoLuma luma;
    if (!leuko_luma_of(image, &luma, error))
        return FALSE;
    leuko_phash_of_luma(&luma, out);
    return TRUE;
}

static inline guint luma_of(const guint8 *p)
{
    return (77u * p[0] + 150u * p[1] + 29u * p[2] + 128) >> 8;
}

/* levels (256): the share of pixels below each luma, 0 to 255. A normal distribution around each
 * pixel's luma, one level wide, keeps noise in flat areas from getting all of the range.
 * plane (n): the luma of the pixels */
static void equalize_levels(const guint8 *plane, gsize n, guint8 levels[256])
{
    static const double near[] = {0.3829, 0.2417, 0.0606, 0.0060, 0.0002}; /* 0 to 4 levels off */
    enum { REACH = G_N_ELEMENTS(near) - 1 };
    guint32 counts[256] = {0}, odd[256] = {0}; /* two, so that equal neighbors need not wait */
    double smooth[256 + 2 * REACH] = {0}, below = 0;
    for (gsize i = 0; i + 1 < n; i += 2) {
        counts[plane[i]]++;
        odd[plane[i + 1]]++;
    }
    if (n % 2)
        counts[plane[n - 1]]++;
    for (guint v = 0; v < 256; v++)
        counts[v] += odd[v];
    for (gint v = 0; v < 256; v++)
        for (gint d = -REACH; d <= REACH; d++)
            smooth[v + d + REACH] += counts[v] * near[ABS(d)];
    for (guint v = 0; v < G_N_ELEMENTS(smooth); v++) {
        double middle = 255 * (below + smooth[v] / 2) / (double)n;
        below += smooth[v];
        if (v >= REACH && v < 256 + REACH)
            levels[v - REACH] = (guint8)(CLAMP(middle, 0, 255) + 0.5);
    }
}

/* The luma of n pixels, each `step` behind the last. */
static void fill_luma(guint8 *restrict luma, const guint8 *restrict rgb, guint n, guint step)
{
    for (guint x = 0; x < n; x++)
        luma[x] = (guint8)luma_of(rgb + (gsize)x * step * LEUKO_CHANNELS);
}

IMAGE_SIMD static void add_row(float *restrict sum, const guint8 *restrict row, float weight,
                               guint n)
{
    for (guint x = 0; x < n; x++)
        sum[x] += weight * row[x];
}

/* The hash of a plane; row (n_in of horizontal) floats. */
static void hash_plane(const guint8 *plane, const ResampleAxis *vertical,
                       const ResampleAxis *horizontal, float *row, LeukoPhash *out)
{
    float small[SIDE][SIDE], low[LOW][LOW];
    guint width = horizontal->n_in;
    for (guint y = 0; y < SIDE; y++) {
        memset(row, 0, width * sizeof *row);
        for (guint k = 0; k < vertical->n_taps; k++) {
            const guint8 *from = plane + (gsize)(vertical->first[y] + k) * width;
            add_row(row, from, vertical->weight[y * vertical->n_taps + k], width);
        }
        for (guint x = 0; x < SIDE; x++) {
            const float *weights = horizontal->weight + x * horizontal->n_taps;
            small[y][x] = 0;
            for (guint k = 0; k < horizontal->n_taps; k++)
                small[y][x] += weights[k] * row[horizontal->first[x] + k];
        }
    }
    transform((const float(*)[SIDE])small, low);
    take_signs((const float(*)[LOW])low, out);
}

gboolean leuko_phash_equalized(const LeukoImage *image, const LeukoPhash *plain, LeukoPhash *out,
                               GError **error)
{
    *out = *plain;
    if (leuko_phash_is_blank(plain)) /* equalization would make an image of its noise */
        return TRUE;
    /* 128 pixels a side are enough */
    guint step = MAX(MIN(image->width, image->height) / (2 * SIDE), 1),
          width = (image->width + step - 1) / step, height = (image->height + step - 1) / step;
    gsize n = (gsize)width * height;
    guint8 levels[256];
    g_auto(ResampleAxis) horizontal = {0}, vertical = {0};
    g_autofree guint8 *plane = g_try_malloc(n);
    g_autofree float *row = g_new(float, width);
    if (!plane) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory for an image of %u x %u",
                    width, height);
        return FALSE;
    }
    resample_axis_triangle(&horizontal, width, SIDE);
    resample_axis_triangle(&vertical, height, SIDE);
    for (guint y = 0; y < height; y++)
        fill_luma(plane + (gsize)y * width, image->pixels + (gsize)y * step * image->row_bytes,
                  width, step);
    equalize_levels(plane, n, levels);
    for (gsize i = 0; i < n; i++)
        plane[i] = levels[plane[i]];
    hash_plane(plane, &vertical, &horizontal, row, out);
    out->bits[0] = 0;
    return TRUE;
}

gboolean leuko_phash_is_blank(const LeukoPhash *h)
{
    return !(h->bits[0] | h->bits[1] | h->bits[2] | h->bits[3]);
}

gboolean leuko_phash_can_turn(const LeukoPhash *h) { return (h->bits[3] >> 63) != 0; }

/* Exchange the rows and columns of 8 x 8 bits. */
static guint64 transpose_bits(guint64 v)
{
    guint64 t = (v ^ (v >> 7)) & G_GUINT64_CONSTANT(0x00AA00AA00AA00AA);
    v ^= t ^ (t << 7);
    t = (v ^ (v >> 14)) & G_GUINT64_CONSTANT(0x0000CCCC0000CCCC);
    v ^= t ^ (t << 14);
    t = (v ^ (v >> 28)) & G_GUINT64_CONSTANT(0x00000000F0F0F0F0);
    return v ^ t ^ (t << 28);
}

LeukoPhash leuko_phash_transpose(const LeukoPhash *h)
{
    return (LeukoPhash){{transpose_bits(h->bits[0]), transpose_bits(h->bits[2]),
                         transpose_bits(h->bits[1]), transpose_bits(h->bits[3])}};
}

guint leuko_phash_distance(const LeukoPhash *a, const LeukoPhash *b)
{
    return phash_distance(a->bits, b->bits);
}

guint leuko_phash_distance_flipped(const LeukoPhash *a, const LeukoPhash *b)
{
    return phash_distance_flipped(a->bits, b->bits);
}

guint leuko_phash_nearest(const LeukoPhash *a, const LeukoPhash *b)
{
    if (leuko_phash_is_blank(a) || leuko_phash_is_blank(b))
        return G_MAXUINT;
    if (!leuko_phash_can_turn(a) || !leuko_phash_can_turn(b))
        return leuko_phash_distance(a, b);
    LeukoPhash turned = leuko_phash_transpose(a);
    return MIN(leuko_phash_distance_flipped(a, b), leuko_phash_distance_flipped(&turned, b));
}

gchar *leuko_phash_to_text(const LeukoPhash *h)
{
    return g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER
                           "x%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                           h->bits[3], h->bits[2], h->bits[1], h->bits[0]);
}

gboolean leuko_phash_from_text(const char *text, LeukoPhash *out)
{
    if (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64)
        return FALSE;
    for (guint i = 0; i < 4; i++) {
        gchar part[17] = {0};
        memcpy(part, text + 16 * (3 - i), 16);
        out->bits[i] = g_ascii_strtoull(part, NULL, 16);
    }
    return TRUE;
}

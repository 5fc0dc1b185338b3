#include "image/phash.h"
#include "image/phash-distance.h"
#include "image/preprocess.h"
#include <math.h>
#include <string.h>

enum { SIDE = 64, LOW = 16 };

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
static void transform(const float luma[SIDE][SIDE], float low[LOW][LOW])
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

gboolean leuko_phash(const LeukoImage *image, LeukoPhash *out, GError **error)
{
    g_autoptr(LeukoImage) small = leuko_image_resize(image, SIDE, SIDE, error);
    if (!small)
        return FALSE;
    float luma[SIDE][SIDE], low[LOW][LOW];
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++) {
            const guint8 *p = small->pixels + y * small->row_bytes + x * LEUKO_CHANNELS;
            luma[y][x] = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
        }
    transform((const float(*)[SIDE])luma, low);
    take_signs((const float(*)[LOW])low, out);
    return TRUE;
}

static guint luma_of(const guint8 *p) { return (77u * p[0] + 150u * p[1] + 29u * p[2] + 128) >> 8; }

/* levels (256): the share of pixels below each luma, 0 to 255. A normal distribution around each
 * pixel's luma, one level wide, keeps noise in flat areas from getting all of the range. */
static void equalize_levels(const LeukoImage *image, guint8 levels[256])
{
    static const double near[] = {0.3829, 0.2417, 0.0606, 0.0060, 0.0002}; /* 0 to 4 levels off */
    enum { REACH = G_N_ELEMENTS(near) - 1 };
    double counts[256] = {0}, smooth[256 + 2 * REACH] = {0}, below = 0;
    for (guint y = 0; y < image->height; y++)
        for (guint x = 0; x < image->width; x++)
            counts[luma_of(image->pixels + y * image->row_bytes + x * LEUKO_CHANNELS)]++;
    for (gint v = 0; v < 256; v++)
        for (gint d = -REACH; d <= REACH; d++)
            smooth[v + d + REACH] += counts[v] * near[ABS(d)];
    double all = (double)image->width * image->height;
    for (guint v = 0; v < G_N_ELEMENTS(smooth); v++) {
        double middle = 255 * (below + smooth[v] / 2) / all;
        below += smooth[v];
        if (v >= REACH && v < 256 + REACH)
            levels[v - REACH] = (guint8)(CLAMP(middle, 0, 255) + 0.5);
    }
}

gboolean leuko_phash_equalized(const LeukoImage *image, LeukoPhash *out, GError **error)
{
    guint8 levels[256];
    LeukoPhash plain;
    g_autoptr(LeukoImage) equal = leuko_image_copy(image, error);
    /* equalization would make an image of the noise of a blank one */
    if (!equal || !leuko_phash(image, &plain, error))
        return FALSE;
    equalize_levels(image, levels);
    for (guint y = 0; y < equal->height; y++)
        for (guint x = 0; x < equal->width; x++) {
            guint8 *p = equal->pixels + y * equal->row_bytes + x * LEUKO_CHANNELS;
            memset(p, levels[luma_of(p)], LEUKO_CHANNELS);
        }
    if (!leuko_phash(equal, out, error))
        return FALSE;
    out->bits[0] = 0;
    if (leuko_phash_is_blank(&plain))
        *out = plain;
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

#include "image/phash.h"
#include "image/preprocess.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 64, LOW = 16, N_COEFFICIENTS = LOW * LOW - 1 };

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

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Bits of `orientation`: 1 flips x, 2 flips y, 4 exchanges x and y. Flipping an axis negates its
 * odd frequencies. */
static void hash_orientation(const float low[LOW][LOW], guint orientation, LeukoPhash *out)
{
    float turned[LOW * LOW], sorted[N_COEFFICIENTS];
    for (guint y = 0; y < LOW; y++)
        for (guint x = 0; x < LOW; x++) {
            float v = orientation & 4 ? low[x][y] : low[y][x];
            gboolean negate = ((orientation & 1) && x % 2) != ((orientation & 2) && y % 2);
            turned[y * LOW + x] = negate ? -v : v;
        }
    memcpy(sorted, turned + 1, sizeof sorted);
    qsort(sorted, N_COEFFICIENTS, sizeof *sorted, by_value);
    float median = sorted[N_COEFFICIENTS / 2];
    memset(out, 0, sizeof *out);
    for (guint i = 0; i < N_COEFFICIENTS; i++)
        if (turned[i + 1] > median)
            out->bits[i / 64] |= G_GUINT64_CONSTANT(1) << (i % 64);
}

gboolean leuko_phash(const LeukoImage *image, LeukoPhashes *out, GError **error)
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
    for (guint o = 0; o < 8; o++)
        hash_orientation((const float(*)[LOW])low, o, &out->orientations[o]);
    return TRUE;
}

guint leuko_phash_distance(const LeukoPhash *a, const LeukoPhash *b)
{
    guint n = 0;
    for (guint i = 0; i < 4; i++)
        n += (guint)__builtin_popcountll(a->bits[i] ^ b->bits[i]);
    return n;
}

gboolean leuko_phash_is_blank(const LeukoPhash *h)
{
    return !(h->bits[0] | h->bits[1] | h->bits[2] | h->bits[3]);
}

guint leuko_phash_nearest(const LeukoPhashes *a, const LeukoPhash *b)
{
    guint best = G_MAXUINT;
    for (guint o = 0; o < 8; o++) {
        guint first = (guint)__builtin_popcountll(a->orientations[o].bits[0] ^ b->bits[0]);
        if (first <= LEUKO_PHASH_NEAR) /* most pairs end here */
            best = MIN(best, leuko_phash_distance(&a->orientations[o], b));
    }
    return best;
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

#include "image/spectrum.h"
#include "image/simd.h"
#include <math.h>
#include <string.h>

enum { SIDE = LEUKO_THUMBNAIL_SIDE, LOW = 9 }; /* frequencies 0 to 8 */
enum { N_LIMITS = 4, CODE_BITS = LEUKO_SPECTRUM_BYTES };

G_STATIC_ASSERT(LEUKO_SPECTRUM_BYTES == LOW * (LOW + 1) / 2 - 1);
G_STATIC_ASSERT(CODE_BITS < 63); /* the highest bit is 0, the next is 1 */

typedef struct {
    float window[SIDE];
    float cosine[LOW][SIDE], sine[LOW][SIDE];
} Basis;

static gpointer make_basis(gpointer data)
{
    Basis *b = data;
    for (int i = 0; i < SIDE; i++)
        b->window[i] = (float)(0.5 - 0.5 * cos(2 * G_PI * (i + 0.5) / SIDE));
    for (int k = 0; k < LOW; k++)
        for (int i = 0; i < SIDE; i++) {
            b->cosine[k][i] = (float)cos(2 * G_PI * k * i / SIDE);
            b->sine[k][i] = (float)sin(2 * G_PI * k * i / SIDE);
        }
    return b;
}

static const Basis *basis(void)
{
    static Basis made;
    static GOnce once = G_ONCE_INIT;
    return g_once(&once, make_basis, &made);
}

/* The luma less its weighted mean, times the window. */
static void apply_window(const Basis *b, const LeukoLuma *luma, float out[SIDE][SIDE])
{
    double sum = 0, weights = 0;
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++) {
            double weight = (double)b->window[y] * b->window[x];
            sum += weight * luma->at[y][x];
            weights += weight;
        }
    float mean = (float)(sum / weights);
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++)
            out[y][x] = b->window[y] * b->window[x] * (luma->at[y][x] - mean);
}

/* power[v][u]: half the power at (u, v) and (u, -v); u along x, v along y. */
IMAGE_SIMD static void transform(const Basis *b, const float in[SIDE][SIDE], float power[LOW][LOW])
{
    for (int v = 0; v < LOW; v++) {
        float along_cosine[SIDE] = {0}, along_sine[SIDE] = {0};
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                along_cosine[x] += b->cosine[v][y] * in[y][x];
                along_sine[x] += b->sine[v][y] * in[y][x];
            }
        for (int u = 0; u < LOW; u++) {
            float cc = 0, cs = 0, sc = 0, ss = 0;
            for (int x = 0; x < SIDE; x++) {
                cc += along_cosine[x] * b->cosine[u][x];
                cs += along_cosine[x] * b->sine[u][x];
                sc += along_sine[x] * b->cosine[u][x];
                ss += along_sine[x] * b->sine[u][x];
            }
            power[v][u] = cc * cc + cs * cs + sc * sc + ss * ss;
        }
    }
}

void leuko_spectrum_of(const LeukoLuma *luma, LeukoSpectrum *out)
{
    const Basis *b = basis();
    float weighted[SIDE][SIDE], power[LOW][LOW];
    guint8 *to = out->power;
    apply_window(b, luma, weighted);
    transform(b, (const float(*)[SIDE])weighted, power);
    for (guint u = 1; u < LOW; u++)
        for (guint v = 0; v <= u; v++) {
            double sum = 2.0 * ((double)power[v][u] + power[u][v]);
            *to++ = (guint8)(CLAMP(16 * log(sum + 100) - 72, 0, 255) + 0.5);
        }
}

double leuko_spectrum_distance(const LeukoSpectrum *a, const LeukoSpectrum *b)
{
    gint sum = 0;
    for (guint i = 0; i < LEUKO_SPECTRUM_BYTES; i++) {
        gint d = a->power[i] - b->power[i];
        sum += d * d;
    }
    return (double)sum / LEUKO_SPECTRUM_BYTES;
}

/* The levels that part the values of byte k into fifths. */
static void find_limits(const LeukoSpectrum *spectra, const LeukoPhash *plain, guint n, guint k,
                        guint8 limits[N_LIMITS])
{
    guint counts[256] = {0}, total = 0, below = 0;
    for (guint i = 0; i < n; i++)
        if (!leuko_phash_is_blank(&plain[i])) {
            counts[spectra[i].power[k]]++;
            total++;
        }
    for (guint level = 0, found = 0; level < 256 && found < N_LIMITS; level++) {
        below += counts[level];
        while (found < N_LIMITS && (guint64)below * (N_LIMITS + 1) >= (guint64)total * (found + 1))
            limits[found++] = (guint8)level;
    }
}

void leuko_spectrum_encode(const LeukoSpectrum *spectra, const LeukoPhash *plain, guint n,
                           LeukoPhash *codes)
{
    guint8 limits[LEUKO_SPECTRUM_BYTES][N_LIMITS];
    for (guint k = 0; k < LEUKO_SPECTRUM_BYTES; k++)
        find_limits(spectra, plain, n, k, limits[k]);
    memset(codes, 0, n * sizeof *codes);
    for (guint i = 0; i < n; i++) {
        if (leuko_phash_is_blank(&plain[i]))
            continue;
        codes[i].bits[0] = G_GUINT64_CONSTANT(1) << 62; /* not blank, whatever the spectrum is */
        for (guint k = 0; k < LEUKO_SPECTRUM_BYTES; k++)
            for (guint l = 0; l < N_LIMITS; l++)
                codes[i].bits[l] |= (guint64)(spectra[i].power[k] > limits[k][l]) << k;
    }
}
